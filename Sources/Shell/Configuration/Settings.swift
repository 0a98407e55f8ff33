// Every setting of camd, each declared once. A property here is at the same time a key of the file, a name in the
// environment, a `--set` flag, a line of `camctl config show` and a typed accessor of `Configuration`.

import ABI
import ProtobufWire

/// The table of settings. The order matters twice: it is the order in which they are shown, and a default may be
/// derived only from settings that stand above it.
public struct Settings: Sendable {
    // MARK: Where things live

    public let stateDirectory = Setting<String>.path(
        "state.dir", flag: "state-dir",
        default: "$XDG_STATE_HOME/cam, else ~/.local/state/cam; for root /var/lib/cam",
        "Folder of the journal, the keys and the private Redis; made with mode 0700."
    ) { $0.locations.stateDirectory }

    public let runtimeDirectory = Setting<String>.path(
        "runtime.dir", flag: "runtime-dir",
        default: "$XDG_RUNTIME_DIR/cam, else <state.dir>/run; for root /run/cam",
        "Folder of the sockets."
    ) { $0.locations.runtimeDirectory ?? $0.path("state.dir").map { $0 + "/run" } }

    public let agentSocket = Setting<String>.path(
        "socket.agent", flag: "socket", environment: "CAM_SOCKET", default: "<runtime.dir>/cam.sock",
        "Socket for agents."
    ) { $0.path("runtime.dir").map { $0 + "/cam.sock" } }

    public let adminSocket = Setting<String>.path(
        "socket.admin", flag: "admin-socket", environment: "CAM_ADMIN_SOCKET", default: "<runtime.dir>/admin.sock",
        "Socket for administration, always for camd's own user alone."
    ) { $0.path("runtime.dir").map { $0 + "/admin.sock" } }

    public let socketMode = Setting<FileMode>.choice(
        "socket.mode", of: ["0600", "0660", "0666"], default: "0600",
        "Who may connect to the agent socket: camd's user, socket.group too, or everybody on this machine.")

    public let socketGroup = Setting<String>.text(
        "socket.group", default: "", "Group that the agent socket gets; needed with mode 0660.")

    public let driversDirectory = Setting<String>.path(
        "drivers.dir", flag: "drivers-dir", default: "<prefix>/libexec/cam/drivers",
        "Folder with one folder per driver."
    ) { $0.locations.prefix + "/libexec/cam/drivers" }

    public let policiesDirectory = Setting<String>.path(
        "policies.dir", flag: "policies-dir", default: "<prefix>/share/cam/policies",
        "Folder of the *.rego files that decide what is allowed, or of presets."
    ) { $0.locations.prefix + "/share/cam/policies" }

    public let policiesPreset = Setting<String>.choice(
        "policies.preset", flag: "preset", of: ["solo", "team", "locked"], default: "solo",
        "Which of the presets in policies.dir decides: solo, team, or locked, which allows nothing without a grant.")

    public let localPolicies = Setting<String>.path(
        "policies.local", default: "<state.dir>/policies.local",
        "Folder of *.rego and *.json files of your own that are read as well; grants are kept there."
    ) { $0.path("state.dir").map { $0 + "/policies.local" } }

    public let watchesPolicies = Setting<Bool>.boolean(
        "policies.watch", default: false,
        "Read the policies again when a file in their folders changes; a mistake leaves the old ones in force.")

    public let launcherPath = Setting<String>.path(
        "launcher.path", default: "<prefix>/bin/cam-sandbox", "The program that starts drivers in their sandbox."
    ) { $0.locations.prefix + "/bin/cam-sandbox" }

    public let redisServer = Setting<String>.path(
        "redis.server", default: "redis-server as found in $PATH", "The redis-server program for the private store."
    ) { $0.locations.redisServer }

    // MARK: The store of memory contexts

    public let memoryURL = Setting<String>.text(
        "memory.url", flag: "memory-url", default: "", isSecret: true,
        "A Redis of yours: redis://[user:password@]host[:port][/database] or unix:///path; empty starts a private one.")

    public let memoryAllowPlaintext = Setting<Bool>.boolean(
        "memory.allow_plaintext", default: false,
        "Permit a memory.url on another machine: values are sealed, but the password travels in the clear.")

    // MARK: The journal

    public let journalSegmentMebibytes = Setting<Int>.integer(
        "journal.segment_mib", 1...1024, unit: "MiB", default: 16, "Size at which a new journal segment begins.")

    public let journalMaximumMebibytes = Setting<Int>.integer(
        "journal.max_mib", 0...1_048_576, unit: "MiB, 0 for no bound", default: 0,
        "Size of all segments together at which camd refuses what needs a record.")

    public let journalSyncDelayMilliseconds = Setting<Int>.integer(
        "journal.sync_delay_ms", 0...10_000, unit: "ms", default: 0,
        "Makes each disk synchronisation slower, for tests and benchmarks.")

    public let journalAcceptUnsignedHistory = Setting<Bool>.boolean(
        "journal.accept_unsigned_history", default: false,
        "Start although the journal's signed head is missing; its past is then taken on trust.")

    // MARK: Limits

    public let callsPerSecond = Setting<Int>.integer(
        "limits.calls_per_second", 1...10_000_000, unit: "calls a second", default: 20_000,
        "Calls that one agent may make over time.")

    public let callBurst = Setting<Int>.integer(
        "limits.burst", 1...10_000_000, unit: "calls", default: 20_000,
        "Calls that one agent may make at once after a pause.")

    public let openRequestsMax = Setting<Int>.integer(
        "limits.open_requests", 1...Limits.openRequestsMax, unit: "requests", default: Limits.openRequestsMax,
        "Requests of one connection that may be open at once.")

    public let requestCredit = Setting<Int>.integer(
        "limits.request_credit", 1...Int(Limits.requestCredit), unit: "requests", default: Int(Limits.requestCredit),
        "New requests that a connection may send before camd grants more.")

    public let frameMebibytes = Setting<Int>.integer(
        "limits.frame_mib", 1...(Limits.framePayloadBytesMax >> 20), unit: "MiB",
        default: Limits.framePayloadBytesMax >> 20, "Largest payload of one frame.")

    public let connectionsMax = Setting<Int>.integer(
        "limits.connections", 1...1_000_000, unit: "connections", default: 4096, "Connections at once.")

    public let connectionsPerUserMax = Setting<Int>.integer(
        "limits.connections_per_user", 1...1_000_000, unit: "connections", default: 1024,
        "Connections at once of one user of this machine.")

    public let defaultDeadlineMilliseconds = Setting<Int>.integer(
        "deadline.default_ms", 1...Int(Limits.deadlineMillisecondsMax), unit: "ms",
        default: Int(Limits.defaultDeadlineMilliseconds), "How long a call waits that names no deadline.")

    // MARK: Scheduling

    public let performanceWeight = Setting<Double>.number(
        "scheduler.weights.performance", 0...1_000_000, unit: "only proportions matter", default: 1,
        "How much speed counts, for a call that states no weights.")

    public let costWeight = Setting<Double>.number(
        "scheduler.weights.cost", 0...1_000_000, unit: "only proportions matter", default: 1,
        "How much a low cost counts, for a call that states no weights.")

    public let qualityWeight = Setting<Double>.number(
        "scheduler.weights.quality", 0...1_000_000, unit: "only proportions matter", default: 1,
        "How much quality counts, for a call that states no weights.")

    public let queuedTasksMax = Setting<Int>.integer(
        "scheduler.queue_max", 1...100_000_000, unit: "tasks", default: 1_000_000, "Open tasks of all agents together.")

    public let tasksPerAgentMax = Setting<Int>.integer(
        "agents.tasks_max", 1...100_000_000, unit: "tasks", default: 10_000, "Open tasks of one agent.")

    // MARK: Drivers, tokens, logging

    public let driverCallTimeoutMilliseconds = Setting<Int>.integer(
        "drivers.call_timeout_ms", 1...86_400_000, unit: "ms", default: 30_000,
        "How long a driver may work on one call before it is killed, where its manifest says nothing.")

    public let requiredSandboxLayers = Setting<[String]>.list(
        "sandbox.require", of: SandboxLayer.names.map(\.string), default: ["seccomp", "no_new_privs"],
        "Sandbox layers without which no driver is started.")

    public let tokenLifetimeHours = Setting<Int>.integer(
        "token.lifetime_hours", 1...8760, unit: "h", default: 24, "How long a resume token is valid.")

    public let logLevel = Setting<LogLevel>.choice(
        "log.level", flag: "log-level", of: LogLevel.allCases.map(\.rawValue), default: LogLevel.info.rawValue,
        "The least important log lines that are written.")

    public init() {}

    /// Every declaration, in the order above.
    public static let all: [SettingDeclaration] = Mirror(reflecting: Settings()).children.map { child in
        guard let setting = child.value as? any DeclaredSetting else {
            preconditionFailure("\(child.label ?? "a property") of Settings is no setting")
        }
        return setting.declaration
    }
}
