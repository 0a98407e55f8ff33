// The engine of memory contexts over a store that says anything: old pieces, pieces of others, and noise.

import ABI
import Bytes
import Contexts
import Crypto
import ProtobufWire

/// What the engine must give whatever the store says: one result for each operation, and no value but one that was
/// written under that very name.
struct FuzzStore {
    private struct Name: Hashable {
        let owner: UInt64
        let context: Text
        let key: Text
    }

    private let engine: ContextEngine
    private var nowMs: UInt64 = 1_700_000_000_000
    private var lastID: UInt64 = 0
    private var open: [UInt64: ContextRequest] = [:]
    private var written: [Name: [[UInt8]]] = [:]
    /// Commands that were taken and not answered.
    private var taken: [ContextCommand] = []
    /// What an honest store would have, by key, newest last.
    private var kept: [ContextKeyID: [StoreProposal]] = [:]
    /// Every record and head there ever was.
    private var pieces: [[UInt8]] = [[]]

    private init() {
        var master = [UInt8](repeating: 9, count: 32)
        var nonces: UInt8 = 0
        engine = ContextEngine(
            key: SecretKey(moving: &master), operationsMax: 12, bytesMax: 16 << 10, versionsRemembered: 3
        ) { count in
            nonces &+= 1
            return [UInt8](repeating: nonces, count: count)
        }
        engine.cameBack()
    }

    static func run(_ input: inout FuzzInput) throws(FuzzFinding) {
        var store = FuzzStore()
        for _ in 0..<200 where !input.isEmpty {
            try store.step(&input)
            try store.takeResults()
        }
        try store.finish()
    }

    private mutating func step(_ input: inout FuzzInput) throws(FuzzFinding) {
        switch input.below(8) {
        case 0, 1, 2: submit(&input)
        case 3: takeCommands()
        case 4, 5:
            takeCommands()
            let choice = Int(input.byte())
            guard !taken.isEmpty else { return }
            let command = taken.remove(at: choice % taken.count)
            engine.replied(command.number, reply(command, &input), nowMs: nowMs)
        case 6: nowMs = input.below(4) == 0 ? 1_700_000_000_000 : nowMs + (input.number() & 0xFFFF_FFFF)
        default:
            engine.wentAway("gone", retryAfterMs: 500, nowMs: nowMs)
            taken = []
            if input.below(4) > 0 { engine.cameBack() }
        }
    }

    private mutating func submit(_ input: inout FuzzInput) {
        let name = Name(
            owner: UInt64(input.below(2)) + 1, context: input.oneOf(["notes", "n", ""]),
            key: input.oneOf(["k", "l", "kk"]))
        let kind = input.below(4)
        let version: UInt64? = input.below(3) == 0 ? input.number() : nil
        let operation: ContextOperation
        switch kind {
        case 0, 1:
            // No two names have a value in common.
            let value = input.piece() + [UInt8(name.owner)] + Array("\(name.context)/\(name.key)".utf8)
            written[name, default: []].append(value)
            operation = .store(
                key: name.key, value: value, contentType: "x", ttlMs: kind == 0 ? nil : input.number(),
                ifVersion: version, provenance: Provenance(agentID: name.owner))
        case 2: operation = .recall(key: name.key, version: version)
        default:
            let cursor = input.below(4) == 0 ? Text(String(decoding: input.piece(), as: UTF8.self)) : ""
            operation = .list(prefix: input.oneOf(["", "k", "z"]), cursor: cursor, limit: input.below(5))
        }
        lastID += 1
        let request = ContextRequest(id: lastID, owner: name.owner, context: name.context, operation: operation)
        open[lastID] = request
        engine.submit(request, nowMs: nowMs)
    }

    private mutating func takeCommands() {
        while let command = engine.nextCommand(nowMs: nowMs) {
            if case .store(let proposal) = command.action {
                pieces += [proposal.record, head(proposal), proposal.entry]
            }
            taken.append(command)
        }
    }

    private func head(_ proposal: StoreProposal) -> [UInt8] {
        var bytes: [UInt8] = []
        for number in [proposal.version, 1, proposal.expiryMs] { bytes.append(bigEndian: number) }
        return bytes + proposal.entry
    }

    // MARK: What the store says

    private mutating func reply(_ command: ContextCommand, _ input: inout FuzzInput) -> ContextReply {
        switch input.below(14) {
        case 0...3: return honest(command)
        case 4: return .again
        case 5: return .refused(retryAfterMs: 7, reason: "busy")
        case 6: return .full(reason: "full")
        case 7: return input.below(2) == 0 ? .damaged : .senseless
        case 8:
            return .store(
                input.oneOf([.stored, .conflict(current: input.number()), .stale(next: input.number())]))
        case 9: return .none(newest: input.number())
        case 10: return .newest(head: piece(&input), record: piece(&input))
        case 11: return .older(record: piece(&input))
        case 12: return input.below(2) == 0 ? .ended(head: piece(&input)) : .lost(head: piece(&input))
        default:
            let keys = [command.id.key] + kept.keys.map(\.key).sorted()
            let heads = (0..<input.below(4)).map { _ in (key: input.oneOf(keys), head: piece(&input)) }
            return .listed(heads, last: input.below(2) == 0 ? nil : input.oneOf(keys), more: input.below(2) == 0)
        }
    }

    /// Something that was there once, whole or changed.
    private func piece(_ input: inout FuzzInput) -> [UInt8] {
        var piece = pieces[Int(input.byte()) % pieces.count]
        switch input.below(4) {
        case 0 where !piece.isEmpty: piece[Int(input.byte()) % piece.count] ^= input.byte()
        case 1: piece = Array(piece.prefix(input.below(64))) + input.piece()
        default: break
        }
        return piece
    }

    private mutating func honest(_ command: ContextCommand) -> ContextReply {
        let newest = kept[command.id]?.last
        switch command.action {
        case .store(let proposal):
            let current = newest?.version ?? 0
            if let expected = proposal.ifVersion, expected != current { return .store(.conflict(current: current)) }
            guard proposal.version > current else { return .store(.stale(next: current + 1)) }
            kept[command.id, default: []].append(proposal)
            return .store(.stored)
        case .recall(let version):
            guard let newest else { return .none(newest: 0) }
            guard let version, version != newest.version else {
                return .newest(head: head(newest), record: newest.record)
            }
            guard let found = kept[command.id]?.first(where: { $0.version == version }) else {
                return .none(newest: newest.version)
            }
            return .older(record: found.record)
        case .list(let batch):
            let all = kept.filter { $0.key.context == command.id.context }.sorted { $0.key.key < $1.key.key }
            let after = all.filter { batch.after == nil || $0.key.key > batch.after! }
            let page = after.prefix(batch.count)
            return .listed(
                page.compactMap { id, versions in versions.last.map { (key: id.key, head: head($0)) } },
                last: page.last?.key.key, more: after.count > page.count)
        }
    }

    // MARK: What the engine must give

    private mutating func takeResults() throws(FuzzFinding) {
        while let (id, result) = engine.nextResult() {
            guard let request = open.removeValue(forKey: id) else { throw FuzzFinding("operation \(id) ends twice") }
            guard case .recalled(let value, let entry) = result else { continue }
            guard case .recall(let key, let version) = request.operation, entry.key == key,
                entry.version == version ?? entry.version,
                written[Name(owner: request.owner, context: request.context, key: key)]?.contains(value) == true
            else { throw FuzzFinding("a value that was not written under this name") }
        }
    }

    private mutating func finish() throws(FuzzFinding) {
        for _ in 0..<1_000 {
            takeCommands()
            guard let command = taken.popLast() else { break }
            engine.replied(command.number, .damaged, nowMs: nowMs)
        }
        try takeResults()
        guard open.isEmpty, engine.count == 0 else { throw FuzzFinding("\(open.count) operations never end") }
    }
}
