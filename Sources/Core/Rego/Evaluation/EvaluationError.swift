// Why an evaluation has no answer.

/// An error of an evaluation, with OPA's code and where in the policy it arose.
public struct EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case conflict = "eval_conflict_error"
        case builtin = "eval_builtin_error"
        case type = "eval_type_error"
        /// A budget was spent: steps or depth.
        case cancel = "eval_cancel_error"
    }

    public let code: Code
    public let message: String
    /// Nil where no source belongs to it.
    public let location: Location?

    public var description: String {
        let place = location.map { "\($0): " } ?? ""
        return "\(place)\(code.rawValue): \(message)"
    }
}

/// What an evaluation may cost at most.
public struct Budget: Sendable, Hashable {
    /// Instructions, and values that builtins make.
    public var steps: UInt64
    /// Rules, functions and iterations within one another. Each level takes stack.
    public var depth: Int

    public init(steps: UInt64 = 10_000_000, depth: Int = 400) {
        self.steps = steps
        self.depth = depth
    }

    public static let standard = Budget()
}
