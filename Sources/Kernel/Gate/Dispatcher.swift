// One switch over the fifteen calls, without a default: a sixteenth does not compile until it is handled.

import ABI
import ProtobufWire

extension Kernel {
    mutating func dispatch(
        _ reference: CallReference, _ session: Session, _ agent: UInt64, _ payload: UnsafeRawBufferPointer
    ) {
        switch reference.call {
        case .registerAgent: registerAgain(reference, session)
        case .think: serve(reference, session, agent, payload) { $0.think($1, $2 as ThinkRequest) }
        case .decide: serve(reference, session, agent, payload) { $0.decide($1, $2 as DecideRequest) }
        case .learn: serve(reference, session, agent, payload) { $0.learn($1, $2 as LearnRequest) }
        case .remember: serve(reference, session, agent, payload) { $0.remember($1, $2 as RememberRequest) }
        case .forget: serve(reference, session, agent, payload) { $0.forget($1, $2 as ForgetRequest) }
        case .communicate: serve(reference, session, agent, payload) { $0.communicate($1, $2 as CommunicateRequest) }
        case .collaborate: serve(reference, session, agent, payload) { $0.collaborate($1, $2 as CollaborateRequest) }
        case .arbitrate: serve(reference, session, agent, payload) { $0.arbitrate($1, $2 as ArbitrateRequest) }
        case .commitTask: commitTask(reference, session, agent, payload)
        case .rollbackTask: serve(reference, session, agent, payload) { $0.rollbackTask($1, $2 as RollbackTaskRequest) }
        case .queryPolicy: serve(reference, session, agent, payload) { $0.queryPolicy($1, $2 as QueryPolicyRequest) }
        case .observe: serve(reference, session, agent, payload) { $0.observe($1, $2 as ObserveRequest) }
        case .explainAction:
            serve(reference, session, agent, payload) { $0.explainAction($1, $2 as ExplainActionRequest) }
        case .tuneSystem: serve(reference, session, agent, payload) { $0.tuneSystem($1, $2 as TuneSystemRequest) }
        }
    }

    @inline(__always)
    private mutating func serve<Request: EnvelopedRequest>(
        _ reference: CallReference, _ session: Session, _ agent: UInt64, _ payload: UnsafeRawBufferPointer,
        _ body: (inout Kernel, Caller, Request) -> Void
    ) {
        guard let request: Request = decode(reference, payload),
            let caller = admit(reference, session, agent, request.envelope)
        else { return }
        body(&self, caller, request)
    }

    /// Ends a call with a refusal that no record stands for: it was wrong before anything was decided.
    mutating func refuse(_ caller: Caller, _ refusal: Refusal) {
        reply(caller.reference, refusal: refusal, decision: nil, after: caller.after)
    }
}
