// What lies outside a sandbox and is open to everybody: files, sockets, a process. Whatever of it changes, something got out.

import Foundation
import Linux

final class Witness {
    let folder: String
    var file: String { folder + "/file" }
    var new: String { folder + "/new" }
    var stream: String { folder + "/stream" }
    var datagram: String { folder + "/datagram" }
    let pid: Int32
    private let process: FileDescriptor
    private let listener: FileDescriptor
    private let receiver: FileDescriptor

    /// As the user of the calling thread.
    init() throws {
        folder = try Directory.makeTemporary(prefix: "/var/tmp/cam-witness.")
        try File.changeMode(folder, 0o777)
        listener = try Socket.listen(unixPath: folder + "/stream", mode: 0o666)
        receiver = try Self.bindDatagram(folder + "/datagram")
        let null = try File.open("/dev/null", .readWrite)
        let plan = SpawnPlan(
            program: try Workshop.ready().drivers + "/probe", arguments: ["hang"],
            descriptors: [(0, null.rawValue), (1, null.rawValue), (2, null.rawValue)])
        let spawned = try plan.spawn()
        pid = spawned.pid
        process = spawned.releaseHandle()
        try restore()
    }

    deinit {
        do {
            try ProcessHandle.signal(process.rawValue, .kill)
            _ = try ProcessHandle.reap(process.rawValue, wait: true)
            try Directory.removeAll(folder)
        } catch {
            preconditionFailure("the witness cannot be taken away: \(error)")
        }
    }

    /// As it was, after an attempt that succeeded.
    func restore() throws {
        for name in try Directory.list(folder) where name != "stream" && name != "datagram" {
            let path = folder + "/" + name
            if try File.status(path).kind == .directory { try Directory.remove(path) } else { try File.unlink(path) }
        }
        try File.replace(file, with: Array("untouched".utf8), mode: 0o666)
        try File.changeMode(file, 0o666)
    }

    /// What has changed, or nil.
    func damage() throws -> String? {
        let names = try Directory.list(folder).sorted()
        if names != ["datagram", "file", "stream"] { return "the folder holds \(names)" }
        if try File.readAll(file, limit: 1024) != Array("untouched".utf8) { return "the file was changed" }
        if try File.status(file).mode & 0o777 != 0o666 { return "the file's mode was changed" }
        var byte: UInt8 = 0
        if recv(receiver.rawValue, &byte, 1, Int32(MSG_DONTWAIT)) >= 0 { return "a datagram came" }
        if try Socket.accept(listener.rawValue) != nil { return "a connection came" }
        return nil
    }

    /// Forgets what came to its sockets.
    func drain() throws {
        var byte: UInt8 = 0
        while recv(receiver.rawValue, &byte, 1, Int32(MSG_DONTWAIT)) >= 0 {}
        while try Socket.accept(listener.rawValue) != nil {}
    }

    private static func bindDatagram(_ path: String) throws -> FileDescriptor {
        let fd = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
        guard fd >= 0 else { throw Errno(rawValue: errno) }
        let owned = FileDescriptor(owning: fd)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(fd, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Errno(rawValue: errno) }
        try File.changeMode(path, 0o666)
        return owned
    }

    func text(_ argument: Attempt.Argument) -> String {
        switch argument {
        case .file: file
        case .new: new
        case .folder: folder
        case .stream: stream
        case .datagram: datagram
        case .pid: String(pid)
        case .text(let text): text
        }
    }
}
