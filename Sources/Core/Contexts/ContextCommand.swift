// What passes between the engine and a store, whatever the store is made of: commands, each atomic, and what is said to
// them.

package import ProtobufWire

/// One command. The store does it as a whole or not at all, and those of one key in the order in which they were given.
/// Time is what the command says; the store's own clock decides nothing.
package struct ContextCommand: Sendable {
    /// Comes back with the reply.
    package let number: UInt64
    /// The hashed names of the context and, but for a listing, of the key.
    package let id: ContextKeyID
    /// Milliseconds since 1970-01-01 UTC.
    package let nowMs: UInt64
    package let action: Action

    package enum Action: Sendable {
        case store(StoreProposal)
        /// The newest version, or the named one.
        case recall(version: UInt64?)
        /// Heads of the context in the order of their hashed keys.
        case list(ListPage.Batch)
    }
}

/// A version that may become the newest of its key. *Current* is the key's newest version, 0 where there is none or it
/// has ended. *Taken* is the highest version that the key has, or that any key had which was removed from the context.
///
/// - `stored` if the key's head has this very entry, or the version this very record: a link may repeat a command.
/// - `conflict` if `ifVersion` is not current; `stale` if `version` is not above what is taken.
/// - Otherwise the record is kept under its version, and the head becomes version ‖ oldest version kept ‖ expiry ‖ `entry`.
///   The oldest is the head's where there is a current version, else this one. What has ended may be removed.
package struct StoreProposal: Sendable {
    package let version: UInt64
    package let ifVersion: UInt64?
    /// Milliseconds since 1970-01-01 UTC; 0 for never.
    package let expiryMs: UInt64
    /// The sealed description of the version, for its head.
    package let entry: [UInt8]
    /// The bytes of a `VersionRecord`, unlike those of any other.
    package let record: [UInt8]
}

/// What a store said to a command. Its bytes and numbers are as they were found, and in doubt until they open.
package enum ContextReply: Sendable {
    /// Nothing was done: the command is to be given again.
    case again
    /// Nothing was done, and it may be later.
    case refused(retryAfterMs: UInt32, reason: Text)
    /// Nothing was done: there is no room.
    case full(reason: Text)
    /// What is there is not of the form that commands make.
    case damaged
    /// No store of ours answers like this.
    case senseless
    case store(StoreReply)
    /// There is no such version. `newest` is the key's newest, 0 where it has none.
    case none(newest: UInt64)
    /// The key has ended, as its head says.
    case ended(head: [UInt8])
    /// The newest version is meant, and its record is not there.
    case lost(head: [UInt8])
    case newest(head: [UInt8], record: [UInt8])
    case older(record: [UInt8])
    /// `last` is the last key looked at, `more` whether the context goes on after it.
    case listed([(key: NameHash, head: [UInt8])], last: NameHash?, more: Bool)
}
