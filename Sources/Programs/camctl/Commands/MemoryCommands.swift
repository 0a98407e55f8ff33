// camctl remember, recall and list: memory contexts.

import ABI
import CAMClient
import CommandLineInterface
import ProtobufWire
import Wording

/// What the three commands have in common.
enum MemoryArguments {
    static let context = Argument<String>.text("CONTEXT", "The context's name.")
    static let key = Argument<String>.text("KEY", "The key in it.")
    static let owner = Option<Int?>.integer(
        "owner", "AGENT", 1...Int.max, "The agent that the context belongs to; this one where nothing is said.")

    static func reference(_ invocation: Invocation) -> ContextRef {
        ContextRef(owner: UInt64(invocation[owner] ?? 0), name: Text(invocation[context]))
    }
}

enum RememberCommand {
    private static let file = Argument<String?>.optional(
        "FILE", kind: .file, "The value; - or nothing is the standard input.")
    private static let ifVersion = Option<Int?>.integer(
        "if-version", "VERSION", 0...Int.max, "Store only over this version; 0 only where there is none yet.")
    private static let ttl = Option<Double?>.number("ttl", "SECONDS", 0.001...1e9, "Forget it after this long.")
    private static let contentType = Option<String?>.text(
        "content-type", "TYPE", "What the value is; text/plain where nothing is said.")

    static let command = Command(
        "remember", "Store a value under a key of a memory context.",
        options: [
            ifVersion.declaration, ttl.declaration, contentType.declaration, MemoryArguments.owner.declaration,
        ],
        arguments: [MemoryArguments.context.declaration, MemoryArguments.key.declaration, file.declaration]
    ) { invocation, console in
        let store = RememberRequest.Store(
            context: MemoryArguments.reference(invocation), key: Text(invocation[MemoryArguments.key]),
            value: try InputDocument.read(invocation[file]),
            contentType: Text(invocation[contentType] ?? "text/plain"),
            ttlMs: invocation[ttl].map { UInt64($0 * 1000) }, ifVersion: invocation[ifVersion].map { UInt64($0) })
        return try await KernelConnection.with(.agent, invocation, console) { client in
            let answer = try await client.remember(
                RememberRequest(operation: .store(store)), timeout: invocation.timeout)
            if invocation.wantsJSON {
                console.json(JSONText(message: answer))
            } else if case .stored(let stored) = answer.result {
                console.line("version \(stored.version)")
            }
            return .ok
        }
    }
}

enum RecallCommand {
    private static let version = Option<Int?>.integer(
        "version", "VERSION", 1...Int.max, "This version instead of the newest.")

    static let command = Command(
        "recall", "Print a value of a memory context, byte for byte.",
        options: [version.declaration, MemoryArguments.owner.declaration],
        arguments: [MemoryArguments.context.declaration, MemoryArguments.key.declaration]
    ) { invocation, console in
        let recall = RememberRequest.Recall(
            context: MemoryArguments.reference(invocation), key: Text(invocation[MemoryArguments.key]),
            version: invocation[version].map { UInt64($0) })
        return try await KernelConnection.with(.agent, invocation, console) { client in
            let answer = try await client.remember(
                RememberRequest(operation: .recall(recall)), timeout: invocation.timeout)
            if invocation.wantsJSON {
                console.json(JSONText(message: answer))
            } else if case .recalled(let recalled) = answer.result {
                console.bytes(recalled.value)
            }
            return .ok
        }
    }
}

enum ListCommand {
    private static let prefix = Argument<String?>.optional("PREFIX", "Only keys that begin so.")
    private static let limit = Option<Int?>.integer(
        "limit", "COUNT", 1...1_000_000, "At most so many; all where nothing is said.")

    static let command = Command(
        "list", "List the keys of a memory context.",
        options: [limit.declaration, MemoryArguments.owner.declaration],
        arguments: [MemoryArguments.context.declaration, prefix.declaration]
    ) { invocation, console in
        try await KernelConnection.with(.agent, invocation, console) { client in
            let limit = invocation[limit] ?? .max
            var entries: [ContextEntry] = []
            var cursor: Text = ""
            repeat {
                let list = RememberRequest.List(
                    context: MemoryArguments.reference(invocation), prefix: Text(invocation[prefix] ?? ""),
                    cursor: cursor, limit: UInt32(min(limit - entries.count, Limits.listEntriesMax)))
                let answer = try await client.remember(
                    RememberRequest(operation: .list(list)), timeout: invocation.timeout)
                guard case .listed(let listed) = answer.result else { break }
                entries += listed.entries
                cursor = listed.nextCursor
            } while !cursor.isEmpty && entries.count < limit
            if invocation.wantsJSON {
                console.json(.array(entries.map { JSONText(message: $0) }))
            } else {
                console.table(table(entries))
            }
            return .ok
        }
    }

    static func table(_ entries: [ContextEntry]) -> Table {
        var table = Table([
            .init("KEY", flexible: true), .init("VERSION", .right), .init("BYTES", .right), .init("TYPE"),
            .init("WRITTEN"), .init("BY", .right), .init("TASK", .right), .init("DECISION"),
        ])
        for entry in entries {
            let provenance = entry.provenance ?? Provenance()
            table.add([
                entry.key.string, String(entry.version), String(entry.valueBytes),
                Shown.orDash(entry.contentType.string), UTCTime.text(nanoseconds: provenance.writtenNs),
                String(provenance.agentID), provenance.taskID == 0 ? "-" : String(provenance.taskID),
                provenance.decisionID.shown,
            ])
        }
        return table
    }
}
