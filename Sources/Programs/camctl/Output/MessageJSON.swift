// Any message of the ABI as JSON, with the field names of the .proto files: what --json prints.

import ABI
import CommandLineInterface
import ProtobufWire

extension JSONText {
    /// Every field, also those that hold their default; absent optional fields are left out, a choice is the field it chose,
    /// a decision's id is `EPOCH-SEQUENCE`. Bytes that are UTF-8 are a text; others stand as `NAME_base64`.
    init(message: some ProtobufMessage) {
        self = MessageJSON.object(message)
    }
}

private enum MessageJSON {
    static func object(_ message: Any) -> JSONText {
        .object(Mirror(reflecting: message).children.flatMap { members(fieldName($0.label ?? ""), $0.value) })
    }

    /// The members that a field becomes: none where it is absent, else one.
    private static func members(_ name: String, _ value: Any) -> [(String, JSONText)] {
        if let bytes = value as? [UInt8] {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                return [(name + "_base64", .text(Base64.encoded(bytes)))]
            }
            return [(name, .text(text))]
        }
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional {
            return mirror.children.first.map { members(name, $0.value) } ?? []
        }
        // A choice: an enumeration with a payload, which is the field that was chosen.
        if mirror.displayStyle == .enum, !(value is any ProtobufEnum), let chosen = mirror.children.first {
            return members(fieldName(chosen.label ?? ""), chosen.value)
        }
        return [(name, scalar(value) ?? composite(value, mirror))]
    }

    private static func composite(_ value: Any, _ mirror: Mirror) -> JSONText {
        guard mirror.displayStyle == .collection else { return object(value) }
        return .array(
            mirror.children.map { element in
                if let bytes = element.value as? [UInt8] { return .text(Base64.encoded(bytes)) }
                return scalar(element.value) ?? object(element.value)
            })
    }

    private static func scalar(_ value: Any) -> JSONText? {
        switch value {
        case let id as DecisionID: .text(id.shown)
        case let text as Text: .text(text.string)
        case let boolean as Bool: .boolean(boolean)
        case let number as Double: .number(number)
        case let number as UInt64: .unsigned(number)
        case let number as UInt32: .unsigned(UInt64(number))
        case let number as Int64: .integer(number)
        case let number as Int32: .integer(Int64(number))
        case let choice as any ProtobufEnum: .text(choice.description)
        default: nil
        }
    }

    /// `decisionID` is `decision_id`, `taskIDs` is `task_ids`, `latencyP50Us` is `latency_p50_us`.
    private static func fieldName(_ label: String) -> String {
        var name = ""
        var previous: Character = "_"
        for character in label {
            if character.isUppercase, !previous.isUppercase, previous != "_" { name.append("_") }
            name += character.lowercased()
            previous = character
        }
        return name
    }
}

/// RFC 4648, section 4.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

    static func encoded(_ bytes: [UInt8]) -> String {
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << ((3 - group.count) * 8)
            for position in 0..<4 {
                text.append(position <= group.count ? alphabet[bits >> (18 - 6 * position) & 63] : "=")
            }
        }
        return text
    }
}
