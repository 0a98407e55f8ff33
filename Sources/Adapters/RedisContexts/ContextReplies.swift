// What Redis says, as the engine's replies. Whether it can be true is the engine's to find out.

internal import Contexts
internal import ProtobufWire

extension ContextReply {
    init(_ reply: RedisReply) {
        if let error = reply.errorText {
            self =
                ContextReply(refusal: error) ?? .refused(retryAfterMs: 1_000, reason: "the store refused the operation")
        } else {
            self = Self.understood(reply) ?? .senseless
        }
    }

    /// nil for a reply that our scripts cannot have given.
    private static func understood(_ reply: RedisReply) -> ContextReply? {
        guard let word = reply[0] else { return nil }
        if word.isWord("stored") { return .store(.stored) }
        if word.isWord("damaged") { return .damaged }
        if word.isWord("listed") { return listed(reply) }
        if let bytes = reply[1]?.bytes {
            if word.isWord("newest") { return reply[2]?.bytes.map { .newest(head: bytes, record: $0) } }
            if word.isWord("older") { return .older(record: bytes) }
            if word.isWord("ended") { return .ended(head: bytes) }
            if word.isWord("lost") { return .lost(head: bytes) }
        } else if let number = reply[1]?.number {
            if word.isWord("none") { return Self.none(newest: number) }
            if word.isWord("conflict") { return .store(.conflict(current: number)) }
            if word.isWord("stale") { return .store(.stale(next: number)) }
        }
        return nil
    }

    private static func listed(_ reply: RedisReply) -> ContextReply? {
        guard let more = reply[1]?.number, let lastText = reply[2]?.bytes else { return nil }
        let last = NameHash(text: lastText)
        guard last != nil || lastText.isEmpty else { return .damaged }
        var heads: [(key: NameHash, head: [UInt8])] = []
        heads.reserveCapacity(reply.count / 2)
        var index = 3
        while let text = reply[index]?.bytes, let head = reply[index + 1]?.bytes {
            guard let key = NameHash(text: text) else { return .damaged }
            heads.append((key, head))
            index += 2
        }
        return .listed(heads, last: last, more: more == 1)
    }
}
