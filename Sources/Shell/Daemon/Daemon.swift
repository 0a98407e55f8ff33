// camd: carries out what the kernel decides. Effects without rules.

import ABI
import Configuration
import Containers
import Contexts
import Crypto
import DriverSupervisor
import JournalFile
import Kernel
import Linux
import ProtobufWire
import Reactor
import RedisContexts

/// One camd. It lives on one thread, the one that calls `serve`.
public final class Daemon {
    static let creditPauseBytes = 1 << 20

    let configuration: Configuration
    let log: Log
    let reactor: Reactor
    var kernel: Kernel
    var directives = Directives()
    /// Every peer's connection, under the id by which the kernel knows it.
    var connections = Slots<PeerConnection>()
    var outbox = Outbox()
    let journal: JournalFile
    var durable: UInt64
    var memory: RedisContexts?
    var privateRedis: PrivateRedis?
    var supervisor: DriverSupervisor?
    let installed: [InstalledDriver]
    let tokenKey: Ed25519.KeyPair
    var listeners: [StreamListener] = []
    var socketPaths: [String] = []
    var wake: (at: UInt64, token: TimerToken)?
    var unfinishedBytes = 0
    /// Events that came up while directives were being carried out.
    var deferred: [KernelEvent] = []
    var isCarryingOut = false
    var isStopping = false
    /// Why the daemon has to end, when that is not because it was asked to.
    var failure: StartError?
    var policyLoader: PolicyLoader?
    var isReloadDue = false

    init(
        configuration: Configuration, reactor: Reactor, kernel: Kernel, journal: JournalFile, durable: UInt64,
        installed: [InstalledDriver], tokenKey: Ed25519.KeyPair
    ) {
        self.configuration = configuration
        self.reactor = reactor
        self.kernel = kernel
        self.journal = journal
        self.durable = durable
        self.installed = installed
        self.tokenKey = tokenKey
        log = Log(configuration.logLevel)
    }

    var now: Instant {
        let now = Clock.now()
        return Instant(monotonic: now.monotonic, wall: now.wall)
    }

    public static let version = ProductVersion.current

    /// Gives the kernel an event and carries out what follows, also what follows from that.
    func feed(_ event: KernelEvent) {
        guard !isCarryingOut else {
            deferred.append(event)
            return
        }
        kernel.handle(event, now: now, into: &directives)
        carryOut()
    }

    /// Carries out the directives that are there, then the events that came up meanwhile.
    func carryOut() {
        isCarryingOut = true
        perform()
        while !deferred.isEmpty {
            let events = deferred
            deferred.removeAll(keepingCapacity: true)
            for event in events {
                kernel.handle(event, now: now, into: &directives)
                perform()
            }
        }
        isCarryingOut = false
    }

    /// Runs until the daemon was asked to stop.
    /// - Throws: what made it impossible to go on; the journal has everything that was answered.
    public func serve() throws(StartError) {
        do {
            try reactor.run()
        } catch {
            throw StartError("the reactor failed: \(error)")
        }
        if let failure { throw failure }
    }

    /// The journal could not be written: nothing more may be answered, and what is on disk is the truth.
    func journalFailed(_ what: String) {
        log.write(.error, "journal_failed", ["error": what])
        failure = StartError(
            "the journal cannot be written: \(what); camd stops and goes on from the journal when it is started again")
        reactor.stop()
    }
}

/// Why camd does not start, or cannot go on, in words for the person who runs it.
public struct StartError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
