// One driver that runs: its four descriptors on the reactor, and what was learned from them.

import ABI
import DriverLifecycle
import Linux
import ProtobufWire
import Quota
import Reactor
import Sandbox
import Wording

/// Holds the launcher's handle, the control socket, the pipe of the driver's standard error and, once they came, the
/// handles of the init and the driver and the notification descriptor. It has ended when all three processes have, and
/// nobody holds the control socket any more; the init ends only after everything in its pid namespace has.
final class RunningDriver {
    enum Event {
        case report(SandboxReport)
        case violation(Text)
        case ended(DriverEnd)
    }

    struct Descriptors: ~Copyable {
        let process: FileDescriptor
        let control: FileDescriptor
        let output: FileDescriptor
    }

    /// One read for one driver in one turn, so that a flooding driver costs others nothing.
    static let readBytesMax = 16 << 10
    /// The init ends with the launcher within moments. If the kernel cannot end it, its driver counts as ended all the
    /// same, so that nobody waits for ever.
    private static let lingerNanoseconds: UInt64 = 5_000_000_000

    let instance: UInt64
    let manifest: DriverManifest
    let userID: UInt32
    let group: ControlGroup?
    /// For the report where there is none.
    private let whyNoGroup: String
    let reactor: Reactor
    let judge: SystemCallJudge
    private let onEvent: (Event) -> Void

    private var process: WatchedDescriptor?
    private var control: WatchedDescriptor?
    /// The init and the driver, as long as they live.
    private var inside: [WatchedDescriptor] = []
    private var initProcess: WatchedDescriptor?
    var output: WatchedDescriptor?
    var listener: (calls: SystemCallListener, watch: WatchedDescriptor)?
    /// Bytes of standard error.
    var outputGate = TokenBucket(ratePerSecond: 256 << 10, burst: 1 << 20)
    /// Reported calls.
    var attemptGate = TokenBucket(ratePerSecond: 500, burst: 4096)
    private var linger: TimerToken?

    private(set) var report: SandboxReport?
    private var layers: [SandboxLayer] = []
    var standardError = LastLines(count: 50, bytesMax: 4096)
    private var attempts = AttemptLog()
    /// The first account of the end is the truest one: a forbidden call before the kill that follows it.
    private var cause: DriverExit?
    private var initCause: DriverExit?
    private var launcherEnd: ExitStatus?

    init(
        instance: UInt64, manifest: DriverManifest, userID: UInt32, group: ControlGroup?, whyNoGroup: String,
        reactor: Reactor,
        judge: SystemCallJudge, descriptors: consuming Descriptors, onEvent: @escaping (Event) -> Void
    ) throws(Errno) {
        self.instance = instance
        self.manifest = manifest
        self.userID = userID
        self.group = group
        self.whyNoGroup = whyNoGroup
        self.reactor = reactor
        self.judge = judge
        self.onEvent = onEvent
        try watch(descriptors)
    }

    private func watch(_ descriptors: consuming Descriptors) throws(Errno) {
        do {
            control = try WatchedDescriptor(owning: descriptors.control, on: reactor) { [self] _ in readControl() }
            output = try WatchedDescriptor(owning: descriptors.output, on: reactor) { [self] _ in readOutput() }
            process = try WatchedDescriptor(owning: descriptors.process, on: reactor) { [self] _ in launcherEnded() }
        } catch {
            control?.close()
            output?.close()
            throw error
        }
    }

    var facts: DriverFacts {
        DriverFacts(report: report, standardError: standardError.lines.map { Text($0) }, violations: attempts.lines)
    }

    /// Ends everything of it. With the init goes all that is inside, and the launcher stays to reap it; before the init
    /// is known the launcher goes itself, and the init with it.
    func kill(_ cause: DriverExit?) {
        if let cause, self.cause == nil { self.cause = cause }
        if let initProcess, initProcess.isOpen, signalled(initProcess) { return }
        if let process, process.isOpen, !signalled(process) { note("its launcher cannot be killed") }
    }

    /// True also for what has ended already.
    private func signalled(_ process: WatchedDescriptor) -> Bool {
        do {
            try ProcessHandle.signal(process.fd, .kill)
            return true
        } catch {
            return error == .ESRCH
        }
    }

    func note(_ attempt: String) {
        if attempts.add(attempt) { onEvent(.violation(Text(attempt))) }
    }

    // MARK: The launcher's account

    private func readControl() {
        var buffer = [UInt8](repeating: 0, count: 1024)
        while let control, control.isOpen {
            let received: (count: Int, descriptors: [Int32])?
            do {
                received = try buffer.withUnsafeMutableBytes { bytes throws(Errno) in
                    try Socket.receive(control.fd, into: bytes, descriptorLimit: 1)
                }
            } catch {
                received = (0, [])  // ECONNRESET: the other end went with something unread; it has gone.
            }
            guard let received else { return }
            if received.count == 0 {
                control.close()
                return finishIfAllEnded()
            }
            take(ControlRecord(buffer[..<received.count]), received.descriptors)
        }
    }

    private func take(_ record: ControlRecord, _ descriptors: [Int32]) {
        let owned = descriptors.first.map { FileDescriptor(owning: $0) }
        switch record {
        case .layer(let layer): take(layer)
        case .process(let name): if let owned { watchInside(name, owned) }
        case .notify: if let owned { listen(owned) }
        case .started: break
        case .failed(let step, let errno, let detail):
            if cause == nil { cause = .notStarted(step: step, errno: errno, detail: detail) }
        case .exit(let ending): if cause == nil { cause = exit(ending) }
        case .initExit(let ending): initCause = exit(ending)
        case .unknown(let text): note("the launcher said what this camd does not know: \(text)")
        }
    }

    /// The last layer completes the report.
    private func take(_ layer: SandboxLayer) {
        layers.append(describe(layer))
        guard layers.count == SandboxLayer.names.count else { return }
        let report = SandboxReport(level: Text(manifest.level.rawValue), layers: layers)
        self.report = report
        onEvent(.report(report))
    }

    private func describe(_ layer: SandboxLayer) -> SandboxLayer {
        guard layer.name == "cgroup" else { return layer }
        guard layer.applied, let group else {
            return SandboxLayer(name: layer.name, applied: false, detail: Text(whyNoGroup))
        }
        return SandboxLayer(
            name: layer.name, applied: true,
            detail: "\(manifest.memoryBytes) bytes of memory, \(manifest.processesMax) processes: \(group.description)")
    }

    private func exit(_ ending: ControlRecord.Ending) -> DriverExit {
        switch ending {
        case .code(let code): .exited(code: code)
        case .signal(let number): .signalled(number)
        }
    }

    private func watchInside(_ name: String, _ descriptor: consuming FileDescriptor) {
        let fd = descriptor.rawValue
        do {
            let watched = try WatchedDescriptor(owning: descriptor, on: reactor) { [self] _ in
                guard let index = inside.firstIndex(where: { $0.fd == fd }) else { return }
                inside.remove(at: index).close()
                finishIfAllEnded()
            }
            inside.append(watched)
            if name == "init" { initProcess = watched }
        } catch {
            note("one of its processes cannot be watched, its end is told by its socket alone: \(error)")
        }
    }

    private func listen(_ descriptor: consuming FileDescriptor) {
        do {
            // Two owners of one open file: one for the reactor to watch, one for the calls.
            let calls = try SystemCallListener(owning: try descriptor.duplicate())
            let watch = try WatchedDescriptor(owning: descriptor, on: reactor) { [self] in answerOneCall($0) }
            listener = (calls, watch)
        } catch {
            // Unheard, every call it waits for fails: the driver cannot go on, and it is said why.
            note("its reported calls cannot be heard: \(error)")
            kill(.notStarted(step: "listen", errno: error.rawValue, detail: "notification descriptor"))
        }
    }

    // MARK: The end

    private func launcherEnded() {
        guard let process, process.isOpen else { return }
        do {
            guard let end = try ProcessHandle.reap(process.fd, wait: false) else { return }
            launcherEnd = end
        } catch {
            preconditionFailure("somebody else has reaped the launcher of driver \(manifest.name): \(error)")
        }
        process.close()
        linger = reactor.schedule(after: Self.lingerNanoseconds) { [self] in
            linger = nil
            note("its processes could not be ended within \(Self.lingerNanoseconds / 1_000_000_000) s")
            control?.close()
            for process in inside { process.close() }
            inside = []
            finishIfAllEnded()
        }
        readControl()
        finishIfAllEnded()
    }

    func closeListener() {
        listener?.watch.close()
        listener = nil
    }

    private func finishIfAllEnded() {
        guard let launcherEnd, inside.isEmpty, let control, !control.isOpen, let output else { return }
        self.control = nil  // Once only.
        if let linger { reactor.cancel(linger) }
        // Not a moment earlier: a call that waits would be answered, and its caller might yet go on.
        closeListener()
        readLastWords()
        output.close()
        onEvent(.ended(DriverEnd(exit: finalCause(launcherEnd), facts: facts)))
    }

    private func finalCause(_ launcherEnd: ExitStatus) -> DriverExit {
        if let group, group.memoryKills() > 0 {
            note("memory beyond \(manifest.memoryBytes) bytes: killed")
            return .outOfMemory(limitBytes: manifest.memoryBytes)
        }
        if let cause { return cause }
        if let initCause { return initCause }
        switch launcherEnd.reason {
        case .exited(let code): return .exited(code: code)
        case .killed(let signal, _): return .signalled(signal)
        }
    }
}
