// What the launcher says on the control socket (Sources/Programs/cam-sandbox/report.h), one message a record.

public import ABI
internal import ProtobufWire

/// One record of the launcher.
public enum ControlRecord: Sendable, Equatable {
    /// A layer as it was measured from inside, before the program started.
    case layer(SandboxLayer)
    /// A pidfd comes with this message: of the init, or of the driver itself.
    case process(String)
    /// The notification descriptor comes with this message.
    case notify
    case started
    case failed(step: String, errno: Int32, detail: String)
    /// How the program ended, and how its init did.
    case exit(Ending)
    case initExit(Ending)
    /// Nothing this version of camd knows.
    case unknown(String)

    public enum Ending: Sendable, Equatable {
        case code(Int32)
        case signal(Int32)
    }

    public init(_ bytes: some Collection<UInt8>) {
        let text = String(decoding: bytes, as: UTF8.self)
        self = Self.parse(text) ?? .unknown(text)
    }

    private static func parse(_ text: String) -> ControlRecord? {
        let words = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        switch words[0] {
        case "notify": return .notify
        case "started": return .started
        case "process": return words.count == 2 ? .process(words[1]) : nil
        case "layer":
            guard words.count >= 3, words[2] == "yes" || words[2] == "no" else { return nil }
            let detail = words.count > 3 ? words[3] : ""
            return .layer(SandboxLayer(name: Text(words[1]), applied: words[2] == "yes", detail: Text(detail)))
        case "fail": return parseFailure(text)
        case "exit": return parseEnding(words).map(ControlRecord.exit)
        case "init": return parseEnding(words).map(ControlRecord.initExit)
        default: return nil
        }
    }

    /// `fail STEP ERRNO DETAIL`, where a step's name may have spaces: the first number ends it.
    private static func parseFailure(_ text: String) -> ControlRecord? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard let index = words.indices.dropFirst(2).first(where: { Int32(words[$0]) != nil }),
            let errno = Int32(words[index])
        else { return nil }
        return .failed(
            step: words[1..<index].joined(separator: " "), errno: errno,
            detail: words[(index + 1)...].joined(separator: " "))
    }

    private static func parseEnding(_ words: [String]) -> Ending? {
        guard words.count == 3, let number = Int32(words[2]) else { return nil }
        switch words[1] {
        case "code": return .code(number)
        case "signal": return .signal(number)
        default: return nil
        }
    }
}
