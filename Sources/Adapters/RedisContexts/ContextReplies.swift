// What a script's reply means. Everything in it is doubted: Redis may have been changed by somebody else.

internal import ABI
internal import Contexts
internal import ProtobufWire

enum ContextReplies {
    /// nil for a reply that our script cannot have given.
    static func store(_ reply: RedisReply) -> StoreReply? {
        guard let word = reply[0] else { return nil }
        if word.isWord("stored") { return .stored }
        if word.isWord("damaged") { return .damaged }
        guard let number = reply[1]?.number else { return nil }
        if word.isWord("conflict") { return .conflict(current: number) }
        if word.isWord("stale") { return .stale(next: number) }
        return nil
    }

    enum Recall {
        case found(value: [UInt8], entry: ContextEntry, version: RememberedVersion)
        case none
        /// What is there is not what was sealed: `version` where it is known which.
        case lost(version: UInt64?, String)
    }

    /// nil for a reply that our script cannot have given.
    static func recall(
        _ reply: RedisReply, key: Text, wanted: UInt64?, at place: ContextPlace, nowMs: UInt64
    ) -> Recall? {
        guard let word = reply[0] else { return nil }
        if word.isWord("none") { return Recall.none }
        if word.isWord("damaged") { return .lost(version: wanted, "its entry in the store is damaged") }
        if word.isWord("lost") { return .lost(version: reply[1]?.number, "its value is missing from the store") }
        if word.isWord("older") {
            guard let bytes = reply[1]?.bytes, let wanted else { return nil }
            let opened = open(bytes, key, wanted, place)
            if case .found(_, _, let version) = opened, !version.isAlive(at: nowMs) { return Recall.none }
            return opened
        }
        if word.isWord("ended") {
            guard let bytes = reply[1]?.bytes else { return nil }
            return hasEnded(bytes, at: place) ? Recall.none : .lost(version: wanted, "its entry is not what was sealed")
        }
        guard word.isWord("newest"), let headBytes = reply[1]?.bytes, let bytes = reply[2]?.bytes else { return nil }
        guard let head = HeadRecord(bytes: headBytes), let record = VersionRecord(bytes: bytes),
            head.entry.elementsEqual(record.entry), head.expiryMs == record.expiryMs
        else { return .lost(version: wanted, "its entry and its value do not belong together") }
        return open(bytes, key, head.version, place)
    }

    /// That a key has ended counts only if its sealed entry was made for that very end.
    private static func hasEnded(_ head: [UInt8], at place: ContextPlace) -> Bool {
        guard let head = HeadRecord(bytes: head) else { return false }
        let version = ContextVersion(number: head.version, expiryMs: head.expiryMs)
        return ContextSealing.openEntry(head.entry, at: place, version) != nil
    }

    private static func open(_ bytes: [UInt8], _ key: Text, _ version: UInt64, _ place: ContextPlace) -> Recall {
        guard let record = VersionRecord(bytes: bytes),
            let (value, entry) = ContextSealing.open(record, key: key, at: place, version: version)
        else { return .lost(version: version, "what the store holds is not what was sealed for it") }
        let remembered = RememberedVersion(version: version, expiryMs: record.expiryMs)
        return .found(value: value, entry: entry, version: remembered)
    }

    enum List {
        case batch([(hash: NameHash, entry: ContextEntry)], last: NameHash?, more: Bool)
        /// The entry under this hash, or the order of the entries itself, is not ours.
        case lost(NameHash?)
    }

    /// nil for a reply that our script cannot have given. `owner` is where the listed context is; its key is nobody's.
    static func list(
        _ reply: RedisReply, at owner: ContextPlace, nowMs: UInt64, hashOf hash: (Text) -> NameHash
    ) -> List? {
        guard let word = reply[0], word.isWord("listed"), let more = reply[1]?.number, let lastText = reply[2]?.bytes
        else { return nil }
        let last = NameHash(text: lastText)
        guard last != nil || lastText.isEmpty else { return .lost(nil) }
        var entries: [(hash: NameHash, entry: ContextEntry)] = []
        entries.reserveCapacity(reply.count / 2)
        var index = 3
        while let nameText = reply[index]?.bytes, let headBytes = reply[index + 1]?.bytes {
            index += 2
            guard let name = NameHash(text: nameText) else { return .lost(nil) }
            let place = ContextPlace(
                owner: owner.owner, context: owner.context, id: ContextKeyID(context: owner.id.context, key: name),
                agent: owner.agent)
            guard let head = HeadRecord(bytes: headBytes),
                let opened = ContextSealing.openEntry(
                    head.entry, at: place, ContextVersion(number: head.version, expiryMs: head.expiryMs)),
                hash(opened.entry.key) == name
            else { return .lost(name) }
            let version = RememberedVersion(version: head.version, expiryMs: head.expiryMs)
            if version.isAlive(at: nowMs) { entries.append((name, opened.entry)) }
        }
        return .batch(entries, last: last, more: more == 1)
    }
}
