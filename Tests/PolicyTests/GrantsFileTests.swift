// The file of grants: what is in it counts for exactly what was granted, and names in it are only data.

import ABI
import Foundation
import Policy
import PolicyFiles
import ProtobufWire
import Rego
import Testing

@Suite struct GrantsFileTests {
    private static let second: Int64 = 1_000_000_000

    private static func grant(
        _ name: Text = "a", resource: Text = "notes", action: Text = "context.read", until: Int64 = 100
    ) -> Grant {
        Grant(
            uid: 2000, agentName: name, socket: "agent", action: action, resource: resource, owner: .max,
            expiresNs: until * second, denial: DecisionID(epoch: 3, sequence: 1042))
    }

    /// A folder of policies beside a local one that holds `grants`.
    private func folder(_ grants: String? = nil) throws -> PolicyFolder {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("grants-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for name in ["policies", "local"] {
            try FileManager.default.createDirectory(
                at: root.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        try Data("package cam\nallow := false\n".utf8).write(to: root.appendingPathComponent("policies/a.rego"))
        if let grants { try Data(grants.utf8).write(to: root.appendingPathComponent("local/grants.json")) }
        return try PolicyFolder(reading: root.path + "/policies", local: root.path + "/local")
    }

    private func grants(_ bytes: [UInt8]) throws -> [Value] {
        guard case .array(let list)? = try Value(json: bytes)["grants"] else { return [] }
        return list
    }

    @Test func holdsAllThatWasDeniedAndWhenItEnds() throws {
        var folder = try folder()
        let bytes = try folder.add(Self.grant(), now: 0)
        let expected = try Value(
            json: """
                {"uid": 2000, "agent": "a", "socket": "agent", "action": "context.read", "resource": "notes",
                 "owner": 18446744073709551615, "expires_ns": 100000000000, "expires": "1970-01-01T00:01:40.000Z",
                 "denial": "3-1042"}
                """)
        #expect(try grants(bytes) == [expected])
        #expect(folder.data.map(\.name) == ["local/grants.json"])
        #expect(folder.data.first?.text == String(decoding: bytes, as: UTF8.self))
    }

    @Test func endedAndRenewedOnesLeaveTheFile() throws {
        var folder = try folder()
        _ = try folder.add(Self.grant(resource: "old", until: 50), now: 0)
        _ = try folder.add(Self.grant(until: 100), now: 0)
        _ = try folder.add(Self.grant(action: "context.write", until: 100), now: 0)
        let list = try grants(try folder.add(Self.grant(until: 200), now: 50 * Self.second))
        #expect(list.map { $0["action"] } == [.string("context.write"), .string("context.read")])
        #expect(list.last?["expires_ns"] == .int(Int(200 * Self.second)))
    }

    @Test func hostileNamesAreOnlyData() throws {
        for name in ["\"}], \"x\": [{", "\u{0}\n\u{1B}[31m", "../../etc/passwd", "*", "\\u0022", "é\u{301}\u{2028}"]
            as [Text]
        {
            var folder = try folder()
            let bytes = try folder.add(Self.grant(name, resource: name), now: 0)
            let list = try grants(bytes)
            #expect(list.count == 1)
            #expect(list.first?["agent"] == .string(name.string) && list.first?["resource"] == .string(name.string))
            #expect(bytes.filter { $0 < 0x20 && $0 != 0x0A }.isEmpty, "control characters stand as escapes")
        }
    }

    @Test(arguments: ["", "[]", "{}", "{\"grants\": {}}", "{\"grants\": [", "{\"grants\": null}"])
    func whatCamdDidNotWriteIsNotOverwritten(_ text: String) throws {
        var folder = try folder(text)
        #expect(throws: PolicyFolderError.notGrants("local/grants.json")) {
            _ = try folder.add(Self.grant(), now: 0)
        }
    }

    /// The file is written anew by the next grant.
    @Test(
        arguments: [
            ("{\"grants\": [], \"owner\": 1}", "\"owner\""),
            ("{\"grants\": [{\"uid\": 1}]}", "grants[0], which has no number expires_ns,"),
            ("{\"grants\": [{\"expires_ns\": \"9\"}]}", "grants[0], which has no number expires_ns,"),
            ("{\"grants\": [7]}", "grants[0], which has no number expires_ns,"),
            ("{\"grants\": [{\"expires_ns\": 9}, {\"expires_ns\": 9, \"note\": 1}]}", "grants[1].\"note\""),
        ])
    func whatIsNotUnderstoodIsNotLost(text: String, named: String) throws {
        var folder = try folder(text)
        #expect(throws: PolicyFolderError.unknownGrant("local/grants.json", named)) {
            _ = try folder.add(Self.grant(), now: 0)
        }
    }

    /// It would keep camd from starting.
    @Test func whatCouldNotBeReadAgainIsNotWritten() throws {
        var folder = try folder()
        let name = Text(String(repeating: "\u{0}", count: 200_000))
        #expect(throws: PolicyFolderError.self) { _ = try folder.add(Self.grant(resource: name), now: 0) }
    }
}
