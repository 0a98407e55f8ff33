// swift-tools-version: 6.0
// The house: folders are the layers. The table below is the architecture as data; an edge that points away from
// Primitives, or sideways without a line here that says so, stops the package from loading.

import PackageDescription

/// The layers, lowest first. A target may import from the layers its own layer lists, and siblings only where named.
enum Layer: String, CaseIterable {
    case primitives = "Primitives"
    case abi = "ABI"
    case platform = "Platform"
    case core = "Core"
    case kernel = "Kernel"
    case adapters = "Adapters"
    case shell = "Shell"
    case client = "Client"
    case programs = "Programs"
    case drivers = "Drivers"
    case agents = "Agents"
    case testing = "Testing"
    case tests = "Tests"

    var mayImport: Set<Layer> {
        switch self {
        case .primitives: []
        case .abi, .platform: [.primitives]
        case .core: [.abi, .primitives]
        case .kernel: [.core, .abi, .primitives]
        case .adapters: [.platform, .core, .abi, .primitives]
        case .shell: [.adapters, .kernel, .core, .platform, .abi, .primitives]
        case .client: [.abi, .platform, .primitives]
        case .programs: [.shell, .client, .adapters, .kernel, .core, .platform, .abi, .primitives]
        case .drivers, .agents: [.client, .abi, .primitives]
        case .testing: Set(Layer.allCases).subtracting([.tests, .testing, .programs])
        case .tests: Set(Layer.allCases).subtracting([.tests])
        }
    }
}

enum Kind { case library, c, system, executable, test }

struct Row {
    let layer: Layer
    let name: String
    let kind: Kind
    let imports: [String]
    /// Targets of the same layer that this one may import, each a decision of its own.
    let siblings: [String]
    let links: [String]
    /// Files in the target's folder that are for other programs than the compiler.
    let excludes: [String]

    init(
        _ layer: Layer, _ name: String, _ kind: Kind = .library, imports: [String] = [], siblings: [String] = [],
        links: [String] = [], excludes: [String] = []
    ) {
        self.layer = layer
        self.name = name
        self.kind = kind
        self.imports = imports
        self.siblings = siblings
        self.links = links
        self.excludes = excludes
    }
}

let rows: [Row] = [
    Row(.primitives, "CSodium", .system),
    Row(.primitives, "COpenSSL", .system),
    Row(.primitives, "CRE2", .c, links: ["re2"]),
    Row(.primitives, "CYAML", .system),
    Row(.primitives, "CZoneInfo", .c),
    Row(.primitives, "Bytes"),
    Row(.primitives, "Crypto", siblings: ["CSodium", "COpenSSL", "Bytes"]),
    Row(.primitives, "ProtobufWire"),
    Row(.primitives, "Framing"),
    Row(.primitives, "JSON5", siblings: ["Wording"]),
    Row(.primitives, "Containers"),
    Row(.primitives, "Wording"),
    // Constants that are false, but for the build that proves that the simulator finds bugs.
    Row(.primitives, "Planted"),
    // Which system call of a debug build is to fail; nothing at all in a release.
    Row(.primitives, "FaultPlan"),

    Row(.abi, "ABI", imports: ["ProtobufWire"]),

    Row(.platform, "CLinux", .c),
    Row(.platform, "CSeccomp", .system),
    Row(.platform, "CHiredis", .system),
    Row(.platform, "Linux", imports: ["FaultPlan"], siblings: ["CLinux"]),
    Row(.platform, "Reactor", imports: ["Bytes", "Containers"], siblings: ["Linux"]),

    Row(.core, "Quota"),
    Row(.core, "Scheduling", imports: ["ABI", "ProtobufWire", "Containers"]),
    Row(.core, "Arbitration", imports: ["ABI", "ProtobufWire"]),
    Row(.core, "Rego", imports: ["COpenSSL", "CRE2", "CYAML", "CZoneInfo"], excludes: ["README.md"]),
    Row(.core, "Policy", imports: ["ABI", "ProtobufWire", "Containers", "Crypto"], siblings: ["Rego"]),
    Row(.core, "Journal", imports: ["ABI", "ProtobufWire", "Bytes", "Crypto"]),
    Row(.core, "Explanation", imports: ["ABI", "ProtobufWire"], siblings: ["Journal"]),
    Row(.core, "Contexts", imports: ["ABI", "ProtobufWire", "Bytes", "Containers", "Crypto", "Planted"]),
    Row(.core, "DriverLifecycle", imports: ["ABI", "ProtobufWire"]),

    Row(
        .kernel, "Kernel",
        imports: [
            "ABI", "ProtobufWire", "Framing", "Bytes", "Crypto", "Containers", "Quota", "Scheduling", "Arbitration",
            "Rego",
            "Policy", "Journal", "Explanation", "Contexts", "DriverLifecycle", "Planted",
        ]),

    Row(.adapters, "Sandbox", imports: ["Linux", "CLinux", "CSeccomp", "ABI", "ProtobufWire", "Wording"]),
    Row(
        .adapters, "DriverSupervisor",
        imports: ["Linux", "Reactor", "DriverLifecycle", "Quota", "ABI", "ProtobufWire", "Bytes", "Wording"],
        siblings: ["Sandbox"]),
    Row(
        .adapters, "RedisContexts",
        imports: [
            "Linux", "CLinux", "Reactor", "CHiredis", "Contexts", "Crypto", "Containers", "ProtobufWire",
        ]),
    Row(.adapters, "JournalFile", imports: ["Linux", "Reactor", "Journal", "Crypto", "ABI", "Planted"]),
    Row(.adapters, "KeyFiles", imports: ["Linux", "Crypto", "Bytes"]),
    Row(.adapters, "PolicyFiles", imports: ["Linux", "Policy", "Rego", "ABI", "ProtobufWire", "Wording"]),

    Row(.shell, "Configuration", imports: ["Contexts", "JSON5", "ABI", "ProtobufWire", "Linux", "Wording"]),
    Row(
        .shell, "Daemon",
        imports: [
            "Kernel", "Sandbox", "DriverSupervisor", "RedisContexts", "JournalFile", "PolicyFiles", "Linux", "Reactor",
            "Framing", "ABI", "ProtobufWire", "Crypto", "Policy", "Journal", "Contexts", "DriverLifecycle",
            "Scheduling", "JSON5", "Containers", "KeyFiles", "Wording",
        ], siblings: ["Configuration"]),

    Row(.client, "CAMClient", imports: ["ABI", "ProtobufWire", "Framing", "Linux", "Reactor"]),
    Row(
        .client, "CAMDriverKit", imports: ["ABI", "ProtobufWire", "Framing", "Bytes", "Linux", "Reactor"],
        siblings: ["CAMClient"]),

    // What checks a journal from outside and proves its records; camd itself does without.
    Row(.programs, "JournalCheck", imports: ["JournalFile", "Journal", "Crypto", "Linux"]),
    // What all programs parse and print with; the settings of Configuration become their options.
    Row(.programs, "CommandLineInterface", imports: ["Configuration", "Linux", "Wording"]),
    Row(
        .programs, "camd", .executable, imports: ["Daemon", "Configuration", "Linux"],
        siblings: ["CommandLineInterface"]),
    Row(
        .programs, "camctl", .executable,
        imports: [
            "CAMClient", "ABI", "ProtobufWire", "Configuration", "Sandbox", "JournalFile", "Journal", "Crypto",
            "Contexts", "Policy", "PolicyFiles", "Rego", "Linux", "Wording",
        ], siblings: ["CommandLineInterface", "JournalCheck"]),
    Row(.programs, "CEcho", .c),
    Row(
        .programs, "cam-bench", .executable,
        imports: [
            "ABI", "ProtobufWire", "Framing", "Linux", "Reactor", "Rego", "Policy",
        ], siblings: ["CEcho", "CommandLineInterface"]),
    // The one program that is linked with the simulated world: the check below names it too.
    Row(
        .programs, "cam-sim", .executable, imports: ["Simulator", "Planted", "Linux"],
        siblings: ["CommandLineInterface"]),
    Row(.programs, "protoc-gen-cam", .executable, imports: ["ProtobufWire"]),

    Row(.drivers, "TextUnits"),
    Row(
        .drivers, "TextService", imports: ["CAMDriverKit", "CAMClient", "ABI", "ProtobufWire"], siblings: ["TextUnits"]),
    Row(
        .drivers, "text-lead", .executable, imports: ["CAMDriverKit", "ABI", "ProtobufWire"],
        siblings: ["TextUnits", "TextService"], excludes: ["driver.json5"]),
    Row(
        .drivers, "text-rank", .executable, imports: ["CAMDriverKit", "ABI", "ProtobufWire"],
        siblings: ["TextUnits", "TextService"], excludes: ["driver.json5"]),

    Row(.agents, "digest-agent", .executable, imports: ["CAMClient", "ABI", "ProtobufWire"]),

    // The real kernel, journal and contexts in a world of their own; cam-sim and tests link it, and nothing else does.
    Row(
        .testing, "Simulator",
        imports: [
            "Kernel", "JournalFile", "Journal", "Contexts", "Policy", "DriverLifecycle", "Framing", "ABI",
            "ProtobufWire", "Containers", "Crypto", "Planted", "Linux", "Wording",
        ], excludes: ["README.md"]),

    // Bytes from outside to everything that takes them; the fuzzer itself is built by Deploy/fuzz.sh alone.
    Row(
        .testing, "FuzzTarget",
        imports: [
            "Kernel", "Contexts", "DriverLifecycle", "Explanation", "Journal", "Policy", "Rego", "ABI", "ProtobufWire",
            "Framing", "Bytes", "JSON5", "Containers", "Crypto",
        ], siblings: ["RegoOracle"]),

    // Policies at random and an evaluator of them that shares nothing with Rego but the language.
    Row(.testing, "RegoOracle", imports: ["Rego"]),
    Row(.testing, "rego-properties", .executable, imports: ["Linux"], siblings: ["RegoOracle"]),

    Row(.testing, "CLibFuzzer", .system),
    Row(.testing, "cam-fuzz", .executable, imports: ["Linux"], siblings: ["FuzzTarget", "CLibFuzzer"]),

    Row(.testing, "Fixtures", imports: ["Linux", "Framing", "CAMClient", "ABI", "ProtobufWire"]),

    Row(.testing, "private-redis-holder", .executable, imports: ["RedisContexts", "Linux", "Reactor"]),
    Row(
        .testing, "test-driver", .executable,
        imports: ["CAMDriverKit", "CAMClient", "ABI", "ProtobufWire", "Linux", "CHiredis"]),

    Row(.tests, "CryptoTests", .test, imports: ["Crypto", "Bytes"]),
    Row(.tests, "ProtobufWireTests", .test, imports: ["ProtobufWire", "ABI"], excludes: ["oracle.py"]),
    Row(.tests, "FramingTests", .test, imports: ["Framing"]),
    Row(.tests, "BytesTests", .test, imports: ["Bytes"]),
    Row(.tests, "WordingTests", .test, imports: ["Wording"]),
    Row(.tests, "ContainersTests", .test, imports: ["Containers"]),
    Row(.tests, "PlatformTests", .test, imports: ["Linux", "CLinux", "Reactor", "Bytes"]),
    Row(.tests, "RegoTests", .test, imports: ["Rego"]),
    Row(.tests, "RegoConformance", .test, imports: ["Rego", "RegoOracle"], excludes: ["known-failures.txt"]),
    Row(.tests, "PolicyTests", .test, imports: ["Rego", "Policy", "PolicyFiles", "ABI", "ProtobufWire"]),
    Row(
        .tests, "JournalTests", .test,
        imports: ["Journal", "JournalFile", "JournalCheck", "Crypto", "ABI", "ProtobufWire", "Linux", "Reactor"]),
    Row(.tests, "KeyFilesTests", .test, imports: ["KeyFiles", "Crypto", "Linux"]),
    Row(
        .tests, "ContextsTests", .test,
        imports: [
            "Contexts", "RedisContexts", "private-redis-holder", "Simulator", "Crypto", "ABI", "ProtobufWire", "Linux",
            "Reactor",
        ]),
    Row(
        .tests, "SandboxTests", .test,
        imports: [
            "Sandbox", "DriverSupervisor", "DriverLifecycle", "ABI", "ProtobufWire", "Linux", "Reactor", "Fixtures",
        ]),
    Row(
        .tests, "KernelTests", .test,
        imports: [
            "Kernel", "Quota", "Scheduling", "Arbitration", "Policy", "Journal", "Explanation", "Contexts",
            "DriverLifecycle", "Framing", "ABI", "ProtobufWire", "Containers", "Crypto",
        ]),
    Row(
        .tests, "SimulationTests", .test,
        imports: [
            "Simulator", "JournalFile", "Contexts", "Crypto", "ABI", "ProtobufWire", "Planted", "Fixtures", "Linux",
        ]),
    Row(
        .tests, "ClientTests", .test,
        imports: ["CAMClient", "CAMDriverKit", "ABI", "ProtobufWire", "Framing", "Linux", "Fixtures"]),
    Row(.tests, "AgentsTests", .test, imports: ["digest-agent", "ABI", "ProtobufWire", "Linux", "Fixtures"]),
    Row(
        .tests, "DriversTests", .test,
        imports: [
            "TextUnits", "TextService", "text-lead", "text-rank", "CAMClient", "ABI", "ProtobufWire", "Framing",
            "Linux",
            "Fixtures",
        ]),
    Row(
        .tests, "ShellTests", .test,
        imports: [
            "Configuration", "CommandLineInterface", "camctl", "CAMClient", "ABI", "ProtobufWire", "JSON5", "Linux",
            "Fixtures",
        ],
        excludes: ["Snapshots"]),
    Row(
        .tests, "EndToEndTests", .test,
        imports: ["CAMClient", "ABI", "ProtobufWire", "Framing", "Linux", "Fixtures", "test-driver"]),
    Row(.tests, "FuzzTests", .test, imports: ["FuzzTarget"], excludes: ["Cases"]),
    Row(.tests, "LayeringTests", .test, excludes: ["exceptions.txt"]),
]

/// What needs a flag of the compiler that the manifest may not give: it is there when Deploy/fuzz.sh gives it.
let fuzzing: Set = ["CLibFuzzer", "cam-fuzz"]
let present = rows.filter { Context.environment["CAM_FUZZ"] != nil || !fuzzing.contains($0.name) }

let layerOf = Dictionary(uniqueKeysWithValues: present.map { ($0.name, $0.layer) })

/// Turns a row into a target, or refuses to load the package: the layers are a rule, not a hope.
func target(_ row: Row) -> Target {
    for name in row.imports {
        precondition(layerOf[name] != nil, "\(row.name) imports \(name), which is in no row")
        precondition(
            row.layer.mayImport.contains(layerOf[name]!) || (row.name == "cam-sim" && name == "Simulator"),
            "\(row.name) is in \(row.layer.rawValue), which may not import \(name) from \(layerOf[name]!.rawValue)")
    }
    for name in row.siblings {
        precondition(layerOf[name] == row.layer, "\(name) is no sibling of \(row.name)")
    }
    let dependencies = (row.imports + row.siblings).map { Target.Dependency(stringLiteral: $0) }
    let path =
        row.kind == .test
        ? "Tests/\(row.name)"
        : row.layer == .abi || row.layer == .kernel
            ? "Sources/\(row.layer.rawValue)" : "Sources/\(row.layer.rawValue)/\(row.name)"
    var settings: [SwiftSetting] = [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
    if Context.environment["CAM_PLANTED"] != nil { settings.append(.define("PLANTED_BUGS")) }
    // Rounding a Double becomes a call of libm in a debug build, and a program without Glibc or Foundation has none.
    let maths: [LinkerSetting] = [.linkedLibrary("m")]
    switch row.kind {
    case .system: return .systemLibrary(name: row.name, path: path)
    case .c: return .target(name: row.name, path: path, linkerSettings: row.links.map { .linkedLibrary($0) })
    case .library:
        return .target(
            name: row.name, dependencies: dependencies, path: path, exclude: row.excludes, swiftSettings: settings)
    case .executable:
        return .executableTarget(
            name: row.name, dependencies: dependencies, path: path, exclude: row.excludes, swiftSettings: settings,
            linkerSettings: maths)
    case .test:
        return .testTarget(
            name: row.name, dependencies: dependencies, path: path, exclude: row.excludes, swiftSettings: settings,
            linkerSettings: maths)
    }
}

let package = Package(
    name: "CAM",
    products: [
        .library(name: "CAMClient", targets: ["CAMClient", "ABI"]),
        .library(name: "CAMDriverKit", targets: ["CAMDriverKit"]),
        .library(name: "Rego", targets: ["Rego"]),
    ],
    targets: present.map(target),
    cxxLanguageStandard: .cxx17
)
