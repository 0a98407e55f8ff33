// The answer to "may they?", with the reason as data.

public import ProtobufWire

/// What was decided, and why. Deny is the default; only `allow == true` from policy allows.
public struct PolicyDecision: Sendable, Equatable {
    public let allow: Bool
    /// Rules that fired, e.g. `cam.allow (Policies/cam.rego:42)`; at most `PolicyEngine.rulesNamedMax`.
    public let rules: [Text]
    /// Set exactly when `allow` is false.
    public let denial: PolicyDenial?
    /// Evaluation steps spent; 0 when the answer came from the cache.
    public var steps: UInt64
    public var isCached: Bool
}

/// Why a decision is "no".
public struct PolicyDenial: Sendable, Equatable {
    public enum Kind: UInt8, Sendable {
        /// No rule allowed it: `data.cam.allow` has no value.
        case undefined
        /// Policy says false.
        case refused
        /// Evaluation failed: a conflict, a builtin error.
        case error
        /// The step or depth budget was spent.
        case budget
        /// `data.cam.allow` is something else than a boolean.
        case notBoolean
    }

    /// One rule that was tried, and the first literal of it that did not hold.
    public struct Attempt: Sendable, Equatable {
        /// `cam.allow (cam.rego:42)`
        public let rule: Text
        /// `cam.rego:44:5`
        public let place: Text
        /// The literal as it is written: `input.caller.registered`
        public let literal: Text
    }

    public let kind: Kind
    /// What would have been needed, in plain words, one line.
    public let needed: Text
    /// The rules that were tried, in order; at most `PolicyEngine.rulesNamedMax`.
    public let attempts: [Attempt]
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
