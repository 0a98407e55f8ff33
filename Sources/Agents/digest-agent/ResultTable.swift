// What ran where, for what cost, after what wait.

import ABI
import ProtobufWire

struct ResultTable {
    private static let header = ["document", "work", "state", "executor", "cost", "waited", "took", "tries"]
    private static let rightAligned: Set<Int> = [4, 5, 6, 7]

    /// Costs are millionths of the currency in which manifests state them.
    static func text(_ rows: [(task: PlannedTask, status: TaskStatus)]) -> String {
        let cells = rows.map { row in
            [
                row.task.kind == .digest ? "(all)" : shortened(row.task.document), row.task.kind.rawValue,
                row.status.state.word.string, row.status.executor.isEmpty ? "-" : row.status.executor.string,
                "\(row.status.usage?.costMicros ?? 0)", time(row.status.waitedUs),
                time(row.status.usage?.latencyUs ?? 0),
                "\(row.status.attempts)",
            ]
        }
        let total = rows.reduce(0) { $0 + ($1.status.usage?.costMicros ?? 0) }
        return layout([header] + cells) + "\n" + summary(rows.map(\.status), total: total)
    }

    private static func summary(_ statuses: [TaskStatus], total: UInt64) -> String {
        var names: [String] = []
        var counts: [String: Int] = [:]
        for status in statuses where !status.executor.isEmpty {
            let name = status.executor.string
            if counts[name] == nil { names.append(name) }
            counts[name, default: 0] += 1
        }
        let shares = names.sorted().map { "\(counts[$0] ?? 0) on \($0)" }.joined(separator: ", ")
        return "\(statuses.count) tasks" + (shares.isEmpty ? "" : ": \(shares)") + "; total cost \(total) millionths\n"
    }

    /// Microseconds as people read them.
    static func time(_ microseconds: UInt64) -> String {
        if microseconds < 10_000 { return "\(microseconds) µs" }
        if microseconds < 10_000_000 { return "\(microseconds / 1000) ms" }
        return "\(microseconds / 1_000_000) s"
    }

    private static func shortened(_ name: String) -> String {
        let printable = String(name.map { $0.isNewline || $0 == "\t" ? " " : $0 })
        return printable.count <= 32 ? printable : printable.prefix(31) + "…"
    }

    private static func layout(_ rows: [[String]]) -> String {
        let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return rightAligned.contains(column) ? padding + cell : cell + padding
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}
