// What a request must look like before anything is done with it. Bad input is refused here, once.

import ABI
import ProtobufWire

public enum ContextValidation {
    /// A hundred years: beyond it a time to live is a mistake, and the sum with the clock stays far from overflow.
    public static let ttlMillisecondsMax: UInt64 = 100 * 366 * 24 * 3_600 * 1_000
    public static let listEntriesDefault = 100

    /// nil where the request keeps the contract; otherwise the result to answer with.
    public static func refusal(of request: ContextRequest) -> ContextResult? {
        if let fault = name(request.context, field: "context.name") { return .invalid(fault) }
        switch request.operation {
        case .store(let key, let value, let contentType, let ttlMs, let ifVersion, _):
            if value.count > Limits.contextValueBytesMax { return .tooLarge(limit: Limits.contextValueBytesMax) }
            let fault =
                name(key, field: "key") ?? type(contentType) ?? lifetime(ttlMs)
                ?? version(ifVersion, field: "if_version", least: 0)
            return fault.map(ContextResult.invalid)
        case .recall(let key, let number):
            let fault = name(key, field: "key") ?? version(number, field: "version", least: 1)
            return fault.map(ContextResult.invalid)
        case .list(let prefix, let cursor, let limit):
            return (list(prefix, limit) ?? place(cursor)).map(ContextResult.invalid)
        }
    }

    private static func name(_ text: Text, field: Text) -> ContextFault? {
        if text.utf8Count >= 1, text.utf8Count <= Limits.contextNameBytesMax { return nil }
        return ContextFault(field: field, expected: "1 to \(Limits.contextNameBytesMax) bytes, not \(text.utf8Count)")
    }

    private static func type(_ text: Text) -> ContextFault? {
        if text.utf8Count <= Limits.nameBytesMax { return nil }
        return ContextFault(
            field: "content_type", expected: "at most \(Limits.nameBytesMax) bytes, not \(text.utf8Count)")
    }

    private static func lifetime(_ ttlMs: UInt64?) -> ContextFault? {
        guard let ttlMs, ttlMs < 1 || ttlMs > ttlMillisecondsMax else { return nil }
        return ContextFault(field: "ttl_ms", expected: "1 to \(ttlMillisecondsMax), or absent for ever; not \(ttlMs)")
    }

    private static func version(_ number: UInt64?, field: Text, least: UInt64) -> ContextFault? {
        guard let number, number < least || number > StoreAttempt.versionMax else { return nil }
        return ContextFault(field: field, expected: "\(least) to \(StoreAttempt.versionMax), or absent; not \(number)")
    }

    private static func list(_ prefix: Text, _ limit: Int) -> ContextFault? {
        if prefix.utf8Count > Limits.contextNameBytesMax {
            return ContextFault(
                field: "prefix", expected: "at most \(Limits.contextNameBytesMax) bytes, not \(prefix.utf8Count)")
        }
        if limit < 0 || limit > Limits.listEntriesMax {
            return ContextFault(
                field: "limit", expected: "0 for \(listEntriesDefault), or 1 to \(Limits.listEntriesMax); not \(limit)")
        }
        return nil
    }

    private static func place(_ cursor: Text) -> ContextFault? {
        if cursor.utf8Count == 0 || ListCursor(text: cursor) != nil { return nil }
        return ContextFault(field: "cursor", expected: "empty, or next_cursor of the answer before")
    }
}
