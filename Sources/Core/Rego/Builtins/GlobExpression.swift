// regex.globs_match: whether two simple patterns (characters, `.`, `[a-z]`, each with `+` or `*`) have a text in common.

/// A row of character sets, each of which stands once, or as often as its flag says.
struct GlobExpression {
    private struct Step {
        /// Nil for any character.
        var ranges: [ClosedRange<UInt32>]?
        var mayRepeat = false
        var mayLack = false

        func meets(_ other: Step) -> Bool {
            guard let mine = ranges, let theirs = other.ranges else { return ranges != [] && other.ranges != [] }
            return mine.contains { range in theirs.contains { range.overlaps($0) } }
        }
    }

    private var steps: [Step] = []

    init(_ pattern: String) throws(BuiltinError) {
        var reader = Reader(scalars: Array(pattern.unicodeScalars), pattern: pattern)
        while let scalar = reader.next() {
            switch scalar {
            case ("+", false), ("*", false):
                guard var last = steps.popLast(), !last.mayRepeat else {
                    throw reader.error("flag '\(scalar.0)' must be preceded by a non-flag")
                }
                last.mayRepeat = true
                last.mayLack = scalar.0 == "*"
                steps.append(last)
            case (".", false): steps.append(Step(ranges: nil))
            case ("[", false): steps.append(Step(ranges: try reader.set()))
            case ("]", false): throw reader.error("set-close ']' with no preceding '['")
            default: steps.append(Step(ranges: [scalar.0.value...scalar.0.value]))
            }
        }
        if reader.endsInEscape { throw reader.error("input ends in the middle of an escape sequence") }
    }

    private struct Reader {
        let scalars: [Unicode.Scalar]
        let pattern: String
        var at = 0
        var endsInEscape = false

        /// The next character and whether it was escaped; nil at the end.
        mutating func next() -> (Unicode.Scalar, Bool)? {
            guard at < scalars.count else { return nil }
            at += 1
            guard scalars[at - 1] == "\\" else { return (scalars[at - 1], false) }
            guard at < scalars.count else {
                endsInEscape = true
                return nil
            }
            at += 1
            return (scalars[at - 1], true)
        }

        /// Stands after `[`, ends after `]`.
        mutating func set() throws(BuiltinError) -> [ClosedRange<UInt32>] {
            var ranges: [ClosedRange<UInt32>] = []
            while let (scalar, isEscaped) = next() {
                if scalar == "]", !isEscaped { return ranges }
                if scalar == "-", !isEscaped {
                    guard let low = ranges.popLast(), low.count == 1, let (high, highIsEscaped) = next(),
                        high != "]" || highIsEscaped
                    else { throw error("range character '-' must stand between two characters") }
                    guard low.lowerBound <= high.value else { throw error("range is out of order") }
                    ranges.append(low.lowerBound...high.value)
                } else {
                    ranges.append(scalar.value...scalar.value)
                }
            }
            throw error("'[' without ']'")
        }

        func error(_ message: String) -> BuiltinError {
            .failed("input:\(pattern), pos:\(at), \(message): the input provided is invalid")
        }
    }

    /// Whether a text that is not empty matches both. All pairs of places that some text leads to are followed at once.
    func intersects(_ other: GlobExpression, _ context: inout BuiltinContext) throws(BuiltinError) -> Bool {
        let width = other.steps.count + 1
        let (pairs, overflow) = (steps.count + 1).multipliedReportingOverflow(by: width)
        try context.charge(overflow ? .max : pairs / 4 + 1)
        // Place a of this and b of the other, with and without a character behind them.
        var seen = [Bool](repeating: false, count: pairs * 2)
        var open: [(Int, Int, Bool)] = []
        func enter(_ a: Int, _ b: Int, _ moved: Bool) {
            let index = (a * width + b) * 2 + (moved ? 1 : 0)
            if seen[index] { return }
            seen[index] = true
            open.append((a, b, moved))
        }
        enter(0, 0, false)
        while let (a, b, moved) = open.popLast() {
            if a == steps.count, b == other.steps.count, moved { return true }
            if a < steps.count, steps[a].mayLack { enter(a + 1, b, moved) }
            if b < other.steps.count, other.steps[b].mayLack { enter(a, b + 1, moved) }
            guard a < steps.count, b < other.steps.count, steps[a].meets(other.steps[b]) else { continue }
            for nextA in steps[a].mayRepeat ? [a, a + 1] : [a + 1] {
                for nextB in other.steps[b].mayRepeat ? [b, b + 1] : [b + 1] { enter(nextA, nextB, true) }
            }
        }
        return false
    }
}
