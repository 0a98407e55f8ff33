// What agents ask for: every call that is built, in all its variants, allowed and not.

import ABI
import DriverLifecycle
import Framing
import Kernel
import ProtobufWire

extension World {
    /// Makes one call of a random kind.
    func makeRequest(_ peer: SimulatedPeer, _ random: inout SimulatedRandom) {
        switch random.below(100) {
        case 0..<22: commit(peer, &random)
        case 22..<44: think(peer, &random)
        case 44..<58: store(peer, &random)
        case 58..<70: recall(peer, &random)
        case 70..<73: list(peer, &random)
        case 73..<83: observeTask(peer, &random)
        case 83..<85: observeEvents(peer, &random)
        case 85..<87: observeOther(peer, &random)
        case 87..<91: explain(peer, &random)
        case 91..<95: queryPolicy(peer, &random)
        case 95..<97: arbitrate(peer, &random)
        case 97..<99: tune(peer, &random)
        default: oddity(peer, &random)
        }
    }

    private func isAdministrator(_ peer: SimulatedPeer) -> Bool {
        (peer as? Agent)?.role.door == .administration
    }

    private func envelope(_ random: inout SimulatedRandom) -> Envelope? {
        guard random.chance(4) else { return nil }
        return Envelope(deadlineMs: UInt32(1 + random.below(400)))
    }

    private func constraints(_ random: inout SimulatedRandom) -> Constraints? {
        guard random.chance(6) else { return nil }
        return Constraints(
            maxCostMicros: random.chance(2) ? UInt64(random.below(100)) : nil,
            deadlineMs: random.chance(2) ? UInt32(1 + random.below(300)) : 0)
    }

    private func capability(_ random: inout SimulatedRandom) -> Int {
        switch random.below(40) {
        case 0: 5
        case 1: 4
        case 2..<6: 3
        case 6..<14: 2
        case 14..<22: 1
        default: 0
        }
    }

    func think(_ peer: SimulatedPeer, task: UInt64 = 0, _ random: inout SimulatedRandom) {
        let capability = capability(&random)
        let isStream = random.chance(3)
        let credit = isStream ? 1 + random.below(8) : 0
        var envelope = envelope(&random)
        if task > 0 { envelope = Envelope(deadlineMs: envelope?.deadlineMs ?? 0, taskID: task) }
        let request = ThinkRequest(
            envelope: envelope, capability: Cast.capabilities[capability],
            input: bytes(random.below(profile.inputBytesMax + 1), UInt8(truncatingIfNeeded: random.next())),
            constraints: constraints(&random), stream: isStream, streamCredit: UInt32(credit),
            priority: UInt32(random.below(10)))
        peer.request(
            .think, .think(capability: capability), denied: Cast.deniesCapability(capability),
            itemCredit: isStream ? credit : -1, request.encoded())
    }

    private func commit(_ peer: SimulatedPeer, _ random: inout SimulatedRandom) {
        var key: Int?
        var variant = 0
        var content = random.split()
        if random.chance(3) {
            let chosen = random.below(6)
            variant = random.chance(5) ? 1 : 0
            key = chosen
            // The same key with the same variant means the same payload, whoever sends it.
            content = SimulatedRandom(seed: UInt64(chosen * 2 + variant))
        }
        let (tasks, isDenied) = graph(&content, mayBeHeld: key == nil)
        let envelope = Envelope(
            deadlineMs: random.chance(4) ? UInt32(1 + random.below(400)) : 0,
            idempotencyKey: key.map { "k\($0)" } ?? "")
        let request = CommitTaskRequest(envelope: envelope, tasks: tasks, wait: random.chance(3))
        peer.request(.commitTask, .commit(key: key, variant: variant), denied: isDenied, request.encoded())
    }

    private func graph(_ random: inout SimulatedRandom, mayBeHeld: Bool) -> ([TaskSpec], isDenied: Bool) {
        var tasks: [TaskSpec] = []
        var isDenied = false
        for place in 0..<(1 + random.below(4)) {
            let capability = capability(&random)
            isDenied = isDenied || Cast.deniesCapability(capability)
            var task = TaskSpec(
                localID: "t\(place)", capability: Cast.capabilities[capability],
                input: bytes(random.below(profile.inputBytesMax + 1), 7), constraints: constraints(&random),
                priority: UInt32(random.below(10)), retries: UInt32(random.below(3)))
            if place > 0, random.chance(2) { task.dependsOn = ["t\(random.below(place))"] }
            if place > 0, random.chance(4) { task.inputFrom = ["t\(random.below(place))"] }
            if mayBeHeld, random.chance(20) {
                task.notBeforeNs = now.wall + Int64(random.below(2_000)) * 1_000_000
                coverage.note(.heldUntilLater)
            }
            tasks.append(task)
        }
        return (tasks, isDenied)
    }

    private func place(_ peer: SimulatedPeer, _ random: inout SimulatedRandom) -> MemoryLedger.Place {
        // Mostly one's own memory, sometimes that of others.
        let known = ledger.agentCount
        let owner = random.chance(4) && known > 0 ? UInt64(1 + random.below(known)) : peer.agentID
        let context = random.chance(12) ? 2 : random.below(2)
        return MemoryLedger.Place(owner: owner, context: context, key: random.below(Cast.keys.count))
    }

    func store(_ peer: SimulatedPeer, task: UInt64 = 0, _ random: inout SimulatedRandom) {
        let place = place(peer, &random)
        let before = memory.newest(place)
        let write = memory.newWrite()
        var value = ValueMark(place, write: write).bytes
        value.append(contentsOf: repeatElement(0x55, count: random.below(64)))
        var ifVersion: UInt64?
        if random.chance(2) { ifVersion = random.chance(5) ? UInt64(random.below(4)) : before }
        let isBrief = place.key == Cast.briefKey
        let request = RememberRequest(
            envelope: task > 0 ? Envelope(taskID: task) : envelope(&random),
            operation: .store(
                RememberRequest.Store(
                    context: ContextRef(owner: place.owner, name: Cast.contexts[place.context]),
                    key: Cast.keys[place.key], value: value, ttlMs: isBrief ? UInt64(1 + random.below(500)) : nil,
                    ifVersion: ifVersion)))
        peer.request(
            .remember, .store(place, write: write, ifVersion: ifVersion, before: before),
            denied: Cast.deniesContext(place.context, owner: place.owner, caller: peer.agentID), request.encoded())
    }

    private func recall(_ peer: SimulatedPeer, _ random: inout SimulatedRandom) {
        let place = place(peer, &random)
        let before = memory.newest(place)
        let wanted = random.chance(4) ? UInt64(1 + random.below(Int(before) + 2)) : nil
        let request = RememberRequest(
            envelope: envelope(&random),
            operation: .recall(
                RememberRequest.Recall(
                    context: ContextRef(owner: place.owner, name: Cast.contexts[place.context]),
                    key: Cast.keys[place.key], version: wanted)))
        peer.request(
            .remember, .recall(place, wanted: wanted, before: before),
            denied: Cast.deniesContext(place.context, owner: place.owner, caller: peer.agentID), request.encoded())
    }

    private func list(_ peer: SimulatedPeer, _ random: inout SimulatedRandom) {
        let place = place(peer, &random)
        let request = RememberRequest(
            operation: .list(
                RememberRequest.List(
                    context: ContextRef(owner: place.owner, name: Cast.contexts[place.context]),
                    limit: UInt32(random.below(3)))))
        peer.request(
            .remember, .other,
            denied: Cast.deniesContext(place.context, owner: place.owner, caller: peer.agentID), request.encoded())
    }

    private func observeTask(_ peer: SimulatedPeer, _ random: inout SimulatedRandom) {
        let known = ledger.graphOrder
        guard !known.isEmpty, !random.chance(10) else {
            let request = ObserveRequest(what: .task(ObserveTask(limit: 5)))
            return peer.request(.observe, .other, request.encoded())
        }
        let graph = known[known.count - 1 - random.below(min(known.count, 12))]
        let owner = ledger.graphs[graph]?.owner ?? 0
        let untilEnded = random.chance(2)
        var what = ObserveTask(graphID: graph, untilEnded: untilEnded)
        if random.chance(2), let tasks = ledger.graphs[graph]?.tasks {
            what = ObserveTask(taskID: tasks.lowerBound + UInt64(random.below(tasks.count)), untilEnded: untilEnded)
        }
        peer.request(
            .observe, .observe(graph: graph), denied: owner != peer.agentID && !isAdministrator(peer),
            ObserveRequest(envelope: envelope(&random), what: .task(what)).encoded())
    }

    private func observeEvents(_ peer: SimulatedPeer, _ random: inout SimulatedRandom) {
        let credit = 1 + random.below(20)
        let request = ObserveRequest(what: .events(ObserveEvents(streamCredit: UInt32(credit))))
        peer.request(.observe, .events, itemCredit: credit, request.encoded())
    }

    private func observeOther(_ peer: SimulatedPeer, _ random: inout SimulatedRandom) {
        let what: ObserveRequest.WhatChoice =
            switch random.below(4) {
            case 0: .stats(Nothing())
            case 1: .health(Nothing())
            case 2: .agents(Nothing())
            default: .drivers(Nothing())
            }
        peer.request(.observe, .other, ObserveRequest(what: what).encoded())
    }

    private func explain(_ peer: SimulatedPeer, _ random: inout SimulatedRandom) {
        guard let decision = peer.lastDecision else { return queryPolicy(peer, &random) }
        let request = ExplainActionRequest(
            envelope: envelope(&random), what: .decision(decision), level: random.chance(2) ? .brief : .detailed)
        peer.request(.explainAction, .other, request.encoded())
    }

    private func queryPolicy(_ peer: SimulatedPeer, _ random: inout SimulatedRandom) {
        let request = QueryPolicyRequest(
            action: "context.read", resource: Cast.contexts[random.below(Cast.contexts.count)],
            inputJson: random.chance(3) ? Array("{\"n\": \(random.below(5))}".utf8) : [])
        peer.request(.queryPolicy, .other, request.encoded())
    }

    private func arbitrate(_ peer: SimulatedPeer, _ random: inout SimulatedRandom) {
        let capability = capability(&random)
        let request = ArbitrateRequest(capability: Cast.capabilities[capability], count: 2)
        peer.request(.arbitrate, .other, denied: Cast.deniesCapability(capability), request.encoded())
    }

    private func tune(_ peer: SimulatedPeer, _ random: inout SimulatedRandom) {
        let what: TuneSystemRequest.WhatChoice
        var kind = OpenRequest.Kind.other
        let isDry = random.chance(6)
        switch random.below(isAdministrator(peer) ? 8 : 4) {
        case 0:
            what = .drain(TuneNothing())
            if !isDry { kind = .drain(true) }
        case 1: what = .driver(TuneDriver(name: Cast.drivers[random.below(3)].name, action: .restart))
        case 2: what = .policy(TunePolicy(what: .reload(TuneNothing())))
        default:
            what = .resume(TuneNothing())
            if !isDry { kind = .drain(false) }
        }
        peer.request(
            .tuneSystem, kind, denied: !isAdministrator(peer),
            TuneSystemRequest(envelope: envelope(&random), dryRun: isDry, what: what).encoded())
    }

    /// Calls that are refused for what they are.
    private func oddity(_ peer: SimulatedPeer, _ random: inout SimulatedRandom) {
        switch random.below(4) {
        case 0: peer.request(.registerAgent, .other, RegisterAgentRequest(name: "again").encoded())
        case 1: peer.request(.decide, .other, DecideRequest().encoded())
        case 2:
            peer.request(
                .commitTask, .other, CommitTaskRequest(tasks: [TaskSpec(localID: "x", dependsOn: ["y"])]).encoded())
        default: peer.request(.remember, .other, RememberRequest().encoded())
        }
    }

    func bytes(_ count: Int, _ filler: UInt8) -> [UInt8] { [UInt8](repeating: filler, count: count) }
}
