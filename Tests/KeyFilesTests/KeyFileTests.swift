// The key file: made once, whole, private, and refused when it is not.

import Crypto
import Foundation
import KeyFiles
import Linux
import Testing

struct KeyFileTests {
    private final class Folder {
        let path: String
        init() throws { path = try Directory.makeTemporary(prefix: "/tmp/cam-keys-") }
        deinit {
            do { try Directory.removeAll(path) } catch { Issue.record("\(path) stays behind: \(error)") }
        }
    }

    private func bytes(_ key: SecretKey) -> [UInt8] { key.withUnsafeBytes { Array($0) } }

    @Test func theFirstStartMakesAKeyThatLaterStartsRead() throws {
        let folder = try Folder()
        let path = folder.path + "/keys/contexts.key"
        let first = bytes(try KeyFile.open(path))
        #expect(first.count == 32 && Set(first).count > 8)
        #expect(bytes(try KeyFile.open(path)) == first)
        #expect(bytes(try KeyFile.open(path, mayCreate: false)) == first)
        #expect(try File.status(path).mode == 0o600)
        #expect(try File.status(folder.path + "/keys").mode == 0o700)
        #expect(try Directory.list(folder.path + "/keys") == ["contexts.key"])
        let other = try Folder()
        #expect(bytes(try KeyFile.open(other.path + "/k")) != first)
    }

    @Test func aKeyThatOthersMayReadIsRefused() throws {
        let folder = try Folder()
        let path = folder.path + "/k"
        let key = bytes(try KeyFile.open(path))
        for mode in [0o640, 0o604, 0o660, 0o777] as [UInt32] {
            try File.changeMode(path, mode)
            #expect(throws: KeyFileError.exposed(path: path, mode: mode)) { try KeyFile.open(path) }
        }
        #expect("\(KeyFileError.exposed(path: path, mode: 0o640))".contains("chmod 600"))
        try File.changeMode(path, 0o600)
        #expect(bytes(try KeyFile.open(path)) == key)
    }

    @Test func aMissingKeyIsNotReplacedWhereSealedDataExists() throws {
        let folder = try Folder()
        let path = folder.path + "/k"
        #expect(throws: KeyFileError.missing(path: path)) { try KeyFile.open(path, mayCreate: false) }
        #expect("\(KeyFileError.missing(path: path))".contains("put it back from a backup"))
        #expect(try Directory.list(folder.path).isEmpty)
    }

    @Test func filesOfOtherSizesLinksAndFoldersAreRefused() throws {
        let folder = try Folder()
        let path = folder.path + "/k"
        for count in [0, 31, 33, 5_000] {
            try File.replace(path, with: [UInt8](repeating: 1, count: count))
            #expect(throws: KeyFileError.malformed(path: path)) { try KeyFile.open(path) }
        }
        try File.unlink(path)
        _ = try KeyFile.open(folder.path + "/real")
        #expect(symlink(folder.path + "/real", path) == 0)
        #expect(throws: KeyFileError.malformed(path: path)) { try KeyFile.open(path) }
        #expect(throws: KeyFileError.malformed(path: folder.path)) { try KeyFile.open(folder.path) }
    }

    @Test func aKeyThatCannotBeMadeSaysWhy() throws {
        // Nobody can make a file there, whoever runs this.
        #expect(throws: KeyFileError.cannotCreate(path: "/proc/k", cause: .ENOENT)) { try KeyFile.open("/proc/k") }
    }

    @Test func ofManyThatMakeAKeyAtTheSameTimeAllGetTheSame() async throws {
        let folder = try Folder()
        let path = folder.path + "/key"
        let keys = await withTaskGroup(of: [UInt8]?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do {
                        return try KeyFile.open(path).withUnsafeBytes { [UInt8]($0) }
                    } catch {
                        Issue.record("\(error)")
                        return nil
                    }
                }
            }
            return await group.reduce(into: [[UInt8]?]()) { $0.append($1) }
        }
        #expect(Set(keys).count == 1)
        #expect(try Directory.list(folder.path) == ["key"])
    }
}
