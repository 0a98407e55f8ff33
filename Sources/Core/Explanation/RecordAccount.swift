// Tells people what a journal record decided and why. It knows nothing but the records.

public import ABI
public import ProtobufWire

/// The account of one decision, from its record and the records of its causes.
public struct RecordAccount {
    private let record: JournalRecord
    private let id: DecisionID
    private let causes: [(id: DecisionID, record: JournalRecord)]
    private let agentName: (UInt64) -> Text

    /// - Parameters:
    ///   - causes: nearest first.
    ///   - agentName: what to call an agent whose record carries no name.
    public init(
        _ record: JournalRecord, id: DecisionID, causes: [(id: DecisionID, record: JournalRecord)],
        agentName: @escaping (UInt64) -> Text
    ) {
        self.record = record
        self.id = id
        self.causes = causes
        self.agentName = agentName
    }

    public var explanation: Explanation {
        let decision = record.decision ?? Decision()
        return Explanation(
            subject: id, call: callName(decision), agentID: decision.agentID, agentName: name(decision),
            action: decision.action, resource: decision.resource, outcome: outcome, atNs: record.atNs,
            rules: decision.rules,
            policyVersion: decision.policyVersion, inputs: decision.inputs, alternatives: alternatives(decision),
            causes: causes.reversed().map { Cause(decisionID: $0.id, what: Self.summary($0.record, agentName)) },
            chosen: decision.chosen)
    }

    /// One sentence, or with `detailed` everything the records say, line by line.
    public func text(detailed: Bool) -> Text {
        var lines = ["Decision \(id.epoch)-\(id.sequence): \(Self.summary(record, agentName))"]
        guard detailed, let decision = record.decision else { return Text(lines[0]) }
        if !decision.rules.isEmpty {
            lines.append(
                (decision.policyVersion.isEmpty ? "Rules: " : "Policy \(decision.policyVersion): ")
                    + decision.rules.map(\.string).joined(separator: "; "))
        }
        if let weights = decision.weights {
            lines.append(
                "Weights: performance \(percent(weights.performance)), cost \(percent(weights.cost)), quality \(percent(weights.quality))"
            )
        }
        for input in decision.inputs { lines.append("Input \(input.name): \(input.value)") }
        for ranked in decision.ranking { lines.append(line(ranked, decision.chosen)) }
        for excluded in decision.excluded { lines.append("Left out: \(excluded.executor): \(excluded.why)") }
        if record.folded > 0 { lines.append("The same was decided \(record.folded) times more within a second.") }
        for cause in causes {
            lines.append("Because of \(cause.id.epoch)-\(cause.id.sequence): \(Self.summary(cause.record, agentName))")
        }
        return Text(lines.joined(separator: "\n"))
    }

    private var outcome: Text {
        guard let decision = record.decision else { return "recorded" }
        if !decision.allowed { return "denied" }
        if decision.status != 0, let status = Status(rawValue: UInt8(clamping: decision.status)) {
            return Text("\(status.name)")
        }
        return "allowed"
    }

    private func callName(_ decision: Decision) -> Text {
        CallNumber(rawValue: UInt8(clamping: decision.call)).map { Text("\($0.name)") } ?? "kernel"
    }

    private func name(_ decision: Decision) -> Text {
        decision.agentName.isEmpty ? agentName(decision.agentID) : decision.agentName
    }

    private func alternatives(_ decision: Decision) -> [Alternative] {
        let best = decision.ranking.first?.score ?? 0
        var alternatives = decision.ranking.filter { $0.executor != decision.chosen }.map { ranked in
            Alternative(
                name: ranked.executor, score: ranked.score,
                why: "scored \(rounded(ranked.score)), \(rounded(best - ranked.score)) behind the first")
        }
        alternatives += decision.excluded.map { Alternative(name: $0.executor, score: 0, why: $0.why) }
        return alternatives
    }

    private func line(_ ranked: RankedExecutor, _ chosen: Text) -> String {
        let mark = ranked.executor == chosen ? "Chosen" : "Lost"
        let parts =
            "performance \(rounded(ranked.performance)), cost \(rounded(ranked.cost)), quality \(rounded(ranked.quality))"
        let reasons = ranked.reasons.map(\.string).joined(separator: "; ")
        return "\(mark): \(ranked.executor) with \(rounded(ranked.score)) (\(parts)): \(reasons)"
    }

    private func percent(_ share: Double) -> String {
        Int(exactly: (share * 100).rounded()).map { "\($0) %" } ?? "\(share)"
    }

    private func rounded(_ value: Double) -> String {
        guard let thousandths = Int(exactly: (value * 1_000).rounded()) else { return "\(value)" }
        let fraction = String(1_000 + thousandths.magnitude % 1_000).dropFirst()
        return "\(thousandths < 0 ? "-" : "")\(thousandths.magnitude / 1_000).\(fraction)"
    }
}
