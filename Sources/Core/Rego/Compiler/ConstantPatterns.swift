// Regular expressions that policies write out: compiled once when the policy is loaded, and kept for as long as it is.

struct ConstantPatterns: Sendable {
    /// More are compiled when they are used, as others are.
    private static let keptMax = 1000

    private var kept: [RegularExpression] = []
    /// Patterns that are none, and so errors whenever they are used.
    private(set) var warnings: [RegoWarning] = []

    init(of groups: [RuleGroup]) {
        var known: Set<String> = []
        for group in groups {
            for rule in group.rules {
                var unit: CodeUnit? = rule
                while let here = unit {
                    for i in here.code { note(i, here, &known) }
                    unit = here.otherwise
                }
            }
        }
    }

    private mutating func note(_ i: Instruction, _ unit: CodeUnit, _ known: inout Set<String>) {
        guard i.operation == .builtin, let position = Builtins.patternPositions[Int(i.b)] else { return }
        let operand = unit.lists[Int(i.c) + position]
        guard operand < 0, case .string(let pattern) = unit.constants[Int(~operand)] else { return }
        guard kept.count < ConstantPatterns.keptMax, known.insert(pattern).inserted else { return }
        do throws(RegularExpression.Failure) {
            kept.append(try RegularExpression(pattern, isKept: true))
        } catch {
            let reason = if case .syntax(let message) = error { message } else { "expression too large" }
            let span = i.literal >= 0 ? unit.literals[Int(i.literal)] : unit.span
            warnings.append(
                RegoWarning(
                    message:
                        "\(Value.string(pattern)) is no regular expression, so the call is always an error: \(reason)",
                    location: unit.source.location(span.start)))
        }
    }
}
