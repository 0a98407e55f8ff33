// camctl stats: counts since camd started.

import ABI
import CAMClient
import CommandLineInterface
import ProtobufWire

enum StatsCommand {
    static let command = Command("stats", "Show what camd has done since it started.") { invocation, console in
        try await KernelConnection.with(.administrator, invocation, console) { client in
            let answer = try await client.observe(
                ObserveRequest(what: .stats(Nothing())), timeout: invocation.timeout)
            let stats = answer.stats ?? Stats()
            if invocation.wantsJSON {
                console.json(JSONText(message: stats))
            } else {
                console.table(totals(stats))
                console.line()
                console.table(calls(stats.calls))
            }
            return .ok
        }
    }

    private static func totals(_ stats: Stats) -> Table {
        var table = Table([.init("WHAT"), .init("NOW", .right)])
        table.add(["connections", String(stats.connections)])
        table.add(["open requests", String(stats.openRequests)])
        table.add(["tasks queued", String(stats.tasksQueued)])
        table.add(["tasks running", String(stats.tasksRunning)])
        table.add(["tasks ended", String(stats.tasksEnded)])
        table.add(["cost", Shown.cost(micros: stats.costMicros)])
        table.add(["journal records", String(stats.journalRecords)])
        table.add(["journal size", Shown.bytes(stats.journalBytes)])
        table.add(["journal syncs", String(stats.journalSyncs)])
        table.add(["policy cache hits", String(stats.policyCacheHits)])
        table.add(["policy cache misses", String(stats.policyCacheMisses)])
        return table
    }

    private static func calls(_ calls: [CallStats]) -> Table {
        var table = Table([.init("CALL"), .init("COUNT", .right), .init("DENIED", .right), .init("FAILED", .right)])
        for call in calls where call.count > 0 {
            let name = UInt8(exactly: call.call).flatMap(CallNumber.init).map { "\($0.name)" }
            table.add([
                name ?? "call \(call.call)", String(call.count), String(call.denied), String(call.failed),
            ])
        }
        return table
    }
}
