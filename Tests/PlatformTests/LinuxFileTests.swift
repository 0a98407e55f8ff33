// Files, folders, memory files, clocks, randomness.

import Foundation
import Linux
import Testing

@Suite("Linux: files")
struct LinuxFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("a file is replaced whole, with exactly the mode that was asked for")
    func replace() throws {
        let path = folder.path + "/key"
        try File.replace(path, with: Array("first".utf8), mode: 0o600)
        try File.replace(path, with: Array("second".utf8), mode: 0o640)
        #expect(try File.readAll(path, limit: 100) == Array("second".utf8))
        #expect(try File.status(path).mode == 0o640)
        #expect(try Directory.list(folder.path) == ["key"])
    }

    @Test("a watched folder tells that a file in it was replaced, and that another folder took its place")
    func folderWatch() throws {
        let watched = folder.path + "/watched"
        try Directory.make(watched)
        let watch = try FolderWatch.make()
        try FolderWatch.add(watched, to: watch.rawValue)
        try FolderWatch.add(watched, to: watch.rawValue)
        func happened() throws -> Bool {
            var bytes = [UInt8](repeating: 0, count: 4096)
            return try bytes.withUnsafeMutableBytes { try File.readAvailable(watch.rawValue, into: $0) } != nil
        }
        #expect(try !happened())
        try File.replace(watched + "/f", with: [1])
        #expect(try happened())
        #expect(try !happened())
        _ = try File.readAll(watched + "/f", limit: 10)
        #expect(try !happened())
        try File.unlink(watched + "/f")
        #expect(try happened())
        try File.rename(watched, to: folder.path + "/old")
        #expect(try happened())
        try Directory.make(watched)
        try FolderWatch.add(watched, to: watch.rawValue)
        try File.replace(watched + "/g", with: [1])
        #expect(try happened())
        #expect(throws: Errno.ENOENT) { try FolderWatch.add(watched + "/none", to: watch.rawValue) }
        #expect(throws: Errno.ENOTDIR) { try FolderWatch.add(watched + "/g", to: watch.rawValue) }
    }

    @Test("reading a whole file stops at its limit")
    func readLimit() throws {
        let path = folder.path + "/f"
        try File.replace(path, with: [UInt8](repeating: 1, count: 10_000))
        #expect(try File.readAll(path, limit: 10_000).count == 10_000)
        #expect(throws: Errno.EFBIG) { try File.readAll(path, limit: 9_999) }
        #expect(try File.readAll("/proc/self/status", limit: 1 << 20).count > 100)
    }

    @Test("positions and sizes do what they say")
    func positions() throws {
        let file = try File.open(folder.path + "/f", [.readWrite, .create, .exclusive])
        let fd = file.rawValue
        try File.writeAll(fd, [1, 2, 3, 4, 5])
        try ([9] as [UInt8]).withUnsafeBytes { try File.pwriteAll(fd, $0, at: 1) }
        #expect(try File.status(fd).size == 5)
        var bytes = [UInt8](repeating: 0, count: 8)
        #expect(try bytes.withUnsafeMutableBytes { try File.pread(fd, into: $0, at: 0) } == 5)
        #expect(bytes[..<5] == [1, 9, 3, 4, 5])
        try File.fallocate(fd, offset: 0, length: 1 << 16)
        #expect(try File.status(fd).size == 1 << 16)
        try File.ftruncate(fd, to: 2)
        #expect(try File.status(fd).size == 2)
        try File.fdatasync(fd)
    }

    @Test("conditions come as errno with name and text")
    func conditions() throws {
        #expect(throws: Errno.ENOENT) { _ = try File.open(folder.path + "/none", .readOnly) }
        #expect(Errno.ENOENT.description == "ENOENT (No such file or directory)")
        #expect(Errno(rawValue: 9999).name == "errno 9999")
        #expect(try !File.exists(folder.path + "/none"))
        #expect(try File.exists(folder.path))
    }

    @Test("a lock is exclusive between open files and goes with the last descriptor")
    func lock() throws {
        let path = folder.path + "/lock"
        let second = try File.open(path, [.readWrite, .create])
        do {
            let first = try File.open(path, [.readWrite, .create])
            #expect(try File.lock(first.rawValue))
            #expect(try !File.lock(second.rawValue))
        }
        #expect(try File.lock(second.rawValue))
    }

    @Test("folders are made, listed by bytes, and removed with what is in them")
    func folders() throws {
        let deep = folder.path + "/a/b/c"
        try Directory.makeAll(deep)
        try Directory.makeAll(deep)
        for name in ["z", "B", "ä", "a"] { try File.replace(deep + "/" + name, with: []) }
        #expect(symlink("/etc", deep + "/link") == 0)
        #expect(try Directory.list(deep) == ["B", "a", "link", "z", "ä"])
        try Directory.removeAll(folder.path + "/a")
        #expect(try Directory.list(folder.path) == [])
        #expect(try File.exists("/etc"))
    }

    @Test("a sealed memory file can be read and never written")
    func sealed() throws {
        let file = try MemoryFile.sealed(name: "test", [1, 2, 3])
        #expect(throws: Errno.EPERM) { try File.ftruncate(file.rawValue, to: 0) }
        #expect(throws: Errno.EPERM) { try File.ftruncate(file.rawValue, to: 4) }
        #expect(throws: Errno.EPERM) { try MemoryFile.add([], to: file.rawValue) }
        #expect(throws: Errno.EPERM) {
            _ = try ([4] as [UInt8]).withUnsafeBytes { try File.pwrite(file.rawValue, $0, at: 0) }
        }
        var bytes = [UInt8](repeating: 0, count: 4)
        #expect(try bytes.withUnsafeMutableBytes { try File.pread(file.rawValue, into: $0, at: 0) } == 3)
    }

    @Test("a released descriptor stays open, an owned one closes once")
    func ownership() throws {
        let raw = try File.open("/dev/null", .readOnly).release()
        #expect(File.isOpen(raw))
        var number: Int32 = -1
        do {
            let owned = FileDescriptor(owning: raw)
            number = try owned.duplicate().release()
        }
        // Another thread may get the number at once, so only the duplicate can be asked about.
        #expect(File.isOpen(number))
        FileDescriptor.close(number)
    }

    @Test("the clock advances, randomness differs")
    func clockAndRandomness() throws {
        let before = Clock.now()
        Clock.sleep(nanoseconds: 2_000_000)
        let after = Clock.now()
        #expect(after.monotonic - before.monotonic >= 2_000_000)
        #expect(after.wall > 1_600_000_000_000_000_000)
        #expect(try Randomness.bytes(32) != Randomness.bytes(32))
    }
}
