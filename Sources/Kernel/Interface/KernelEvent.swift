// Everything that can happen to the kernel. Nothing else reaches it.

public import ABI
public import Contexts
public import DriverLifecycle
public import Framing
public import Policy
public import ProtobufWire

public enum KernelEvent {
    case connected(ConnectionID, Peer)
    /// A whole frame; the payload is valid only during the call.
    case frame(ConnectionID, FrameHeader, UnsafeRawBufferPointer)
    /// The peer broke the protocol below the frames; the sentence says how.
    case malformed(ConnectionID, Text)
    case disconnected(ConnectionID)
    case timer
    case completed(Completion)
    case request(OperatorRequest)
}

/// The outcome of something that a directive asked for.
public enum Completion {
    case context(operation: UInt64, ContextResult)
    /// A journal record that was asked for, nil where it is not there.
    case record(token: UInt64, epoch: UInt64, bytes: [UInt8]?)
    case policies(token: UInt64, PolicyLoad)
    /// The driver instance runs; it will register with this secret over its own socket.
    case spawned(instance: UInt64, pid: Int32, secret: [UInt8])
    /// It could not be spawned for a reason that lasts.
    case spawnRefused(instance: UInt64, Text)
    case driverExited(instance: UInt64, DriverExit)
    case sandboxed(instance: UInt64, SandboxReport)
    /// What the sandbox stopped, or what the driver wrote to stderr.
    case driverSaid(instance: UInt64, DriverNote)
    /// Bytes that the journal can still take.
    case journalRoom(Int)
    /// A group of records reached the disk.
    case journalSynced
    case storeState(available: Bool, Text)
}

public enum DriverNote {
    case violation(Text)
    /// The last lines it wrote, oldest first.
    case stderr([Text])
}

public enum PolicyLoad: Sendable {
    case loaded(PolicyEngine)
    case refused(Text)
}

/// What the person who runs camd asks for without the socket.
public enum OperatorRequest {
    case reloadPolicies
    case drain
}
