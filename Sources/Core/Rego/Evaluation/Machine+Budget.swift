// Limits and observation: what the loop stops for, and what making values costs.

extension Machine {
    /// When the loop has to come back to `pause`.
    var nextPause: UInt64 {
        if observer != nil { return steps }
        if budget.time != nil { return min(budget.steps, steps &+ TimeLimit.stepsBetweenReadings) }
        return budget.steps
    }

    /// Looks at what the loop does not look at in every step.
    @inline(never)
    func pause(_ pc: Int, _ f: Activation) throws(EvaluationError) {
        let i = f.unit.code[pc]
        if steps > budget.steps { throw spent(.steps, i, f) }
        if let time = budget.time, time.clock() > deadline { throw spent(.time, i, f) }
        observer?.step(self, pc, f)
        pauseAfter = nextPause
    }

    /// Takes the memory that a new value needs.
    @inline(__always)
    func charge(_ bytes: Int, _ i: Instruction, _ f: Activation) throws(EvaluationError) {
        memoryUsed &+= UInt64(bytes)
        if memoryUsed > budget.memoryBytes { throw spent(.memory, i, f) }
    }

    /// Takes what copying members costs: memory, and steps, which the next instruction checks.
    func chargeCopy(_ members: Int) throws(EvaluationError) {
        steps &+= UInt64(members / 8)
        memoryUsed &+= UInt64(members) &* 32
        guard memoryUsed > budget.memoryBytes else { return }
        throw EvaluationError(code: .cancel, message: message(.memory), location: nil, limit: .memory)
    }

    func spent(_ limit: Budget.Limit, _ i: Instruction, _ f: Activation) -> EvaluationError {
        EvaluationError(code: .cancel, message: message(limit), location: literalLocation(i, f), limit: limit)
    }

    func message(_ limit: Budget.Limit) -> String {
        switch limit {
        case .steps: "the budget of \(budget.steps) steps is spent"
        case .depth: "the budget of \(budget.depth) levels is spent"
        case .memory: "the budget of \(budget.memoryBytes) bytes is spent"
        case .time: "the budget of \(budget.time?.nanoseconds ?? 0) nanoseconds is spent"
        }
    }
}
