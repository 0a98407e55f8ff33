// The triple-helix queue of one executor: three orderings over the same ready tasks, interleaved by weight.

import Containers

/// Which strand a task was taken from; recorded with the decision to run it.
public enum Strand: String, Sendable, Hashable, CaseIterable {
    /// Its latest start had come.
    case deadline
    /// It had waited longer than anyone may.
    case age
    case performance
    case cost
    case quality
}

/// The ready tasks of one executor in three orders:
/// - performance: the shortest expected service first, where waiting counts for the one who waits;
/// - cost: the cheapest first;
/// - quality: the best expected result first.
///
/// Which order gives the next task is decided by smooth weighted round robin over the three weights. Two rules come before
/// the three: a task whose latest start (deadline less expected service) has come goes first, earliest first, and no
/// task waits longer than `ageLimit` while others overtake it. Priority comes first within each order; within performance it
/// is worth waiting time instead, so that no class starves another.
///
/// A task that was taken from one order is dropped from the others when they reach it. O(log n) a task.
public struct TripleHelix: Sendable {
    /// Nanoseconds of waiting that outweigh one microsecond of expected service: 10, so that a task which waited a
    /// second is worth as much as one that is a tenth of a second shorter.
    static let waitingDivisor: UInt64 = 10
    /// What one step of priority is worth in the performance order: ten seconds of waiting.
    static let priorityNanoseconds: UInt64 = 10_000_000_000
    /// Nobody is overtaken for longer than this, in nanoseconds.
    public static let ageLimit: UInt64 = 60_000_000_000

    /// A waiting task and the arrival under which it stands in the orders; an older arrival of the same task is stale.
    private struct Waiting: Sendable {
        let task: ReadyTask
        let arrival: UInt64
    }

    /// Ids in one order.
    private typealias Order = PriorityQueue<UInt64>

    private var waiting: [UInt64: Waiting] = [:]
    private var performance = Order()
    private var cost = Order()
    private var quality = Order()
    private var latestStart = Order()
    private var arrivalOrder = Order()
    private var arrivals: UInt64 = 0
    private var turn = WeightedTurn()
    public var weights: HelixWeights

    public init(weights: HelixWeights = .even) {
        self.weights = weights
    }

    public var count: Int { waiting.count }

    /// Expected service of all that waits, in microseconds.
    public private(set) var backlogMicroseconds: UInt64 = 0

    public mutating func insert(_ task: ReadyTask) {
        precondition(waiting[task.id] == nil, "task \(task.id) is queued already")
        compactIfStale()
        arrivals += 1
        waiting[task.id] = Waiting(task: task, arrival: arrivals)
        backlogMicroseconds += task.latencyMicroseconds
        let urgency = UInt64(9 - min(9, task.priority))
        let aged =
            task.readyAt / Self.waitingDivisor + task.latencyMicroseconds * 1_000
            + urgency * (Self.priorityNanoseconds / Self.waitingDivisor)
        performance.insert(task.id, key: aged, arrival: arrivals)
        cost.insert(task.id, key: urgency << 56 | min(task.costMicros, (1 << 56) - 1), arrival: arrivals)
        let lack = UInt64((1 - min(max(task.quality, 0), 1)) * 1e9)
        quality.insert(task.id, key: urgency << 56 | lack, arrival: arrivals)
        arrivalOrder.insert(task.id, key: task.readyAt, arrival: arrivals)
        if task.deadline != .max {
            let service = task.latencyMicroseconds * 1_000
            let latest = task.deadline > service ? task.deadline - service : 0
            latestStart.insert(task.id, key: latest, arrival: arrivals)
        }
    }

    /// Takes a task out that is not to run any more.
    public mutating func remove(_ id: UInt64) {
        forget(id)
    }

    /// Takes the task that should run next.
    public mutating func next(now: UInt64) -> (task: ReadyTask, strand: Strand)? {
        guard !waiting.isEmpty else { return nil }
        if let place = Self.front(&latestStart, waiting), place.key <= now { return take(place, .deadline) }
        if let place = Self.front(&arrivalOrder, waiting), now >= place.key + Self.ageLimit { return take(place, .age) }
        let strand = turn.next(weights)
        let place =
            switch strand {
            case .cost: Self.front(&cost, waiting)
            case .quality: Self.front(&quality, waiting)
            case .performance, .age, .deadline: Self.front(&performance, waiting)
            }
        guard let place else { preconditionFailure("\(waiting.count) tasks wait and the order \(strand) is empty") }
        return take(place, strand)
    }

    /// Takes all that waits, in order of arrival; for an executor that went away.
    public mutating func removeAll() -> [ReadyTask] {
        let all = waiting.values.sorted { $0.arrival < $1.arrival }.map(\.task)
        self = TripleHelix(weights: weights)
        return all
    }

    private mutating func take(_ place: Order.Entry, _ strand: Strand) -> (task: ReadyTask, strand: Strand) {
        guard let entry = waiting[place.payload] else {
            preconditionFailure("task \(place.payload) leads \(strand) and does not wait")
        }
        forget(place.payload)
        return (entry.task, strand)
    }

    private mutating func forget(_ id: UInt64) {
        guard let entry = waiting.removeValue(forKey: id) else { return }
        backlogMicroseconds -= entry.task.latencyMicroseconds
    }

    /// The first that still waits in one order; those taken through another order are dropped on the way.
    private static func front(_ order: inout Order, _ waiting: [UInt64: Waiting]) -> Order.Entry? {
        while let place = order.first {
            if waiting[place.payload]?.arrival == place.arrival { return place }
            order.removeFirst()
        }
        return nil
    }

    /// Drops what was taken through another order once it outnumbers what waits, so that the orders stay in proportion.
    private mutating func compactIfStale() {
        let limit = 64 + 4 * waiting.count
        guard performance.count > limit || cost.count > limit || quality.count > limit || arrivalOrder.count > limit
        else {
            return
        }
        let current = waiting
        let isCurrent = { (place: Order.Entry) in current[place.payload]?.arrival == place.arrival }
        performance.filter(isCurrent)
        cost.filter(isCurrent)
        quality.filter(isCurrent)
        latestStart.filter(isCurrent)
        arrivalOrder.filter(isCurrent)
    }
}
