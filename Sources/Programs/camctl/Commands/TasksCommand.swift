// camctl tasks: what runs, what waits, what has ended, and what it cost.

import ABI
import CAMClient
import CommandLineInterface
import ProtobufWire

enum TasksCommand {
    private static let task = Argument<String?>.optional(
        "TASK", kind: .integer(1...Int.max), "Show this task alone, with its output.")
    private static let graph = Option<Int?>.integer("graph", "GRAPH", 1...Int.max, "Only the tasks of this graph.")
    private static let limit = Option<Int?>.integer(
        "limit", "COUNT", 1...1000, "At most so many, the newest; 100 where nothing is said.")
    private static let wait = Option<Bool>.flag("wait", "Wait until the task or graph that is named has ended.")

    static let command = Command(
        "tasks", "List tasks, or show one.",
        options: [graph.declaration, limit.declaration, wait.declaration], arguments: [task.declaration]
    ) { invocation, console in
        let taskID = invocation[task].flatMap { UInt64($0) } ?? 0
        let graphID = UInt64(invocation[graph] ?? 0)
        guard !invocation[wait] || taskID != 0 || graphID != 0 else {
            throw invocation.usageError("--wait needs a task or --graph")
        }
        let what = ObserveTask(
            taskID: taskID, graphID: graphID, untilEnded: invocation[wait], withoutOutput: taskID == 0,
            limit: UInt32(invocation[limit] ?? 0))
        return try await KernelConnection.with(.whicheverIsOpen, invocation, console) { client in
            let answer = try await client.observe(ObserveRequest(what: .task(what)), timeout: invocation.timeout)
            show(answer.tasks, alone: taskID != 0, invocation, console)
            return .ok
        }
    }

    private static func show(_ tasks: [TaskStatus], alone: Bool, _ invocation: Invocation, _ console: Console) {
        if invocation.wantsJSON { return console.json(.array(tasks.map { JSONText(message: $0) })) }
        console.table(table(tasks))
        guard alone, let task = tasks.first else { return }
        if task.outputOmitted { console.error("camctl: the output is too large for one answer and was left out") }
        if !task.reason.isEmpty { console.line("\n\(Table.printable(task.reason.string))") }
        if !task.output.isEmpty {
            console.line()
            console.document(task.output)
        }
    }

    static func table(_ tasks: [TaskStatus]) -> Table {
        var table = Table([
            .init("TASK", .right), .init("GRAPH", .right), .init("NAME", flexible: true), .init("CAPABILITY"),
            .init("STATE"), .init("EXECUTOR"), .init("WAITED", .right), .init("RAN", .right), .init("COST", .right),
            .init("ATTEMPTS", .right), .init("DECISION"), .init("REASON", flexible: true),
        ])
        for task in tasks {
            table.add([
                String(task.taskID), String(task.graphID), Shown.orDash(task.localID.string), task.capability.string,
                task.state.description, Shown.orDash(task.executor.string),
                Shown.duration(microseconds: task.waitedUs),
                task.usage.map { Shown.duration(microseconds: $0.latencyUs) } ?? "-",
                task.usage.map { Shown.cost(micros: $0.costMicros) } ?? "-", String(task.attempts),
                task.decisionID.shown, Shown.orDash(task.reason.string),
            ])
        }
        return table
    }
}
