// The kernel: one deterministic state machine. Events in, directives out; no clock, no random source, no I/O.

public import ABI
import Containers
import Contexts
import DriverLifecycle
import Journal
import Planted
public import Policy
import ProtobufWire
import Quota
import Scheduling

/// Everything that CAM decides, as a value. One thread owns it; a copy of it is a branch of the future.
///
/// Use: `init`, `replay` for each record that the journal holds, `start`, then `handle` for each event. What has to be done
/// is appended to the caller's `Directives`, in order.
public struct Kernel: Sendable {
    /// How long a kernel that stops waits for upcalls that run.
    static let stopGraceNanoseconds: UInt64 = 2_000_000_000

    let settings: KernelSettings
    var state = DurableState()
    /// What decides now.
    public internal(set) var policy: PolicyEngine
    var sessions = SlotTable<Session>()
    /// By agent id − 1.
    var activities: [AgentActivity] = []
    /// Names of equal subjects.
    var principals: [PolicySubject: UInt32] = [:]
    var nextPrincipal: UInt32 = 1
    var connectionsOfUser: [UInt32: Holding] = [:]
    var registrations: [UInt32: TokenBucket] = [:]
    /// Policy's routing rules as they were last evaluated, by owner and capability.
    var exclusions: [ExclusionKey: ExcludedExecutors] = [:]

    var calls: [UInt64: PendingCall] = [:]
    var nextCall: UInt64 = 1
    /// Grants whose policies are being loaded, by call: each comes into force even where its asker goes away.
    var grantsLoading: [UInt64: DecisionID] = [:]
    /// Calls that wait for a graph to end, by graph, in the order in which they came.
    var graphWaiters: [UInt64: [UInt64]] = [:]
    /// Calls that read the stream of events, in the order in which they came.
    var eventReaders: [UInt64] = []

    var executors: [Executor] = []
    /// Driver instances that run or are about to: instance → place among the executors.
    var instances: [UInt64: Int] = [:]
    var nextInstance: UInt64 = 1
    var works: [UInt64: Work] = [:]
    /// Tasks that no executor can take at the moment, in the order in which they came.
    var parked: [UInt64] = []
    var upcalls: [UInt64: Upcall] = [:]
    var nextUpcall: UInt64 = 1
    var nextThink: UInt64 = 1

    var timers = TimerQueue()
    var armed: UInt64 = .max
    var folds = FoldTable()
    var counters = Counters()
    var store: (available: Bool, state: Text) = (false, "not connected yet")
    /// Bytes that the journal can still take.
    var journalRoom = 0
    /// Whether something did not go on for want of room.
    var isWaitingForRoom = false
    /// False while there was no room to take up all that a crash had left running.
    var hasRequeuedTasks = true
    /// How tasks ended that found no room, and why; nobody is told before they are recorded.
    var unrecordedEnds: [(ended: TaskEnded, cause: DecisionID)] = []
    /// Decisions that changed nothing and found no room.
    var omitted: UInt64 = 0
    /// The newest record whose loss would undo a change that everybody sees: policy, drain, epoch.
    var systemChange: UInt64 = 0
    /// The newest durable record: what answers that show tasks depend on.
    var lastDurable: UInt64 = 0
    var isStopping = false

    var now = Instant(monotonic: 0, wall: 0)
    var startedAt = Instant(monotonic: 0, wall: 0)
    /// Valid during `handle`: the caller's buffer, swapped in.
    var out = Directives()

    public init(settings: KernelSettings, policy: PolicyEngine) {
        self.settings = settings
        self.policy = policy
    }

    public var epoch: UInt64 { state.epoch }

    /// Takes one record of the journal, in order, before `start`.
    public mutating func replay(_ record: JournalRecord, epoch: UInt64, sequence: UInt64) {
        state.apply(record, epoch: epoch, sequence: sequence)
    }

    /// Begins a new epoch on the state that was replayed. The sockets may open when the record this appends is durable.
    /// - Parameter lastSequence: the journal's last sequence number, 0 where it is empty.
    public mutating func start(
        epoch: UInt64, lastSequence: UInt64, journalRoom room: Int, now: Instant, into directives: inout Directives
    ) {
        precondition(state.sequence == lastSequence, "replayed up to \(state.sequence) of \(lastSequence)")
        swap(&out, &directives)
        defer { swap(&out, &directives) }
        self.now = now
        startedAt = now
        journalRoom = room
        let started = EpochStarted(
            epoch: epoch, version: settings.version, policyVersion: policy.version,
            policyFiles: policy.files)
        state.begin(epoch)
        systemChange = write(nil, .epochStarted(started), durable: true)
        for _ in state.agents { activities.append(newActivity()) }
        policy.kernel.isDraining = state.draining
        for manifest in settings.drivers { addDriver(manifest) }
        resumeTasks()
        armTimer()
    }

    /// Takes one event and appends what follows from it.
    public mutating func handle(_ event: KernelEvent, now: Instant, into directives: inout Directives) {
        swap(&out, &directives)
        defer { swap(&out, &directives) }
        self.now = now
        switch event {
        case .frame(let connection, let header, let payload): onFrame(connection, header, payload)
        case .connected(let connection, let peer): onConnected(connection, peer)
        case .malformed(let connection, let what): onMalformed(connection, what)
        case .disconnected(let connection): onDisconnected(connection)
        case .timer: onTimer()
        case .completed(let completion): onCompletion(completion)
        case .request(let request): onRequest(request)
        }
        armTimer()
    }

    private mutating func onTimer() {
        if !isPlanted(.lostWakeUp) { armed = .max }
        while let reminder = timers.removeFirst(upTo: now.monotonic) {
            switch reminder {
            case .callDeadline(let call): onCallDeadline(call)
            case .upcallDeadline(let upcall): onUpcallDeadline(upcall)
            case .hungUpcall(let upcall): onHungUpcall(upcall)
            case .taskDeadline(let task): onTaskDeadline(task)
            case .notBefore(let task): onNotBefore(task)
            case .driver(let place): drive(place, .timer)
            case .ping(let place, let instance): ping(place, instance)
            case .stop: finishStopping()
            case .foldSweep: sweepFolds()
            }
        }
    }

    /// Asks to be woken for the next reminder, where that is earlier than what was asked for.
    private mutating func armTimer() {
        guard let next = timers.first?.key, next < armed else { return }
        armed = next
        out.list.append(.wake(at: next))
    }

    private mutating func onCompletion(_ completion: Completion) {
        switch completion {
        case .context(let operation, let result): onContextResult(operation, result)
        case .record(let token, let epoch, let bytes): onRecordRead(token, epoch, bytes)
        case .policies(let token, let load): onPolicies(token, load)
        case .spawned(let instance, let pid, let secret): onSpawned(instance, pid, secret)
        case .spawnRefused(let instance, let reason): onSpawnRefused(instance, reason)
        case .driverExited(let instance, let exit): onDriverExited(instance, exit)
        case .sandboxed(let instance, let report): withDriver(instance) { $0.sandbox = report }
        case .driverSaid(let instance, let note): onDriverSaid(instance, note)
        case .journalRoom(let bytes): onJournalRoom(bytes)
        case .journalSynced: counters.syncs += 1
        case .storeState(let available, let words): onStoreState(available, words)
        }
    }

    private mutating func onRequest(_ request: OperatorRequest) {
        switch request {
        case .reloadPolicies: out.list.append(.loadPolicies(token: 0, granting: nil, after: 0))
        case .drain:
            isStopping = true
            if !isWorking { return finishStopping() }
            timers.add(at: now.monotonic + Self.stopGraceNanoseconds, .stop)
        }
    }

    private mutating func onStoreState(_ available: Bool, _ words: Text) {
        guard store.available != available || store.state != words else { return }
        store = (available, words)
        publish(.store, subject: "memory", what: words, owner: 0, decision: nil)
    }

    func newActivity() -> AgentActivity {
        AgentActivity(rate: TokenBucket(ratePerSecond: settings.callsPerSecond, burst: settings.burst))
    }
}

/// What policy's routing rules depend on.
struct ExclusionKey: Hashable, Sendable {
    let owner: UInt64
    let capability: Text
}

/// Counts since the kernel started, for `observe`.
struct Counters: Sendable {
    struct PerCall: Sendable {
        var count: UInt64 = 0
        var denied: UInt64 = 0
        var failed: UInt64 = 0
    }

    /// By call number − 1.
    var calls = [PerCall](repeating: PerCall(), count: CallNumber.allCases.count)
    var records: UInt64 = 0
    var recordBytes: UInt64 = 0
    var syncs: UInt64 = 0
    var policyHits: UInt64 = 0
    var policyMisses: UInt64 = 0
    var faults: UInt64 = 0
}
