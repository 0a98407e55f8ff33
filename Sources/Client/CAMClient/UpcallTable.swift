// The upcalls that an executor is working on.

internal import ABI
internal import Reactor

/// Upcalls by the kernel's request id, at most `slots` of them.
struct UpcallTable {
    struct Running {
        let task: Task<Void, Never>
        let gate: ItemGate
        /// Cancels the task when its deadline passes.
        var timer: TimerToken?
        var overran = false
        var wasCancelled = false
    }

    let slots: Int
    private var running: [UInt64: Running] = [:]

    init(slots: UInt32) { self.slots = Int(max(1, slots)) }

    var isFull: Bool { running.count >= slots }

    func contains(_ id: UInt64) -> Bool { running[id] != nil }

    mutating func add(_ id: UInt64, _ upcall: Running) { running[id] = upcall }

    mutating func remove(_ id: UInt64) -> Running? { running.removeValue(forKey: id) }

    mutating func removeAll() -> [Running] {
        defer { running = [:] }
        return Array(running.values)
    }

    func grant(_ id: UInt64, _ more: UInt32) { running[id]?.gate.grant(more) }

    /// Stops the work; its slot stays taken until the handler has returned.
    mutating func cancel(_ id: UInt64, becauseOverran: Bool) {
        guard let upcall = running[id] else { return }
        if becauseOverran { running[id]?.overran = true } else { running[id]?.wasCancelled = true }
        upcall.task.cancel()
        upcall.gate.close()
    }
}
