// The order in which camd starts: state, policies, journal, kernel, an epoch on disk, and only then the sockets.

import ABI
public import Configuration
import Contexts
import Crypto
import DriverLifecycle
import DriverSupervisor
import Framing
import JournalFile
import Kernel
import KeyFiles
import Linux
import Policy
import PolicyFiles
import ProtobufWire
import Reactor
import RedisContexts
import Sandbox
import Scheduling

extension Daemon {
    /// How long the start waits for the private store; then camd listens without it.
    private static let storePatienceNanoseconds: UInt64 = 5_000_000_000

    /// Starts camd and returns when it listens.
    public static func start(_ configuration: Configuration) throws(StartError) -> Daemon {
        do {
            return try begin(configuration)
        } catch let error as StartError {
            throw error
        } catch {
            throw StartError("\(error)")
        }
    }

    private static func begin(_ configuration: Configuration) throws -> Daemon {
        let log = Log(configuration.logLevel)
        for warning in configuration.warnings { log.write(.warning, "configuration", ["text": warning]) }
        let signals: [Signals.Number] = [.terminate, .interrupt, .hangUp]
        try naming("signals and limits cannot be set") {
            try Signals.block(signals)
            try Signals.ignore(.pipe)
            try ThisProcess.raiseOpenFileLimit()
        }
        let state = configuration.stateDirectory
        try naming("the state folder \(state) cannot be made") { try Directory.makeAll(state + "/keys", mode: 0o700) }
        let local = configuration.localPolicies
        try naming("the folder \(local) of policies.local cannot be made") { try Directory.makeAll(local, mode: 0o700) }
        let facts = PolicyKernelFacts(uid: ThisProcess.userID)
        let policy = try firstPolicy(configuration, facts)
        let installed = try DriverFolder.read(configuration.driversDirectory)
        let reactor = try naming("the reactor cannot be made") { try Reactor() }
        let tokenKey = Ed25519.KeyPair(seed: try KeyFile.open(state + "/keys/token.key"))
        let (journal, recovery) = try openJournal(configuration, reactor)
        for warning in recovery.warnings { log.write(.warning, "journal", ["text": "\(warning)"]) }
        var kernel = Kernel(settings: settings(configuration, installed, tokenKey), policy: policy)
        try recovery.replay { epoch, sequence, bytes in
            kernel.replay(try JournalRecord(decoding: bytes, limits: .stored), epoch: epoch, sequence: sequence)
        }
        let daemon = Daemon(
            configuration: configuration, reactor: reactor, kernel: kernel, journal: journal,
            durable: recovery.lastSequence, installed: installed, tokenKey: tokenKey)
        try daemon.open(recovery, signals, facts)
        return daemon
    }

    /// The system's errors do not say what could not be done.
    private static func naming<Value>(_ what: String, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as Errno { throw StartError("\(what): \(error)") }
    }

    private static func firstPolicy(
        _ configuration: Configuration, _ facts: PolicyKernelFacts
    ) throws(StartError) -> PolicyEngine {
        switch PolicyLoader.read(configuration, facts) {
        case .loaded(let engine): return engine
        case .refused(let errors):
            throw StartError("camd does not start with policies that cannot be used:\n\(errors)")
        }
    }

    private static func openJournal(
        _ configuration: Configuration, _ reactor: Reactor
    ) throws -> (JournalFile, JournalRecovery) {
        var options = JournalOptions()
        options.segmentBytes = configuration.journalSegmentMebibytes << 20
        options.maximumBytes =
            configuration.journalMaximumMebibytes == 0 ? nil : configuration.journalMaximumMebibytes << 20
        options.acceptsUnsignedHistory = configuration.journalAcceptUnsignedHistory
        options.syncDelayMilliseconds = UInt64(configuration.journalSyncDelayMilliseconds)
        return try JournalFile.open(
            directory: configuration.stateDirectory + "/journal",
            key: Ed25519.KeyPair(seed: try KeyFile.open(configuration.stateDirectory + "/keys/journal.key")),
            reactor: reactor, options: options)
    }

    private static func settings(
        _ configuration: Configuration, _ installed: [InstalledDriver], _ tokenKey: Ed25519.KeyPair
    ) -> KernelSettings {
        var settings = KernelSettings()
        settings.version = Text(version)
        settings.uid = ThisProcess.userID
        settings.callsPerSecond = UInt32(clamping: configuration.callsPerSecond)
        settings.burst = UInt32(clamping: configuration.callBurst)
        settings.requestCredit = UInt32(clamping: configuration.requestCredit)
        settings.openRequestsMax = configuration.openRequestsMax * 16
        settings.frameBytesMax = configuration.frameMebibytes << 20
        settings.openTasksMax = configuration.tasksPerAgentMax
        settings.tasksMax = configuration.queuedTasksMax
        settings.connectionsPerUserMax = configuration.connectionsPerUserMax
        settings.defaultDeadlineMilliseconds = UInt32(clamping: configuration.defaultDeadlineMilliseconds)
        settings.callTimeoutMilliseconds = UInt32(clamping: configuration.driverCallTimeoutMilliseconds)
        settings.tokenLifetimeNanoseconds = Int64(configuration.tokenLifetimeHours) * 3_600_000_000_000
        if let weights = HelixWeights(
            performance: configuration.performanceWeight, cost: configuration.costWeight,
            quality: configuration.qualityWeight)
        {
            settings.weights = weights
        }
        settings.tokenPublicKey = tokenKey.publicKey
        settings.drivers = installed.map { driver in
            var manifest = driver.manifest
            for layer in configuration.requiredSandboxLayers where !manifest.require.contains(Text(layer)) {
                manifest.require.append(Text(layer))
            }
            return manifest
        }
        return settings
    }

    private func open(_ recovery: JournalRecovery, _ signals: [Signals.Number], _ facts: PolicyKernelFacts) throws {
        journal.onDurable = { [unowned self] sequence in becameDurable(sequence) }
        journal.onFailure = { [unowned self] failure in journalFailed("\(failure)") }
        journal.onRoom = { [unowned self] bytes in feed(.completed(.journalRoom(bytes))) }
        reactor.onTurnEnd { [unowned self] in journal.flush() }
        try Self.naming("the memory store cannot be set up") { try startMemory() }
        try Self.naming("drivers cannot be supervised") { try startSupervisor() }
        // Keys are in memory: no core dump, and no other process of this user may look in.
        try Self.naming("camd's memory cannot be closed to others") { try ThisProcess.setDumpable(false) }
        try Self.naming("the reader of policies cannot be started") { try startPolicies(facts) }
        kernel.start(
            epoch: recovery.lastEpoch + 1, lastSequence: recovery.lastSequence, journalRoom: journal.roomBytes,
            now: now,
            into: &directives)
        let firstSequence = recovery.lastSequence + 1
        carryOut()
        journal.flush()
        let patience = Clock.monotonic() + Self.storePatienceNanoseconds
        while durable < firstSequence || (isStoreStarting && Clock.monotonic() < patience) {
            try reactor.runOnce(timeoutMilliseconds: 100)
            if let failure { throw failure }
        }
        try Self.naming("camd cannot listen") { try listen(signals) }
        sweepPeers()
        log.write(
            .info, "ready",
            [
                "socket": configuration.agentSocket, "admin_socket": configuration.adminSocket,
                "epoch": "\(kernel.epoch)",
                "records": "\(recovery.lastSequence)", "drivers": "\(installed.count)", "pid": "\(ThisProcess.pid)",
            ])
    }

    /// Our own redis-server needs a moment; who connects at once shall not find it away.
    private var isStoreStarting: Bool { privateRedis != nil && memory?.state != .ready }

    private func listen(_ signals: [Signals.Number]) throws {
        var group: UInt32?
        if !configuration.socketGroup.isEmpty {
            guard let id = try ThisProcess.groupID(named: configuration.socketGroup) else {
                throw StartError("socket.group: there is no group \(configuration.socketGroup) on this machine")
            }
            group = id
        }
        let agents = try SocketFiles.listen(
            configuration.agentSocket, mode: configuration.socketMode.bits, group: group)
        listeners.append(try StreamListener(agents, on: reactor) { [unowned self] in accepted($0, .agents) })
        let administration = try SocketFiles.listen(configuration.adminSocket, mode: 0o600, group: nil)
        listeners.append(
            try StreamListener(administration, on: reactor) { [unowned self] in accepted($0, .administration) })
        socketPaths = [configuration.agentSocket, configuration.adminSocket]
        let descriptor = try Signals.descriptor(for: signals)
        let number = descriptor.release()
        _ = try reactor.register(number, .readable) { [unowned self] _ in
            do throws(Errno) {
                while let (signal, _) = try Signals.take(number) { onSignal(signal) }
            } catch {
                log.write(.error, "signal", ["error": "\(error)"])
            }
        }
    }

    private func onSignal(_ signal: Signals.Number) {
        if signal == .hangUp {
            log.write(.info, "reload_policies")
            return feed(.request(.reloadPolicies))
        }
        log.write(.info, "stopping", ["signal": "\(signal.rawValue)"])
        feed(.request(.drain))
    }

    /// Ends what was started, in reverse: the sockets first, the journal last.
    public func close() {
        for listener in listeners { listener.close() }
        for path in socketPaths {
            do throws(Errno) {
                try File.unlink(path)
            } catch {
                // Somebody removed it before; ignoring.
            }
        }
        supervisor?.killAll()
        memory?.close()
        stopRedis()
        journal.close()
        log.write(.info, "stopped")
    }
}
