// What an evaluation may cost at most. Steps and memory are counted, never measured, so that they are the same on every
// machine and every run; only whoever passes a clock has a limit in time.

/// What an evaluation may cost at most.
public struct Budget: Sendable {
    /// What there is a limit for.
    public enum Limit: String, Sendable {
        case steps, depth, memory, time
    }

    /// Instructions, and values that builtins make.
    public var steps: UInt64
    /// Rules, functions and iterations within one another. Each level takes stack.
    public var depth: Int
    /// Bytes of all values made on the way, those that are gone again included: 16 for a value in a collection, and the
    /// text of strings.
    public var memoryBytes: UInt64
    /// Nil: no limit in time. The caller's own clock, because an evaluation reads none.
    public var time: TimeLimit?

    public init(
        steps: UInt64 = 10_000_000, depth: Int = 400, memoryBytes: UInt64 = 1 << 30, time: TimeLimit? = nil
    ) {
        self.steps = steps
        self.depth = depth
        self.memoryBytes = memoryBytes
        self.time = time
    }

    /// Ten million steps, 400 levels, a gibibyte, and as long as it takes.
    public static let standard = Budget()
}

/// How long an evaluation may take, by a clock that comes with it.
public struct TimeLimit: Sendable {
    /// The clock is read once in so many steps: often enough for a limit of a tenth of a millisecond.
    static let stepsBetweenReadings: UInt64 = 1_024

    public let nanoseconds: UInt64
    /// Nanoseconds from any beginning; it must not go back.
    public let clock: @Sendable () -> UInt64

    /// When what begins now must be over.
    var deadline: UInt64 {
        let end = clock().addingReportingOverflow(nanoseconds)
        return end.overflow ? .max : end.partialValue
    }

    public init(nanoseconds: UInt64, clock: @escaping @Sendable () -> UInt64) {
        self.nanoseconds = nanoseconds
        self.clock = clock
    }
}

extension Value {
    /// Bytes that making this value took, leaving out what its elements took when they were made.
    @inline(__always)
    var ownBytes: Int {
        switch self {
        case .null, .bool, .int: 0
        case .string(let string): string.utf8.count
        case .array(let items): items.count &* 16
        case .set(let set): set.count &* 16
        case .object(let object): object.count &* 32
        case .decimal(let decimal): decimal.magnitude.limbs.count &* 4
        }
    }
}
