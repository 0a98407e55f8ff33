// JSON as camctl and cam-bench print it: members in the order they were given, integers exact.

public indirect enum JSONText: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case unsigned(UInt64)
    case number(Double)
    /// A number that no Double may hold exactly, as JSON writes it.
    case digits(String)
    case text(String)
    case array([JSONText])
    case object([(String, JSONText)])

    /// An object whose members without a value are left out.
    public static func members(_ members: [(String, JSONText?)]) -> JSONText {
        .object(members.compactMap { name, value in value.map { (name, $0) } })
    }

    /// Indented by two spaces, without a newline at the end.
    public func rendered() -> String {
        var text = ""
        write(into: &text, indent: "")
        return text
    }

    /// On one line: for streams, where each item is one line.
    public func renderedOnOneLine() -> String {
        var text = ""
        write(into: &text, indent: nil)
        return text
    }

    private func write(into text: inout String, indent: String?) {
        switch self {
        case .null: text += "null"
        case .boolean(let boolean): text += boolean ? "true" : "false"
        case .integer(let integer): text += String(integer)
        case .unsigned(let unsigned): text += String(unsigned)
        // JSON has no infinity and no NaN.
        case .number(let number): text += number.isFinite ? String(number) : "null"
        case .digits(let digits): text += digits
        case .text(let string): Self.quote(string, into: &text)
        case .array(let elements):
            Self.write(elements, "[", "]", indent, into: &text) { $0.write(into: &$1, indent: $2) }
        case .object(let members):
            Self.write(members, "{", "}", indent, into: &text) { member, text, indent in
                Self.quote(member.0, into: &text)
                text += indent == nil ? ":" : ": "
                member.1.write(into: &text, indent: indent)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], _ open: String, _ close: String, _ indent: String?, into text: inout String,
        _ writeElement: (Element, inout String, String?) -> Void
    ) {
        text += open
        let inner = indent.map { $0 + "  " }
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            if let inner { text += "\n" + inner }
            writeElement(element, &text, inner)
        }
        if let indent, !elements.isEmpty { text += "\n" + indent }
        text += close
    }

    private static func quote(_ string: String, into text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case "\u{0}"..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    public static func == (left: JSONText, right: JSONText) -> Bool {
        left.renderedOnOneLine() == right.renderedOnOneLine()
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(renderedOnOneLine()) }
}
