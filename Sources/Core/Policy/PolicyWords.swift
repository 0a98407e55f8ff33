// An evaluation into the words of a decision: which rules fired, or what would have been needed, from whom.

internal import ABI
internal import ProtobufWire
internal import Rego

extension Denial {
    /// Whether it would be allowed if something about the caller or the resource were different; else the policy itself
    /// is at fault.
    var mayBeMended: Bool { reason == .refused || reason == .default || reason == .undefined }
}

enum PolicyWords {
    /// Of all that stands in a record, which then has at most 16 KiB: names and data of a policy may be of any length.
    static let neededBytesMax = 4 << 10
    private static let wordBytesMax = 256

    /// What is asked for cannot differ: rules that fail on it alone are about something else.
    private static let fixed = [["action"], ["call"]]

    static func rules(_ evaluation: Evaluation) -> [Text] {
        evaluation.fired.prefix(PolicyEngine.rulesNamedMax).map { name($0.rule, $0.location) }
    }

    private static func name(_ rule: String, _ location: Location) -> Text {
        Text("\(rule.shortened(toBytes: wordBytesMax / 2)) (\(short(location.file)):\(location.line))")
    }

    private static func short(_ text: String) -> Text { Text(text.shortened(toBytes: wordBytesMax)) }

    static func reason(_ evaluation: Evaluation) -> DenialReason {
        switch (evaluation.error?.limit, evaluation.value) {
        case (.steps?, _): .steps
        case (.depth?, _): .depth
        case (.memory?, _): .memory
        case (.time?, _): .time
        case (nil, _) where evaluation.error != nil: evaluation.error?.code == .conflict ? .conflict : .builtinError
        case (nil, .bool(false)?): evaluation.isDefault ? .default : .refused
        case (nil, nil): .undefined
        case (nil, _): .notBoolean
        }
    }

    static func denial(_ evaluation: Evaluation, action: Text, rules: [Text]) -> Denial {
        var denial = Denial(action: action, reason: reason(evaluation))
        let nearest = evaluation.error == nil ? evaluation.nearest(4, fixed: fixed) : []
        switch denial.reason {
        case .refused:
            denial.rule = rules.first ?? ""
            denial.needed = "\(denial.rule) says no."
        case .default, .undefined:
            denial.unmet = nearest.map(unmet)
            denial.needed = "A rule of data.cam.allow for the action \(action); there is none."
            if !nearest.isEmpty { denial.needed = Text("One of: " + nearest.map(words).joined(separator: "; or ")) }
        case .notBoolean: denial.needed = "The policy must be corrected: data.cam.allow is not a boolean."
        default:
            denial.needed = Text("The policy must be corrected; it failed: \(evaluation.error?.outline ?? "")")
        }
        denial.needed = Text(denial.needed.string.shortened(toBytes: neededBytesMax))
        return denial
    }

    static func ask(_ denial: Denial, honoursGrants: Bool, record: Text?) -> Text {
        if !denial.mayBeMended {
            return "Ask an administrator to correct the policy: nobody can be allowed this as it is."
        }
        if denial.action.string.hasPrefix("tune.") {
            return "It is administration: use the admin socket; a grant opens no other one to it."
        }
        guard denial.reason != .refused, honoursGrants else { return "Ask an administrator to allow it in the policy." }
        guard let record else { return "Once it was denied, ask an administrator for a grant of it." }
        return "Ask an administrator for a grant: camctl policy grant --from-denial \(record)"
    }

    private static func unmet(_ attempt: RuleAttempt) -> UnmetCondition {
        UnmetCondition(
            rule: name(attempt.rule, attempt.location),
            place: short((attempt.literalLocation ?? attempt.location).description),
            condition: Text(attempt.literal ?? ""),
            seen: attempt.seen.map { Label(name: short($0.name), value: Text($0.value ?? "")) })
    }

    /// `input.caller.socket == "admin" (input.caller.socket is "agent"; cam.is_admin, cam.rego:7)`
    private static func words(_ attempt: RuleAttempt) -> String {
        let place = attempt.literalLocation ?? attempt.location
        let facts =
            attempt.seen.map { "\($0.name) is \($0.value ?? "not there")" }
            + attempt.held.map { "\($0.rule) holds" }
        let seen = facts.isEmpty ? "" : facts.joined(separator: ", ") + "; "
        return "\(attempt.literal ?? attempt.rule) (\(seen)\(attempt.rule), \(place.file):\(place.line))"
    }

    /// A line of a trace.
    static func line(_ text: String) -> Text { Text(text.shortened(toBytes: 2 << 10)) }

    /// A line for each rule that was tried: where, which, and the condition that failed with what it saw.
    static func attempts(_ evaluation: Evaluation) -> [Text] {
        evaluation.attempts.prefix(PolicyEngine.rulesNamedMax).map { attempt in
            let place = attempt.literalLocation ?? attempt.location
            return line("\(place): \(name(attempt.rule, attempt.location)): failed at \(words(attempt))")
        }
    }
}
