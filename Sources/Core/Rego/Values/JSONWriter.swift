// Values to JSON text, members in key order, so that equal values print equally.

/// Appends JSON to a buffer. Sets become sorted arrays; keys that are no strings become their JSON text.
struct JSONWriter {
    enum Style {
        /// No spaces: `{"a":1}`.
        case compact
        /// As OPA prints terms in messages and templates: `{"a": 1}`, sets as `{1, 2}`.
        case rego
    }

    private(set) var bytes: [UInt8] = []
    let style: Style
    /// `<`, `>`, `&` and the two Unicode line ends are escaped, as Go's encoder does.
    let escapesHTML: Bool

    init(style: Style, escapesHTML: Bool = false) {
        self.style = style
        self.escapesHTML = escapesHTML
    }

    mutating func write(_ value: Value) {
        switch value {
        case .null: bytes += "null".utf8
        case .bool(let bool): bytes += (bool ? "true" : "false").utf8
        case .int(let int): bytes += String(int).utf8
        case .decimal(let decimal): bytes += decimal.text.utf8
        case .string(let string): write(string: string)
        case .array(let elements): write(list: elements, "[", "]")
        case .set(let set):
            if style == .compact {
                write(list: set.elements, "[", "]")
            } else if set.count == 0 {
                bytes += "set()".utf8
            } else {
                write(list: set.elements, "{", "}")
            }
        case .object(let object): write(object: object)
        }
    }

    private mutating func separate() {
        bytes.append(UInt8(ascii: ","))
        if style == .rego { bytes.append(32) }
    }

    private mutating func write(list: [Value], _ open: Unicode.Scalar, _ close: Unicode.Scalar) {
        bytes.append(UInt8(ascii: open))
        for (index, element) in list.enumerated() {
            if index > 0 { separate() }
            write(element)
        }
        bytes.append(UInt8(ascii: close))
    }

    private mutating func write(object: ObjectValue) {
        bytes.append(UInt8(ascii: "{"))
        for index in 0..<object.count {
            if index > 0 { separate() }
            if case .string(let name) = object.keys[index] {
                write(string: name)
            } else if style == .compact {
                write(string: object.keys[index].jsonText)
            } else {
                write(object.keys[index])
            }
            bytes.append(UInt8(ascii: ":"))
            if style == .rego { bytes.append(32) }
            write(object.values[index])
        }
        bytes.append(UInt8(ascii: "}"))
    }

    mutating func write(string: String) {
        bytes.append(UInt8(ascii: "\""))
        // Most strings have nothing to escape.
        let isPlain = string.utf8.allSatisfy { byte in
            byte >= 32 && byte < 128 && byte != 34 && byte != 92
                && !(escapesHTML && (byte == 60 || byte == 62 || byte == 38))
        }
        if isPlain {
            bytes += string.utf8
            bytes.append(UInt8(ascii: "\""))
            return
        }
        let hex = Array("0123456789abcdef".utf8)
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": bytes += "\\\"".utf8
            case "\\": bytes += "\\\\".utf8
            case "\n": bytes += "\\n".utf8
            case "\r": bytes += "\\r".utf8
            case "\t": bytes += "\\t".utf8
            case "\u{8}": bytes += "\\b".utf8
            case "\u{C}": bytes += "\\f".utf8
            case _ where scalar.value < 32 || (escapesHTML && (scalar == "<" || scalar == ">" || scalar == "&")):
                bytes += "\\u00".utf8
                bytes.append(hex[Int(scalar.value >> 4)])
                bytes.append(hex[Int(scalar.value & 15)])
            case _ where escapesHTML && (scalar.value == 0x2028 || scalar.value == 0x2029):
                bytes += "\\u202".utf8
                bytes.append(hex[Int(scalar.value & 15)])
            default: bytes += String(scalar).utf8
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension Value: CustomStringConvertible {
    /// Compact JSON; sets as sorted arrays.
    public var jsonText: String {
        var writer = JSONWriter(style: .compact)
        writer.write(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// As Rego writes it: `{"a": {1, 2}}`.
    public var description: String {
        var writer = JSONWriter(style: .rego)
        writer.write(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
