// What `with` can change: input, data, functions. Each change is a context of its own with caches of its own, so that
// nothing computed inside is seen outside.

/// Values of rule groups that were computed already: a row, because a decision looks up a handful, with a table of places
/// where it gets long.
struct GroupCache {
    private static let rowMax = 16

    private var row: [(group: Int, value: Value?)] = []
    private var places: [Int: Int] = [:]

    /// `.some(nil)` when the group is known to be undefined.
    func find(_ group: Int) -> Value?? {
        if row.count > GroupCache.rowMax { return places[group].map { row[$0].value } }
        for entry in row where entry.group == group { return .some(entry.value) }
        return nil
    }

    mutating func insert(_ group: Int, _ value: Value?) {
        row.append((group, value))
        if row.count == GroupCache.rowMax + 1 {
            for place in row.indices { places[row[place].group] = place }
        } else if row.count > GroupCache.rowMax {
            places[group] = row.count - 1
        }
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

    /// Members of all objects that replacing the value at a path copies.
    func membersOnWay(_ path: [Value]) -> Int {
        var value: Value? = self
        var members = 0
        for key in path {
            guard case .object(let object) = value else { break }
            members += object.count
            value = object[key]
        }
        return members
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
