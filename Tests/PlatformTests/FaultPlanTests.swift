// Goal: the plan of faults fails the call that it names, once, with an error that the call can have, and tells so.
// Method: processes of their own, because a process reads where its plan is before its first system call.

#if DEBUG
import Foundation
import Linux
import Testing

@Suite("Platform: system calls fail on request")
struct FaultPlanTests {
    @Test("the call of the number fails, once, and nothing fails or counts without a plan")
    func number() async {
        await #expect(processExitsWith: .success) {
            let plan = Plan()
            defer { plan.cleanUp() }
            _ = try Directory.list("/proc/self")
            plan.write("call=3")
            // Opening is the first call, reading the names the second and the third.
            #expect(throws: Errno.ENOMEM) { _ = try Directory.list(plan.folder) }
            #expect(try Directory.list(plan.folder).count == 2)
            #expect(plan.notes == ["hit 3 readdir ENOMEM"])
            plan.remove()
            _ = try Directory.list("/proc/self")
            #expect(plan.notes.count == 1)
        }
    }

    @Test("a plan may count calls of one name alone and choose the error; a new text begins a new count")
    func name() async {
        await #expect(processExitsWith: .success) {
            let plan = Plan()
            defer { plan.cleanUp() }
            for run in 1...2 {
                plan.write("call=2 only=openat errno=13 run=\(run)")
                _ = try File.readAll("/proc/self/stat", limit: 4096)
                #expect(throws: Errno.EACCES) { _ = try File.readAll("/proc/self/stat", limit: 4096) }
                _ = try File.readAll("/proc/self/stat", limit: 4096)
            }
            #expect(plan.notes == ["hit 2 openat EACCES", "hit 2 openat EACCES"])
        }
    }

    @Test("the seed chooses among the errors that a call can have")
    func seed() async {
        await #expect(processExitsWith: .success) {
            let plan = Plan()
            defer { plan.cleanUp() }
            for seed in 0..<3 {
                plan.write("call=1 seed=\(seed)")
                #expect(throws: Errno.self) { _ = try EventCounter.make() }
            }
            #expect(Set(plan.notes) == ["hit 1 eventfd EMFILE", "hit 1 eventfd ENFILE", "hit 1 eventfd ENOMEM"])
        }
    }

    @Test("calls that answer in other ways than -1 fail too: spawning, threads, mappings")
    func others() async {
        await #expect(processExitsWith: .success) {
            let plan = Plan()
            defer { plan.cleanUp() }
            plan.write("call=1 only=clone")
            let error = #expect(throws: SpawnError.self) { _ = try SpawnPlan(program: "/bin/true").spawn() }
            #expect(error?.step == .clone)
            plan.write("call=1 only=pthread_create")
            #expect(throws: Errno.self) { try WorkerThread(name: "none") {}.join() }
            plan.write("call=1 only=mmap")
            #expect(throws: Errno.ENOMEM) { _ = try PageMemory(byteCount: 1).bytes }
            #expect(plan.notes.count == 3)
        }
    }

    @Test("what cannot fail is not counted")
    func never() async {
        await #expect(processExitsWith: .success) {
            let plan = Plan()
            defer { plan.cleanUp() }
            let counter = try EventCounter.make()
            plan.write("trace=1")
            try EventCounter.post(counter.rawValue)
            try EventCounter.take(counter.rawValue)
            try File.setNonBlocking(counter.rawValue, true)
            _ = try File.status(counter.rawValue)
            #expect(plan.notes == ["call 1 fstat"])
        }
    }
}

/// The plan of this process, in a folder of its own.
private struct Plan {
    let folder = "\(NSTemporaryDirectory())/cam-plan-\(UUID().uuidString)"
    private var link: String { folder + "/plan" }

    init() {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        } catch {
            preconditionFailure("no folder for the plan: \(error)")
        }
        setenv("CAM_FAULT", link, 1)
    }

    func write(_ text: String) {
        remove()
        precondition(Glibc.symlink(text, link) == 0)
    }

    func remove() { Glibc.unlink(link) }

    func cleanUp() {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            preconditionFailure("\(folder) cannot be removed: \(error)")
        }
    }

    var notes: [String] {
        let bytes = FileManager.default.contents(atPath: link + ".report") ?? Data()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
#endif
