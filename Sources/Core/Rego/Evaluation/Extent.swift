// The value of a partial rule while its rules are being evaluated: nested objects with values or sets at their ends.

/// Two rules, or two ways through one rule, gave a place different values.
struct ExtentConflict: Error {
    /// The rule that was there first.
    let other: CodeUnit?
}

final class Extent {
    private var children: [Value: Extent] = [:]
    private var value: Value?
    private var elements: [Value]?
    /// The rule that made this place what it is, for the report of a conflict.
    private var maker: CodeUnit?

    /// For a group that is one set: an empty set, not an empty object, when nothing is in it.
    init(isSet: Bool = false) { if isSet { elements = [] } }

    private func descend(_ path: [Value], by unit: CodeUnit) throws(ExtentConflict) -> Extent {
        var node = self
        for key in path {
            guard node.value == nil, node.elements == nil else { throw ExtentConflict(other: node.maker) }
            if let child = node.children[key] {
                node = child
            } else {
                let child = Extent()
                child.maker = unit
                node.children[key] = child
                node = child
            }
        }
        return node
    }

    func insert(_ path: [Value], value new: Value, by unit: CodeUnit) throws(ExtentConflict) {
        let node = try descend(path, by: unit)
        guard node.children.isEmpty, node.elements == nil, node.value == nil || node.value == new else {
            throw ExtentConflict(other: node.maker)
        }
        node.value = new
    }

    func insert(_ path: [Value], element: Value, by unit: CodeUnit) throws(ExtentConflict) {
        let node = try descend(path, by: unit)
        guard node.children.isEmpty, node.value == nil else { throw ExtentConflict(other: node.maker) }
        if node.elements == nil { node.elements = [] }
        node.elements?.append(element)
    }

    func finish() -> Value {
        if let value { return value }
        if let elements { return .set(SetValue(elements)) }
        let keys = children.keys.sorted()
        return .object(ObjectValue(sortedKeys: keys, values: keys.map { children[$0]?.finish() ?? .null }))
    }
}
