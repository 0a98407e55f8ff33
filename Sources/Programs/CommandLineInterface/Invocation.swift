// A command line that was understood.

public struct Invocation: Sendable {
    /// An option as it was given.
    public struct Given: Sendable, Hashable {
        public let option: OptionDeclaration
        /// Empty for a switch.
        public let text: String
    }

    /// From the root to the command that was chosen.
    let path: [Command]
    /// In the order of the command line.
    public let given: [Given]
    let texts: [ArgumentDeclaration: [String]]

    /// The names on the way to the command: `["camctl", "policy", "query"]`.
    public var names: [String] { path.map(\.name) }

    /// A mistake that only the command itself can see.
    public func usageError(_ problem: String) -> UsageError { UsageError(command: names, problem: problem) }

    public subscript<Value>(option: Option<Value>) -> Value {
        precondition(
            path.contains { $0.options.contains(option.declaration) },
            "\(option.declaration.flag) is not declared for \(names.joined(separator: " "))")
        return option.read(given.filter { $0.option == option.declaration }.map(\.text))
    }

    public subscript<Value>(argument: Argument<Value>) -> Value {
        precondition(
            path.last?.arguments.contains(argument.declaration) == true,
            "\(argument.declaration.name) is not declared for \(names.joined(separator: " "))")
        return argument.read(texts[argument.declaration] ?? [])
    }
}
