// camctl events: what happens, as it happens.

import ABI
import CAMClient
import CommandLineInterface
import Configuration
import ProtobufWire
import Wording

enum EventsCommand {
    private static let kinds = Option<[String]>.texts(
        "kind", "KIND", "Only events of this kind: task, agent, driver, policy, denial or store.")
    private static let graph = Option<Int?>.integer("graph", "GRAPH", 1...Int.max, "Only events of this graph.")
    private static let since = Option<Int?>.integer(
        "since", "SEQUENCE", 0...Int.max, "Begin with this sequence number instead of now.")

    private static let kindNames: [(name: String, kind: EventKind)] = [
        ("task", .task), ("agent", .agent), ("driver", .driver), ("policy", .policy), ("denial", .denial),
        ("store", .store),
    ]

    static let command = Command(
        "events", "Follow what happens in camd until interrupted.",
        discussion: "With --json each event is one line.",
        options: [kinds.declaration, graph.declaration, since.declaration]
    ) { invocation, console in
        let filter = ObserveEvents(
            kinds: try eventKinds(invocation), graphID: UInt64(invocation[graph] ?? 0),
            since: UInt64(invocation[since] ?? 0))
        return try await KernelConnection.with(.whicheverIsOpen, invocation, console) { client in
            let stream = client.events(filter)
            for try await event in stream {
                if invocation.wantsJSON {
                    console.line(JSONText(message: event).renderedOnOneLine())
                } else {
                    show(event, console)
                }
            }
            _ = try await stream.response()
            return .ok
        }
    }

    private static func eventKinds(_ invocation: Invocation) throws(UsageError) -> [EventKind] {
        var kinds: [EventKind] = []
        for name in invocation[self.kinds] {
            guard let known = kindNames.first(where: { $0.name == name }) else {
                let names = kindNames.map(\.name)
                let hint = NearestName.of(name, among: names).map { "; did you mean '\($0)'?" } ?? ""
                throw invocation.usageError(
                    "--kind is '\(name)'; expected one of \(names.joined(separator: ", "))\(hint)")
            }
            kinds.append(known.kind)
        }
        return kinds
    }

    private static func show(_ event: Event, _ console: Console) {
        if event.missed > 0 { console.error("camctl: \(event.missed) events were left out; this end read too slowly") }
        var parts = [UTCTime.text(nanoseconds: event.atNs), event.kind.description]
        if let task = event.task {
            parts.append("task \(task.taskID) \(task.capability) \(task.state)")
            if !task.executor.isEmpty { parts.append("on \(task.executor)") }
            if !task.reason.isEmpty { parts.append(task.reason.string) }
        } else {
            parts += [event.subject.string, event.what.string].filter { !$0.isEmpty }
        }
        parts.append(event.decisionID.shown)
        console.line(Table.printable(parts.joined(separator: "  ")))
    }
}
