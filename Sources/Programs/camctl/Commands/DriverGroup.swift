// camctl driver: what can be done to one driver.

import ABI
import CAMClient
import CommandLineInterface
import ProtobufWire

enum DriverGroup {
    private static let name = Argument<String>.text("NAME", "The driver, as 'camctl drivers' names it.")
    private static let lines = Option<Int?>.integer(
        "lines", "COUNT", 1...1000, "How many lines; 100 where nothing is said.")

    static let command = Command(
        group: "driver", "Restart a driver, or read what it wrote.", subcommands: [restart, logs])

    private static let restart = Command(
        "restart", "End a driver's process and start it again; its tasks are tried again or fail with a reason.",
        arguments: [name.declaration]
    ) { invocation, console in
        let action = TuneDriver(name: Text(invocation[name]), action: .restart)
        return try await Tuning.run(.driver(action), invocation, console)
    }

    private static let logs = Command(
        "logs", "Show the last lines that a driver wrote to stderr.", options: [lines.declaration],
        arguments: [name.declaration]
    ) { invocation, console in
        try await KernelConnection.with(.administrator, invocation, console) { client in
            let request = ObserveLogs(driver: Text(invocation[name]), lines: UInt32(invocation[lines] ?? 100))
            let answer = try await client.observe(
                ObserveRequest(what: .driverLogs(request)), timeout: invocation.timeout)
            if invocation.wantsJSON {
                console.json(.array(answer.lines.map { .text($0.string) }))
            } else {
                for line in answer.lines { console.line(Table.printable(line.string)) }
            }
            return .ok
        }
    }
}
