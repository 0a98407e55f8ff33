// What values a setting takes, from a file as JSON5 or from the environment and flags as text.

import JSON5

/// The kind, unit and range of a setting.
public enum SettingKind: Sendable {
    /// A path; made absolute against the place where it was written.
    case path
    case text
    /// Whole numbers, with the unit in which they count.
    case integer(ClosedRange<Int>, unit: String)
    case number(ClosedRange<Double>, unit: String)
    case boolean
    case choice([String])
    /// A list of some of these names; comma-separated where it is written as text.
    case list(of: [String])

    /// What is expected, as an error and the help say it.
    public var expected: String {
        switch self {
        case .path: "a path"
        case .text: "a text"
        case .integer(let range, let unit): "a whole number from \(range.lowerBound) to \(range.upperBound) (\(unit))"
        case .number(let range, let unit): "a number from \(range.lowerBound) to \(range.upperBound) (\(unit))"
        case .boolean: "true or false"
        case .choice(let names): "one of \(names.joined(separator: ", "))"
        case .list(let names): "a list of any of \(names.joined(separator: ", "))"
        }
    }

    /// Reads a value from a file; nothing where it is of the wrong type or out of range.
    func value(from json: JSON5Value) -> SettingValue? {
        switch (self, json) {
        case (.path, .text(let text)), (.text, .text(let text)), (.choice, .text(let text)): checked(.text(text))
        case (.integer, .integer(let integer)): checked(.integer(integer))
        case (.number, .integer(let integer)): checked(.number(Double(integer)))
        case (.number, .number(let number)): checked(.number(number))
        case (.boolean, .boolean(let boolean)): .boolean(boolean)
        case (.list, .array(let elements)): list(elements)
        default: nil
        }
    }

    /// Reads a value from the environment or a flag; nothing where it is of the wrong type or out of range.
    func value(from text: String) -> SettingValue? {
        switch self {
        case .path, .text, .choice: checked(.text(text))
        case .integer: Int(text).flatMap { checked(.integer($0)) }
        case .number: Double(text).flatMap { checked(.number($0)) }
        case .boolean: Bool(text).map { .boolean($0) }
        case .list: checked(.list(text.split(separator: ",").map { $0.trimmingSpace }))
        }
    }

    private func list(_ elements: [JSON5Value]) -> SettingValue? {
        var names: [String] = []
        for element in elements {
            guard case .text(let name) = element else { return nil }
            names.append(name)
        }
        return checked(.list(names))
    }

    private func checked(_ value: SettingValue) -> SettingValue? {
        let isInRange =
            switch (self, value) {
            case (.path, .text(let text)): !text.isEmpty && !text.utf8.contains(0)
            case (.integer(let range, _), .integer(let integer)): range.contains(integer)
            case (.number(let range, _), .number(let number)): range.contains(number)
            case (.choice(let names), .text(let text)): names.contains(text)
            case (.list(let names), .list(let elements)):
                elements.allSatisfy(names.contains) && Set(elements).count == elements.count
            default: true
            }
        return isInRange ? value : nil
    }
}

extension Substring {
    fileprivate var trimmingSpace: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
