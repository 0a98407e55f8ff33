// Somebody else's words on people's screens: nothing in them may act upon a terminal or look like something else.

extension StringProtocol {
    /// With control characters, line separators and characters that only direct the display (bidirectional overrides and
    /// the like) as Swift escapes, for example `\u{1B}`.
    /// - Parameters:
    ///   - quotes: escapes the double quote and the backslash too, for use within quotes.
    ///   - keepingTabs: leaves tabs as they are.
    public func printable(quotes: Bool = false, keepingTabs: Bool = false) -> String {
        var text = ""
        for scalar in unicodeScalars {
            let isSafe =
                switch scalar {
                case "\t": keepingTabs
                case "\"", "\\": !quotes
                case " "..."~": true
                default: !Self.directingCategories.contains(scalar.properties.generalCategory)
                }
            if isSafe { text.unicodeScalars.append(scalar) } else { text += scalar.escaped(asASCII: true) }
        }
        return text
    }

    private static var directingCategories: [Unicode.GeneralCategory] {
        [.control, .format, .lineSeparator, .paragraphSeparator]
    }
}
