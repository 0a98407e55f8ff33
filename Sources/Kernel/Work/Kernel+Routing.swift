// From ready to queued: which executor does a task, and what happens when none can.

import ABI
import Arbitration
import DriverLifecycle
import Policy
import ProtobufWire
import Scheduling

extension Kernel {
    /// Everyone who offers a capability, with why each cannot be used right now.
    /// - Parameter excludedByPolicy: nil where policy could not say, and then nobody may be used.
    func candidates(_ capability: Text, excludedByPolicy: [Text]?, avoid: [Int]) -> [Candidate] {
        var candidates: [Candidate] = []
        for (place, executor) in executors.enumerated() {
            guard let offered = executor.capability(capability) else { continue }
            var exclusion: Text?
            if excludedByPolicy == nil {
                exclusion = "policy's routing rules could not be evaluated"
            } else if excludedByPolicy?.contains(executor.name) == true {
                exclusion = "excluded by policy"
            } else if executor.connection == nil, !executor.isStarting {
                exclusion = executor.absence
            } else if avoid.contains(place) {
                exclusion = "failed this task before"
            }
            candidates.append(
                Candidate(
                    index: place, name: executor.name, sandboxed: executor.isSandboxed, exclusion: exclusion,
                    capability: offered, track: state.track(executor.name, capability),
                    queueMicroseconds: executor.queueMicroseconds
                        + (executor.isStarting ? Executor.startMicroseconds : 0)))
        }
        return candidates
    }

    /// Policy's routing rules for one owner's use of a capability.
    mutating func excludedExecutors(owner: UInt64, capability: Text) -> [Text]? {
        let key = ExclusionKey(owner: owner, capability: capability)
        if let known = exclusions[key], known.hold(at: now.wall) { return known.names }
        guard let agent = state.agent(owner) else { return nil }
        let excluded = policy.excludedExecutors(subject(of: agent), capability: capability, now: now.wall)
        if exclusions.count >= 16_384 { exclusions.removeAll(keepingCapacity: true) }
        exclusions[key] = excluded
        return excluded.names
    }

    /// What policy is told of an agent that need not be connected.
    func subject(of agent: AgentEntry) -> PolicySubject {
        PolicySubject(
            agentID: agent.id, name: agent.name, uid: agent.uid, gid: 0, isSameUser: agent.uid == settings.uid,
            labels: agent.labels, isRegistered: true)
    }

    /// Arbitrates and queues, or parks, or ends the task.
    mutating func route(_ id: UInt64) {
        guard let work = works[id] else { return }
        let excluded = excludedExecutors(owner: work.owner, capability: work.capability)
        var constraints = work.constraints
        if work.deadline != .max {
            let left = work.deadline > now.monotonic ? (work.deadline - now.monotonic) / 1_000_000 : 0
            constraints.deadlineMs = max(1, UInt32(clamping: left))
        }
        let demand = Demand(constraints: constraints, shares: work.shares, inputBytes: work.inputBytes)
        var ranking = Arbiter.rank(candidates(work.capability, excludedByPolicy: excluded, avoid: work.avoid), demand)
        if ranking.ranked.isEmpty, !work.avoid.isEmpty {
            ranking = Arbiter.rank(candidates(work.capability, excludedByPolicy: excluded, avoid: []), demand)
        }
        guard let first = ranking.ranked.first else { return noExecutor(id, ranking) }
        if let asker = work.askedBy, waitsInACircle(first.index, for: asker) {
            works[id]?.ranking = ranking
            return endWork(
                id,
                .failed(
                    .failedPrecondition,
                    "\(first.name) has no free slot and waits, itself or through others, for the caller: a circle"))
        }
        works[id]?.ranking = ranking
        works[id]?.stage = .queued(executor: first.index)
        executors[first.index].queue.insert(
            ReadyTask(
                id: id, priority: work.priority, deadline: work.deadline, readyAt: work.readyAt,
                latencyMicroseconds: first.expectation.latencyMicroseconds, costMicros: first.expectation.costMicros,
                quality: first.expectation.quality))
        pump(first.index)
    }

    /// Whether an executor without a free slot waits, directly or through others, for what `asker` does.
    private func waitsInACircle(_ executor: Int, for asker: Int) -> Bool {
        var seen: Set<Int> = []
        var pending = [executor]
        while let place = pending.popLast() {
            guard executors[place].busy >= executors[place].slots, seen.insert(place).inserted else { continue }
            if place == asker { return true }
            for work in works.values where work.askedBy == place {
                switch work.stage {
                case .queued(let next), .running(let next, _): pending.append(next)
                case .early, .parked: break
                }
            }
        }
        return false
    }

    /// Nobody can take the task now: wait where someone may come back, else end it with the reasons.
    private mutating func noExecutor(_ id: UInt64, _ ranking: Ranking) {
        guard let work = works[id] else { return }
        let mayReturn = executors.contains { executor in
            executor.connection == nil && executor.mayReturn && executor.capability(work.capability) != nil
        }
        if mayReturn {
            works[id]?.ranking = ranking
            works[id]?.stage = .parked
            parked.append(id)
            return
        }
        let status: Status = ranking.excluded.isEmpty ? .notFound : .failedPrecondition
        let reason: Text
        if ranking.excluded.isEmpty {
            reason = "no executor offers \(work.capability)"
        } else {
            let whys = ranking.excluded.map { "\($0.executor): \($0.why)" }.joined(separator: "; ")
            reason = "no executor of \(work.capability) can take it: \(whys)"
        }
        works[id]?.ranking = ranking
        endWork(id, .failed(status, reason))
    }

    /// Somebody came back or went for good: try those that wait for an executor again.
    mutating func unpark() {
        let waiting = parked
        parked.removeAll()
        for id in waiting where works[id]?.stage == .parked { route(id) }
    }

    /// Takes what waits for an executor that went away and finds it another.
    mutating func requeue(_ place: Int) {
        for task in executors[place].queue.removeAll() { route(task.id) }
    }

    /// Starts tasks while the executor has free slots.
    mutating func pump(_ place: Int) {
        while executors[place].busy < executors[place].slots, let connection = executors[place].connection,
            executors[place].queue.count > 0, hasRoomForWork(2048 + 256 * executors.count),
            let (task, strand) = executors[place].queue.next(now: now.monotonic)
        {
            // Its reminder may come a moment after the slot that was free for it.
            if let work = works[task.id], work.deadline <= now.monotonic {
                endWork(task.id, .expired("its deadline passed before an executor was free"))
            } else {
                start(task.id, place, connection, strand)
            }
        }
    }
}

extension Executor {
    /// What a start is expected to take, in microseconds: work waits that long for an executor that is worth it.
    static let startMicroseconds: UInt64 = 100_000

    /// True while its process is on its way to its registration.
    var isStarting: Bool {
        guard case .driver(let driver) = kind, case .starting = driver.lifecycle.state else { return false }
        return true
    }

    /// True while it is not there and may come back by itself.
    var mayReturn: Bool {
        guard case .driver(let driver) = kind else { return false }
        switch driver.lifecycle.state {
        case .starting, .ready, .ending, .backingOff: return true
        case .draining(_, let next): return next != .stop
        case .stopped, .failed: return false
        }
    }

    /// Why it cannot take work now.
    var absence: Text {
        switch kind {
        case .driver(let driver): "the driver is \(driver.lifecycle.stateName)"
        case .agent: "the agent is not connected"
        }
    }
}
