// What the requests of all calls have in common.

public import ProtobufWire

/// A request with its envelope: deadline, task, depth and the rest that is no call's own.
public protocol EnvelopedRequest: ProtobufMessage {
    var envelope: Envelope? { get set }
}

extension RegisterAgentRequest: EnvelopedRequest {}
extension ThinkRequest: EnvelopedRequest {}
extension DecideRequest: EnvelopedRequest {}
extension LearnRequest: EnvelopedRequest {}
extension RememberRequest: EnvelopedRequest {}
extension ForgetRequest: EnvelopedRequest {}
extension CommunicateRequest: EnvelopedRequest {}
extension CollaborateRequest: EnvelopedRequest {}
extension ArbitrateRequest: EnvelopedRequest {}
extension CommitTaskRequest: EnvelopedRequest {}
extension RollbackTaskRequest: EnvelopedRequest {}
extension QueryPolicyRequest: EnvelopedRequest {}
extension ObserveRequest: EnvelopedRequest {}
extension ExplainActionRequest: EnvelopedRequest {}
extension TuneSystemRequest: EnvelopedRequest {}
