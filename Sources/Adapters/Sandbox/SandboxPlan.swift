// The plan for one driver, as camd states it and as the launcher reads it (Sources/Programs/cam-sandbox/plan.h).

/// What the launcher is asked to build. Every field becomes `key=value` records; the launcher refuses what it does not know.
public struct SandboxPlan: Sendable, Equatable {
    /// Absolute path of the program on the host, and the folder that it lies in, read-only inside as `/driver`.
    public var program: String
    public var folder: String
    /// The first is what the program sees as its own name.
    public var arguments: [String]
    /// The whole environment, `NAME=VALUE`.
    public var environment: [String]
    public var level: SandboxLevel
    public var namespaces: Set<SandboxNamespace>
    /// A user namespace may be used to get the others when camd is not privileged.
    public var mayUseUserNamespace: Bool
    /// Who the driver is inside; where camd is root also outside. Never 0.
    public var userID: UInt32
    public var groupID: UInt32
    public var hostname: String
    /// Absolute paths that are seen read-only inside; missing ones are left out.
    public var readablePaths: [String]
    public var temporaryBytes: UInt64
    public var limits: [SandboxLimit]
    /// `cgroup.procs` files to join, and folders that the launcher removes when camd cannot.
    public var controlGroups: [String]
    public var controlGroupFolders: [String]
    public var usesLandlock: Bool
    /// The filter reports attempts over a descriptor that the launcher sends.
    public var reportsAttempts: Bool
    public var execDescriptor: Int32
    /// Layers without which nothing is started.
    public var require: [String]

    public init(
        program: String, folder: String, arguments: [String], environment: [String], level: SandboxLevel,
        namespaces: Set<SandboxNamespace>, mayUseUserNamespace: Bool = true, userID: UInt32, groupID: UInt32,
        hostname: String = "driver", readablePaths: [String], temporaryBytes: UInt64, limits: [SandboxLimit],
        controlGroups: [String] = [], controlGroupFolders: [String] = [], usesLandlock: Bool = true,
        reportsAttempts: Bool, execDescriptor: Int32, require: [String]
    ) {
        self.program = program
        self.folder = folder
        self.arguments = arguments
        self.environment = environment
        self.level = level
        self.namespaces = namespaces
        self.mayUseUserNamespace = mayUseUserNamespace
        self.userID = userID
        self.groupID = groupID
        self.hostname = hostname
        self.readablePaths = readablePaths
        self.temporaryBytes = temporaryBytes
        self.limits = limits
        self.controlGroups = controlGroups
        self.controlGroupFolders = controlGroupFolders
        self.usesLandlock = usesLandlock
        self.reportsAttempts = reportsAttempts
        self.execDescriptor = execDescriptor
        self.require = require
    }

    /// Where a program's one-shot descriptor lies: 1000, or below the hard limit of open files where that is less.
    public static func execDescriptor(hardLimitOfOpenFiles: UInt64) -> Int32 {
        Int32(min(1000, max(hardLimitOfOpenFiles, 64) - 2))
    }

    /// The records, each ended by a NUL, the version first and the end last.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        func put(_ key: String, _ value: String) {
            precondition(!value.utf8.contains(0), "a NUL in \(key) would end the record early")
            bytes += Array(key.utf8) + [UInt8(ascii: "=")] + Array(value.utf8) + [0]
        }
        put("plan", "1")
        put("program", program)
        put("folder", folder)
        for argument in arguments { put("arg", argument) }
        for variable in environment { put("env", variable) }
        put("level", level.rawValue)
        for namespace in namespaces.sorted(by: { $0.rawValue < $1.rawValue }) { put("namespace", namespace.rawValue) }
        put("user", mayUseUserNamespace ? "needed" : "never")
        put("uid", String(userID))
        put("gid", String(groupID))
        put("hostname", hostname)
        for path in readablePaths { put("read", path) }
        put("tmp-bytes", String(temporaryBytes))
        for limit in limits { put("limit", "\(limit.name.rawValue):\(limit.value)") }
        for group in controlGroups { put("cgroup", group) }
        for folder in controlGroupFolders { put("cgroup-folder", folder) }
        put("landlock", usesLandlock ? "yes" : "no")
        put("notify", reportsAttempts ? "yes" : "no")
        put("exec-fd", String(execDescriptor))
        for layer in require { put("require", layer) }
        put("plan", "end")
        return bytes
    }
}

public enum SandboxNamespace: String, Sendable, Hashable, CaseIterable {
    case mount, pid, net, ipc, uts
}

/// One rlimit of a driver.
public struct SandboxLimit: Sendable, Equatable {
    public enum Name: String, Sendable, CaseIterable {
        case openFiles = "nofile"
        case processes = "nproc"
        case fileBytes = "fsize"
        case processorSeconds = "cpu"
        case dataBytes = "data"
        case addressSpaceBytes = "as"
        case stackBytes = "stack"
    }

    public var name: Name
    public var value: UInt64

    public init(_ name: Name, _ value: UInt64) {
        self.name = name
        self.value = value
    }
}
