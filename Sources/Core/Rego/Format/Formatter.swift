// Policies in one style, that of `opa fmt`: tabs, one literal a line, a blank line between rules. What the author chose
// and style does not settle stays: comments, single blank lines, which lists are spread over lines.

/// Formats policies.
public enum Formatter {
    /// A module in the one style. Formatting what is formatted changes nothing.
    /// - Parameter file: the name that errors show.
    /// - Throws: every syntax error that was found.
    public static func format(_ text: String, file: String) throws(RegoErrors) -> String {
        let module = try Module(parsing: text, file: file)
        let formatted = layout(module)
        // A policy that decides otherwise after formatting would be the worst of bugs, so a formatter that erred
        // leaves the text alone.
        guard isFaithful(formatted, to: module) else { return text }
        return formatted
    }

    /// Without the check that nothing but the layout changed.
    package static func layout(_ module: Module) -> String {
        var printer = Printer(module.source)
        printer.put(module)
        return printer.text
    }

    /// Whether a text has the same tree and the same comments.
    package static func isFaithful(_ text: String, to module: Module) -> Bool {
        guard let again = try? Module(parsing: text, file: module.file) else { return false }
        return again.outline == module.outline
            && Comment.all(in: again.source).map(\.text).sorted() == Comment.all(in: module.source).map(\.text).sorted()
    }
}
