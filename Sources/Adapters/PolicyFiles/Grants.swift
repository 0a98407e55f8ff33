// The file of grants: what administrators let happen for a while, as data for policies. Names in it are only ever data.

public import ABI
public import Linux
internal import Policy
internal import ProtobufWire
internal import Rego
internal import Wording

extension PolicyFolder {
    private typealias Holders = [String: [Value]]

    /// Adds a grant to those that were read, in place of an earlier one of the same and without those that have ended.
    /// - Returns: what the file of grants shall hold.
    public mutating func add(_ grant: Grant, now: Int64) throws(PolicyFolderError) -> [UInt8] {
        guard let file = grants else { preconditionFailure("there is no folder for grants") }
        let known = data.first { $0.name == file.name }
        guard var holders = known.map({ Self.holders($0.text) }) ?? [:] else { throw .notGrants(file.path) }
        let new = Self.value(of: grant)
        let isReplaced = { (old: Value) in
            ["action", "resource", "owner", "socket"].allSatisfy { old[$0] == new[$0] }
        }
        holders["\(grant.uid)/\(grant.agentName)", default: []].removeAll(where: isReplaced)
        holders["\(grant.uid)/\(grant.agentName)", default: []].append(new)
        for holder in holders.keys { holders[holder]?.removeAll { !Self.holds($0, now) } }
        let text = Self.text(of: holders.filter { !$0.value.isEmpty })
        if text.utf8.count > PolicyFolder.fileBytesMax { throw .tooLarge(file.path, limit: PolicyFolder.fileBytesMax) }
        data.removeAll { $0.name == file.name }
        data.append(PolicySource(name: file.name, text: text))
        return Array(text.utf8)
    }

    /// Replaces the file of grants, all or nothing; nobody but its owner may read it.
    public func keep(_ bytes: [UInt8]) throws(Errno) {
        guard let file = grants else { preconditionFailure("there is no folder for grants") }
        try Directory.makeAll(Directory.parent(of: file.path), mode: 0o700)
        try File.replace(file.path, with: bytes, mode: 0o600)
    }

    private static func holders(_ text: String) -> Holders? {
        guard case .object(let known)? = (try? Value(json: text))?["grants"] else { return nil }
        var holders: Holders = [:]
        for (holder, grants) in zip(known.keys, known.values) {
            guard case .string(let name) = holder, case .array(let list) = grants else { return nil }
            holders[name] = list
        }
        return holders
    }

    private static func holds(_ grant: Value, _ now: Int64) -> Bool {
        if case .int(let expires)? = grant["expires_ns"] { expires > now } else { false }
    }

    private static func value(of grant: Grant) -> Value {
        .object(members: [
            ("action", .string(grant.action.string)), ("resource", .string(grant.resource.string)),
            ("owner", Value(exactly: grant.owner)), ("socket", .string(grant.socket.string)),
            ("expires_ns", .int(Int(grant.expiresNs))),
            ("expires", .string(UTCTime.text(nanoseconds: grant.expiresNs))),
            ("denial", .string("\(grant.denial?.epoch ?? 0)-\(grant.denial?.sequence ?? 0)")),
        ])
    }

    private static func text(of holders: Holders) -> String {
        let lists = holders.sorted { $0.key < $1.key }.map { holder, grants in
            let lines = grants.map { "    " + $0.jsonText }.joined(separator: ",\n")
            return "  \(Value.string(holder).jsonText): [\n\(lines)\n  ]"
        }
        return "{\"grants\": {\n" + lists.joined(separator: ",\n") + "\n}}\n"
    }
}
