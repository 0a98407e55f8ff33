// Call 9, arbitrate: rank the executors for a task, with scores and reasons; run nothing.

import ABI
import Arbitration
import ProtobufWire
import Scheduling

extension Kernel {
    /// Policy: `arbitrate`.
    mutating func arbitrate(_ caller: Caller, _ request: ArbitrateRequest) {
        guard isName(request.capability) else { return refuse(caller, .invalidCapability) }
        if let problem = problem(request.constraints, request.weights, 0) { return refuse(caller, problem) }
        guard let allowed = authorise(caller, "arbitrate", request.capability, owner: caller.agent) else { return }
        guard executors.contains(where: { $0.capability(request.capability) != nil }) else {
            return refuse(caller, .notFound("executor that offers \(request.capability)"))
        }
        guard hasRoom(4096) else { return refuse(caller, .journalFull) }
        let excluded = excludedExecutors(owner: caller.agent, capability: request.capability)
        let shares = shares(request.weights) ?? settings.weights.shares
        let demand = Demand(
            constraints: request.constraints ?? Constraints(), shares: shares, inputBytes: request.inputBytes,
            candidates: request.candidates)
        let ranking = Arbiter.rank(candidates(request.capability, excludedByPolicy: excluded, avoid: []), demand)
        var ranked = ranking.ranked.map(\.message)
        if request.count > 0 { ranked = Array(ranked.prefix(Int(request.count))) }
        var decision = decision(caller, "arbitrate", request.capability, allowed)
        decision.chosen = ranked.first?.executor ?? ""
        decision.ranking = ranked
        decision.excluded = ranking.excluded
        decision.weights = Weights(performance: shares.performance, cost: shares.cost, quality: shares.quality)
        decision.inputs = [Label(name: "input_bytes", value: "\(request.inputBytes)")]
        let sequence = write(decision, nil, durable: false)
        reply(
            caller.reference,
            ArbitrateResponse(
                decisionID: decisionID(sequence), ranking: ranked, excluded: ranking.excluded,
                confidence: ranking.confidence),
            after: caller.after)
    }
}
