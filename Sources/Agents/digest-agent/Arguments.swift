// The command line of digest-agent.

/// What the user asked for.
struct Arguments: Equatable {
    var folder = "/usr/share/common-licenses"
    /// Documents at most.
    var documentsMax = 100
    /// Bytes of one document at most.
    var documentBytesMax = 1 << 20
    var socketPath: String?
    /// Seconds that all the work may take.
    var timeoutSeconds: UInt32 = 600
    var wantsHelp = false

    static let help = """
        Usage: digest-agent [FOLDER] [options]

        Reads the text documents in FOLDER (default: /usr/share/common-licenses), has camd find the keywords and a summary of
        each and a digest of them all, stores every result in this agent's memory context "digests", and prints the digest,
        what ran where for what cost after what wait, and why one executor was chosen.

          --documents N    at most N documents, 1 to 1000 (default 100)
          --bytes N        skip documents of more than N bytes, at most 4194304 (default 1048576)
          --socket PATH    camd's socket (default: CAM_SOCKET, else the usual place)
          --timeout N      give up after N seconds, 1 to 86400 (default 600)
          --help           this text

        Exit code: 0 when everything succeeded, 1 when a task or a store failed, 2 for a wrong command line or a folder that
        cannot be used, 3 when camd cannot be reached, 4 when camd refuses.

        """

    init() {}

    /// - Throws: `UsageError` with a sentence for the user.
    init(_ words: [String]) throws(UsageError) {
        var rest = words[...]
        var sawFolder = false
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h": wantsHelp = true
            case "--documents": documentsMax = try Self.number(word, &rest, 1...1000)
            case "--bytes": documentBytesMax = try Self.number(word, &rest, 1...(4 << 20))
            case "--timeout": timeoutSeconds = UInt32(try Self.number(word, &rest, 1...86_400))
            case "--socket": socketPath = try Self.value(word, &rest)
            case _ where word.hasPrefix("-"):
                throw UsageError("there is no option \(word); --help lists them")
            case _ where sawFolder:
                throw UsageError("one folder is enough; \(word) is one too many")
            default:
                folder = word
                sawFolder = true
            }
        }
    }

    private static func value(_ option: String, _ rest: inout ArraySlice<String>) throws(UsageError) -> String {
        guard let value = rest.popFirst(), !value.isEmpty else { throw UsageError("\(option) needs a value") }
        return value
    }

    private static func number(
        _ option: String, _ rest: inout ArraySlice<String>, _ range: ClosedRange<Int>
    ) throws(UsageError) -> Int {
        let text = try value(option, &rest)
        guard let number = Int(text), range.contains(number) else {
            throw UsageError("\(option) takes \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return number
    }
}

/// A command line that makes no sense; the sentence says which part.
struct UsageError: Error, Equatable, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
