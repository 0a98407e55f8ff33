// What can happen to the world in one step: a value, so that a run can be written down, shortened and repeated.

/// One step. Everything that is random about it comes from its own seed, so that it does nearly the same when steps
/// before it are left out.
public struct Action: Sendable, Equatable {
    public var kind: Kind
    /// Whom it is about: an agent, a driver process; taken modulo how many there are.
    public var target: UInt8
    public var seed: UInt64

    public enum Kind: UInt8, Sendable, CaseIterable {
        /// An agent connects and registers, with its token or without.
        case connect
        /// An agent makes a call.
        case request
        /// An agent sends a frame that belongs to no new call: cancel, credit, goodbye, or one that is malformed.
        case interject
        /// What a peer has sent arrives at the kernel, all of it or the first part.
        case deliver, deliverPart
        /// A peer reads what the kernel has sent to it.
        case read
        /// A peer's process is gone; its socket with it.
        case vanish
        /// The journal's thread does one round; the kernel hears of it.
        case write, hear
        case storeServe, storeReply, storeHear, storeAway, storeBack, storeCopy, storeReturnsOlder, storeFlushed
        /// The supervisor starts a process that was asked for, or cannot.
        case spawn
        /// A driver or an agent that offers capabilities does something about an upcall.
        case serve
        case crashDriver
        /// Time passes: microseconds, or up to a few seconds; a timer that is due goes off, or a moment later.
        case tick, sleep
        /// Somebody sets the wall clock.
        case setClock
        /// The policies that were asked for have been read.
        case loadPolicies
        /// The kernel's process is killed; the machine loses power; an operator asks camd to stop, or to reload.
        case kill, powerLoss, stop, hangUp
        case start
        case diskFull, diskFails
    }

    public init(kind: Kind, target: UInt8, seed: UInt64) {
        self.kind = kind
        self.target = target
        self.seed = seed
    }
}
