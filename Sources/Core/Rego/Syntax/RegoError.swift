// What can be wrong with a policy, with OPA's own codes, and where.

/// A place in a source text. Lines and columns count from 1; a column is a Unicode scalar, not a byte.
public struct Location: Sendable, Hashable, CustomStringConvertible {
    public let file: String
    public let line: Int
    public let column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    public var description: String { "\(file):\(line):\(column)" }
}

/// One reason why a policy is refused. Of a message, which may repeat what is written there, the first 300 bytes are kept.
public struct RegoError: Error, Sendable, Hashable, CustomStringConvertible {
    /// OPA's codes, spelt as OPA spells them.
    public enum Code: String, Sendable {
        case parse = "rego_parse_error"
        case compile = "rego_compile_error"
        case type = "rego_type_error"
        case unsafeVar = "rego_unsafe_var_error"
        case recursion = "rego_recursion_error"
    }

    public let code: Code
    public let message: String
    public let location: Location

    public init(code: Code, message: String, location: Location) {
        self.code = code
        self.message = message.shortened(toBytes: 300)
        self.location = location
    }

    public var description: String { "\(location): \(code.rawValue): \(message)" }
}

/// All reasons why a set of modules is refused, in the order of file, line and column. Never empty.
public struct RegoErrors: Error, Sendable, CustomStringConvertible {
    public let errors: [RegoError]

    init(_ errors: [RegoError]) {
        var unique: [RegoError] = []
        for error in errors.sorted(by: RegoErrors.stand) where unique.last != error { unique.append(error) }
        self.errors = unique
    }

    private static func stand(_ a: RegoError, before b: RegoError) -> Bool {
        if a.location.file != b.location.file { return a.location.file.compareBytes(with: b.location.file) < 0 }
        if a.location.line != b.location.line { return a.location.line < b.location.line }
        if a.location.column != b.location.column { return a.location.column < b.location.column }
        return a.message.compareBytes(with: b.message) < 0
    }

    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
