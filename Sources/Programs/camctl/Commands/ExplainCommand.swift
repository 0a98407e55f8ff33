// camctl explain: why was this decided?

import ABI
import CAMClient
import CommandLineInterface
import ProtobufWire

enum ExplainCommand {
    private static let id = Argument<String>.text(
        "ID", "A decision as EPOCH-SEQUENCE, a task as task:NUMBER, or the correlation id of an internal error.")
    private static let level = Option<String>.choice(
        "level", "LEVEL", of: ["brief", "detailed", "technical", "audit"], default: "detailed", "How much to tell.")

    static let command = Command(
        "explain", "Tell why something was decided: what was asked, which rules spoke, what was chosen and what lost.",
        options: [level.declaration], arguments: [id.declaration]
    ) { invocation, console in
        guard let reference = DecisionReference(invocation[id]) else {
            throw invocation.usageError(
                "ID is '\(invocation[id])'; expected EPOCH-SEQUENCE such as 3-1042, task:NUMBER, or a correlation id")
        }
        let request = ExplainActionRequest(what: reference.choice, level: explainLevel(invocation[level]))
        return try await KernelConnection.with(.whicheverIsOpen, invocation, console) { client in
            let answer = try await client.explainAction(request, timeout: invocation.timeout)
            if invocation.wantsJSON { console.json(JSONText(message: answer)) } else { show(answer, console) }
            return .ok
        }
    }

    private static func explainLevel(_ text: String) -> ExplainLevel {
        switch text {
        case "brief": .brief
        case "technical": .technical
        case "audit": .audit
        default: .detailed
        }
    }

    private static func show(_ answer: ExplainActionResponse, _ console: Console) {
        for line in answer.text.string.split(separator: "\n", omittingEmptySubsequences: false) {
            console.line(Table.printable(String(line)))
        }
        if let proof = answer.proof {
            console.line("\nproof: leaf \(proof.leafIndex) of a tree of \(proof.treeSize), \(proof.path.count) hashes")
        }
    }
}
