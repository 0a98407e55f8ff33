// The answer to "may they?", with the reason as data.

public import ABI
public import ProtobufWire

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

        public var description: String { "\(file):\(line):\(column): \(code): \(message)" }
    }

    /// In the order of file, line and column. Never empty.
    public let items: [Item]

    public init(items: [Item]) { self.items = items }

    public var description: String { items.map(\.description).joined(separator: "\n") }
}
