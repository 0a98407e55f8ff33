// The steps of an input's program: what peers, drivers, the store, the disk and the clock do.

import ABI
import Contexts
import Crypto
import DriverLifecycle
import Framing
import Kernel
import ProtobufWire

/// The numbers are in kept cases: they stay.
enum FuzzStep: UInt8, CaseIterable {
    case connect = 0
    case disconnect, bytes, frame, request, advance, synced, contextResult, recordRead, driverStarts, driverRegisters
    case driverExits, driverSays, answer, item, cancel, credit, policies, journalRoom, store, restart, operatorAsks
    case malformed, jump
}

extension FuzzWorld {
    mutating func step(_ input: inout FuzzInput) throws(FuzzFinding) {
        let step = FuzzStep(rawValue: UInt8(input.below(FuzzStep.allCases.count))) ?? .advance
        story?("\(step)")
        switch step {
        case .connect: try connect(&input)
        case .disconnect: if let place = peer(&input) { try disconnect(place) }
        case .bytes: if let place = peer(&input) { try arrived(place, input.piece()) }
        case .frame: try anyFrame(&input)
        case .request: try request(&input)
        case .advance: try advance(input.oneOf(Self.durations))
        case .synced: try feed(.completed(.journalSynced))
        case .contextResult: try contextResult(&input)
        case .recordRead: try recordRead(&input)
        case .driverStarts: try driverStarts(&input)
        case .driverRegisters: try driverRegisters(&input)
        case .driverExits: if let instance = Self.one(of: instances, &input) { try exited(instance, exit(&input)) }
        case .driverSays: try driverSays(&input)
        case .answer: try answer(&input)
        case .item: try item(&input)
        case .cancel: try send(.cancel, to: peer(&input), input.number(), [])
        case .credit: try send(.credit, to: peer(&input), input.number(), Credit(more: more(&input)).encoded())
        case .policies: try policiesLoaded(&input)
        case .journalRoom: try feed(.completed(.journalRoom(input.oneOf([1 << 30, 0, 600, 4096, 140_000, 270_000]))))
        case .store: try feed(.completed(.storeState(available: input.below(2) == 0, "state \(input.below(3))")))
        case .restart: try restart(&input)
        case .operatorAsks:
            let isStop = input.below(4) == 0
            isStopping = isStopping || isStop
            try feed(.request(isStop ? .drain : .reloadPolicies))
        case .malformed: if let place = peer(&input) { try feed(.malformed(peers[place].id, "it took too long")) }
        case .jump:
            now.wall = input.oneOf([0, 1_600_000_000_000_000_000, 1_700_000_000_000_000_000, 1_900_000_000_000_000_000])
        }
    }

    private static let durations: [UInt64] = [
        1_000, 1_000_000, 50_000_000, 100_000_000, 600_000_000, 1_000_000_000, 2_000_000_000, 5_000_000_000,
        10_000_000_000, 21_000_000_000, 31_000_000_000, 60_000_000_000, 3_600_000_000_000, 90_000_000_000_000,
    ]

    private func peer(_ input: inout FuzzInput) -> Int? {
        let choice = input.below(Self.peersMax)
        return peers.isEmpty ? nil : choice % peers.count
    }

    private static func one<Element>(of elements: [Element], _ input: inout FuzzInput) -> Element? {
        let choice = Int(input.byte())
        return elements.isEmpty ? nil : elements[choice % elements.count]
    }

    private func more(_ input: inout FuzzInput) -> UInt32 { UInt32(truncatingIfNeeded: input.number()) }

    // MARK: Peers

    private mutating func connect(_ input: inout FuzzInput) throws(FuzzFinding) {
        let choice = input.byte()
        guard peers.count < Self.peersMax else { return }
        let uid: UInt32 = choice & 0x80 == 0 ? FuzzFixture.uid : 2000
        try connect(choice & 1 == 0 ? .agents : .administration, uid: uid)
    }

    private mutating func anyFrame(_ input: inout FuzzInput) throws(FuzzFinding) {
        let place = peer(&input)
        let kind = FrameKind(rawValue: input.byte()) ?? .request
        let call = input.byte()
        let flags = input.byte()
        let id = input.number()
        let payload = input.piece()
        guard let place else { return }
        try frame(place, FrameHeader(kind: kind, call: call, flagsOrStatus: flags, requestID: id), payload)
    }

    /// A request made of a template and bytes that are read after it, which add to its fields or replace them.
    private mutating func request(_ input: inout FuzzInput) throws(FuzzFinding) {
        let place = peer(&input)
        let call = input.oneOf(CallNumber.allCases)
        let id = input.number()
        let templates = FuzzTemplates.requests[call] ?? []
        let choice = input.below(templates.count + 1)
        var payload = choice < templates.count ? templates[choice] : []
        if call == .registerAgent, choice == templates.count - 1, let claims {
            let token = claims.body + FuzzFixture.tokenKey.sign(claims.message)
            payload += RegisterAgentRequest(resumeToken: token).encoded()
        }
        payload += input.piece()
        guard let place else { return }
        try frame(place, FrameHeader(kind: .request, call: call.rawValue, requestID: id), payload)
    }

    private mutating func send(
        _ kind: FrameKind, to place: Int?, _ id: UInt64, _ payload: [UInt8]
    ) throws(FuzzFinding) {
        guard let place else { return }
        try frame(place, FrameHeader(kind: kind, requestID: id), payload)
    }

    private mutating func answer(_ input: inout FuzzInput) throws(FuzzFinding) {
        let upcall = Self.one(of: unanswered, &input)
        let status = input.below(20)
        var payload =
            status == 0
            ? InvokeResult(output: [1, 2, 3], contentType: "text/plain", costMicros: 5, units: 1, quality: 0.5)
                .encoded()
            : CallError(message: "no").encoded()
        payload += input.piece()
        guard let upcall, let place = peers.firstIndex(where: { $0.id == upcalls[upcall] }) else { return }
        try frame(
            place,
            FrameHeader(
                kind: .upcallResponse, call: CallNumber.think.rawValue, flagsOrStatus: UInt8(status), requestID: upcall),
            payload)
    }

    private mutating func item(_ input: inout FuzzInput) throws(FuzzFinding) {
        let upcall = Self.one(of: unanswered, &input)
        let payload = ThinkItem(output: [9]).encoded() + input.piece()
        guard let upcall, let place = peers.firstIndex(where: { $0.id == upcalls[upcall] }) else { return }
        try send(.streamItem, to: place, upcall, payload)
    }

    // MARK: Drivers

    private mutating func driverStarts(_ input: inout FuzzInput) throws(FuzzFinding) {
        let instance = Self.one(of: spawns.map(\.instance), &input)
        let isRefused = input.below(8) == 7
        guard let instance else { return }
        if isRefused {
            spawns.removeAll { $0.instance == instance }
            return try feed(.completed(.spawnRefused(instance: instance, "no")))
        }
        try spawned(instance)
        // Its socket is there with its process.
        try connect(.driver(instance: instance), uid: FuzzFixture.uid)
    }

    private mutating func driverRegisters(_ input: inout FuzzInput) throws(FuzzFinding) {
        let place = peer(&input)
        let extra = input.piece()
        guard let place, case .driver(let instance) = peers[place].door else { return }
        try frame(
            place, FrameHeader(kind: .request, call: CallNumber.registerAgent.rawValue, requestID: 1),
            RegisterAgentRequest(driverSecret: Self.secret(instance)).encoded() + extra)
    }

    private func exit(_ input: inout FuzzInput) -> DriverExit {
        switch input.below(6) {
        case 0: .exited(code: 0)
        case 1: .signalled(31)
        case 2: .signalled(9)
        case 3: .forbiddenCall(name: "ptrace")
        case 4: .outOfMemory(limitBytes: 1 << 20)
        default: .notStarted(step: input.below(2) == 0 ? "require" : "mount", errno: 1, detail: "x")
        }
    }

    private mutating func driverSays(_ input: inout FuzzInput) throws(FuzzFinding) {
        let instance = Self.one(of: instances, &input) ?? 99
        let text = Text(String(decoding: input.piece(), as: UTF8.self))
        switch input.below(3) {
        case 0: try feed(.completed(.driverSaid(instance: instance, .violation(text))))
        case 1: try feed(.completed(.driverSaid(instance: instance, .stderr([text, "end"]))))
        default:
            let report = SandboxReport(level: text, layers: [SandboxLayer(name: "seccomp", applied: true)])
            try feed(.completed(.sandboxed(instance: instance, report)))
        }
    }

    // MARK: What the kernel asked for

    private mutating func contextResult(_ input: inout FuzzInput) throws(FuzzFinding) {
        let kind = input.below(10)
        let number = input.number()
        let piece = input.piece()
        guard !contexts.isEmpty else { return }
        let request = contexts.remove(at: Int(number % UInt64(contexts.count)))
        let text = Text(String(decoding: piece, as: UTF8.self))
        let entry = (try? ContextEntry(decoding: piece)) ?? ContextEntry(key: text, version: number)
        let result: ContextResult =
            switch kind {
            case 0: .stored(version: number)
            case 1: .recalled(value: piece, entry: entry)
            case 2: .listed([entry, entry], next: text)
            case 3: .conflict(current: number)
            case 4: .notFound
            case 5: .unavailable(retryAfterMs: UInt32(truncatingIfNeeded: number), reason: text)
            case 6: .outcomeUnknown(reason: text)
            case 7: .dataLoss(reason: text)
            case 8: .tooLarge(limit: 8 << 20)
            default: .storeFull(reason: text)
            }
        try feed(.completed(.context(operation: request.id, result)))
    }

    private mutating func recordRead(_ input: inout FuzzInput) throws(FuzzFinding) {
        let kind = input.below(8)
        let piece = kind == 7 ? input.piece() : []
        guard !reads.isEmpty else { return }
        let (sequence, token) = reads.removeFirst()
        let entry = record(sequence)
        switch kind {
        case 5: try feed(.completed(.record(token: token, epoch: 0, bytes: nil)))
        case 6: try feed(.completed(.record(token: token, epoch: .max, bytes: entry?.bytes)))
        case 7:
            try feed(.completed(.record(token: token, epoch: entry?.epoch ?? 0, bytes: (entry?.bytes ?? []) + piece)))
        default: try feed(.completed(.record(token: token, epoch: entry?.epoch ?? 0, bytes: entry?.bytes)))
        }
    }

    private mutating func policiesLoaded(_ input: inout FuzzInput) throws(FuzzFinding) {
        let choice = input.below(FuzzFixture.policies.count + 1)
        guard !loads.isEmpty else { return }
        let token = loads.removeFirst()
        guard choice < FuzzFixture.policies.count else {
            return try feed(.completed(.policies(token: token, .refused("it does not parse"))))
        }
        try feed(.completed(.policies(token: token, .loaded(FuzzFixture.policies[choice]))))
    }

    /// What was not durable may be lost, from the end.
    private mutating func restart(_ input: inout FuzzInput) throws(FuzzFinding) {
        let durable = (journal.lastIndex(where: \.durable) ?? -1) + 1
        let kept = input.below(2) == 0 ? journal.count : durable + input.below(4)
        try restart(keeping: min(kept, journal.count))
    }
}
