// What the text drivers have in common: an upcall taken apart, the right algorithm called, the answer and its price put together.

public import ABI
// Upcall is CAMClient's, handed on by the driver kit.
public import CAMClient
public import CAMDriverKit
public import ProtobufWire
public import TextUnits

/// The three capabilities over three algorithms.
public struct TextService: Sendable {
    public typealias Lines = @Sendable (SourceText) -> [String]

    private let capabilities: [Capability]
    private let summarize: Lines
    private let keywords: Lines
    private let digest: @Sendable (DigestInput) -> String

    /// `capabilities` names and prices what is offered; the order does not matter.
    public init(
        capabilities: [Capability], summarize: @escaping Lines, keywords: @escaping Lines,
        digest: @escaping @Sendable (DigestInput) -> String
    ) {
        self.capabilities = capabilities
        self.summarize = summarize
        self.keywords = keywords
        self.digest = digest
    }

    /// A driver that serves this.
    public func driver(name: Text, slots: UInt32) -> Driver {
        Driver(name: name, capabilities: capabilities, slots: slots) { upcall in try answer(upcall.request) }
    }

    /// Does the work of one upcall.
    ///
    /// - Throws: UNIMPLEMENTED for a capability that is not offered; INVALID_ARGUMENT for a content type that is not text, for
    ///   bytes that are not UTF-8, for a text without a word, and for a table of contents that cannot be read.
    public func answer(_ request: InvokeUpcall) throws(CallFailure) -> InvokeResult {
        guard let capability = capabilities.first(where: { $0.name == request.capability }) else {
            throw Upcall.refused(.unimplemented, "\(request.capability) is not offered here", field: "capability")
        }
        try checkContentTypes(request)
        let output: String
        switch request.capability {
        case "text.summarize": output = Self.text(summarize(try source(request)))
        case "text.keywords": output = Self.text(keywords(try source(request)))
        default: output = digest(try digestInput(request))
        }
        let bytes = request.input.count + request.parts.reduce(0) { $0 + $1.data.count }
        return InvokeResult(
            output: Array(output.utf8), contentType: "text/plain; charset=utf-8",
            costMicros: capability.costMicros + capability.costMicrosPerKib * UInt64((bytes + 1023) / 1024),
            units: Self.wordCount(request))
    }

    private static func text(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

    private func checkContentTypes(_ request: InvokeUpcall) throws(CallFailure) {
        for type in [request.contentType] + request.parts.map(\.contentType) {
            if !type.isEmpty && !type.string.lowercased().hasPrefix("text/") {
                throw Upcall.refused(
                    .invalidArgument, "\(type) cannot be read here; text/plain in UTF-8 can", field: "content_type")
            }
        }
    }

    /// The inline text and the parts after it, each a paragraph of its own.
    private func source(_ request: InvokeUpcall) throws(CallFailure) -> SourceText {
        var bytes = request.input
        for part in request.parts {
            bytes += [10, 10] + part.data
        }
        do {
            return try SourceText(bytes)
        } catch {
            throw Upcall.refused(.invalidArgument, "\("\(error)")", field: "input")
        }
    }

    /// The parts by their table of contents. A text without parts is digested itself.
    private func digestInput(_ request: InvokeUpcall) throws(CallFailure) -> DigestInput {
        do {
            if request.parts.isEmpty {
                let text = try SourceText(request.input)
                let source = DigestSource(title: "The text", keywords: keywords(text), summary: summarize(text))
                return DigestInput(title: "", sources: [source])
            }
            return try DigestInput(
                contents: request.input, parts: request.parts.map { (localID: $0.localID.string, data: $0.data) })
        } catch {
            throw Upcall.refused(.invalidArgument, "\("\(error)")", field: "input")
        }
    }

    /// Words of everything that was read: what this service counts as units.
    private static func wordCount(_ request: InvokeUpcall) -> UInt64 {
        var count: UInt64 = 0
        for bytes in [request.input] + request.parts.map(\.data) {
            var inWord = false
            for byte in bytes {
                let isBlank = byte <= 32
                if !isBlank && !inWord { count += 1 }
                inWord = !isBlank
            }
        }
        return count
    }
}
