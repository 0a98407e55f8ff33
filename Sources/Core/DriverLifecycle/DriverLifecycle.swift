// The life of one driver instance as a value: events in, actions out. It reads no clock; `now` comes with each event.

/// One instance of a driver. Whoever embeds it carries the actions out and reports what happened as events; it must also
/// send `.timer` once `deadline` has passed. All times are nanoseconds on the monotonic clock.
public struct DriverLifecycle: Sendable, Equatable {
    public struct Settings: Sendable, Equatable {
        /// From spawn to registration; later the instance is killed.
        public var startTimeoutNanoseconds: UInt64
        /// From the wish to drain until what still runs is killed.
        public var drainTimeoutNanoseconds: UInt64
        /// Waiting time after the first crash; doubles with each that follows.
        public var backOffFirstNanoseconds: UInt64
        public var backOffMaxNanoseconds: UInt64
        /// Crashes in a row, without a healthy run between, after which nobody tries again without being asked.
        public var crashesMax: UInt32
        /// An instance that was ready for so long was healthy: its next crash is a first one.
        public var healthyAfterNanoseconds: UInt64

        public init(
            startTimeoutNanoseconds: UInt64 = 10_000_000_000, drainTimeoutNanoseconds: UInt64 = 30_000_000_000,
            backOffFirstNanoseconds: UInt64 = 100_000_000, backOffMaxNanoseconds: UInt64 = 30_000_000_000,
            crashesMax: UInt32 = 10, healthyAfterNanoseconds: UInt64 = 10_000_000_000
        ) {
            self.startTimeoutNanoseconds = startTimeoutNanoseconds
            self.drainTimeoutNanoseconds = drainTimeoutNanoseconds
            self.backOffFirstNanoseconds = backOffFirstNanoseconds
            self.backOffMaxNanoseconds = backOffMaxNanoseconds
            self.crashesMax = crashesMax
            self.healthyAfterNanoseconds = healthyAfterNanoseconds
        }

        public init(_ manifest: DriverManifest) {
            self.init(startTimeoutNanoseconds: UInt64(manifest.startTimeoutMilliseconds) * 1_000_000)
        }
    }

    public enum State: Sendable, Equatable {
        case stopped
        /// Spawned or about to be; not registered yet.
        case starting(deadline: UInt64)
        /// Registered: it takes upcalls.
        case ready(since: UInt64)
        /// Takes no new upcalls; ends when the open ones have.
        case draining(deadline: UInt64, next: Next)
        /// SIGKILL was asked for; its exit has not been seen yet.
        case ending(cause: Cause, readySince: UInt64?, next: Next)
        case backingOff(until: UInt64)
        /// Stays so until somebody asks for a start.
        case failed(Failure)
    }

    /// What follows once the process is gone.
    public enum Next: Sendable, Equatable {
        case stop
        case restart
        /// It failed: restart after the back-off time, unless it has failed too often.
        case backOff
    }

    /// Why an instance was killed.
    public enum Cause: Sendable, Equatable {
        case startTimeout
        case hungCall
        case protocolViolation
        case drainTimeout
        case drained
        case asked
    }

    public enum Failure: Sendable, Equatable {
        case crashLoop(crashes: UInt32, last: DriverExit)
        /// The sandbox that its manifest requires cannot be had on this machine: trying again would not help.
        case refused(reason: String)
    }

    public enum Event: Sendable, Equatable {
        /// Start it, also out of `failed` or a back-off; forgets earlier crashes.
        case start
        /// End it and leave it so; `drain` lets open upcalls finish first.
        case stop(drain: Bool)
        /// End it (open upcalls finish first) and start it anew.
        case restart
        /// The supervisor could not spawn it for a reason that lasts.
        case refused(reason: String)
        /// It sent a valid first frame with its secret.
        case registered
        /// An upcall was cancelled after its deadline and still not answered.
        case callHung
        /// It broke the wire protocol, or its connection ended.
        case protocolViolation
        /// While draining: no upcall is open any more.
        case drained
        /// Its process is gone, or never came to be.
        case exited(DriverExit)
        /// `deadline` has passed (or not: an early one does nothing).
        case timer
    }

    public enum Action: Sendable, Equatable {
        case spawn
        /// End the whole process tree; `.exited` follows.
        case kill(Cause)
        /// From now on it may get upcalls.
        case becameReady
        /// From now on it gets no new upcalls; those that are open go on.
        case beganDraining
        /// Its open upcalls will never be answered: fail or retry them.
        case becameUnavailable
        case becameFailed(Failure)
    }

    public let settings: Settings
    public internal(set) var state: State
    /// Crashes in a row.
    public internal(set) var crashes: UInt32
    /// Starts after the first one, for statistics.
    public internal(set) var restarts: UInt32
    public internal(set) var lastExit: DriverExit?
    var started: Bool

    public init(settings: Settings) {
        self.settings = settings
        state = .stopped
        crashes = 0
        restarts = 0
        lastExit = nil
        started = false
    }

    /// When `.timer` is due, or nil.
    public var deadline: UInt64? {
        switch state {
        case .starting(let deadline), .draining(let deadline, _), .backingOff(let deadline): deadline
        case .stopped, .ready, .ending, .failed: nil
        }
    }

    /// One word for tables and the ABI.
    public var stateName: StaticString {
        switch state {
        case .stopped: "stopped"
        case .starting: "starting"
        case .ready: "ready"
        case .draining: "draining"
        case .ending: "ending"
        case .backingOff: "backing off"
        case .failed: "failed"
        }
    }

    /// How long to wait after that many crashes in a row: doubles from the first time up to the longest.
    public func backOff(afterCrashes crashes: UInt32) -> UInt64 {
        guard crashes > 0 else { return 0 }
        let (doubled, overflow) = settings.backOffFirstNanoseconds.multipliedReportingOverflow(
            by: 1 << UInt64(min(crashes - 1, 62)))
        return overflow ? settings.backOffMaxNanoseconds : min(doubled, settings.backOffMaxNanoseconds)
    }
}
