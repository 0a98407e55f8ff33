// Reading a folder of policies.

import Foundation
import Policy
import PolicyFiles
import ProtobufWire
import Testing

@Suite struct PolicyFolderTests {
    /// Runs `body` with a folder of its own that holds `files`.
    private func withFolder(_ files: [String: Data], _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("policies-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, bytes) in files { try bytes.write(to: folder.appendingPathComponent(name)) }
        try body(folder.path)
    }

    private let module = Data("package cam\nallow := true\n".utf8)

    @Test func readsModulesAndDataInOrderAndLeavesTestsOut() throws {
        try withFolder([
            "b.rego": module, "a.rego": module, "a_test.rego": module, ".hidden.rego": module,
            "d.json": Data("{}".utf8),
            "README.md": module,
        ]) { path in
            let folder = try PolicyFolder(reading: path)
            #expect(
                folder.modules.map { $0.name.string.split(separator: "/").last.map(String.init) } == [
                    "a.rego", "b.rego",
                ])
            #expect(folder.data.count == 1)
        }
    }

    @Test func refusesWhatIsNoPolicyFolder() throws {
        #expect(throws: PolicyFolderError.self) { try PolicyFolder(reading: "/nonexistent-policies") }
        try withFolder([:]) { path in
            #expect(throws: PolicyFolderError.empty(path)) { try PolicyFolder(reading: path) }
        }
        try withFolder(["a.rego": Data([0xFF, 0xFE])]) { path in
            #expect(throws: PolicyFolderError.notText(path + "/a.rego")) { try PolicyFolder(reading: path) }
        }
        try withFolder(["a.rego": Data(repeating: 35, count: PolicyFolder.fileBytesMax + 1)]) { path in
            #expect(throws: PolicyFolderError.tooLarge(path + "/a.rego", limit: PolicyFolder.fileBytesMax)) {
                try PolicyFolder(reading: path)
            }
        }
        try withFolder(["a.rego": module]) { path in
            try FileManager.default.createDirectory(atPath: path + "/b.rego", withIntermediateDirectories: false)
            #expect(throws: PolicyFolderError.notAFile(path + "/b.rego")) { try PolicyFolder(reading: path) }
        }
    }
}
