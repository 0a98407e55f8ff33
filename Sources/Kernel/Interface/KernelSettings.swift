// What a kernel is started with. Nothing in here changes while it runs.

import ABI
public import Crypto
public import DriverLifecycle
public import ProtobufWire
public import Scheduling

public struct KernelSettings: Sendable {
    public var version: Text = "0.1.0"
    /// The uid that camd runs as.
    public var uid: UInt32 = 0
    public var callsPerSecond: UInt32 = 20_000
    public var burst: UInt32 = 20_000
    /// Registrations of one user, each of which is a durable record.
    public var registrationsPerSecond: UInt32 = 200
    public var registrationBurst: UInt32 = 2_000
    public var requestCredit: UInt32 = Limits.requestCredit
    /// Requests of one agent that may be open at once.
    public var openRequestsMax = 16 * Limits.openRequestsMax
    public var frameBytesMax = Limits.framePayloadBytesMax
    /// Tasks of one agent that have not ended.
    public var openTasksMax = 10_000
    public var tasksMax = 1_000_000
    public var connectionsPerUserMax = 1024
    public var defaultDeadlineMilliseconds = Limits.defaultDeadlineMilliseconds
    public var callTimeoutMilliseconds: UInt32 = 30_000
    public var tokenLifetimeNanoseconds: Int64 = 24 * 3_600 * 1_000_000_000
    public var weights = HelixWeights.even
    /// The public half of the key that the shell signs resume tokens with.
    public var tokenPublicKey: Ed25519.PublicKey?
    public var drivers: [DriverManifest] = []
    /// Journal room kept for denials and administration, in bytes.
    public var journalReserveBytes = 256 << 10

    public init() {}
}
