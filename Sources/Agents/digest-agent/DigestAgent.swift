// The whole job, from the folder to the explanation.

import ABI
import CAMClient
import Foundation
import ProtobufWire

/// How the program ends.
enum ExitCode: Int32 {
    case success = 0
    case someFailed = 1
    case usage = 2
    case unreachable = 3
    case refused = 4
}

struct DigestAgent {
    let arguments: Arguments
    let terminal: Terminal

    func run() async -> ExitCode {
        do {
            return try await work()
        } catch let error as UsageError {
            terminal.note("digest-agent: \(error)")
            return .usage
        } catch let failure as ConnectionFailure {
            terminal.note("digest-agent: \(failure)")
            return .unreachable
        } catch let failure as CallFailure {
            terminal.note("digest-agent: camd refused: \(failure)")
            return .refused
        } catch {
            terminal.note("digest-agent: \(error)")
            return .someFailed
        }
    }

    private func work() async throws -> ExitCode {
        let folder = try DocumentFolder(
            arguments.folder, documentsMax: arguments.documentsMax, documentBytesMax: arguments.documentBytesMax)
        for note in folder.notes { terminal.note(note) }
        let bytes = folder.documents.reduce(0) { $0 + $1.bytes.count }
        terminal.note("read \(folder.documents.count) documents with \(bytes) bytes from \(arguments.folder)")
        let client = try await CAMClient.connect(
            ConnectOptions(
                socketPath: arguments.socketPath, name: "digest-agent", labels: [Label(name: "use", value: "text")]))
        terminal.note("connected to camd \(client.session.kernel?.version ?? "") as agent \(client.agentID)")
        let code = try await work(folder, client)
        await client.close()
        return code
    }

    private func work(_ folder: DocumentFolder, _ client: CAMClient) async throws -> ExitCode {
        let memory = DigestMemory(client: client)
        let known = try await memory.entries()
        try await tellOfEarlierRun(known, memory)
        let graph = DigestGraph(
            folder.documents, title: "Digest of \(folder.documents.count) documents in \(arguments.folder)",
            idempotencyKey: Self.key())
        let run = GraphRun(
            client: client, graph: graph, terminal: terminal, timeout: .seconds(Int64(arguments.timeoutSeconds)))
        let statuses = try await run.statuses()
        let rows = Array(zip(graph.tasks, statuses)).map { (task: $0.0, status: $0.1) }
        let stored = await memory.store(
            rows.filter { $0.status.state == .succeeded }.map { row in
                (
                    DigestMemory.key(row.task.document, row.task.kind), row.status.output, row.status.contentType,
                    row.status.taskID
                )
            }, known: known)
        tellOfStores(stored, replaced: rows.count { known[DigestMemory.key($0.task.document, $0.task.kind)] != nil })
        show(rows)
        try await explain(rows, client)
        let allSucceeded = rows.count == graph.tasks.count && rows.allSatisfy { $0.status.state == .succeeded }
        return allSucceeded && stored.failures.isEmpty ? .success : .someFailed
    }

    /// Every run is a request of its own; within one, the key lets a broken connection send it again.
    private static func key() -> String {
        let process = ProcessInfo.processInfo
        return "digest-\(process.processIdentifier)-\(UInt64(Date().timeIntervalSince1970 * 1e6))"
    }

    private func tellOfEarlierRun(_ known: [Text: ContextEntry], _ memory: DigestMemory) async throws {
        guard !known.isEmpty else { return terminal.note("found no results of an earlier run in memory") }
        terminal.note("found \(known.count) results from an earlier run in memory")
        guard known["digest"] != nil, let digest = try await memory.recall("digest"), let entry = digest.entry else {
            return
        }
        let written = entry.provenance.map { provenance in
            let date = Date(timeIntervalSince1970: Double(provenance.writtenNs) / 1e9)
            return " of " + date.formatted(.iso8601)
        }
        terminal.note("its digest\(written ?? "") has \(digest.value.count) bytes and is version \(entry.version)")
    }

    private func tellOfStores(_ report: StoreReport, replaced: Int) {
        var text = "stored \(report.stored) results in the memory context digests"
        if replaced > 0 { text += ", \(replaced) of them as new versions" }
        if report.conflicts > 0 { text += "; \(report.conflicts) had been changed by somebody else meanwhile" }
        terminal.note(text)
        for failure in report.failures { terminal.note("could not store \(failure)") }
    }

    private func show(_ rows: [(task: PlannedTask, status: TaskStatus)]) {
        if let digest = rows.last, digest.task.kind == .digest, digest.status.state == .succeeded {
            terminal.result(String(decoding: digest.status.output, as: UTF8.self))
        }
        terminal.result("\nWhat ran where (cost in millionths)\n\n" + ResultTable.text(rows))
        for row in rows where row.status.state != .succeeded {
            terminal.note("\(row.task.localID) \(row.status.state.word): \(row.status.reason)")
        }
    }

    /// The routing of the first summary: there the two drivers differ most.
    private func explain(_ rows: [(task: PlannedTask, status: TaskStatus)], _ client: CAMClient) async throws {
        let candidates = rows.filter { $0.status.decisionID != nil }
        guard let row = candidates.first(where: { $0.task.kind == .summary }) ?? candidates.first,
            let decision = row.status.decisionID
        else { return }
        let answer = try await client.explainAction(
            ExplainActionRequest(what: .decision(decision), level: .detailed), timeout: .seconds(30))
        let what = row.task.kind == .digest ? "the digest" : "the \(row.task.kind.rawValue) of \(row.task.document)"
        terminal.result(
            "\nWhy \(row.status.executor) was chosen for \(what) (decision \(decision.epoch)-\(decision.sequence))\n\n")
        terminal.result(answer.text.string + (answer.text.string.hasSuffix("\n") ? "" : "\n"))
    }
}
