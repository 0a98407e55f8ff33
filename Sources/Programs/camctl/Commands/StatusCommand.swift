// camctl status: is camd well, and what about each part of it?

import ABI
import CAMClient
import CommandLineInterface
import ProtobufWire

enum StatusCommand {
    static let command = Command(
        "status", "Show whether camd is well, and each of its parts.",
        discussion: "Ends with 0 where everything is well and with 1 where something is not."
    ) { invocation, console in
        try await KernelConnection.with(.whicheverIsOpen, invocation, console) { client in
            let answer = try await client.observe(
                ObserveRequest(what: .health(Nothing())), timeout: invocation.timeout)
            let health = answer.health ?? Health()
            if invocation.wantsJSON {
                console.json(JSONText(message: health))
            } else {
                show(health, console)
            }
            return health.healthy ? .ok : .failed
        }
    }

    private static func show(_ health: Health, _ console: Console) {
        let kernel = health.kernel ?? KernelInfo()
        let uptime = Shown.duration(microseconds: health.uptimeMs * 1000)
        let state = health.healthy ? "well" : "not well"
        console.line("camd \(kernel.version) is \(state), up \(uptime), epoch \(kernel.epoch)")
        console.line("policy \(kernel.policyVersion)")
        if health.draining { console.line("draining: no new tasks are taken; 'camctl resume' ends that") }
        console.line()
        var table = Table([.init("PART"), .init("WELL"), .init("STATE", flexible: true)])
        for part in health.parts {
            table.add([part.name.string, part.healthy ? "yes" : "NO", part.state.string])
        }
        console.table(table)
    }
}
