// One switch over the fifteen calls, without a default: a sixteenth does not compile until it is handled.

import ABI
import ProtobufWire

extension Kernel {
    mutating func dispatch(
        _ reference: CallReference, _ session: Session, _ agent: UInt64, _ payload: UnsafeRawBufferPointer
    ) {
        switch reference.call {
        case .registerAgent: registerAgain(reference, session)
        case .think:
            serve(reference, session, agent, payload, { (request: ThinkRequest) in request.envelope }) {
                $0.think($1, $2)
            }
        case .decide:
            serve(reference, session, agent, payload, { (request: DecideRequest) in request.envelope }) {
                $0.decide($1, $2)
            }
        case .learn:
            serve(reference, session, agent, payload, { (request: LearnRequest) in request.envelope }) {
                $0.learn($1, $2)
            }
        case .remember:
            serve(reference, session, agent, payload, { (request: RememberRequest) in request.envelope }) {
                $0.remember($1, $2)
            }
        case .forget:
            serve(reference, session, agent, payload, { (request: ForgetRequest) in request.envelope }) {
                $0.forget($1, $2)
            }
        case .communicate:
            serve(reference, session, agent, payload, { (request: CommunicateRequest) in request.envelope }) {
                $0.communicate($1, $2)
            }
        case .collaborate:
            serve(reference, session, agent, payload, { (request: CollaborateRequest) in request.envelope }) {
                $0.collaborate($1, $2)
            }
        case .arbitrate:
            serve(reference, session, agent, payload, { (request: ArbitrateRequest) in request.envelope }) {
                $0.arbitrate($1, $2)
            }
        case .commitTask: commitTask(reference, session, agent, payload)
        case .rollbackTask:
            serve(reference, session, agent, payload, { (request: RollbackTaskRequest) in request.envelope }) {
                $0.rollbackTask($1, $2)
            }
        case .queryPolicy:
            serve(reference, session, agent, payload, { (request: QueryPolicyRequest) in request.envelope }) {
                $0.queryPolicy($1, $2)
            }
        case .observe:
            serve(reference, session, agent, payload, { (request: ObserveRequest) in request.envelope }) {
                $0.observe($1, $2)
            }
        case .explainAction:
            serve(reference, session, agent, payload, { (request: ExplainActionRequest) in request.envelope }) {
                $0.explainAction($1, $2)
            }
        case .tuneSystem:
            serve(reference, session, agent, payload, { (request: TuneSystemRequest) in request.envelope }) {
                $0.tuneSystem($1, $2)
            }
        }
    }

    @inline(__always)
    private mutating func serve<Request: ProtobufMessage>(
        _ reference: CallReference, _ session: Session, _ agent: UInt64, _ payload: UnsafeRawBufferPointer,
        _ envelope: (Request) -> Envelope?, _ body: (inout Kernel, Caller, Request) -> Void
    ) {
        guard let request: Request = decode(reference, payload),
            let caller = admit(reference, session, agent, envelope(request))
        else { return }
        body(&self, caller, request)
    }

    /// Ends a call with a refusal that no record stands for: it was wrong before anything was decided.
    mutating func refuse(_ caller: Caller, _ refusal: Refusal) {
        reply(caller.reference, refusal: refusal, decision: nil, after: caller.after)
    }
}
