// What a JSON5 document says, with the place where it says it: Foundation's decoder accepts JSON5 but names no line
// for a mistake and drops a repeated key without a word, and a configuration file deserves both.

/// A place in a document. Lines and columns count from 1, columns in Unicode scalars.
public struct DocumentPosition: Sendable, Hashable, CustomStringConvertible {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public var description: String { "\(line):\(column)" }
}

/// A value of a JSON5 document.
public indirect enum JSON5Value: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case array([JSON5Value])
    /// In the document's order; no name occurs twice.
    case object([JSON5Member])

    /// What kind of value this is, as an error says it.
    public var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .text: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// The member of that name, where this is an object that has one.
    public subscript(name: String) -> JSON5Value? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
}

/// A name and its value in an object, and where the name stands.
public struct JSON5Member: Sendable, Hashable {
    public var name: String
    public var value: JSON5Value
    public var position: DocumentPosition
}

/// Why a document is not JSON5, and where.
public struct JSON5Error: Error, Sendable, Hashable, CustomStringConvertible {
    public var position: DocumentPosition
    /// A clause without a full stop, for example "expected ':' after a name, found 'x'".
    public var problem: String

    public init(position: DocumentPosition, problem: String) {
        self.position = position
        self.problem = problem
    }

    public var description: String { "line \(position.line), column \(position.column): \(problem)" }
}
