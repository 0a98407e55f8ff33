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

    @Test func whatOthersCanChangeIsNotUsed() throws {
        try withFolder(["a.rego": module]) { path in
            let file = path + "/a.rego"
            try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: file)
            let why = "everybody may write to it; chmod o-w mends that"
            #expect(throws: PolicyFolderError.unsafe(file, why)) { try PolicyFolder(reading: path) }
            try FileManager.default.setAttributes([.posixPermissions: 0o664], ofItemAtPath: file)
            _ = try PolicyFolder(reading: path)
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: path)
            #expect(throws: PolicyFolderError.unsafe(path, why)) { try PolicyFolder(reading: path) }
        }
    }

    @Test(.enabled(if: getuid() == 0, "skipped: only root can give files away"))
    func filesOfOtherUsersAreNotUsed() throws {
        try withFolder(["a.rego": module]) { path in
            let file = path + "/a.rego"
            try FileManager.default.setAttributes([.ownerAccountID: 65_534], ofItemAtPath: file)
            let why = "it belongs to user 65534, who is neither root nor the user who runs this"
            #expect(throws: PolicyFolderError.unsafe(file, why)) { try PolicyFolder(reading: path) }
        }
    }

    @Test func aPresetIsReadWithWhatIsCommonAndWhatIsLocal() throws {
        try withFolder([:]) { path in
            for (name, text) in [
                "common/cam.rego": "package cam", "one/one.rego": "package cam", "two/two.rego": "package cam",
                "mine/own.rego": "package cam", "mine/own.json": "{}",
            ] {
                let file = URL(fileURLWithPath: path).appendingPathComponent(name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
            let folder = try PolicyFolder(reading: path, preset: "two", local: path + "/mine")
            #expect(folder.modules.map(\.name) == ["common/cam.rego", "two/two.rego", "mine/own.rego"])
            #expect(folder.data.map(\.name) == ["mine/own.json"])
            #expect(folder.folders == ["\(path)/common", "\(path)/two", "\(path)/mine"])
            // A local folder need not be there; a preset must.
            #expect(try PolicyFolder(reading: path, preset: "one", local: path + "/none").folders.count == 2)
            #expect(throws: PolicyFolderError.self) { try PolicyFolder(reading: path, preset: "three") }
            // A flat folder is taken as it is, whatever the preset.
            #expect(try PolicyFolder(reading: path + "/one", preset: "two").modules.count == 1)
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
