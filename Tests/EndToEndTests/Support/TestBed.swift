// camd with test drivers, and with the policies of a preset and one of the tests' own beside them.

import ABI
import CAMClient
import Fixtures
import Linux
import ProtobufWire
import Testing

/// One camd of one test with everything that is its own. Ends with the last who holds it.
final class TestBed: Sendable {
    let camd: CamdProcess
    /// Holds the folders `drivers` and `policies`.
    let folder: TemporaryFolder

    /// Lets drivers use the test capabilities from inside their work; agents need the label use=test.
    static let policy = """
        package cam

        allow if {
        \tinput.caller.socket == "driver"
        \tinput.action in {"capability.test.echo", "capability.test.nest"}
        }

        """

    /// Starts camd and waits until its drivers are ready.
    ///
    /// - Parameter settings: members of the configuration file, such as `"limits.burst": 5`.
    static func start(
        drivers: [TestDriver] = [TestDriver()], settings: String = "", preset: String = "solo",
        policies: [String: String] = [:],
        startedThrough: [String] = [], environment: [String: String] = [:], waitsForDrivers: Bool = true
    ) async throws -> TestBed {
        let folder = try TemporaryFolder("bed")
        let (tree, driver) = try TestTree.require()
        let program = try File.readAll(driver, limit: 1 << 30)
        try folder.folder("drivers", mode: 0o755)
        for each in drivers { try each.install(in: folder.path("drivers"), program: program) }
        try folder.folder("policies")
        try copyPolicies(preset, from: tree, to: folder)
        for (name, text) in policies { try folder.file("policies/\(name)", text) }
        var configuration = CamdConfiguration()
        configuration.file = "{ \(settings) }\n"
        configuration.driversFolder = folder.path("drivers")
        configuration.policiesFolder = folder.path("policies")
        configuration.startedThrough = startedThrough
        configuration.environment = environment
        let bed = TestBed(camd: try await CamdProcess.start(configuration), folder: folder)
        if waitsForDrivers { try await bed.camd.waitForDrivers(drivers.map { Text($0.name) }) }
        return bed
    }

    private init(camd: CamdProcess, folder: TemporaryFolder) {
        self.camd = camd
        self.folder = folder
    }

    /// A preset and what is common to all, in one folder.
    static func copyPolicies(_ preset: String, from tree: String, to folder: TemporaryFolder) throws {
        for source in ["common", preset].map({ "\(tree)/share/cam/policies/\($0)" }) {
            for name in try Directory.list(source) {
                let text = try File.readAll("\(source)/\(name)", limit: 1 << 20)
                try folder.file("policies/\(name)", String(decoding: text, as: UTF8.self))
            }
        }
        try folder.file("policies/e2e.rego", policy)
    }

    // MARK: Talking to it

    /// An agent that may use the test capabilities.
    func agent(_ name: Text = "test-agent", reconnect: ReconnectPolicy = .standard) async throws -> CAMClient {
        try await camd.client(name: name, labels: [Label(name: "use", value: "test")], reconnect: reconnect)
    }

    /// One look at the drivers.
    func driver(_ name: Text, _ client: CAMClient) async throws -> DriverStatus {
        let drivers = try await client.observe(ObserveRequest(what: .drivers(Nothing()))).drivers
        return try #require(drivers.first { $0.name == name })
    }

    /// camd's memory, in bytes.
    var residentBytes: UInt64 { ObservedProcess(pid: camd.pid)?.residentBytes ?? 0 }

    /// How many descriptors camd has open; 0 for whom it does not let look, which is everybody but root.
    func descriptorCount() throws -> Int {
        do {
            return try Directory.list("/proc/\(camd.pid)/fd").count
        } catch {
            guard error == .EACCES, ThisProcess.effectiveUserID != 0 else { throw error }
            return 0
        }
    }

    /// The processes that descend from camd.
    func offspring() throws -> [ObservedProcess] { try ObservedProcess.descendants(of: camd.pid) }

    /// camd's private redis-server.
    func redis() throws -> ObservedProcess {
        try #require(try offspring().first { $0.name.hasPrefix("redis-server") })
    }
}

extension Text {
    var bytes: [UInt8] { Array(string.utf8) }
}

/// Runs `body` and gives back the refusal that it must end with.
func refusal(
    _ status: Status? = nil, _ what: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async throws -> CallError {
    do {
        try await body()
    } catch let failure as CallFailure {
        if let status { #expect(failure.status == status, what ?? "\(failure)", sourceLocation: sourceLocation) }
        return failure.error
    }
    Issue.record("the call was expected to be refused: \(what ?? "")", sourceLocation: sourceLocation)
    return CallError()
}
