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
    /// Empty where there is none.
    let peer: String
    /// What BENCH.md expects of the ratio, or of the value; empty where it expects nothing.
    var wanted = ""
    /// Ours and the peer's of each round, in order.
    var rounds: [(ours: Double, peers: Double)] = []
    /// Nil where no call reached a kernel.
    var cost: CallCost?

    var hasPeer: Bool { !peer.isEmpty }
    /// A ratio far from one needs more digits after the point.
    var ratioDecimals: Int { ratio.median < 0.1 ? 4 : 2 }

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
        var table = Table(
            [
                .init("what", flexible: true), .init("ours", .right), .init("unit"), .init("peer", flexible: true),
                .init("theirs", .right), .init("ratio", .right), .init("range", .right), .init("wanted"),
            ] + (hasCosts ? [.init("journal B/call", .right), .init("CPU us/call", .right)] : []))
        for row in rows { table.add(cells(row)) }
        console.table(table)
        for note in notes { console.line(note) }
    }

    private var hasCosts: Bool { rows.contains { $0.cost != nil } }

    private func cells(_ row: ReportRow) -> [String] {
        func range(_ spread: Spread, _ decimals: Int) -> String {
            Self.decimal(spread.least, decimals) + "…" + Self.decimal(spread.most, decimals)
        }
        var cells = [row.name, Self.decimal(row.value.median, row.decimals), row.unit]
        if row.hasPeer {
            cells += [
                row.peer, Self.decimal(row.peerValue.median, row.decimals),
                Self.decimal(row.ratio.median, row.ratioDecimals), range(row.ratio, row.ratioDecimals),
            ]
        } else {
            cells += ["-", "-", "-", range(row.value, row.decimals)]
        }
        cells.append(row.wanted)
        if hasCosts {
            cells.append(row.cost.map { Self.decimal($0.journalBytes, 1) } ?? "-")
            cells.append(row.cost.map { Self.decimal($0.processorMicroseconds, 1) } ?? "-")
        }
        return cells
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
            ("least", .number(row.value.least)),
            ("most", .number(row.value.most)),
            ("peer", row.hasPeer ? .text(row.peer) : nil),
            ("peer_value", row.hasPeer ? .number(row.peerValue.median) : nil),
            ("ratio", row.hasPeer ? .number(row.ratio.median) : nil),
            ("ratio_least", row.hasPeer ? .number(row.ratio.least) : nil),
            ("ratio_most", row.hasPeer ? .number(row.ratio.most) : nil),
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
