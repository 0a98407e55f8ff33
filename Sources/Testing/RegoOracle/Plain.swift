// Values of the naive evaluator: what Rego says a value is, written down in the shortest way.

import Rego

/// A value. Sets and objects are Swift's own, so equality is the language's and none of the evaluator's doing.
indirect enum Plain: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Int)
    case string(String)
    case array([Plain])
    case object([Plain: Plain])
    case set(Set<Plain>)

    /// Nil for a number that is no integer, which nothing here makes.
    init?(_ value: Value) {
        switch value {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .int(let int): self = .number(int)
        case .decimal: return nil
        case .string(let string): self = .string(string)
        case .array(let items):
            let plain = items.compactMap(Plain.init)
            guard plain.count == items.count else { return nil }
            self = .array(plain)
        case .set(let set):
            let plain = set.elements.compactMap(Plain.init)
            // Twice the same element would be a set that is none.
            guard plain.count == set.elements.count, Set(plain).count == plain.count else { return nil }
            self = .set(Set(plain))
        case .object(let object):
            var plain: [Plain: Plain] = [:]
            for index in object.keys.indices {
                guard let key = Plain(object.keys[index]), let value = Plain(object.values[index]),
                    plain.updateValue(value, forKey: key) == nil
                else { return nil }
            }
            self = .object(plain)
        }
    }

    private var rank: Int {
        switch self {
        case .null: 0
        case .bool: 1
        case .number: 2
        case .string: 3
        case .array: 4
        case .object: 5
        case .set: 6
        }
    }

    /// The total order over all values.
    func isLess(than other: Plain) -> Bool { compare(other) < 0 }

    private func compare(_ other: Plain) -> Int {
        switch (self, other) {
        case (.bool(let a), .bool(let b)): return a == b ? 0 : a ? 1 : -1
        case (.number(let a), .number(let b)): return a == b ? 0 : a < b ? -1 : 1
        case (.string(let a), .string(let b)):
            if a == b { return 0 }
            return Array(a.utf8).lexicographicallyPrecedes(Array(b.utf8)) ? -1 : 1
        case (.array(let a), .array(let b)): return Plain.compare(a, b)
        case (.set(let a), .set(let b)): return Plain.compare(Plain.sorted(a), Plain.sorted(b))
        case (.object(let a), .object(let b)):
            return Plain.compare(
                Plain.sorted(a.keys).flatMap { [$0, a[$0]!] }, Plain.sorted(b.keys).flatMap { [$0, b[$0]!] })
        default: return rank - other.rank
        }
    }

    private static func compare(_ a: [Plain], _ b: [Plain]) -> Int {
        for (x, y) in zip(a, b) where x != y { return x.compare(y) }
        return a.count - b.count
    }

    static func sorted(_ values: some Collection<Plain>) -> [Plain] { values.sorted { $0.isLess(than: $1) } }

    /// Keys and values of what can be iterated, in order; an element of a set is its own key.
    var members: [(key: Plain, value: Plain)] {
        switch self {
        case .array(let items): items.enumerated().map { (.number($0.offset), $0.element) }
        case .set(let set): Plain.sorted(set).map { ($0, $0) }
        case .object(let object): Plain.sorted(object.keys).map { ($0, object[$0]!) }
        default: []
        }
    }

    subscript(key: Plain) -> Plain? {
        switch (self, key) {
        case (.array(let items), .number(let index)): items.indices.contains(index) ? items[index] : nil
        case (.set(let set), _): set.contains(key) ? key : nil
        case (.object(let object), _): object[key]
        default: nil
        }
    }

    func setting(_ path: ArraySlice<Plain>, to value: Plain) -> Plain {
        guard let key = path.first else { return value }
        guard case .object(var object) = self else { return Plain.object([:]).setting(path, to: value) }
        object[key] = (object[key] ?? .object([:])).setting(path.dropFirst(), to: value)
        return .object(object)
    }

    /// As Rego writes it.
    var text: String {
        switch self {
        case .null: "null"
        case .bool(let bool): bool ? "true" : "false"
        case .number(let number): String(number)
        case .string(let string): "\"\(string)\""
        case .array(let items): "[" + items.map(\.text).joined(separator: ", ") + "]"
        case .set(let set): set.isEmpty ? "set()" : "{" + Plain.sorted(set).map(\.text).joined(separator: ", ") + "}"
        case .object: "{" + members.map { "\($0.key.text): \($0.value.text)" }.joined(separator: ", ") + "}"
        }
    }

    /// The evaluator's form of it.
    var value: Value {
        switch self {
        case .null: .null
        case .bool(let bool): .bool(bool)
        case .number(let number): .int(number)
        case .string(let string): .string(string)
        case .array(let items): .array(items.map(\.value))
        case .set(let set): .set(SetValue(set.map(\.value)))
        case .object: .object(ObjectValue(replacing: members.map { ($0.key.value, $0.value.value) }))
        }
    }
}
