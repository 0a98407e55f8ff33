// A driver: declares what it can do, registers over the socket that camd left it, and serves upcalls until camd is done.

public import ABI
public import CAMClient
internal import Linux
public import ProtobufWire

/// A driver process. The smallest one:
///
///     let driver = Driver(name: "echo", capabilities: [Capability(name: "text.echo")]) { call in
///         InvokeResult(output: call.input)
///     }
///     await driver.runProgram()
///
/// Upcalls run side by side, at most `slots` of them, each in a task that is cancelled when the kernel cancels the upcall or its
/// deadline passes. Pings are answered by the connection's own thread. A handler that throws `CallFailure` chooses the status that
/// the caller sees (see `Upcall.refused`).
public struct Driver: Sendable {
    /// The name it registers under when camd has given it none.
    public let name: Text
    public let capabilities: [Capability]
    public let slots: UInt32
    private let handler: @Sendable (Upcall) async throws -> InvokeResult

    public init(
        name: Text, capabilities: [Capability], slots: UInt32 = 1,
        _ handler: @escaping @Sendable (Upcall) async throws -> InvokeResult
    ) {
        precondition(!capabilities.isEmpty, "a driver offers something")
        precondition(slots > 0, "a driver takes at least one upcall")
        self.name = name
        self.capabilities = capabilities
        self.slots = slots
        self.handler = handler
    }

    /// Registers and serves until camd says goodbye or closes the connection, which are both a good end.
    ///
    /// - Throws: `DriverFailure` where the process was not started by camd, `CallFailure` where camd refuses the driver,
    ///   `ConnectionFailure` where the connection broke before it was registered or carried something else than the protocol.
    public func run() async throws {
        let start = try DriverStart(environment: { ThisProcess.environment($0) })
        try await serve(start)
    }

    /// `run` for a main program: what it throws is one line on stderr and exit code 1; a good end is exit code 0.
    public func runProgram() async -> Never {
        do {
            try await run()
        } catch {
            Self.complain("\(name): \(error)\n")
            ThisProcess.exit(1)
        }
        ThisProcess.exit(0)
    }

    package func serve(_ start: DriverStart) async throws {
        let registration = RegisterAgentRequest(
            name: start.name ?? name, offers: capabilities, slots: slots, driverSecret: start.secret)
        let client = try await CAMClient.adopt(
            descriptor: start.descriptor, registration: registration, onUpcall: handler)
        switch await client.ended() {
        case .disconnected, .closed, .lost: return
        case .protocolViolation, .notRunning, .cannotConnect: throw await client.ended()
        }
    }

    private static func complain(_ line: String) {
        do {
            try File.writeAll(2, Array(line.utf8))
        } catch {
            // There is nobody left to tell: the exit code says it.
        }
    }
}

extension Upcall {
    /// What a handler throws to refuse its input: the caller sees the status, the sentence, and the field at fault.
    public static func refused(_ status: Status, _ message: Text, field: Text = "") -> CallFailure {
        CallFailure(call: .think, status: status, error: CallError(message: message, field: field))
    }
}
