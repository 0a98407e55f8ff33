// One store, from the expected version to the answer: propose, seal, and on a lost race seal again. A value.

import ProtobufWire

/// What is remembered of a key's newest acknowledged version.
public struct RememberedVersion: Sendable, Equatable {
    public var version: UInt64
    /// Milliseconds since 1970-01-01 UTC at which it ends; 0 for never.
    public var expiryMs: UInt64
    /// A write of unknown outcome may follow with a version up to this one, and end at the time; 0 for none.
    var doubtfulBelow: UInt64 = 0
    var mayEndMs: UInt64 = 0

    public init(version: UInt64, expiryMs: UInt64) {
        self.version = version
        self.expiryMs = expiryMs
    }

    public func isAlive(at nowMs: UInt64) -> Bool { expiryMs == 0 || expiryMs > nowMs }

    /// Whether a store that does not have it, nor anything newer, has lost it.
    func mustBeThere(at nowMs: UInt64) -> Bool {
        isAlive(at: nowMs) && (version >= doubtfulBelow || mayEndMs > nowMs)
    }
}

/// What the store said to one sealed proposal.
public enum StoreReply: Sendable, Equatable {
    /// The proposal is the newest version.
    case stored
    /// `if_version` was not the current version, which is this one (0: none).
    case conflict(current: UInt64)
    /// The proposed version was taken before: this is the first free one.
    case stale(next: UInt64)
}

/// Decides which version to seal a value for. The version is part of what is authenticated, so it must be known before
/// the value is sealed; the store refuses a proposal that is not new, and the value is sealed again for the next one.
public struct StoreAttempt: Sendable {
    /// The store's scripts count in doubles, which are exact up to here.
    public static let versionMax: UInt64 = (1 << 53) - 1
    /// Lost races before the caller is told to come back. More than one needs another writer, or many keys that end.
    public static let sealsMax = 8

    public enum Step: Sendable, Equatable {
        case seal(version: UInt64)
        case finish(ContextResult)
    }

    public let ifVersion: UInt64?
    private let remembered: RememberedVersion?
    /// The version to seal the value for.
    private(set) var proposed: UInt64
    private var seals = 1

    /// - Parameter remembered: the newest version that was acknowledged to this process, if it still knows.
    public init(ifVersion: UInt64?, remembered: RememberedVersion?) {
        self.ifVersion = ifVersion
        self.remembered = remembered
        // Never below what was acknowledged: even in a store that lost it, no version number is used twice.
        proposed = max(ifVersion ?? 0, remembered?.version ?? 0) + 1
    }

    /// - Parameter nowMs: the time of the attempt, milliseconds since 1970-01-01 UTC.
    public func firstStep(nowMs: UInt64) -> Step {
        // What was acknowledged since is known without asking, and holds even against a store that went back in time.
        if let ifVersion, let remembered, ifVersion < remembered.version {
            if remembered.isAlive(at: nowMs) { return .finish(.conflict(current: remembered.version)) }
            if ifVersion > 0 { return .finish(.conflict(current: 0)) }
        }
        return step()
    }

    /// - Parameter nowMs: the latest time there was: what had ended by it counts for nothing.
    public mutating func on(_ reply: StoreReply, nowMs: UInt64) -> Step {
        switch reply {
        case .stored: return .finish(.stored(version: proposed))
        case .conflict(let current):
            if let remembered, current < remembered.version, current > 0 || remembered.mustBeThere(at: nowMs) {
                return .finish(
                    .dataLoss(reason: "version \(remembered.version) was acknowledged and the store has \(current)"))
            }
            return .finish(.conflict(current: current))
        case .stale(let next):
            // A store that goes backwards or stands still would have us seal for ever.
            guard next > proposed, seals < Self.sealsMax else {
                return .finish(.unavailable(retryAfterMs: 20, reason: "others took each version that was proposed"))
            }
            seals += 1
            proposed = next
            return step()
        }
    }

    private func step() -> Step {
        if proposed > Self.versionMax { return .finish(.storeFull(reason: "the key has no version numbers left")) }
        return .seal(version: proposed)
    }
}
