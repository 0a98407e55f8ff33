// What an error reply of Redis means for an operation.

/// The conditions under which Redis refuses a script, told by the first word of its error.
enum RedisRefusal: Equatable {
    /// The server has forgotten the script: send it whole.
    case scriptUnknown
    /// It will pass: loading, a replica that waits for its master, a long script, a failover.
    case passing(String)
    /// No memory, or no disk that can be written.
    case full(String)
    /// Credentials are missing, wrong or not enough.
    case credentials(String)
    /// What is stored under our names is not of the type that we store.
    case damaged
    /// Anything else; the text stays inside, since it may quote what we sent.
    case other

    init(errorText text: String) {
        // Redis 6 wraps what a command inside a script said; Redis 7 passes it on as it is.
        let inner = text.hasPrefix("ERR Error running script") ? Self.innermost(text) : text
        let word = inner.prefix { $0 != " " }
        self =
            switch word {
            case "NOSCRIPT": .scriptUnknown
            case "LOADING": .passing("Redis is loading its data")
            case "BUSY": .passing("Redis is busy with a script")
            case "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN": .passing("Redis is waiting for its master")
            case "READONLY": .passing("this Redis is a read-only replica")
            case "NOREPLICAS": .passing("Redis has too few replicas to accept writes")
            case "OOM": .full("Redis has reached its maxmemory")
            case "MISCONF": .full("Redis cannot write to its disk")
            case "NOAUTH": .credentials("Redis asks for a password; put it into memory.url")
            case "WRONGPASS": .credentials("Redis refuses the user or password of memory.url")
            case "NOPERM":
                .credentials("the user of memory.url may not run what camd needs: EVALSHA, EVAL, SCRIPT LOAD")
            case "WRONGTYPE": .damaged
            case "MOVED", "ASK", "CROSSSLOT":
                .passing("this Redis is one node of a cluster, which this version does not follow")
            case "ERR" where inner.contains("AUTH") || inner.contains("invalid password"):
                .credentials("Redis refuses the user or password of memory.url")
            default: .other
            }
    }

    /// The last `-WORD …` of a wrapped error.
    private static func innermost(_ text: String) -> String {
        guard let mark = text.firstRange(of: ": -") else { return text }
        return String(text[mark.upperBound...])
    }
}
