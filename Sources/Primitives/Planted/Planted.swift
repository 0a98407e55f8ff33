// Bugs planted on purpose, so that a test can prove that the simulator finds them. Not in any ordinary build.

/// A mistake that a good engineer could make, at the place where it would be made.
public enum PlantedBug: String, CaseIterable, Sendable {
    /// An admission is answered before its record is on the disk.
    case answerBeforeDurable = "answer-before-durable"
    /// A timer is not armed again after it fired.
    case lostWakeUp = "lost-wake-up"
    /// The cost of a task is settled twice when its executor answers.
    case doubleSettle = "double-settle"
    /// A value is returned although a newer one was acknowledged before the store went back to an old copy.
    case staleReadAfterRestore = "stale-read-after-restore"
    /// A segment that is left for the next one is cut one byte before its end.
    case segmentOffByOne = "segment-off-by-one"
    /// A new segment gets records before its name is on the disk.
    case unsyncedRename = "unsynced-rename"
    /// A refused request does not give its credit back.
    case creditLeak = "credit-leak"
    /// The first denial of a fold is counted as if a record stood for it.
    case foldOfFirstDenial = "fold-of-first-denial"
    /// Compare-and-set compares nothing.
    case compareAndSetIgnoresVersion = "compare-and-set-ignores-version"
    /// After a restart work is taken up in the order of a dictionary.
    case replayInDictionaryOrder = "replay-in-dictionary-order"
    /// Work that must not be done twice is done again after its executor died.
    case retryOfNonIdempotent = "retry-of-non-idempotent"
    /// A charge for an open call stays when its connection goes away.
    case chargeKeptAfterDisconnect = "charge-kept-after-disconnect"
    /// A policy denial is answered, and the thing is done all the same.
    case deniedAndDone = "denied-and-done"

    #if PLANTED_BUGS
    /// The one bug that is in this process. Set once, before anything runs.
    nonisolated(unsafe) public static var current: PlantedBug?
    #endif
}

/// Whether this bug is in. The constant `false`, and so no code at all, unless the package was built with `CAM_PLANTED=1`.
@inlinable @inline(__always)
public func isPlanted(_ bug: PlantedBug) -> Bool {
    #if PLANTED_BUGS
    PlantedBug.current == bug
    #else
    false
    #endif
}
