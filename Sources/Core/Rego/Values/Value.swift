// A Rego value. Small integers and short strings need no heap; objects and sets are sorted arrays, so that iteration
// is in OPA's total order on every machine and every run.

/// Any value a policy can hold. Immutable and `Sendable`.
///
/// Equality, order and hash follow Rego: numbers by the value they denote (`1e2 == 100`), strings by their UTF-8 bytes
/// and never by canonical equivalence, objects and sets without regard to how they were written.
public enum Value: Sendable {
    case null
    case bool(Bool)
    /// An integer that fits a machine word.
    case int(Int)
    /// Any other number. Canonical: a number that `.int` can hold is never held here.
    case decimal(Decimal)
    case string(String)
    case array([Value])
    case object(ObjectValue)
    case set(SetValue)

    /// The types in OPA's total order; `rawValue` is the rank.
    public enum Kind: UInt8, Sendable, Comparable {
        case null, bool, number, string, array, object, set

        public static func < (a: Kind, b: Kind) -> Bool { a.rawValue < b.rawValue }

        /// The name as `type_name` gives it.
        public var name: String {
            switch self {
            case .null: "null"
            case .bool: "boolean"
            case .number: "number"
            case .string: "string"
            case .array: "array"
            case .object: "object"
            case .set: "set"
            }
        }
    }

    @inlinable
    public var kind: Kind {
        switch self {
        case .null: .null
        case .bool: .bool
        case .int, .decimal: .number
        case .string: .string
        case .array: .array
        case .object: .object
        case .set: .set
        }
    }

    /// `false` is the only value that fails a body; null, zero and the empty string hold.
    @inlinable
    var isFalse: Bool {
        if case .bool(false) = self { return true }
        return false
    }

    public static let emptyObject = Value.object(ObjectValue(sortedKeys: [], values: []))
    public static let emptySet = Value.set(SetValue(sorted: []))
}

extension Value {
    /// What `self[key]` means in a reference: an element, a member, or nothing. No iteration.
    @inlinable
    func lookup(_ key: Value) -> Value? {
        switch self {
        case .object(let object): return object[key]
        case .array(let elements):
            guard case .int(let index) = key, index >= 0, index < elements.count else { return nil }
            return elements[index]
        case .set(let set): return set.contains(key) ? key : nil
        case .null, .bool, .int, .decimal, .string: return nil
        }
    }

    /// A member of an object by name; nil for anything else. For callers that read results.
    public subscript(name: String) -> Value? {
        guard case .object(let object) = self else { return nil }
        return object[.string(name)]
    }

    /// An object from members given in any order. Later members replace earlier ones with the same key.
    public static func object(members: [(String, Value)]) -> Value {
        .object(ObjectValue(replacing: members.map { (.string($0.0), $0.1) }))
    }
}

extension Value {
    /// Any natural number of 64 bits.
    public init(exactly number: UInt64) {
        self =
            Int(exactly: number).map { .int($0) }
            ?? .decimal(Decimal(isNegative: false, magnitude: Magnitude(number), exponent: 0))
    }
}
