// camctl agents: who is registered, and what each has done.

import ABI
import CAMClient
import CommandLineInterface
import ProtobufWire

enum AgentsCommand {
    static let command = Command("agents", "List the agents that are registered.") { invocation, console in
        try await KernelConnection.with(.administrator, invocation, console) { client in
            let answer = try await client.observe(
                ObserveRequest(what: .agents(Nothing())), timeout: invocation.timeout)
            if invocation.wantsJSON {
                console.json(.array(answer.agents.map { JSONText(message: $0) }))
            } else {
                console.table(table(answer.agents))
            }
            return .ok
        }
    }

    static func table(_ agents: [AgentStatus]) -> Table {
        var table = Table([
            .init("ID", .right), .init("NAME"), .init("UID", .right), .init("PID", .right),
            .init("CONNECTIONS", .right),
            .init("CALLS", .right), .init("DENIED", .right), .init("COST", .right), .init("CONFINEMENT"),
            .init("LABELS", flexible: true), .init("OFFERS", flexible: true),
        ])
        for agent in agents {
            table.add([
                String(agent.agentID), agent.name.string, String(agent.uid), String(agent.pid),
                String(agent.connections), String(agent.calls), String(agent.denied),
                Shown.cost(micros: agent.costMicros), agent.confinement.string,
                Shown.orDash(Shown.labels(agent.labels)),
                Shown.orDash(agent.offers.map(\.string).joined(separator: " ")),
            ])
        }
        return table
    }
}
