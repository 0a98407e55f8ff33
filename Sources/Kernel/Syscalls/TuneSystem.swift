// Call 15, tune_system: what only an administrator does, recorded before it is answered.

import ABI
import Containers
import DriverLifecycle
import Policy
import ProtobufWire

extension Kernel {
    /// Policy: `tune.<what>`.
    mutating func tuneSystem(_ caller: Caller, _ request: TuneSystemRequest) {
        switch request.what {
        case .drain: tuneDrain(caller, true, request.dryRun)
        case .resume: tuneDrain(caller, false, request.dryRun)
        case .driver(let driver): tuneDriver(caller, driver, request.dryRun)
        case .policy(let policy): tunePolicy(caller, policy, request.dryRun)
        case .weights, .quota, .budget, .secret, .approve, .deny, .freeze, .thaw, .revokeToken, .rotateKeys,
            .checkpoint, .gc,
            .revert:
            refuse(caller, .unimplemented("this part of tune_system"))
        case nil:
            refuse(
                caller,
                .invalid(
                    "what", "nothing to tune is named",
                    expected: "drain, resume, driver restart, policy reload or grant")
            )
        }
    }

    private mutating func tuneDrain(_ caller: Caller, _ draining: Bool, _ dryRun: Bool) {
        let action: Text = draining ? "tune.drain" : "tune.resume"
        guard let allowed = authorise(caller, action, "", owner: 0) else { return }
        guard hasRoom(1024, reserved: true) else { return refuse(caller, .journalFull) }
        let before: Text = state.draining ? "draining" : "taking work"
        let after: Text = draining ? "draining" : "taking work"
        let decision = decision(caller, action, "", allowed)
        let sequence = write(decision, dryRun ? nil : .drainSet(DrainSet(draining: draining)), durable: true)
        if !dryRun {
            systemChange = sequence
            policy.kernel.isDraining = draining
            exclusions.removeAll()
        }
        reply(
            caller.reference,
            TuneSystemResponse(decisionID: decisionID(sequence), before: before, after: after), after: sequence)
    }

    private mutating func tuneDriver(_ caller: Caller, _ request: TuneDriver, _ dryRun: Bool) {
        guard request.action == .restart else {
            return refuse(caller, .unimplemented("tune_system driver, other than restart,"))
        }
        guard let allowed = authorise(caller, "tune.driver", request.name, owner: 0) else { return }
        guard let place = executors.firstIndex(where: { $0.name == request.name }),
            case .driver(let driver) = executors[place].kind
        else { return refuse(caller, .notFound("driver \(request.name)")) }
        guard hasRoom(1024, reserved: true) else { return refuse(caller, .journalFull) }
        let before = Text("\(driver.lifecycle.stateName)")
        let decision = decision(caller, "tune.driver", request.name, allowed)
        let change = DriverChanged(driver: request.name, what: "restart asked for")
        let sequence = write(decision, dryRun ? nil : .driverChanged(change), durable: true)
        reply(
            caller.reference,
            TuneSystemResponse(decisionID: decisionID(sequence), before: before, after: "restarting"), after: sequence)
        if !dryRun { drive(place, .restart) }
    }

    private mutating func tunePolicy(_ caller: Caller, _ request: TunePolicy, _ dryRun: Bool) {
        if case .grant(let grant)? = request.what { return tuneGrant(caller, grant, dryRun) }
        guard case .reload? = request.what, !dryRun else {
            return refuse(caller, .unimplemented("tune_system policy, other than reload and grant,"))
        }
        guard let allowed = authorise(caller, "tune.policy", "reload", owner: 0) else { return }
        guard hasRoom(4096, reserved: true) else { return refuse(caller, .journalFull) }
        let sequence = write(decision(caller, "tune.policy", "reload", allowed), nil, durable: true)
        guard let call = hold(caller, .policies(decision: decisionID(sequence), granted: nil)) else { return }
        out.list.append(.loadPolicies(token: call, granting: nil, after: sequence))
    }

    /// New policies are there, or were refused; then the old ones stay.
    mutating func onPolicies(_ token: UInt64, _ load: PolicyLoad) {
        let before = policy.version
        let grant = grantsLoading.removeValue(forKey: token)
        switch load {
        case .refused(let errors):
            out.list.append(.log(.error, event: "policy_refused", errors))
            publish(.policy, subject: before, what: "kept, new ones refused", owner: 0, decision: nil)
            guard let call = release(token) else { return }
            reply(
                call.reference,
                refusal: .failed("the new policies were refused, the old ones stay: \(errors)"), decision: nil,
                after: lastDurable)
        case .loaded(let engine):
            // Nobody waits and nothing changed: a watched file was only touched, or was camd's own.
            if calls[token] == nil, engine.contentHash == policy.contentHash { return }
            // Its files are named.
            let hasRoomForFiles = hasRoom(Self.activationBytesMax, reserved: true)
            guard hasRoomForFiles || (grant != nil && hasRoom(0, reserved: true)) else {
                return onPolicies(token, .refused(Refusal.journalFull.message))
            }
            policy = engine
            policy.kernel = PolicyKernelFacts(uid: settings.uid, isDraining: state.draining)
            exclusions.removeAll()
            var asked = grant.map { Decision(allowed: true, cause: $0) }
            if case .policies(let cause, _)? = calls[token]?.waits { asked = Decision(allowed: true, cause: cause) }
            let activated = PolicyActivated(version: engine.version, files: hasRoomForFiles ? engine.files : [])
            let sequence = write(asked, .policyActivated(activated), durable: true)
            systemChange = sequence
            publish(.policy, subject: engine.version, what: "activated", owner: 0, decision: decisionID(sequence))
            out.list.append(.log(.info, event: "policy_activated", engine.version))
            tuned(token, sequence, before: before)
        }
    }

    /// The daemon is told to stop: it may once nothing runs any more.
    mutating func finishStopping() {
        guard isStopping else { return }
        for session in sessions.all where !session.identity.subject.isConfined {
            sayGoodbye(session.connection, "camd is stopping", after: lastDurable)
        }
        out.list.append(.drained)
    }
}
