// Options, declared once and read typed: `invocation[SomeCommand.limit]` is an Int because it was declared as one.

/// What is declared about an option, whatever its Swift type is.
public struct OptionDeclaration: Sendable, Hashable {
    /// Without the dashes.
    public let name: String
    public let short: Character?
    /// Nothing for a switch.
    public let value: ValueKind?
    /// How the value is called in the help, in capitals.
    public let placeholder: String
    public let isRepeatable: Bool
    /// One sentence.
    public let summary: String

    public init(
        name: String, short: Character? = nil, value: ValueKind?, placeholder: String = "", isRepeatable: Bool = false,
        summary: String
    ) {
        self.name = name
        self.short = short
        self.value = value
        self.placeholder = placeholder
        self.isRepeatable = isRepeatable
        self.summary = summary
    }

    /// As it is written: `--limit`.
    public var flag: String { "--" + name }
}

/// An option whose value is a `Value`.
public struct Option<Value: Sendable>: Sendable {
    public let declaration: OptionDeclaration
    /// From the texts that were given, each of which the declaration accepted.
    let read: @Sendable ([String]) -> Value

    init(_ declaration: OptionDeclaration, _ read: @escaping @Sendable ([String]) -> Value) {
        self.declaration = declaration
        self.read = read
    }
}

extension Option<Bool> {
    /// A switch: true where it is given.
    public static func flag(_ name: String, short: Character? = nil, _ summary: String) -> Self {
        Self(OptionDeclaration(name: name, short: short, value: nil, summary: summary)) { !$0.isEmpty }
    }
}

extension Option<String?> {
    public static func text(
        _ name: String, _ placeholder: String, kind: ValueKind = .text, _ summary: String
    ) -> Self {
        Self(OptionDeclaration(name: name, value: kind, placeholder: placeholder, summary: summary), \.last)
    }
}

extension Option<[String]> {
    /// May be given several times.
    public static func texts(_ name: String, _ placeholder: String, _ summary: String) -> Self {
        Self(
            OptionDeclaration(
                name: name, value: .text, placeholder: placeholder, isRepeatable: true, summary: summary)
        ) { $0 }
    }
}

extension Option<Int?> {
    public static func integer(
        _ name: String, _ placeholder: String, _ range: ClosedRange<Int>, _ summary: String
    ) -> Self {
        Self(OptionDeclaration(name: name, value: .integer(range), placeholder: placeholder, summary: summary)) {
            $0.last.flatMap { Int($0) }
        }
    }
}

extension Option<Double?> {
    public static func number(
        _ name: String, _ placeholder: String, _ range: ClosedRange<Double>, _ summary: String
    ) -> Self {
        Self(OptionDeclaration(name: name, value: .number(range), placeholder: placeholder, summary: summary)) {
            $0.last.flatMap { Double($0) }
        }
    }
}

extension Option<String> {
    public static func choice(
        _ name: String, _ placeholder: String, of names: [String], default value: String, _ summary: String
    ) -> Self {
        Self(OptionDeclaration(name: name, value: .choice(names), placeholder: placeholder, summary: summary)) {
            $0.last ?? value
        }
    }
}
