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
        if let known = versions[id], known.version > remembered.version { return }
        versions.insert(remembered, for: id)
    }
}
