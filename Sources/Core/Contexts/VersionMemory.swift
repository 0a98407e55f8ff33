// The newest acknowledged version of the keys used lately: the next store seals right at once, and a store that
// went back in time shows.

import Containers

public struct VersionMemory: Sendable {
    private var versions: SecondChanceMap<ContextKeyID, RememberedVersion>

    /// - Parameter capacity: keys, at least 1.
    public init(capacity: Int) { versions = SecondChanceMap(capacity: capacity) }

    public var count: Int { versions.count }

    public mutating func version(of id: ContextKeyID) -> RememberedVersion? { versions[id] }

    /// Keeps the newer one of what was known and what is said now.
    public mutating func remember(_ remembered: RememberedVersion, of id: ContextKeyID) {
        let known = versions[id]
        if let known, known.version > remembered.version { return }
        var remembered = remembered
        remembered.doubtfulBelow = known?.doubtfulBelow ?? 0
        remembered.mayEndMs = known?.mayEndMs ?? 0
        versions.insert(remembered, for: id)
    }

    /// A write of this version was sent and its outcome is not known. If it was done, or still is, the key ends with it.
    mutating func doubt(_ version: UInt64, expiryMs: UInt64, of id: ContextKeyID) {
        var known = versions[id] ?? RememberedVersion(version: 0, expiryMs: 0)
        known.mayEndMs = known.version < known.doubtfulBelow ? min(known.mayEndMs, expiryMs) : expiryMs
        known.doubtfulBelow = max(known.doubtfulBelow, version)
        versions.insert(known, for: id)
    }
}
