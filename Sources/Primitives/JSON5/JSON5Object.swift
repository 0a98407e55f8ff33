// An object whose members are known beforehand: taken by name and type, and a mistake names its place.

internal import Wording

public struct JSON5Object: Sendable {
    private let members: [JSON5Member]
    private let what: String
    private let position: DocumentPosition

    /// - Parameters:
    ///   - what: what the object is, as an error says it: "the manifest".
    ///   - position: where it stands, for errors about the whole.
    ///   - known: the names that it may have. Another one is an error that names the nearest of these.
    public init(
        _ value: JSON5Value, _ what: String, at position: DocumentPosition = DocumentPosition(line: 1, column: 1),
        known: [String]
    ) throws(JSON5Error) {
        guard case .object(let members) = value else {
            throw JSON5Error(position: position, problem: "\(what) must be an object, not \(value.kind)")
        }
        for member in members where !known.contains(member.name) {
            let nearest = NearestName.of(member.name, among: known).map { "; did you mean \($0)?" } ?? ""
            throw JSON5Error(position: member.position, problem: "unknown member \"\(member.name)\"\(nearest)")
        }
        self.members = members
        self.what = what
        self.position = position
    }

    public func text(_ name: String) throws(JSON5Error) -> String? {
        guard let member = member(name) else { return nil }
        guard case .text(let text) = member.value else { throw wrong(member, "text") }
        return text
    }

    /// For what has no default.
    public func requiredText(_ name: String) throws(JSON5Error) -> String {
        guard let text = try text(name) else {
            throw JSON5Error(position: position, problem: "\(what) needs a member \(name)")
        }
        return text
    }

    public func texts(_ name: String) throws(JSON5Error) -> [String]? {
        guard let member = member(name) else { return nil }
        guard case .array(let list) = member.value else { throw wrong(member, "a list of texts") }
        var texts: [String] = []
        for value in list {
            guard case .text(let text) = value else { throw wrong(member, "a list of texts") }
            texts.append(text)
        }
        return texts
    }

    public func number(_ name: String) throws(JSON5Error) -> Double? {
        guard let member = member(name) else { return nil }
        switch member.value {
        case .number(let number): return number
        case .integer(let number): return Double(number)
        case .null, .boolean, .text, .array, .object: throw wrong(member, "a number")
        }
    }

    /// A whole number from 0 to what the type holds, at most 2⁴⁰.
    public func integer<Value: FixedWidthInteger>(
        _ name: String, as type: Value.Type = Value.self
    ) throws(JSON5Error) -> Value? {
        guard let member = member(name) else { return nil }
        guard case .integer(let number) = member.value, let value = Value(exactly: number), 0...1 << 40 ~= number else {
            throw wrong(member, "a whole number from 0 to \(min(UInt64(Value.max), 1 << 40))")
        }
        return value
    }

    public func boolean(_ name: String) throws(JSON5Error) -> Bool? {
        guard let member = member(name) else { return nil }
        guard case .boolean(let value) = member.value else { throw wrong(member, "true or false") }
        return value
    }

    /// A list of objects; `what` says what each one is.
    public func objects(_ name: String, _ what: String, known: [String]) throws(JSON5Error) -> [JSON5Object]? {
        guard let member = member(name) else { return nil }
        guard case .array(let list) = member.value else { throw wrong(member, "a list") }
        var objects: [JSON5Object] = []
        for value in list {
            objects.append(try JSON5Object(value, what, at: member.position, known: known))
        }
        return objects
    }

    private func member(_ name: String) -> JSON5Member? { members.first { $0.name == name } }

    private func wrong(_ member: JSON5Member, _ expected: String) -> JSON5Error {
        let found = member.value.kind
        return JSON5Error(position: member.position, problem: "\(member.name) must be \(expected), not \(found)")
    }
}
