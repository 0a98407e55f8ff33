// The loop: one thread, epoll, timers, buffered connections, and one moment at the end of every turn to flush.

import Bytes
public import Containers
public import Linux

/// Names one scheduled action; a token of an action that ran or was cancelled names nothing.
public typealias TimerToken = SlotID

/// An event loop on one thread. Not Sendable: only `WakeUp` may be touched from elsewhere.
///
/// One turn is: wait, set `now`, run due timers, deliver descriptor events, run what was put off to this turn, run the
/// turn-end actions in the order of their registration, flush connections. Handlers may register, deregister, schedule
/// and close whatever they like; an event that was fetched for a descriptor that has been deregistered or reused since
/// is dropped by its generation number.
public final class Reactor {
    private struct Slot {
        var generation: UInt32 = 0
        var events: Epoll.Events = []
        var handler: ((Readiness) -> Void)?
    }

    private let epoll: Epoll
    // Unchecked for the same reason as in StreamConnection: one thread, and no handler runs inside an access.
    /// Indexed by descriptor number.
    @exclusivity(unchecked) private var slots: [Slot] = []
    @exclusivity(unchecked) private var timers = Agenda<() -> Void>()
    @exclusivity(unchecked) private var putOff: [() -> Void] = []
    private var turnEndActions: [() -> Void] = []
    private var stopped = false
    private var inTurn = false
    @exclusivity(unchecked) var unflushed: [StreamConnection] = []
    let buffers: BufferPool

    /// Monotonic nanoseconds, read once a turn: all that happens in a turn happens at the same time.
    public private(set) var now: UInt64

    /// Descriptors that are being watched.
    public private(set) var registrationCount = 0

    /// Timers that wait.
    public var timerCount: Int { timers.count }

    /// - Parameter readBudgetBytes: what one connection may read in one turn, so that a flood from one peer leaves
    ///   every other peer its turn. At least 4 KiB.
    public init(readBudgetBytes: Int = 64 << 10) throws(Errno) {
        epoll = try Epoll()
        buffers = BufferPool(readBudgetBytes: readBudgetBytes)
        now = Clock.monotonic()
    }

    // MARK: Descriptors

    /// Watches a descriptor, which must stay open until it is deregistered. The handler is kept until then.
    ///
    /// - Throws: `EPERM` for a descriptor that epoll cannot watch (a regular file), `ENOSPC`, `ENOMEM`.
    public func register(
        _ fd: Int32, _ interest: Interest, _ handler: @escaping (Readiness) -> Void
    ) throws(Errno) -> Registration {
        precondition(fd >= 0, "a descriptor cannot be negative")
        if Int(fd) >= slots.count {
            slots.append(contentsOf: repeatElement(Slot(), count: Int(fd) + 1 - slots.count))
        }
        precondition(slots[Int(fd)].handler == nil, "descriptor \(fd) is registered already")
        let registration = Registration(fd: fd, generation: slots[Int(fd)].generation)
        try epoll.add(fd, interest.events, data: registration.packed)
        slots[Int(fd)].events = interest.events
        slots[Int(fd)].handler = handler
        registrationCount += 1
        return registration
    }

    /// Changes what a registration waits for; no system call when nothing changes.
    public func modify(_ registration: Registration, _ interest: Interest) throws(Errno) {
        let index = check(registration)
        guard slots[index].events != interest.events else { return }
        try epoll.modify(registration.fd, interest.events, data: registration.packed)
        slots[index].events = interest.events
    }

    /// Stops watching. Call it before the descriptor is closed. No event of it is delivered after this.
    public func deregister(_ registration: Registration) {
        let index = check(registration)
        do {
            try epoll.remove(registration.fd)
        } catch {
            preconditionFailure("descriptor \(registration.fd) left epoll before it was deregistered: \(error)")
        }
        slots[index].events = []
        slots[index].generation &+= 1
        registrationCount -= 1
        // Last: the handler may hold the last reference to something whose end calls back.
        let handler = slots[index].handler
        slots[index].handler = nil
        _ = handler
    }

    private func check(_ registration: Registration) -> Int {
        let index = Int(registration.fd)
        precondition(
            slots[index].generation == registration.generation && slots[index].handler != nil,
            "registration \(registration.generation) of descriptor \(registration.fd) has ended; "
                + "the descriptor is at \(slots[index].generation)")
        return index
    }

    // MARK: Time

    /// Runs an action in the first turn at or after a monotonic time, at most a millisecond late on an idle machine.
    /// Equal times run in the order of scheduling.
    @discardableResult
    public func schedule(at monotonicNanoseconds: UInt64, _ action: @escaping () -> Void) -> TimerToken {
        timers.insert(action, at: monotonicNanoseconds)
    }

    /// Runs an action `nanoseconds` after `now`.
    @discardableResult
    public func schedule(after nanoseconds: UInt64, _ action: @escaping () -> Void) -> TimerToken {
        timers.insert(action, at: now &+ nanoseconds)
    }

    /// Drops a timer that has not run. False when it ran or was cancelled before.
    @discardableResult
    public func cancel(_ token: TimerToken) -> Bool {
        timers.cancel(token)
    }

    /// Runs an action in the next turn, without waiting for anything.
    public func nextTurn(_ action: @escaping () -> Void) {
        putOff.append(action)
    }

    /// Runs an action at the end of every turn from now on: to flush what the turn's events have gathered.
    public func onTurnEnd(_ action: @escaping () -> Void) {
        turnEndActions.append(action)
    }

    // MARK: Other threads

    /// A way for other threads to make this reactor turn. The handler runs on the reactor's thread after a post. The
    /// reactor watches it until its own end.
    public func wakeUp(_ handler: @escaping () -> Void = {}) throws(Errno) -> WakeUp {
        let wakeUp = try WakeUp()
        _ = try register(wakeUp.fd, .readable) { _ in
            wakeUp.take()
            handler()
        }
        return wakeUp
    }

    // MARK: Running

    /// Turns until `stop`.
    public func run() throws(Errno) {
        stopped = false
        while !stopped { try runOnce(timeoutMilliseconds: -1) }
    }

    /// Ends `run` after the present turn.
    public func stop() {
        stopped = true
    }

    /// One turn. Waits at most `timeoutMilliseconds` (-1: for ever) for an event, and no longer than to the next timer.
    public func runOnce(timeoutMilliseconds: Int32) throws(Errno) {
        precondition(!inTurn, "a turn inside a turn")
        inTurn = true
        defer { inTurn = false }
        let count = try epoll.wait(timeoutMilliseconds: wait(atMost: timeoutMilliseconds))
        now = Clock.monotonic()
        runTimers()
        for index in 0..<count {
            let event = epoll.event(index)
            deliver(Registration(packed: event.data), Readiness(event.events))
        }
        runPutOff()
        endTurn()
    }

    /// Milliseconds to wait, rounded up so that no turn comes just before its timer.
    private func wait(atMost limit: Int32) -> Int32 {
        if !putOff.isEmpty || !unflushed.isEmpty { return 0 }
        guard let deadline = timers.earliest else { return limit }
        let current = Clock.monotonic()
        if deadline <= current { return 0 }
        let wait = Int32(clamping: (deadline - current + 999_999) / 1_000_000)
        return limit < 0 ? wait : min(limit, wait)
    }

    private func runTimers() {
        let horizon = timers.horizon
        while let action = timers.takeDue(at: now, upTo: horizon) { action() }
    }

    @inline(__always)
    private func deliver(_ registration: Registration, _ readiness: Readiness) {
        let index = Int(registration.fd)
        // A late event: the descriptor was deregistered, and maybe reused, by a handler of this very turn.
        guard slots[index].generation == registration.generation, let handler = slots[index].handler else { return }
        handler(readiness)
    }

    private func runPutOff() {
        if putOff.isEmpty { return }
        var actions: [() -> Void] = []
        swap(&actions, &putOff)
        for action in actions { action() }
    }

    private func endTurn() {
        var index = 0
        while index < turnEndActions.count {
            turnEndActions[index]()
            index += 1
        }
        // Flushing calls nobody back (failures are put off to the next turn), so the list cannot grow meanwhile.
        for connection in unflushed { connection.flushAtTurnEnd() }
        unflushed.removeAll(keepingCapacity: true)
    }
}
