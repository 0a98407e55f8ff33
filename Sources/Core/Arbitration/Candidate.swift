// One executor that might do the work, as arbitration sees it.

public import ABI
public import ProtobufWire

public struct Candidate: Sendable {
    /// The kernel's index of the executor.
    public var index: Int
    public var name: Text
    public var sandboxed: Bool
    /// Why it cannot be used at all, or nil.
    public var exclusion: Text?
    public var capability: Capability
    public var track: Track
    /// Expected microseconds until it has a free slot.
    public var queueMicroseconds: UInt64

    public init(
        index: Int, name: Text, sandboxed: Bool, exclusion: Text?, capability: Capability, track: Track,
        queueMicroseconds: UInt64
    ) {
        self.index = index
        self.name = name
        self.sandboxed = sandboxed
        self.exclusion = exclusion
        self.capability = capability
        self.track = track
        self.queueMicroseconds = queueMicroseconds
    }
}
