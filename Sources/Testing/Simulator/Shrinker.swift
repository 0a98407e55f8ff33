// From a list of steps that fails to the shortest one that still does.

/// Leaves out pieces of a run, large ones first, as long as it fails in the same way: delta debugging (Zeller and
/// Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE TSE 28(2), 2002).
public struct Shrinker {
    /// How many shorter runs are tried; each takes as long as the run itself.
    public var attemptsMax = 800

    public init() {}

    /// - Parameter fails: whether these steps fail in the way that is looked for; true for `steps`.
    /// - Returns: steps, in their order, none of which can be left out; unless the attempts were used up before.
    public func shrink<Step>(_ steps: [Step], fails: ([Step]) -> Bool) -> [Step] {
        var best = steps
        var attempts = 0
        var piece = max(1, best.count / 2)
        while attempts < attemptsMax {
            var start = 0
            var hasShrunk = false
            while start < best.count, attempts < attemptsMax {
                attempts += 1
                var fewer = best
                fewer.removeSubrange(start..<min(start + piece, fewer.count))
                if fails(fewer) {
                    best = fewer
                    hasShrunk = true
                } else {
                    start += piece
                }
            }
            if piece == 1, !hasShrunk { break }
            piece = max(1, piece / 2)
        }
        return best
    }
}

extension Simulation {
    /// The shortest run found of the same seed that breaks the same promise.
    public static func shortest(_ result: SimulationResult, _ shrinker: Shrinker = Shrinker()) -> SimulationResult {
        guard let violation = result.violation else { return result }
        func fails(_ actions: [Action]) -> Bool {
            run(seed: result.seed, actions).violation?.invariant == violation.invariant
        }
        // Nothing after the step that failed matters, where it failed in a step.
        let cut = Array(result.actions.prefix(violation.step + 1))
        let actions = shrinker.shrink(fails(cut) ? cut : result.actions, fails: fails)
        return run(seed: result.seed, actions)
    }
}
