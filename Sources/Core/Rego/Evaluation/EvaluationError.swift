// Why an evaluation has no answer.

/// An error of an evaluation, with OPA's code and where in the policy it arose.
public struct EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// OPA's codes, spelt as OPA spells them.
    public enum Code: String, Sendable {
        case conflict = "eval_conflict_error"
        case builtin = "eval_builtin_error"
        case type = "eval_type_error"
        /// A budget was spent; `limit` says which.
        case cancel = "eval_cancel_error"
    }

    public let code: Code
    public let message: String
    /// Nil where no source belongs to it.
    public let location: Location?
    /// Of a conflict: where the value that was there first comes from. Both may be one place: a rule can contradict
    /// itself.
    public let otherLocation: Location?
    /// Which budget was spent; nil for other codes.
    public let limit: Budget.Limit?
    /// The builtin that failed; nil where none did.
    public let builtin: String?

    init(
        code: Code, message: String, location: Location?, otherLocation: Location? = nil, limit: Budget.Limit? = nil,
        builtin: String? = nil
    ) {
        self.code = code
        self.message = message
        self.location = location
        self.otherLocation = otherLocation
        self.limit = limit
        self.builtin = builtin
    }

    /// Where it failed and in what way, and nothing of the values: messages of builtins repeat what they were given, which
    /// may be base data that is not for everybody to see.
    public var outline: String {
        let place = location.map { "\($0): " } ?? ""
        let what = [code.rawValue, builtin, limit.map { "more \($0.rawValue) than allowed" }].compactMap(\.self)
        let other = otherLocation.map { " (the other value is given at \($0))" } ?? ""
        return place + what.joined(separator: ": ") + other
    }

    public var description: String {
        let place = location.map { "\($0): " } ?? ""
        let other = otherLocation.map { " (the other value is given at \($0))" } ?? ""
        return "\(place)\(code.rawValue): \(message)\(other)"
    }
}
