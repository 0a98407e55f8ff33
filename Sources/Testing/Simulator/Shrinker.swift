// From a run that fails to the shortest one that still does.

/// Leaves out pieces of the run, large ones first, as long as the same promise is broken: delta debugging (Zeller and
/// Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE TSE 2002).
public struct Shrinker {
    /// Runs that may be tried; each takes as long as the run itself.
    public var attemptsMax = 3_000

    public init() {}

    /// - Parameter result: of a run with a violation.
    /// - Returns: fewer steps of the same seed that break the same promise.
    public func shrink(_ result: SimulationResult) -> SimulationResult {
        guard let violation = result.violation else { return result }
        var best = result
        // Nothing after the step that failed matters, where it failed in a step.
        let cut = Simulation.run(seed: result.seed, Array(result.actions.prefix(violation.step + 1)))
        if cut.violation?.invariant == violation.invariant { best = cut }
        var attempts = 0
        var piece = max(1, best.actions.count / 2)
        while attempts < attemptsMax {
            var start = 0
            var hasShrunk = false
            while start < best.actions.count, attempts < attemptsMax {
                attempts += 1
                var fewer = best.actions
                fewer.removeSubrange(start..<min(start + piece, fewer.count))
                let tried = Simulation.run(seed: result.seed, fewer)
                if tried.violation?.invariant == violation.invariant {
                    best = tried
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
