// camctl drivers: what each driver offers, how it fares, and what its sandbox really is.

import ABI
import CAMClient
import CommandLineInterface
import Configuration
import ProtobufWire
import Wording

enum DriversCommand {
    private static let name = Argument<String?>.optional("NAME", "Show everything about this one.")

    static let command = Command(
        "drivers", "List the drivers, or show one with its sandbox and last words.", arguments: [name.declaration]
    ) { invocation, console in
        try await KernelConnection.with(.administrator, invocation, console) { client in
            let answer = try await client.observe(
                ObserveRequest(what: .drivers(Nothing())), timeout: invocation.timeout)
            guard let name = invocation[name] else {
                if invocation.wantsJSON {
                    console.json(.array(answer.drivers.map { JSONText(message: $0) }))
                } else {
                    console.table(table(answer.drivers))
                }
                return .ok
            }
            let chosen = answer.drivers.filter { $0.name.string == name }
            guard !chosen.isEmpty else { throw UnknownDriver(name: name, known: answer.drivers.map(\.name.string)) }
            for driver in chosen {
                if invocation.wantsJSON { console.json(JSONText(message: driver)) } else { show(driver, console) }
            }
            return .ok
        }
    }

    static func table(_ drivers: [DriverStatus]) -> Table {
        var table = Table([
            .init("NAME"), .init("VERSION"), .init("STATE"), .init("PID", .right), .init("BUSY", .right),
            .init("CALLS", .right), .init("FAILED", .right), .init("RESTARTS", .right), .init("LATENCY", .right),
            .init("SANDBOX"), .init("VIOLATIONS", .right), .init("CAPABILITIES", flexible: true),
        ])
        for driver in drivers {
            table.add([
                driver.name.string, driver.version.string, driver.state.string,
                driver.pid == 0 ? "-" : String(driver.pid), "\(driver.busy)/\(driver.slots)", String(driver.calls),
                String(driver.failures), String(driver.restarts),
                driver.latencyUs == 0 ? "-" : Shown.duration(microseconds: driver.latencyUs),
                sandbox(driver.sandbox), String(driver.violations.count),
                driver.capabilities.map(\.name.string).joined(separator: " "),
            ])
        }
        return table
    }

    /// The level and how many of its layers are in force.
    private static func sandbox(_ report: SandboxReport?) -> String {
        guard let report else { return "-" }
        return "\(report.level) \(report.layers.filter(\.applied).count)/\(report.layers.count)"
    }

    private static func show(_ driver: DriverStatus, _ console: Console) {
        console.table(table([driver]))
        if !driver.lastExit.isEmpty { console.line("\nlast exit: \(driver.lastExit)") }
        console.line()
        console.table(capabilities(driver.capabilities))
        if let report = driver.sandbox {
            console.line()
            console.table(layers(report))
        }
        list("stopped by the sandbox:", driver.violations, console)
        list("last lines on stderr:", driver.stderr, console)
    }

    private static func capabilities(_ capabilities: [Capability]) -> Table {
        var table = Table([
            .init("CAPABILITY"), .init("LATENCY", .right), .init("COST", .right), .init("QUALITY", .right),
            .init("IDEMPOTENT"),
        ])
        for capability in capabilities {
            table.add([
                capability.name.string, Shown.duration(microseconds: capability.latencyUs),
                Shown.cost(micros: capability.costMicros), String(capability.quality),
                capability.idempotent ? "yes" : "no",
            ])
        }
        return table
    }

    private static func layers(_ report: SandboxReport) -> Table {
        var table = Table([.init("SANDBOX LAYER"), .init("APPLIED"), .init("DETAIL", flexible: true)])
        for layer in report.layers {
            table.add([layer.name.string, layer.applied ? "yes" : "no", layer.detail.string])
        }
        return table
    }

    private static func list(_ title: String, _ lines: [Text], _ console: Console) {
        guard !lines.isEmpty else { return }
        var table = Table([.init(title, flexible: true)])
        for line in lines { table.add(["  " + line.string]) }
        console.line()
        console.table(table)
    }
}

/// A driver that was named and is not there.
struct UnknownDriver: ExitCodeProviding, CustomStringConvertible {
    let name: String
    let known: [String]

    var exitCode: ExitCode { .notFound }

    var description: String {
        let hint = NearestName.of(name, among: known).map { "; did you mean '\($0)'?" } ?? ""
        return "there is no driver '\(name)'" + hint
    }
}
