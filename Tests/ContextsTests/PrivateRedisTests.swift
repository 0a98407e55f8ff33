// camd's own redis-server: up, watched, restarted, alone in its folder, and gone with its parent.

import Contexts
import Foundation
import Linux
import ProtobufWire
import Reactor
import RedisContexts
import Testing

@Suite(.enabled(if: TestRedis.program != nil, "redis-server is not installed: apt install redis-server"))
struct PrivateRedisTests {
    /// A state folder that goes away with the test.
    private final class Folder {
        let path: String
        init() throws { path = try Directory.makeTemporary(prefix: "/tmp/cam-state-") }
        deinit { try? Directory.removeAll(path) }
    }

    private func turn(_ reactor: Reactor, seconds: UInt64 = 20, until condition: () -> Bool) throws {
        let limit = Clock.monotonic() + seconds * 1_000_000_000
        while !condition() {
            guard Clock.monotonic() < limit else {
                throw HarnessError(description: "nothing happened for \(seconds) s")
            }
            try reactor.runOnce(timeoutMilliseconds: 10)
        }
    }

    private func stop(_ redis: PrivateRedis, _ reactor: Reactor) throws {
        var isStopped = false
        redis.stop { isStopped = true }
        try turn(reactor) { isStopped }
        #expect(redis.state == .stopped)
    }

    private func isAlive(_ pid: Int32) -> Bool {
        // A zombie that nobody reaps is dead all the same.
        guard let stat = try? File.readAll("/proc/\(pid)/stat", limit: 4096) else { return false }
        return !String(decoding: stat, as: UTF8.self).contains(") Z ")
    }

    private func pid(_ redis: PrivateRedis) throws -> Int32 {
        guard case .running(let pid) = redis.state else { throw HarnessError(description: "\(redis.state)") }
        return pid
    }

    private func contexts(_ redis: PrivateRedis, _ reactor: Reactor) -> RedisContexts {
        let contexts = RedisContexts(
            reactor: reactor, location: .unixSocket(path: redis.socketPath), key: StoreHarness.key(),
            options: StoreHarness.patient)
        redis.onStateChange = { if case .running = $0 { contexts.connectNow() } }
        return contexts
    }

    private func store(_ contexts: RedisContexts, _ reactor: Reactor, _ value: String) throws -> ContextResult {
        var result: ContextResult?
        let operation = StoreHarness.store("k", value)
        contexts.onResult = { result = $1 }
        contexts.submit(ContextRequest(id: 1, owner: 1, context: "c", operation: operation))
        try turn(reactor) { result != nil }
        return try #require(result)
    }

    @Test func itStartsPrivatelyStoresAndStopsInOrder() throws {
        let folder = try Folder()
        let reactor = try Reactor()
        #expect(try !PrivateRedis.holdsData(stateFolder: folder.path))
        let redis = try PrivateRedis(stateFolder: folder.path, reactor: reactor)
        let contexts = contexts(redis, reactor)
        try turn(reactor) { contexts.state == .ready }
        #expect(try store(contexts, reactor, "v") == .stored(version: 1))
        #expect(try PrivateRedis.holdsData(stateFolder: folder.path))
        #expect(try File.status(folder.path + "/redis").mode & 0o777 == 0o700)
        #expect(try File.status(redis.socketPath).mode & 0o777 == 0o600)
        for name in try Directory.list(folder.path + "/redis") {
            #expect(try File.status(folder.path + "/redis/" + name).mode & 0o077 == 0, "\(name) is open to others")
        }
        let pid = try pid(redis)
        contexts.close()
        try stop(redis, reactor)
        #expect(!isAlive(pid))
    }

    @Test func aKilledServerIsStartedAgainWithEverythingThatWasAcknowledged() throws {
        let folder = try Folder()
        let reactor = try Reactor()
        let redis = try PrivateRedis(stateFolder: folder.path, reactor: reactor)
        let contexts = contexts(redis, reactor)
        try turn(reactor) { contexts.state == .ready }
        for round in 1...3 as ClosedRange<UInt64> {
            #expect(try store(contexts, reactor, "value \(round)") == .stored(version: round))
            let old = try pid(redis)
            #expect(kill(old, SIGKILL) == 0)
            try turn(reactor) { if case .running(let pid) = redis.state { pid != old } else { false } }
            try turn(reactor) { contexts.state == .ready }
            var result: ContextResult?
            let recall = ContextRequest(
                id: 1, owner: 1, context: "c", operation: .recall(key: "k", version: nil))
            contexts.onResult = { result = $1 }
            contexts.submit(recall)
            try turn(reactor) { result != nil }
            #expect(result?.text == "value \(round)")
        }
        contexts.close()
        try stop(redis, reactor)
    }

    @Test func aServerThatCannotRunIsTriedAgainMoreAndMoreSlowlyAndSaysWhy() throws {
        let folder = try Folder()
        let reactor = try Reactor()
        var options = PrivateRedis.Options()
        options.restartFirstMs = 10
        let redis = try PrivateRedis(stateFolder: folder.path, reactor: reactor, options: options)
        // Its append-only file becomes something that it cannot read.
        let contexts = contexts(redis, reactor)
        try turn(reactor) { contexts.state == .ready }
        #expect(try store(contexts, reactor, "v") == .stored(version: 1))
        let data = folder.path + "/redis/appendonlydir"
        try File.replace(data + "/appendonly.aof.manifest", with: Array("nonsense\n".utf8))
        var waits: [UInt32] = []
        var reasons: [String] = []
        redis.onStateChange = {
            if case .waiting(let reason, let ms) = $0 {
                waits.append(ms)
                reasons.append(reason)
            }
        }
        #expect(try kill(pid(redis), SIGKILL) == 0)
        try turn(reactor) { waits.count >= 4 }
        #expect(Array(waits.prefix(4)) == [10, 20, 40, 80])
        #expect(reasons[0].contains("SIGKILL"))
        #expect(reasons[1].contains("exited with code 1"), "\(reasons)")
        contexts.close()
        try stop(redis, reactor)
    }

    @Test func twoOnOneFolderAreRefused() throws {
        let folder = try Folder()
        let reactor = try Reactor()
        let redis = try PrivateRedis(stateFolder: folder.path, reactor: reactor)
        #expect {
            _ = try PrivateRedis(stateFolder: folder.path, reactor: reactor)
        } throws: {
            "\($0)".contains("another camd uses")
        }
        try stop(redis, reactor)
    }

    @Test func theFolderIsFreeAgainAfterTheServersEnd() throws {
        let folder = try Folder()
        let reactor = try Reactor()
        for _ in 1...3 {
            let redis = try PrivateRedis(stateFolder: folder.path, reactor: reactor)
            try stop(redis, reactor)
        }
    }

    @Test func aDroppedServerIsKilled() throws {
        let folder = try Folder()
        let reactor = try Reactor()
        var redis: PrivateRedis? = try PrivateRedis(stateFolder: folder.path, reactor: reactor)
        let pid = try pid(try #require(redis))
        redis = nil
        try turn(reactor) { !isAlive(pid) }
    }

    @Test func itDiesWithAParentThatIsKilledAndTheNextParentTakesOver() throws {
        let folder = try Folder()
        let holder = try Self.holderProgram()
        var last: Int32 = 0
        for _ in 1...3 {
            let output = try Pipe.make()
            let null = try File.open("/dev/null", .readWrite)
            let parent = try SpawnPlan(
                program: holder, arguments: [folder.path],
                environment: [("PATH", "/usr/bin:/bin")] + Self.libraryPath,
                descriptors: [(0, null.rawValue), (1, output.writing.rawValue), (2, 2)], deathSignal: .kill
            ).spawn()
            var line = [UInt8](repeating: 0, count: 64)
            let count = try line.withUnsafeMutableBytes { try File.read(output.reading.rawValue, into: $0) }
            let text = String(decoding: line[..<count], as: UTF8.self)
            let server = try #require(Int32(text.dropLast()), "the holder said \(text)")
            #expect(server != last && isAlive(server))
            // The new parent came up at once after the kill; the server of the old one was gone before its own wrote.
            if last != 0 { #expect(!isAlive(last)) }
            try ProcessHandle.signal(parent.pidfd.rawValue, .kill)
            _ = try ProcessHandle.reap(parent.pidfd.rawValue, wait: true)
            last = server
        }
        let limit = Clock.monotonic() + 10_000_000_000
        while isAlive(last), Clock.monotonic() < limit { Clock.sleep(nanoseconds: 2_000_000) }
        #expect(!isAlive(last), "redis-server outlived its parent")
    }

    @Test func aLeftOverServerThatIsOursIsEndedAndAStrangersIsNot() throws {
        let folder = try Folder()
        let reactor = try Reactor()
        try Directory.makeAll(folder.path + "/redis")
        let lock = try File.open(folder.path + "/redis/server.lock", [.readWrite, .create])
        #expect(try File.lock(lock.rawValue))
        // A process that holds the server's lock as a left-over redis-server would.
        let sleeper = try SpawnPlan(
            program: "/bin/sleep", arguments: ["600"], environment: [], descriptors: [(3, lock.rawValue)],
            deathSignal: .kill
        ).spawn()
        lock.close()
        #expect {
            _ = try PrivateRedis(stateFolder: folder.path, reactor: reactor)
        } throws: {
            "\($0)".contains("left behind")
        }
        #expect(isAlive(sleeper.pid))
        // The same pid with another birth is a stranger.
        let start = try ProcessHandle.startTime(pid: sleeper.pid)
        let note = folder.path + "/redis/server.pid"
        try File.replace(note, with: Array("\(sleeper.pid) \(start + 1)\n".utf8))
        #expect(throws: PrivateRedisError.self) {
            _ = try PrivateRedis(stateFolder: folder.path, reactor: reactor)
        }
        #expect(isAlive(sleeper.pid))
        // Noted with its birth it is ours.
        try File.replace(note, with: Array("\(sleeper.pid) \(start)\n".utf8))
        let redis = try PrivateRedis(stateFolder: folder.path, reactor: reactor)
        #expect(!isAlive(sleeper.pid))
        _ = try ProcessHandle.reap(sleeper.pidfd.rawValue, wait: true)
        try stop(redis, reactor)
    }

    @Test func aMissingProgramSaysWhatToInstall() throws {
        let folder = try Folder()
        var options = PrivateRedis.Options()
        options.program = folder.path + "/redis-server"
        #expect {
            _ = try PrivateRedis(stateFolder: folder.path, reactor: try Reactor(), options: options)
        } throws: {
            "\($0)".contains("apt install redis-server")
        }
    }

    @Test func aPathThatIsTooLongForASocketIsRefused() throws {
        let folder = try Folder()
        let long = folder.path + "/" + String(repeating: "x", count: 100)
        #expect {
            _ = try PrivateRedis(stateFolder: long, reactor: try Reactor())
        } throws: {
            "\($0)".contains("choose a shorter state folder")
        }
    }

    /// Built beside the tests.
    private static func holderProgram() throws -> String {
        let program = Directory.parent(of: try ThisProcess.executablePath()) + "/private-redis-holder"
        guard File.isExecutable(program) else { throw HarnessError(description: "\(program) was not built") }
        return program
    }

    private static var libraryPath: [(name: String, value: String)] {
        ThisProcess.environment("LD_LIBRARY_PATH").map { [("LD_LIBRARY_PATH", $0)] } ?? []
    }
}
