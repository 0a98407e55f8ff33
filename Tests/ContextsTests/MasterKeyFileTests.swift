// The key file: made once, whole, private, and refused when it is not.

import Crypto
import Linux
import RedisContexts
import Testing

struct MasterKeyFileTests {
    private final class Folder {
        let path: String
        init() throws { path = try Directory.makeTemporary(prefix: "/tmp/cam-keys-") }
        deinit { try? Directory.removeAll(path) }
    }

    private func bytes(_ key: SecretKey) -> [UInt8] { key.withUnsafeBytes { Array($0) } }

    @Test func theFirstStartMakesAKeyThatLaterStartsRead() throws {
        let folder = try Folder()
        let path = folder.path + "/keys/contexts.key"
        let first = bytes(try MasterKeyFile.open(path, mayCreate: true))
        #expect(first.count == 32 && Set(first).count > 8)
        #expect(bytes(try MasterKeyFile.open(path, mayCreate: false)) == first)
        #expect(try File.status(path).mode == 0o600)
        #expect(try File.status(folder.path + "/keys").mode == 0o700)
        #expect(try Directory.list(folder.path + "/keys") == ["contexts.key"])
        let other = try Folder()
        #expect(bytes(try MasterKeyFile.open(other.path + "/k", mayCreate: true)) != first)
    }

    @Test func aKeyThatOthersMayReadIsRefused() throws {
        let folder = try Folder()
        let path = folder.path + "/k"
        _ = try MasterKeyFile.open(path, mayCreate: true)
        for mode in [0o640, 0o604, 0o660, 0o777] as [UInt32] {
            try File.changeMode(path, mode)
            #expect { _ = try MasterKeyFile.open(path, mayCreate: true) } throws: { "\($0)".contains("chmod 600") }
        }
    }

    @Test func aMissingKeyIsNotReplacedWhereSealedDataExists() throws {
        let folder = try Folder()
        #expect {
            _ = try MasterKeyFile.open(folder.path + "/k", mayCreate: false)
        } throws: {
            "\($0)".contains("put it back from a backup")
        }
        #expect(try Directory.list(folder.path).isEmpty)
    }

    @Test func aFileOfAnotherSizeAndASymbolicLinkAreRefused() throws {
        let folder = try Folder()
        let path = folder.path + "/k"
        for count in [0, 31, 33, 5_000] {
            try File.replace(path, with: [UInt8](repeating: 1, count: count))
            #expect(throws: MasterKeyError.self) { _ = try MasterKeyFile.open(path, mayCreate: true) }
        }
        try File.unlink(path)
        _ = try MasterKeyFile.open(folder.path + "/real", mayCreate: true)
        try File.symlink(folder.path + "/real", at: path)
        #expect(throws: MasterKeyError.self) { _ = try MasterKeyFile.open(path, mayCreate: true) }
    }
}
