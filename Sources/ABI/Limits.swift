// Every bound of the ABI in one place, each with its reason. One test asserts how they relate.

/// Bounds that peers can rely on. Settings may lower some of them, never raise them.
public enum Limits {
    /// Payload of one frame: 16 MiB, so that one peer cannot make the kernel hold more at once.
    public static let framePayloadBytesMax = 16 << 20
    /// Before registration a peer is a stranger and gets one page table's worth.
    public static let unregisteredPayloadBytesMax = 64 << 10
    /// All unfinished frames together.
    public static let unfinishedFramesBytesMax = 256 << 20
    /// New requests a connection may send before more credit comes.
    public static let requestCredit: UInt32 = 1024
    /// Requests of one connection that may be open at once.
    public static let openRequestsMax = 1024
    /// Answers owed to a peer that does not read them; beyond it the peer is disconnected.
    public static let owedBytesMax = 64 << 20
    /// A name of an agent, a context's local task id, a label.
    public static let nameBytesMax = 128
    /// A context's or key's name.
    public static let contextNameBytesMax = 256
    public static let labelsMax = 32
    public static let capabilitiesPerExecutorMax = 64
    /// Tasks of one graph, so that admission stays one short step.
    public static let tasksPerGraphMax = 4096
    public static let dependenciesPerTaskMax = 4096
    public static let retriesMax: UInt32 = 10
    public static let priorityMax: UInt32 = 9
    /// What a frame needs beside the one large field it carries.
    public static let frameOverheadBytes = 4096
    /// One graph with all its inputs: it is one record of the journal.
    public static let graphBytesMax = 8 << 20
    /// Outputs in one answer; beyond it they are left out and each task is asked for by itself.
    public static let answeredOutputBytesMax = 8 << 20
    /// A task's output is kept in the journal; larger results belong into a memory context.
    public static let taskOutputBytesMax = 1 << 20
    /// One value in a memory context.
    public static let contextValueBytesMax = 8 << 20
    public static let listEntriesMax = 1000
    /// Calls above a call: a cycle of executors that call each other ends here.
    public static let depthMax: UInt32 = 8
    /// A peer that sends nothing after connecting.
    public static let silentPeerTimeoutNanoseconds: UInt64 = 5_000_000_000
    /// A frame that was begun and is not finished.
    public static let halfFrameTimeoutNanoseconds: UInt64 = 30_000_000_000
    /// Streams of events that one agent follows at once: each event is offered to each of them.
    public static let eventStreamsPerAgentMax = 16
    /// Ended tasks, and bytes of their outputs, that are kept to be asked about; the journal keeps them all.
    public static let retainedTasksMax = 200_000
    public static let retainedOutputBytesMax = 256 << 20
    public static let idempotencyKeysPerAgentMax = 10_000
    public static let idempotencyKeyBytesMax = 128
    public static let idempotencyLifetimeNanoseconds: Int64 = 24 * 3_600 * 1_000_000_000
    /// Graphs that have ended and can still be asked about.
    public static let endedGraphsMax = 10_000
    /// The deadline of a call that names none.
    public static let defaultDeadlineMilliseconds: UInt32 = 30_000
    public static let deadlineMillisecondsMax: UInt32 = 24 * 3_600 * 1_000
    public static let foldWindowNanoseconds: UInt64 = 1_000_000_000
    public static let policyInputBytesMax = 64 << 10
}
