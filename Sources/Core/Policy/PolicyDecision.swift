// The answer to "may they?", with the reason as data.

public import ABI
public import ProtobufWire
internal import Rego

/// What was decided, and why. Deny is the default; only `allow == true` from policy allows.
public struct PolicyDecision: Sendable, Equatable {
    public let allow: Bool
    /// Rules that fired, e.g. `cam.allow (Policies/cam.rego:42)`; at most `PolicyEngine.rulesNamedMax`.
    public let rules: [Text]
    /// Set exactly when `allow` is false.
    public let denial: Denial?
    /// Evaluation steps spent; 0 when the answer came from the cache.
    public var steps: UInt64
    public var isCached: Bool
}

/// Why a set of policy modules is refused. Nothing of it is in force then.
public struct PolicyLoadErrors: Error, Sendable, Equatable, CustomStringConvertible {
    public struct Item: Sendable, Equatable, CustomStringConvertible {
        /// OPA's code, e.g. `rego_unsafe_var_error`.
        public let code: Text
        public let message: Text
        public let file: Text
        public let line: Int
        public let column: Int

        init(code: Text, message: String, file: Text, line: Int, column: Int) {
            self.code = code
            self.message = Text(message.shortened(toBytes: 300))
            self.file = Text(file.string.shortened(toBytes: 256))
            self.line = line
            self.column = column
        }

        public var description: String { "\(file):\(line):\(column): \(code): \(message)" }
    }

    /// In the order of file, line and column. Never empty.
    public let items: [Item]

    public init(items: [Item]) { self.items = items }

    /// A line for each of the first 20: it goes into one line of the log and one answer.
    public var description: String {
        let more = items.count > 20 ? ["and \(items.count - 20) more"] : []
        return (items.prefix(20).map(\.description) + more).joined(separator: "\n")
    }
}
