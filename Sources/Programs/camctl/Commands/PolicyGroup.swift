// camctl policy: the group, and what asks camd: query and reload.

import ABI
import CAMClient
import CommandLineInterface
import ProtobufWire

enum PolicyGroup {
    private static let action = Argument<String>.text(
        "ACTION", "For example context.write or capability.text.summarize.")
    private static let resource = Argument<String?>.optional("RESOURCE", "What it would be done to.")
    private static let owner = Option<Int?>.integer(
        "owner", "AGENT", 1...Int.max, "The agent that the resource belongs to; the subject where nothing is said.")
    private static let subject = Option<Int?>.integer(
        "subject", "AGENT", 1...Int.max, "The agent who would do it; this one where nothing is said.")
    private static let context = Option<String?>.text("context", "JSON", "An object that policy sees as input.context.")
    private static let explain = Option<String>.choice(
        "explain", "HOW", of: ["none", "fails", "full"], default: "fails", "How much of the evaluation to show.")

    static let command = Command(
        group: "policy", "Ask the policy what is allowed; check, test and load its files; grant what was denied.",
        subcommands: [
            query, PolicyFileCommands.check, PolicyTestCommand.command, PolicyFileCommands.eval,
            PolicyFormatCommand.command, reload,
            PolicyHistoryCommand.command, PolicyGrantCommand.command,
        ])

    private static let query = Command(
        "query", "Ask whether an action would be allowed, and why.",
        discussion: "Ends with 0 where it is allowed and with 4 where it is not.",
        options: [owner.declaration, subject.declaration, context.declaration, explain.declaration],
        arguments: [action.declaration, resource.declaration]
    ) { invocation, console in
        let request = QueryPolicyRequest(
            action: Text(invocation[action]), resource: Text(invocation[resource] ?? ""),
            owner: UInt64(invocation[owner] ?? 0), subject: UInt64(invocation[subject] ?? 0),
            inputJson: Array((invocation[context] ?? "").utf8), explain: level(invocation[explain]))
        // Another agent's rights are an administrator's business.
        let access: Access = invocation[subject] == nil ? .agent : .whicheverIsOpen
        return try await KernelConnection.with(access, invocation, console) { client in
            let answer = try await client.queryPolicy(request, timeout: invocation.timeout)
            if invocation.wantsJSON { console.json(JSONText(message: answer)) } else { show(answer, console) }
            return answer.allow ? .ok : .denied
        }
    }

    private static let reload = Command(
        "reload", "Read the policy files again; where they have a mistake the old policy stays."
    ) { invocation, console in
        try await Tuning.run(.policy(TunePolicy(what: .reload(TuneNothing()))), invocation, console)
    }

    private static func level(_ text: String) -> Explain {
        switch text {
        case "none": .none
        case "full": .full
        default: .fails
        }
    }

    private static func show(_ answer: QueryPolicyResponse, _ console: Console) {
        console.line(answer.allow ? "allowed" : "denied")
        for reason in answer.reasons { console.line("  \(Table.printable(reason.string))") }
        if let denial = answer.denial {
            console.line("  reason \(denial.reason)")
            if !denial.ask.isEmpty { console.line("  \(Table.printable(denial.ask.string))") }
        }
        for obligation in answer.obligations { console.line("  obligation \(Shown.labels([obligation]))") }
        if !answer.trace.isEmpty { console.line() }
        for line in answer.trace { console.line("  \(Table.printable(line.string))") }
        let origin = answer.cached ? "from the cache" : "in \(answer.steps) steps"
        console.line("\npolicy \(answer.policyVersion), \(origin), decision \(answer.decisionID.shown)")
    }
}
