// The smaller readers of foreign bytes: what they take they give back as it was, and they trap on nothing.

import ABI
import Contexts
import Crypto
import Explanation
import Framing
import Journal
import Kernel
import Policy
import ProtobufWire
import Rego

enum Decoders {
    /// Frames from a stream: each is the same when it is written again, and no frame before its last byte is there.
    static func frames(_ bytes: UnsafeRawBufferPointer) throws(FuzzFinding) {
        for limits in [FrameLimits.unregistered, .registered] {
            var offset = 0
            while let frame = try? FrameReader.next(
                in: UnsafeRawBufferPointer(rebasing: bytes[offset...]), limits: limits)
            {
                let whole = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + frame.consumed])
                guard frame.header.frame(payload: Array(frame.payload)).elementsEqual(whole) else {
                    throw FuzzFinding("a frame is another when it is written again")
                }
                for count in [0, 3, 5, 15, frame.consumed - 1] where count < frame.consumed {
                    let part = UnsafeRawBufferPointer(rebasing: whole[..<count])
                    guard let early = try? FrameReader.next(in: part, limits: limits) else { continue }
                    throw FuzzFinding("\(count) of \(frame.consumed) bytes are \(early.header)")
                }
                offset += frame.consumed
            }
        }
    }

    /// What peers and the kernel's own disk hold, with all messages inside of them.
    private static let messages: [any ProtobufMessage.Type] = [
        RegisterAgentRequest.self, ThinkRequest.self, DecideRequest.self, LearnRequest.self, RememberRequest.self,
        ForgetRequest.self, CommunicateRequest.self, CollaborateRequest.self, ArbitrateRequest.self,
        CommitTaskRequest.self, RollbackTaskRequest.self, QueryPolicyRequest.self, ObserveRequest.self,
        ExplainActionRequest.self, TuneSystemRequest.self, Credit.self, InvokeResult.self, ThinkItem.self,
        CallError.self,
        RegisterAgentResponse.self, ThinkResponse.self, DecideResponse.self, LearnResponse.self, RememberResponse.self,
        ForgetResponse.self, CommunicateResponse.self, CollaborateResponse.self, ArbitrateResponse.self,
        CommitTaskResponse.self, RollbackTaskResponse.self, QueryPolicyResponse.self, ObserveResponse.self,
        ExplainActionResponse.self, TuneSystemResponse.self, InvokeUpcall.self, PingUpcall.self, Goodbye.self,
        Event.self,
        JournalRecord.self, ContextEntry.self, Checkpoint.self,
    ]

    /// One empty message of each type; and each call's templates, whose types come first.
    static var samples: [[UInt8]] {
        messages.indices.map { [UInt8($0)] }
            + CallNumber.allCases.flatMap { call in
                (FuzzTemplates.requests[call] ?? []).map { [call.rawValue - 1] + $0 }
            }
    }

    static func message(_ input: inout FuzzInput) throws(FuzzFinding) {
        let type = input.oneOf(messages)
        try message(type, Array(input.rest()))
    }

    private static func message<Message: ProtobufMessage>(_: Message.Type, _ bytes: [UInt8]) throws(FuzzFinding) {
        guard let message = try? Message(decoding: bytes) else { return }
        let encoded = message.encoded()
        guard encoded.count == message.encodedSize() else { throw FuzzFinding("\(Message.self) has another size") }
        // Bytes are compared: not every number equals itself.
        guard let again = try? Message(decoding: encoded, limits: .stored), again.encoded() == encoded else {
            throw FuzzFinding("\(Message.self) is another when it is decoded again")
        }
    }

    static func json(_ bytes: UnsafeRawBufferPointer) throws(FuzzFinding) {
        guard let value = try? Value(json: Array(bytes)) else { return }
        guard let again = try? Value(json: value.jsonText), again == value else {
            throw FuzzFinding("a JSON value is another when it is read again")
        }
    }

    /// A policy that loads also decides.
    static func policy(_ text: String) {
        let source = PolicySource(name: "fuzz.rego", text: text)
        guard var engine = try? PolicyEngine(modules: [source], kernel: PolicyKernelFacts(uid: 0)) else { return }
        let subject = PolicySubject(
            agentID: 1, name: "one", uid: 1000, gid: 1000, labels: [Label(name: "use", value: "text")],
            isRegistered: true)
        _ = engine.decide(
            subject: subject, principal: 1, action: "context.read", resource: "notes", owner: 1, call: .remember,
            now: 0)
        _ = engine.effectiveLabels(subject, now: 0)
        _ = engine.excludedExecutors(subject, capability: "text.work", now: 0)
    }

    static func signedHead(_ bytes: UnsafeRawBufferPointer) throws(FuzzFinding) {
        guard let head = try? SignedHead(decoding: Array(bytes)) else { return }
        guard head.encoded.elementsEqual(bytes) else { throw FuzzFinding("a signed head is another") }
    }

    static func explanation(_ input: inout FuzzInput) {
        guard let first = try? JournalRecord(decoding: input.piece(), limits: .stored) else { return }
        let cause = (try? JournalRecord(decoding: input.piece(), limits: .stored)) ?? JournalRecord()
        let id = DecisionID(epoch: 1, sequence: 2)
        let account = RecordAccount(first, id: id, causes: [(id, cause)], agentName: { "agent \($0)" })
        _ = account.text(detailed: true)
        _ = account.explanation.encoded()
    }

    /// A token is good only as it was made.
    static func token(_ input: inout FuzzInput) throws(FuzzFinding) {
        guard let claims = FuzzWorld.prepared[0].claims else { throw FuzzFinding("a registration gave no token") }
        let token = claims.body + FuzzFixture.tokenKey.sign(claims.message)
        var changed = token
        for _ in 0..<8 where !input.isEmpty {
            changed[input.below(changed.count)] ^= input.byte()
        }
        let raw = input.piece()
        for candidate in [changed, raw] {
            let read = TokenClaims(verifying: candidate, publicKey: FuzzFixture.tokenKey.publicKey)
            guard read == nil || candidate == token else { throw FuzzFinding("a token that nobody made is good") }
        }
    }

    /// What the store gives back, before it is opened and after.
    static func contexts(_ input: inout FuzzInput) throws(FuzzFinding) {
        let kind = input.below(6)
        let bytes = Array(input.rest())
        switch kind {
        case 0:
            guard let envelope = SealedEnvelope(bytes: bytes[...]) else { return }
            let head = [SealedEnvelope.format, envelope.algorithm.rawValue]
            guard head + envelope.nonce + envelope.ciphertext == bytes else {
                throw FuzzFinding("a sealed envelope is another")
            }
        case 1: _ = EntryPlaintext(bytes: bytes)?.bytes
        case 2: _ = HeadRecord(bytes: bytes)
        case 3:
            guard let record = VersionRecord(bytes: bytes) else { return }
            guard record.bytes == bytes else { throw FuzzFinding("a version's record is another") }
        case 4:
            guard let cursor = ListCursor(text: Text(String(decoding: bytes, as: UTF8.self))) else { return }
            guard ListCursor(text: cursor.text) == cursor else { throw FuzzFinding("a cursor is another") }
        default: _ = try? MemoryURL.parse(String(decoding: bytes, as: UTF8.self), allowPlaintext: true)
        }
    }

    /// A checkpoint is refused, or a kernel can live on it.
    static func checkpoint(_ bytes: UnsafeRawBufferPointer) throws(FuzzFinding) {
        guard let checkpoint = try? Checkpoint(decoding: bytes, limits: .stored) else { return }
        try FuzzWorld.live(on: checkpoint)
    }
}
