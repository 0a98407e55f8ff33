// What the sandbox stopped a driver from doing: each attempt once, with how often.

public import ProtobufWire

/// The last different attempts, and how often each was made.
public struct AttemptLog: Sendable {
    public static let attemptsMax = 64

    private var attempts: [(text: String, count: UInt64)] = []

    public init() {}

    /// True when it is the first of its kind among those that are kept.
    @discardableResult
    public mutating func add(_ text: String) -> Bool {
        if let index = attempts.firstIndex(where: { $0.text == text }) {
            attempts[index].count &+= 1
            return false
        }
        attempts.append((text, 1))
        if attempts.count > Self.attemptsMax { attempts.removeFirst() }
        return true
    }

    /// Oldest first.
    public var lines: [Text] {
        attempts.map { Text($0.count == 1 ? $0.text : "\($0.text) (\($0.count) times)") }
    }
}
