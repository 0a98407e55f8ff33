// What the kernel asks of the store of memory contexts, in one value per operation.

public import ABI
public import ProtobufWire

/// One operation on one context. The names are the agent's own; the engine turns them into what the store sees.
public struct ContextRequest: Sendable {
    /// Chosen by the asker and given back with the result; the store attaches no meaning to it.
    public var id: UInt64
    /// The agent to whom the context belongs.
    public var owner: UInt64
    public var context: Text
    public var operation: ContextOperation

    public init(id: UInt64, owner: UInt64, context: Text, operation: ContextOperation) {
        self.id = id
        self.owner = owner
        self.context = context
        self.operation = operation
    }
}

public enum ContextOperation: Sendable {
    /// Writes a new version. `ttlMs` nil means for ever; `ifVersion` 0 means only if there is no version now.
    case store(
        key: Text, value: [UInt8], contentType: Text, ttlMs: UInt64?, ifVersion: UInt64?, provenance: Provenance)
    /// Reads the newest version, or the named one.
    case recall(key: Text, version: UInt64?)
    /// Reads entries without their values. `limit` 0 means the default of 100.
    case list(prefix: Text, cursor: Text, limit: Int)

    /// True where the operation leaves the store as it was, so that losing its answer loses nothing.
    public var isRead: Bool {
        if case .store = self { false } else { true }
    }

    /// nil for a listing.
    var key: Text? {
        switch self {
        case .store(let key, _, _, _, _, _), .recall(let key, _): key
        case .list: nil
        }
    }

    /// What the operation will occupy while it waits, in bytes; names aside, which are bounded.
    public var weight: Int {
        if case .store(_, let value, _, _, _, _) = self { value.count + 1024 } else { 1024 }
    }
}
