// Spawning, waiting by pidfd, and who is at the other end of a socket.

import Foundation
import Linux
import Testing

@Suite("Linux: processes and peers")
struct ProcessTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Runs a shell with its output in a pipe, and gives what it wrote and how it ended.
    private func shell(_ script: String, _ change: (inout SpawnPlan) -> Void = { _ in }) throws -> (
        String, Linux.ExitStatus
    ) {
        let pipe = try Pipe.make().release()
        let reading = FileDescriptor(owning: pipe.reading)
        let writing = FileDescriptor(owning: pipe.writing)
        var plan = SpawnPlan(program: "/bin/sh", arguments: ["-c", script])
        plan.descriptors = [(target: 1, source: writing.rawValue)]
        change(&plan)
        let child = try plan.spawn()
        writing.close()
        let output = try File.readAll(reading.rawValue, limit: 1 << 20)
        let status = try #require(try ProcessHandle.reap(child.pidfd.rawValue, wait: true))
        return (String(decoding: output, as: UTF8.self), status)
    }

    @Test("a child gets exactly its arguments, environment and folder")
    func exactSurroundings() throws {
        let place = folder.path
        let (output, status) = try shell("echo \"$A|$HOME|$(pwd)|$0|$1\"") { plan in
            plan.environment = [("A", "x y"), ("PATH", "/usr/bin:/bin")]
            plan.folder = place
            plan.arguments += ["zero", "öne"]
        }
        #expect(output == "x y||\(try Directory.canonical(place))|zero|öne\n")
        #expect(status.succeeded)
    }

    @Test("a child inherits no descriptor that it was not given, and swapped numbers arrive unswapped")
    func descriptors() throws {
        let one = Owned(try MemoryFile.make(name: "one"))
        let two = Owned(try MemoryFile.make(name: "two"))
        try File.writeAll(one.fd, Array("1".utf8))
        try File.writeAll(two.fd, Array("2".utf8))
        // Not close-on-exec: only the spawn itself keeps it from the child.
        let leaky = Owned(try File.open("/dev/null", .readOnly))
        #expect(fcntl(leaky.fd, F_SETFD, 0) == 0)
        let script =
            "for fd in /proc/self/fd/*; do printf '%s ' ${fd##*/}; done; cat /proc/self/fd/\(one.fd) /proc/self/fd/\(two.fd)"
        let (output, _) = try shell(script) { plan in
            plan.environment = [("PATH", "/usr/bin:/bin")]
            // Each under the number that the other has here.
            plan.descriptors += [(target: one.fd, source: two.fd), (target: two.fd, source: one.fd)]
        }
        let numbers = Set(output.split(separator: " ").dropLast().compactMap { Int32($0) })
        // Besides what was given there may be the shell's own handle of the listing.
        #expect(numbers.isSuperset(of: [1, one.fd, two.fd]))
        #expect(!numbers.contains(leaky.fd))
        #expect(numbers.count <= 4)
        #expect(output.hasSuffix("21"))
    }

    @Test("codes and signals come back as they were")
    func endings() throws {
        #expect(try shell("exit 7").1.reason == .exited(7))
        let (_, killed) = try shell("kill -KILL $$")
        #expect(killed.reason == .killed(signal: 9, dumpedCore: false))
        #expect(killed.description == "killed by SIGKILL")
    }

    @Test("a failure names its step and cause, and leaves no child")
    func failures() throws {
        let nothing = SpawnPlan(program: folder.path + "/nothing")
        do {
            _ = try nothing.spawn()
            Issue.record("a program that is not there was started")
        } catch {
            #expect(error.step == .execute && error.cause == .ENOENT)
            #expect(error.description.contains("could not be executed: ENOENT"))
        }
        var lost = SpawnPlan(program: "/bin/true")
        lost.folder = folder.path + "/nowhere"
        #expect(throws: SpawnError.self) { _ = try lost.spawn() }
    }

    @Test("a pidfd tells the end, signals reach the child, a second reaping is refused")
    func pidfd() throws {
        let child = try SpawnPlan(program: "/bin/sleep", arguments: ["1000"]).spawn()
        let pidfd = child.pidfd.rawValue
        #expect(try ProcessHandle.reap(pidfd, wait: false) == nil)
        #expect(try ProcessHandle.startTime(pid: child.pid) > 0)
        try ProcessHandle.signal(pidfd, .terminate)
        let status = try #require(try ProcessHandle.reap(pidfd, wait: true))
        #expect(status.reason == .killed(signal: 15, dumpedCore: false))
        #expect(throws: Errno.ECHILD) { try ProcessHandle.reap(pidfd, wait: false) }
        #expect(throws: Errno.ESRCH) { try ProcessHandle.signal(pidfd, .terminate) }
    }

    @Test("ignored and blocked signals of the parent are at their defaults in the child")
    func signals() throws {
        let (output, _) = try shell("grep -E 'SigIgn|SigBlk' /proc/self/status") {
            $0.environment = [("PATH", "/usr/bin:/bin")]
        }
        #expect(output.contains("SigBlk:\t0000000000000000"))
        #expect(output.contains("SigIgn:\t0000000000000000"))
    }

    @Test("a child tied to its parent dies when the thread that started it ends")
    func deathSignal() throws {
        let started = BlockingQueue<Int32>()
        let thread = try WorkerThread(name: "parent") {
            var plan = SpawnPlan(program: "/bin/sleep", arguments: ["1000"])
            plan.deathSignal = .kill
            do {
                started.put(try plan.spawn().releaseHandle().release())
            } catch {
                started.put(-1)
            }
        }
        let pidfd = FileDescriptor(owning: try #require(started.takeAll().first))
        thread.join()
        let status = try #require(try ProcessHandle.reap(pidfd.rawValue, wait: true))
        #expect(status.reason == .killed(signal: 9, dumpedCore: false))
    }

    @Test("the kernel tells who connected: process, user, groups, and a handle of the process")
    func peer() throws {
        // Longer than an address can hold.
        let deep = folder.path + "/" + String(repeating: "d", count: 120)
        try Directory.make(deep)
        let path = deep + "/s.sock"
        let listener = try Socket.listen(unixPath: path, mode: 0o600)
        #expect(try File.status(path).mode == 0o600)
        #expect(throws: Errno.EADDRINUSE) { _ = try Socket.listen(unixPath: path, mode: 0o600) }
        let client = Owned(try Socket.connect(unixPath: path, nonBlocking: true))
        let server = try #require(Owned(optional: try Socket.accept(listener.rawValue)))
        #expect(Owned(optional: try Socket.accept(listener.rawValue)) == nil)
        let peer = try Socket.peerCredentials(server.fd)
        #expect(peer.pid == ThisProcess.pid && peer.uid == ThisProcess.effectiveUserID)
        #expect(peer.gid == getegid())
        var groups = [gid_t](repeating: 0, count: 65_536)
        let count = Int(getgroups(Int32(groups.count), &groups))
        #expect(try Set(Socket.peerGroups(server.fd)) == Set(groups[..<count]))
        let handle = try Socket.peerProcess(server.fd, credentials: peer)
        #expect(throws: Errno.ECHILD) { try ProcessHandle.reap(handle.rawValue, wait: false) }
        _ = client
    }

    @Test("descriptors travel with bytes; more than were asked for are closed")
    func passing() throws {
        let pair = try Socket.pair(nonBlocking: true).release()
        let (one, other) = (Owned(FileDescriptor(owning: pair.first)), Owned(FileDescriptor(owning: pair.second)))
        let file = try MemoryFile.sealed(name: "payload", [1, 2, 3])
        #expect(sendDescriptors([file.rawValue, file.rawValue], to: one.fd) == 1)
        var room = [UInt8](repeating: 0, count: 16)
        let received = try room.withUnsafeMutableBytes { try Socket.receive(other.fd, into: $0, descriptorLimit: 1) }
        let (count, descriptors) = try #require(received)
        #expect(count == 1 && descriptors.count == 1)
        let copy = FileDescriptor(owning: descriptors[0])
        #expect(throws: Errno.EPERM) { try File.ftruncate(copy.rawValue, to: 0) }
        #expect(try room.withUnsafeMutableBytes { try Socket.receive(other.fd, into: $0, descriptorLimit: 1) == nil })
    }
}
