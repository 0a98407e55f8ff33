// What `with` can change: input, data, functions. Each change is a context of its own with caches of its own, so that
// nothing computed inside is seen outside.

/// Values of rule groups that were computed already: open addressing, because a decision looks up a handful.
struct GroupCache {
    private var groups: [Int32] = []
    private var values: [Value?] = []
    private var count = 0

    /// `.some(nil)` when the group is known to be undefined.
    func find(_ group: Int) -> Value?? {
        guard !groups.isEmpty else { return nil }
        var place = (group &* 0x9E37_79B1) & (groups.count - 1)
        while groups[place] >= 0 {
            if groups[place] == Int32(group) { return .some(values[place]) }
            place = (place + 1) & (groups.count - 1)
        }
        return nil
    }

    mutating func insert(_ group: Int, _ value: Value?) {
        if count * 2 >= groups.count { grow() }
        var place = (group &* 0x9E37_79B1) & (groups.count - 1)
        while groups[place] >= 0 { place = (place + 1) & (groups.count - 1) }
        groups[place] = Int32(group)
        values[place] = value
        count += 1
    }

    private mutating func grow() {
        let old = (groups, values)
        let capacity = max(16, old.0.count * 2)
        groups = [Int32](repeating: -1, count: capacity)
        values = [Value?](repeating: nil, count: capacity)
        count = 0
        for place in old.0.indices where old.0[place] >= 0 { insert(Int(old.0[place]), old.1[place]) }
    }
}

final class EvaluationContext {
    enum Mock {
        case value(Target, Value)
        case function(Target, Target)

        var target: Target {
            switch self {
            case .value(let target, _), .function(let target, _): target
            }
        }
    }

    let input: Value?
    let data: Value
    /// Paths under `data` that `with` replaced: rules there do not count.
    let hidden: [[Value]]
    let mocks: [Mock]
    var cache = GroupCache()

    init(input: Value?, data: Value, hidden: [[Value]] = [], mocks: [Mock] = []) {
        self.input = input
        self.data = data
        self.hidden = hidden
        self.mocks = mocks
    }

    /// Nothing but the input was replaced: what was found out about `data` and builtins at load holds.
    var isPlain: Bool { hidden.isEmpty && mocks.isEmpty }

    /// Whether a path is at or below one that was replaced.
    func hides(_ path: [Value]) -> Bool {
        guard !hidden.isEmpty else { return false }
        return hidden.contains { path.starts(with: $0) }
    }

    /// The replacement of a function; of several the innermost.
    func mock(of target: Target) -> Mock? {
        guard !mocks.isEmpty else { return nil }
        return mocks.last { $0.target == target }
    }

    /// The same with no function replaced: what a replacement itself calls is the real thing.
    func withoutMocks() -> EvaluationContext { EvaluationContext(input: input, data: data, hidden: hidden) }
}

extension Value {
    /// The value at a path of keys.
    func lookup(path: [Value]) -> Value? {
        var value = self
        for key in path {
            guard let next = value.lookup(key) else { return nil }
            value = next
        }
        return value
    }

    /// A copy with the value at a path replaced; what is no object on the way becomes one.
    static func setting(_ path: ArraySlice<Value>, in root: Value?, to value: Value) -> Value {
        guard let key = path.first else { return value }
        guard case .object(let object) = root else {
            let inner = setting(path.dropFirst(), in: nil, to: value)
            return .object(ObjectValue(sortedKeys: [key], values: [inner]))
        }
        return .object(object.setting(key, to: setting(path.dropFirst(), in: object[key], to: value)))
    }
}
