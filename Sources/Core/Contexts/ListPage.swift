// One page of a listing: names are sealed, so the store hands entries out in the order of their hashes and the
// prefix is looked at here, after opening.

public import ABI
public import ProtobufWire

/// Where a listing goes on: after the entry with this hash. Every entry that exists from the first page to the last is
/// given exactly once, whatever is stored meanwhile.
public struct ListCursor: Sendable, Equatable {
    public let after: NameHash

    public init(after: NameHash) { self.after = after }

    /// nil for a text that is no cursor.
    public init?(text: Text) {
        guard let after = NameHash(text: Array(text.string.utf8)) else { return nil }
        self.after = after
    }

    public var text: Text { Text(String(decoding: after.text, as: UTF8.self)) }
}

/// Collects entries until the page is full, the context ends, or enough of it was looked at for one call.
public struct ListPage: Sendable {
    /// Entries looked at for one page with a prefix: bounds the work of one call, about 1 µs an entry.
    public static let examinedMax = 8 * 1024
    /// Entries of one request to the store: bounds how long the store does nothing else.
    public static let batchMax = 1024

    public struct Batch: Sendable, Equatable {
        public var after: NameHash?
        public var count: Int

        public init(after: NameHash?, count: Int) {
            self.after = after
            self.count = count
        }
    }

    public enum Step: Sendable, Equatable {
        case fetch(Batch)
        case finish(ContextResult)
    }

    private let prefix: Text
    private let limit: Int
    private var after: NameHash?
    private var found: [ContextEntry] = []
    private var examined = 0

    /// The arguments have passed `ContextValidation`.
    public init(prefix: Text, cursor: Text, limit: Int) {
        self.prefix = prefix
        self.limit = limit == 0 ? ContextValidation.listEntriesDefault : limit
        after = ListCursor(text: cursor)?.after
    }

    /// What to fetch next.

    public var nextBatch: Batch {
        // Without a prefix everything counts, so what is missing is exactly what to fetch.
        let count = prefix.utf8Count == 0 ? limit - found.count : Self.batchMax
        return Batch(after: after, count: min(count, Self.batchMax))
    }

    /// - Parameters:
    ///   - entries: of the living keys among those looked at, in the order of their hashes.
    ///   - last: the hash of the last one looked at, living or not; nil where there was none.
    ///   - more: whether the context goes on after it.
    public mutating func on(entries: [(hash: NameHash, entry: ContextEntry)], last: NameHash?, more: Bool) -> Step {
        examined += nextBatch.count
        for (hash, entry) in entries {
            guard Self.starts(entry.key, with: prefix) else { continue }
            found.append(entry)
            if found.count == limit {
                let isLast = !more && hash == last
                return finish(next: isLast ? "" : ListCursor(after: hash).text)
            }
        }
        guard more, let last else { return finish(next: "") }
        after = last
        if examined >= Self.examinedMax { return finish(next: ListCursor(after: last).text) }
        return .fetch(nextBatch)
    }

    private func finish(next: Text) -> Step { .finish(.listed(found.sorted { $0.key < $1.key }, next: next)) }

    private static func starts(_ text: Text, with prefix: Text) -> Bool {
        text.string.utf8.starts(with: prefix.string.utf8)
    }
}
