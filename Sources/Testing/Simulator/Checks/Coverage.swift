// How often the rare paths were taken: a run that reaches too few of them has tested little.

public enum RarePath: String, Sendable, CaseIterable {
    case driverDiedInMidCall = "driver died in mid-call"
    case driverAnsweredTwice = "driver answered twice"
    case driverAnsweredGarbage = "driver answered garbage"
    case driverAnsweredLate = "driver answered after the call was cancelled"
    case driverLiedAboutUsage = "driver lied about usage"
    case driverWasKilled = "driver was killed for hanging or breaking the protocol"
    case driverCouldNotStart = "driver could not be started"
    case nestedCall = "driver made a call of its own"
    case serverVanished = "an agent that served an upcall vanished"
    case halfFrame = "peer vanished in the middle of a frame"
    case vanishedInMidStream = "peer vanished in the middle of a stream"
    case reconnectedAfterMidStream = "peer reconnected after a stream that was cut"
    case resumedWithToken = "session resumed with its token"
    case tokenRefused = "resume token refused"
    case repeatedWithSameKey = "request repeated with the same idempotency key"
    case otherPayloadWithSameKey = "another payload under a used key"
    case noCreditLeft = "peer sent without credit"
    case openRequestLimit = "too many open requests"
    case taskLimit = "too many open tasks"
    case rateLimit = "too many calls a second"
    case denied = "denied"
    case deniedAgain = "denied again within the fold"
    case slowReader = "answers piled up for a reader that does not read"
    case requestCancelled = "request cancelled by its caller"
    case deadlinePassed = "a call's deadline passed"
    case killed = "kernel killed"
    case killedWithAnswersHeld = "kernel killed while answers waited for the disk"
    case powerLost = "power lost"
    case powerLostUnsynced = "power lost with unsynced records"
    case tornTail = "a torn tail was cut off"
    case taskRequeuedAfterCrash = "task requeued after a crash"
    case outcomeUnknownAfterCrash = "outcome unknown after a crash"
    case stoppedInOrder = "kernel stopped in order"
    case segmentRolledOver = "segment rolled over"
    case diskWasFull = "disk was full"
    case refusedForRoom = "refused for want of journal room"
    case diskFailed = "disk failed under the journal"
    case storeWentAway = "memory store went away with operations open"
    case storeOutcomeUnknown = "outcome of a store not known"
    case storeReturnedOlder = "memory store came back with older data"
    case dataLossDetected = "data loss detected and named"
    case compareAndSetLost = "compare-and-set lost"
    case versionStale = "sealed again for a newer version"
    case clockWentBack = "wall clock went back"
    case clockWentForward = "wall clock went forward"
    case policyReloaded = "policies reloaded"
    case drained = "draining refused new work"
    case malformed = "malformed frame"
    case heldUntilLater = "task held until its not_before"
}

/// Counts by rare path. A value; counts of many runs can be added.
public struct Coverage: Sendable {
    private var counts = [UInt64](repeating: 0, count: RarePath.allCases.count)

    public init() {}

    /// The places of the cases, so that counting is one addition.
    private static let places = Dictionary(uniqueKeysWithValues: RarePath.allCases.enumerated().map { ($1, $0) })

    public subscript(_ path: RarePath) -> UInt64 { counts[Self.places[path]!] }

    mutating func note(_ path: RarePath, _ more: UInt64 = 1) { counts[Self.places[path]!] += more }

    public mutating func add(_ other: Coverage) {
        for place in counts.indices { counts[place] += other.counts[place] }
    }

    /// Every path with its count, in the order of the list.
    public var all: [(path: RarePath, count: UInt64)] { zip(RarePath.allCases, counts).map { ($0, $1) } }

    /// Paths that were taken fewer than `least` times.
    public func missing(least: UInt64 = 1) -> [RarePath] { all.filter { $0.count < least }.map(\.path) }
}
