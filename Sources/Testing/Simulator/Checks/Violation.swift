// What must never happen, and the report that it did.

/// What is promised, each with the reason in one line. The name is what a failing run prints.
public enum Invariant: String, Sendable, CaseIterable {
    case deniedIsNotDone = "nothing that policy denies is done"
    case allowedIsNotDenied = "nothing that policy allows is denied"
    case denialIsRecorded = "every denial has a record of its own or of its fold"
    case durableBeforeAnswer = "nothing is answered or done before what it depends on is on the disk"
    case answeredOnce = "a request has exactly one answer, and items only while it is open"
    case nobodyWaitsForEver = "no caller waits for ever"
    case answeredSurvives = "what was answered is there after a crash"
    case recoveredIsWhatWasWritten =
        "a recovered journal is a prefix of what was appended, and holds all that was acknowledged"
    case rebuiltIsTheSame = "rebuilding from the journal gives the same state to the byte"
    case rebuildDecidesTheSame = "two kernels that are rebuilt from the same records decide the same"
    case noTaskIsLost = "no admitted task is lost"
    case endedStaysEnded = "a task that ended stays as it ended, and never runs again"
    case onceRunsOnce = "work that must not be done twice is started once"
    case budgetsAddUp = "costs add up to what executors reported for work that was recorded"
    case limitsHold = "nobody holds more than the limits allow"
    case chargesAreGivenBack = "every charge is given back when nobody is there and nothing is left to do"
    case creditIsGivenBack = "request credit is neither lost nor made"
    case versionsRise = "versions of a key only rise, and no number is used twice"
    case readsAreFresh = "a read never gives less than was acknowledged before it was asked"
    case memoryIsSeparate = "memory of one agent never reaches another"
    case comparedAndSet = "a compare-and-set that names an old version never wins"
    case storeTellsTheTruth = "all that the store says of memory contexts can be true"
    case identityStays = "an agent's id stays the same"
    case framesAreWellFormed = "every frame of the kernel parses and is one that this peer may get"
    case fullDiskRefuses = "a full disk refuses what it has no room for, and stops nothing"
    case kernelStarts = "camd starts again after a crash"
    case sameSeedSameRun = "the same seed gives the same run"
}

public struct Violation: Error, Sendable, Equatable, CustomStringConvertible {
    public let invariant: Invariant
    public let step: Int
    public let detail: String

    public var description: String { "step \(step): violated: \(invariant.rawValue)\n    \(detail)" }
}
