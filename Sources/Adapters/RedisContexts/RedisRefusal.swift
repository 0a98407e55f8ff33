// What an error reply of Redis means for an operation.

internal import Contexts
internal import ProtobufWire

extension ContextReply {
    /// The conditions under which Redis refuses a script, told by the first word of its error; nil for any other error,
    /// whose text stays inside, since it may quote what we sent.
    init?(refusal text: String) {
        // Redis 6 wraps what a command inside a script said; Redis 7 passes it on as it is.
        let inner = text.hasPrefix("ERR Error running script") ? Self.innermost(text) : text
        let reply: ContextReply? =
            switch inner.prefix(while: { $0 != " " }) {
            case "NOSCRIPT": .again
            case "LOADING": .later("Redis is loading its data")
            case "BUSY": .later("Redis is busy with a script")
            case "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN": .later("Redis is waiting for its master")
            case "READONLY": .later("this Redis is a read-only replica")
            case "NOREPLICAS": .later("Redis has too few replicas to accept writes")
            case "OOM": .full(reason: "Redis has reached its maxmemory")
            case "MISCONF": .full(reason: "Redis cannot write to its disk")
            case "NOAUTH": .later("Redis asks for a password; put it into memory.url")
            case "NOPERM": .later("the user of memory.url may not run what camd needs: EVALSHA, EVAL, SCRIPT LOAD")
            // What is stored under our names is not of the type that we store.
            case "WRONGTYPE": .damaged
            case "MOVED", "ASK", "CROSSSLOT":
                .later("this Redis is one node of a cluster, which this version does not follow")
            case "ERR" where !inner.contains("AUTH") && !inner.contains("invalid password"): nil
            case "WRONGPASS", "ERR": .later("Redis refuses the user or password of memory.url")
            default: nil
            }
        guard let reply else { return nil }
        self = reply
    }

    private static func later(_ reason: Text) -> ContextReply { .refused(retryAfterMs: 250, reason: reason) }

    /// The last `-WORD …` of a wrapped error.
    private static func innermost(_ text: String) -> String {
        guard let mark = text.firstRange(of: ": -") else { return text }
        return String(text[mark.upperBound...])
    }
}
