// Positional arguments, declared once and read typed.

/// What is declared about an argument, whatever its Swift type is.
public struct ArgumentDeclaration: Sendable, Hashable {
    /// In capitals, as the help shows it.
    public let name: String
    public let kind: ValueKind
    public let isOptional: Bool
    /// Takes all that remain; only the last argument may.
    public let isRepeatable: Bool
    public let summary: String

    public init(
        name: String, kind: ValueKind = .text, isOptional: Bool = false, isRepeatable: Bool = false, summary: String
    ) {
        self.name = name
        self.kind = kind
        self.isOptional = isOptional
        self.isRepeatable = isRepeatable
        self.summary = summary
    }

    /// As the usage line shows it: `FILE`, `[FILE]` or `[FILE …]`.
    var shown: String {
        let name = isRepeatable ? self.name + " …" : self.name
        return isOptional ? "[\(name)]" : name
    }
}

/// An argument whose value is a `Value`.
public struct Argument<Value: Sendable>: Sendable {
    public let declaration: ArgumentDeclaration
    let read: @Sendable ([String]) -> Value
}

extension Argument<String> {
    public static func text(_ name: String, kind: ValueKind = .text, _ summary: String) -> Self {
        Self(declaration: ArgumentDeclaration(name: name, kind: kind, summary: summary)) { texts in
            guard let text = texts.first else { preconditionFailure("the parser lets no \(name) be missing") }
            return text
        }
    }
}

extension Argument<String?> {
    public static func optional(_ name: String, kind: ValueKind = .text, _ summary: String) -> Self {
        Self(
            declaration: ArgumentDeclaration(name: name, kind: kind, isOptional: true, summary: summary), read: \.first)
    }
}

extension Argument<[String]> {
    public static func rest(_ name: String, kind: ValueKind = .text, _ summary: String) -> Self {
        Self(
            declaration: ArgumentDeclaration(
                name: name, kind: kind, isOptional: true, isRepeatable: true, summary: summary)
        ) { $0 }
    }
}
