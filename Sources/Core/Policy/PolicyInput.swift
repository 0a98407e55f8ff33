// The input document that policies see: who, which call, what action, on what, of whom.

internal import ABI
internal import ProtobufWire
internal import Rego

enum PolicyInput {
    /// Keys stand in byte order throughout, so that no sorting is needed for a decision.
    static func document(
        subject: PolicySubject, action: Text, resource: Text, owner: UInt64, call: CallNumber,
        kernel: PolicyKernelFacts, context: Value?
    ) -> Value {
        var members: [(String, Value)] = [
            ("action", .string(action.string)),
            ("call", .string(String(describing: call.name))),
            ("caller", caller(subject)),
        ]
        if let context { members.append(("context", context)) }
        members.append(
            ("kernel", object([("draining", .bool(kernel.isDraining)), ("uid", .int(Int(kernel.uid)))])))
        members.append(("resource", object([("name", .string(resource.string)), ("owner", number(owner))])))
        return object(members)
    }

    private static func caller(_ subject: PolicySubject) -> Value {
        object([
            ("agent_id", number(subject.agentID)),
            ("confined", .bool(subject.isConfined)),
            ("gid", .int(Int(subject.gid))),
            ("groups", .array(subject.groups.map { .int(Int($0)) })),
            ("labels", .object(members: subject.labels.map { ($0.name.string, .string($0.value.string)) })),
            ("name", .string(subject.name.string)),
            ("registered", .bool(subject.isRegistered)),
            ("same_user", .bool(subject.isSameUser)),
            ("socket", .string(subject.socket.rawValue)),
            ("uid", .int(Int(subject.uid))),
        ])
    }

    private static func object(_ members: [(String, Value)]) -> Value { .object(ObjectValue(ascending: members)) }

    private static func number(_ value: UInt64) -> Value { Value(exactly: value) }
}
