// The file of grants: what administrators let happen for a while, as data for policies. Names in it are only ever data.

public import ABI
internal import Policy
internal import ProtobufWire
internal import Rego
internal import Wording

extension PolicyFolder {
    /// Adds a grant to those in the local folder, in place of an earlier one of the same and without those that have ended.
    /// - Returns: what grants.json in that folder shall hold.
    public mutating func add(_ grant: Grant, now: Int64) throws(PolicyFolderError) -> [UInt8] {
        let covered: [(String, Value)] = [
            ("uid", .int(Int(grant.uid))), ("agent", .string(grant.agentName.string)),
            ("socket", .string(grant.socket.string)), ("action", .string(grant.action.string)),
            ("resource", .string(grant.resource.string)), ("owner", Value(exactly: grant.owner)),
        ]
        let new = Value.object(
            members: covered + [
                ("expires_ns", .int(Int(grant.expiresNs))),
                ("expires", .string(UTCTime.text(nanoseconds: grant.expiresNs))),
                ("denial", .string("\(grant.denial?.epoch ?? 0)-\(grant.denial?.sequence ?? 0)")),
            ])
        var grants: [Value] = []
        if let place = data.firstIndex(where: { $0.name == grantsName }) {
            let document = try? Value(json: data.remove(at: place).text)
            guard case .array(let known)? = document?["grants"] else { throw .notGrants("\(grantsName)") }
            // It is written anew: what is not understood would be lost.
            if let name = document?.unknownMember(beside: ["grants"]) { throw .unknownGrant(grantsName.string, name) }
            let members = covered.map(\.0) + ["expires_ns", "expires", "denial"]
            for (place, old) in known.enumerated() {
                guard case .int? = old["expires_ns"] else {
                    throw .unknownGrant(grantsName.string, "grants[\(place)], which has no number expires_ns,")
                }
                if let name = old.unknownMember(beside: members) {
                    throw .unknownGrant(grantsName.string, "grants[\(place)].\(name)")
                }
            }
            grants = known.filter { old in
                !covered.allSatisfy { old[$0.0] == $0.1 } && old["expires_ns"] ?? .null > .int(Int(now))
            }
        }
        let lines = (grants + [new]).map(\.jsonText).joined(separator: ",\n")
        data.append(PolicySource(name: grantsName, text: "{\"grants\": [\n\(lines)\n]}\n"))
        // What could not be read again must not be written.
        if lines.utf8.count + 64 > Self.fileBytesMax { throw .tooLarge("\(grantsName)", limit: Self.fileBytesMax) }
        return Array(data[data.count - 1].text.utf8)
    }
}

extension Value {
    /// A member that is none of these.
    fileprivate func unknownMember(beside known: [String]) -> String? {
        guard case .object(let object) = self else { return nil }
        return object.keys.first { key in !known.contains { key == .string($0) } }?.jsonText
    }
}
