// Driver processes: the kernel decides when they start and end; the shell does it.

import ABI
import Containers
import Crypto
import DriverLifecycle
import Framing
import ProtobufWire
import Scheduling

extension Kernel {
    mutating func addDriver(_ manifest: DriverManifest) {
        let driver = DriverState(
            manifest: manifest, lifecycle: DriverLifecycle(settings: DriverLifecycle.Settings(manifest)))
        executors.append(
            Executor(
                name: manifest.name, capabilities: manifest.capabilities, slots: Int(manifest.slots),
                kind: .driver(driver), queue: TripleHelix(weights: settings.weights)))
        drive(executors.count - 1, .start)
    }

    mutating func addAgentExecutor(
        _ agent: UInt64, _ name: Text, _ offers: [Capability], _ slots: UInt32, _ connection: ConnectionID
    ) -> Int {
        let executor = Executor(
            name: "agent:\(name)", capabilities: offers, slots: Int(max(1, slots)), kind: .agent(agent),
            connection: connection, queue: TripleHelix(weights: settings.weights))
        // A place whose agent is gone and that no upcall refers to any more is used again.
        for (place, old) in executors.enumerated() where old.connection == nil && old.busy == 0 && old.queue.count == 0
        {
            guard case .agent = old.kind else { continue }
            executors[place] = executor
            return place
        }
        executors.append(executor)
        return executors.count - 1
    }

    /// Takes a driver through its life and carries out what follows.
    mutating func drive(_ place: Int, _ event: DriverLifecycle.Event) {
        guard case .driver(var driver) = executors[place].kind else { return }
        let actions = driver.lifecycle.on(event, now: now.monotonic)
        let deadline = driver.lifecycle.deadline
        executors[place].kind = .driver(driver)
        if let deadline { timers.add(at: deadline, .driver(place)) }
        for action in actions { carryOut(action, place) }
    }

    private mutating func carryOut(_ action: DriverLifecycle.Action, _ place: Int) {
        let name = executors[place].name
        switch action {
        case .spawn: spawn(place)
        case .kill(let cause):
            guard case .driver(let driver) = executors[place].kind, driver.instance != 0 else { return }
            out.list.append(.kill(instance: driver.instance, reason: "\(cause)"))
            driverChanged(place, "ended by the kernel: \(cause.words)")
        case .becameReady:
            driverChanged(place, "ready")
            if case .driver(let driver) = executors[place].kind {
                timers.add(at: now.monotonic + Self.pingNanoseconds, .ping(place, instance: driver.instance))
            }
            pump(place)
            unpark()
        case .beganDraining:
            executors[place].connection = nil
            requeue(place)
            if executors[place].busy == 0 { drive(place, .drained) }
        case .becameUnavailable:
            executors[place].connection = nil
            upcallsLost(place, "driver \(name) went away")
            requeue(place)
        case .becameFailed(let failure):
            driverChanged(place, "failed: \(failure)")
            out.list.append(.log(.error, event: "driver_failed", "\(name): \(failure)"))
            requeue(place)
            unpark()
        }
    }

    /// How often a driver is asked whether it is alive, and how long it has to answer.
    static let pingNanoseconds: UInt64 = 10_000_000_000
    static let pingAnswerNanoseconds: UInt64 = 5_000_000_000

    /// Asks a driver whether it is alive. One that does not answer counts as hung.
    mutating func ping(_ place: Int, _ instance: UInt64) {
        guard case .driver(let driver) = executors[place].kind, driver.instance == instance,
            let connection = executors[place].connection
        else { return }
        let upcall = nextUpcall
        nextUpcall += 1
        let registered = sessions[connection]?.registeredBy ?? 0
        var question = Upcall(
            task: 0, executor: place, connection: connection, after: registered, startedAt: now.monotonic)
        question.isPing = true
        upcalls[upcall] = question
        let range = frame(
            .upcall, call: CallNumber.observe.rawValue, status: .ok, request: upcall, PingUpcall(nonce: upcall))
        out.list.append(.send(connection, range, after: registered))
        timers.add(at: now.monotonic + Self.pingAnswerNanoseconds, .hungUpcall(upcall: upcall))
        timers.add(at: now.monotonic + Self.pingNanoseconds, .ping(place, instance: instance))
    }

    private mutating func spawn(_ place: Int) {
        guard !isStopping, case .driver(var driver) = executors[place].kind else { return }
        if driver.instance != 0 { instances[driver.instance] = nil }
        driver.instance = nextInstance
        nextInstance += 1
        driver.secret = []
        driver.pid = 0
        instances[driver.instance] = place
        executors[place].kind = .driver(driver)
        out.list.append(.spawn(driver: place, instance: driver.instance))
    }

    /// Drivers changing state is history that people ask for: a buffered record and an event.
    private mutating func driverChanged(_ place: Int, _ what: Text) {
        let name = executors[place].name
        guard hasRoom(512) else { return }
        let sequence = write(nil, .driverChanged(DriverChanged(driver: name, what: what)), durable: false)
        publish(.driver, subject: name, what: what, owner: 0, decision: decisionID(sequence))
        out.list.append(.log(.info, event: "driver", "\(name): \(what)"))
    }

    mutating func withDriver(_ instance: UInt64, _ change: (inout DriverState) -> Void) {
        guard let place = instances[instance], case .driver(var driver) = executors[place].kind,
            driver.instance == instance
        else { return }
        change(&driver)
        executors[place].kind = .driver(driver)
    }

    mutating func onSpawned(_ instance: UInt64, _ pid: Int32, _ secret: [UInt8]) {
        withDriver(instance) { driver in
            driver.pid = pid
            driver.secret = secret
        }
    }

    mutating func onSpawnRefused(_ instance: UInt64, _ reason: Text) {
        guard let place = instances.removeValue(forKey: instance) else { return }
        drive(place, .refused(reason: reason.string))
    }

    mutating func onDriverExited(_ instance: UInt64, _ exit: DriverExit) {
        guard let place = instances.removeValue(forKey: instance) else { return }
        driverChanged(place, "\(exit)")
        if exit == .signalled(DriverExit.seccompSignal), case .driver(var driver) = executors[place].kind {
            _ = driver.note(.violation("a forbidden system call; seccomp ended the process"))
            executors[place].kind = .driver(driver)
        }
        drive(place, .exited(exit))
        // What waited for its start goes elsewhere.
        if executors[place].connection == nil { requeue(place) }
    }

    mutating func onDriverSaid(_ instance: UInt64, _ note: DriverNote) {
        var isNew = false
        withDriver(instance) { isNew = $0.note(note) }
        guard isNew, case .violation(let what) = note, let place = instances[instance] else { return }
        driverChanged(place, "sandbox stopped it: \(what)")
    }

    mutating func driverBrokeProtocol(_ place: Int, _ what: Text) {
        executors[place].failures += 1
        drive(place, .protocolViolation)
    }

    /// A driver's first frame: the spawn record says who it is, the secret that it is the process which was spawned.
    mutating func registerDriver(
        _ reference: CallReference, _ session: Session, _ instance: UInt64, _ request: RegisterAgentRequest
    ) {
        guard let place = instances[instance], case .driver(let driver) = executors[place].kind,
            driver.instance == instance, !driver.secret.isEmpty,
            ConstantTime.areEqual(driver.secret, request.driverSecret)
        else {
            reply(
                reference,
                refusal: Refusal(
                    status: .unauthenticated, message: "this is not the driver that was started on this socket",
                    field: "driver_secret"), decision: nil, after: 0)
            return sayGoodbye(session.connection, "unknown driver")
        }
        // It came too late: its end has been asked for, and nothing may be given to it any more.
        guard case .starting = driver.lifecycle.state else {
            let refusal = Refusal(
                status: .failedPrecondition, message: "this driver is \(driver.lifecycle.stateName), not starting")
            reply(reference, refusal: refusal, decision: nil, after: 0)
            return sayGoodbye(session.connection, refusal.message)
        }
        let declared = executors[place].capabilities
        if let other = request.offers.first(where: { offer in !declared.contains { $0.name == offer.name } }) {
            reply(
                reference,
                refusal: .invalid(
                    "offers", "capability \(other.name) is not in the driver's manifest",
                    expected: "only what driver.json5 declares"), decision: nil, after: 0)
            sayGoodbye(session.connection, "capability \(other.name) is not in the manifest")
            return driverBrokeProtocol(place, "offered \(other.name)")
        }
        finishRegistration(
            reference, session, name: "driver:\(executors[place].name)", labels: [], rules: ["spawned by camd"],
            offers: [],
            slots: 0, resumed: false)
        guard case .registered(let agent, _)? = sessions[session.connection]?.phase else { return }
        sessions.update(session.connection) { $0.phase = .registered(agent: agent, executor: place) }
        executors[place].connection = session.connection
        drive(place, .registered)
    }

    /// The connection of an executor ended.
    mutating func executorLost(_ place: Int, _ session: Session) {
        switch executors[place].kind {
        case .driver(let driver):
            // A connection of an instance that has been replaced means nothing any more.
            guard session.peer.door == .driver(instance: driver.instance) else { return }
            drive(place, .protocolViolation)
        case .agent:
            // One that was told goodbye may have lost its place to another before its connection ends.
            if let other = executors[place].connection, other != session.connection { return }
            executors[place].connection = nil
            upcallsLost(place, "\(executors[place].name) disconnected")
            requeue(place)
        }
    }
}

extension DriverLifecycle.Cause {
    /// For people who read logs and events.
    fileprivate var words: Text {
        switch self {
        case .startTimeout: "it did not register in time"
        case .hungCall: "it did not answer in time"
        case .protocolViolation: "its connection ended, or it broke the protocol"
        case .drainTimeout, .drained, .asked: "it was asked for"
        }
    }
}
