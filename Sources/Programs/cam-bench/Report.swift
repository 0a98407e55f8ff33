// What a suite prints: pairs of figures and their ratio, as a table or as one JSON object.

import CommandLineInterface

/// What one call costs camd, however busy the machine is.
struct CallCost {
    /// Bytes that the journal grew by.
    let journalBytes: Double
    let processorMicroseconds: Double
}

/// One pair, measured in alternating rounds.
struct ReportRow {
    let name: String
    let unit: String
    /// Decimals that mean something.
    var decimals = 1
    let peer: String
    /// What BENCH.md expects of the ratio, or of the value; empty where it expects nothing.
    var wanted = ""
    /// Ours and the peer's of each round, in order.
    var rounds: [(ours: Double, peers: Double)] = []
    /// Nil where no call reached a kernel.
    var cost: CallCost?

    var value: Spread { Spread(rounds.map(\.ours)) }
    var peerValue: Spread { Spread(rounds.map(\.peers)) }
    /// Of the rounds' own ratios: what disturbed both sides of a round falls out.
    var ratio: Spread { Spread(rounds.map { $0.ours / $0.peers }) }
}

struct Report {
    let suite: String
    let rows: [ReportRow]
    /// Facts that hold for all rows.
    let notes: [String]

    func print(to console: Console) {
        var table = Table([
            .init("what", flexible: true), .init("ours", .right), .init("unit"), .init("peer", flexible: true),
            .init("theirs", .right), .init("ratio", .right), .init("range", .right), .init("wanted"),
            .init("journal B/call", .right), .init("CPU us/call", .right),
        ])
        for row in rows {
            let ratio = row.ratio
            table.add([
                row.name, Self.decimal(row.value.median, row.decimals), row.unit, row.peer,
                Self.decimal(row.peerValue.median, row.decimals), Self.decimal(ratio.median, 2),
                Self.decimal(ratio.least, 2) + "…" + Self.decimal(ratio.most, 2), row.wanted,
                row.cost.map { Self.decimal($0.journalBytes, 1) } ?? "-",
                row.cost.map { Self.decimal($0.processorMicroseconds, 1) } ?? "-",
            ])
        }
        console.table(table)
        for note in notes { console.line(note) }
    }

    var json: JSONText {
        .object([
            ("suite", .text(suite)),
            ("rows", .array(rows.map(Self.json))),
            ("notes", .array(notes.map { .text($0) })),
        ])
    }

    private static func json(_ row: ReportRow) -> JSONText {
        .members([
            ("name", .text(row.name)),
            ("value", .number(row.value.median)),
            ("unit", .text(row.unit)),
            ("peer", .text(row.peer)),
            ("peer_value", .number(row.peerValue.median)),
            ("ratio", .number(row.ratio.median)),
            ("ratio_least", .number(row.ratio.least)),
            ("ratio_most", .number(row.ratio.most)),
            ("rounds", .integer(Int64(row.rounds.count))),
            ("wanted", row.wanted.isEmpty ? nil : .text(row.wanted)),
            ("journal_bytes_per_call", row.cost.map { .number($0.journalBytes) }),
            ("cpu_us_per_call", row.cost.map { .number($0.processorMicroseconds) }),
        ])
    }

    /// A number with a fixed count of decimals and thousands apart: `761 204.5`.
    static func decimal(_ value: Double, _ decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int64((value * scale).rounded())
        let whole = String(scaled.magnitude / UInt64(scale))
        var text = ""
        for (index, digit) in whole.enumerated() {
            if index > 0 && (whole.count - index) % 3 == 0 { text.append(" ") }
            text.append(digit)
        }
        if decimals > 0 {
            let fraction = String(scaled.magnitude % UInt64(scale))
            text += "." + String(repeating: "0", count: decimals - fraction.count) + fraction
        }
        return scaled < 0 ? "-" + text : text
    }
}
