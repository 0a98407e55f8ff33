// An evaluation into the words of a decision: which rules fired, or what would have been needed.

internal import ProtobufWire
internal import Rego

enum PolicyWords {
    static func rules(_ evaluation: Evaluation) -> [Text] {
        evaluation.fired.prefix(PolicyEngine.rulesNamedMax).map { name($0.rule, $0.location) }
    }

    private static func name(_ rule: String, _ location: Location) -> Text {
        Text("\(rule) (\(location.file):\(location.line))")
    }

    static func denial(
        _ kind: PolicyDenial.Kind, _ evaluation: Evaluation, action: Text, reasons: [Text]
    ) -> PolicyDenial {
        let attempts = evaluation.attempts.prefix(PolicyEngine.rulesNamedMax).map { attempt in
            PolicyDenial.Attempt(
                rule: name(attempt.rule, attempt.location),
                place: Text((attempt.literalLocation ?? attempt.location).description),
                literal: Text(attempt.literal ?? ""))
        }
        return PolicyDenial(
            kind: kind, needed: needed(kind, evaluation, action: action, reasons: reasons), attempts: Array(attempts))
    }

    private static func needed(
        _ kind: PolicyDenial.Kind, _ evaluation: Evaluation, action: Text, reasons: [Text]
    ) -> Text {
        switch kind {
        case .error, .budget:
            let what = evaluation.error.map { "\($0)" } ?? "an unknown error"
            return Text("The policy must be corrected; it failed: \(what)")
        case .notBoolean: return "The policy must be corrected: data.cam.allow is not a boolean."
        case .undefined, .refused: break
        }
        if !reasons.isEmpty { return Text(reasons.map(\.string).joined(separator: "; ")) }
        let closest = closestConditions(evaluation, action: action)
        if closest.isEmpty { return Text("A rule of data.cam.allow for the action \(action); there is none.") }
        return Text("One of: " + closest.joined(separator: "; "))
    }

    /// Conditions that failed in rules that are about this action at all: those that got beyond comparing it.
    private static func closestConditions(_ evaluation: Evaluation, action: Text) -> [String] {
        var conditions: [String] = []
        for attempt in evaluation.attempts where conditions.count < 4 {
            guard let literal = attempt.literal, let place = attempt.literalLocation,
                !literal.contains("input.action"), attempt.rule.hasSuffix(".allow")
            else { continue }
            let condition = "\(literal) (\(place.file):\(place.line))"
            if !conditions.contains(condition) { conditions.append(condition) }
        }
        return conditions
    }
}
