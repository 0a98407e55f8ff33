// Where results are kept: the memory context "digests" of this agent.

import ABI
import CAMClient
import ProtobufWire

/// How storing went, for people.
struct StoreReport: Sendable, Equatable {
    var stored = 0
    /// Somebody else had stored a newer version meanwhile; ours went on top of it.
    var conflicts = 0
    var failures: [String] = []
}

struct DigestMemory: Sendable {
    static let context = ContextRef(name: "digests")
    /// Calls under way at once.
    static let callsMax = 16

    let client: CAMClient

    /// The key of a result: the document's name and the kind of work. A name too long for a key keeps its beginning and gets a
    /// digest of the rest.
    static func key(_ document: String, _ kind: WorkKind) -> Text {
        if kind == .digest { return "digest" }
        let suffix = "/\(kind.rawValue)"
        if document.utf8.count + suffix.utf8.count <= Limits.contextNameBytesMax { return Text(document + suffix) }
        // FNV-1a, 64 bits.
        let hash = document.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        var beginning = ""
        for character in document {
            if beginning.utf8.count + character.utf8.count > 200 { break }
            beginning.append(character)
        }
        return Text(beginning + "~" + String(hash, radix: 16) + suffix)
    }

    /// What an earlier run has left, by key.
    func entries() async throws -> [Text: ContextEntry] {
        var found: [Text: ContextEntry] = [:]
        var cursor: Text = ""
        repeat {
            let list = RememberRequest.List(context: Self.context, cursor: cursor, limit: UInt32(Limits.listEntriesMax))
            let answer = try await client.remember(RememberRequest(operation: .list(list)), timeout: .seconds(30))
            guard case .listed(let listed)? = answer.result else { return found }
            for entry in listed.entries { found[entry.key] = entry }
            cursor = listed.nextCursor
        } while !cursor.isEmpty
        return found
    }

    func recall(_ key: Text) async throws -> RememberResponse.Recalled? {
        let recall = RememberRequest.Recall(context: Self.context, key: key)
        let answer = try await client.remember(RememberRequest(operation: .recall(recall)), timeout: .seconds(30))
        guard case .recalled(let recalled)? = answer.result else { return nil }
        return recalled
    }

    /// Stores results, each on top of the version that `known` tells, or as the first where it tells none.
    func store(
        _ results: [(key: Text, value: [UInt8], contentType: Text, task: UInt64)], known: [Text: ContextEntry]
    ) async -> StoreReport {
        await withTaskGroup(of: StoreReport.self) { group in
            var report = StoreReport()
            for (index, result) in results.enumerated() {
                if index >= Self.callsMax, let part = await group.next() { report.add(part) }
                group.addTask {
                    await store(
                        result.key, result.value, result.contentType, task: result.task,
                        ifVersion: known[result.key]?.version ?? 0)
                }
            }
            for await part in group { report.add(part) }
            return report
        }
    }

    private func store(
        _ key: Text, _ value: [UInt8], _ contentType: Text, task: UInt64, ifVersion: UInt64
    ) async -> StoreReport {
        do {
            try await put(key, value, contentType, task: task, ifVersion: ifVersion)
            return StoreReport(stored: 1)
        } catch let failure as CallFailure where failure.status == .aborted {
            return await storeOverConflict(key, value, contentType, task: task)
        } catch {
            return StoreReport(failures: ["\(key): \(error)"])
        }
    }

    /// The compare-and-set lost: looks at what is there now, and puts ours on top once more.
    private func storeOverConflict(
        _ key: Text, _ value: [UInt8], _ contentType: Text, task: UInt64
    ) async -> StoreReport {
        do {
            let current = try await recall(key)?.entry?.version ?? 0
            try await put(key, value, contentType, task: task, ifVersion: current)
            return StoreReport(stored: 1, conflicts: 1)
        } catch {
            return StoreReport(conflicts: 1, failures: ["\(key): \(error)"])
        }
    }

    private func put(
        _ key: Text, _ value: [UInt8], _ contentType: Text, task: UInt64, ifVersion: UInt64
    ) async throws {
        let store = RememberRequest.Store(
            context: Self.context, key: key, value: value, contentType: contentType, ifVersion: ifVersion)
        let request = RememberRequest(envelope: Envelope(taskID: task), operation: .store(store))
        _ = try await client.remember(request, timeout: .seconds(30))
    }
}

extension StoreReport {
    fileprivate mutating func add(_ other: StoreReport) {
        stored += other.stored
        conflicts += other.conflicts
        failures += other.failures
    }
}
