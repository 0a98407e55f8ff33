// A command as data: parsing, help, completion and dispatch are all derived from this one declaration.

/// What a command does once its line is parsed.
public typealias CommandAction = @Sendable (Invocation, Console) async throws -> ExitCode

/// A command, or a group of commands.
public struct Command: Sendable {
    public let name: String
    /// One sentence.
    public let summary: String
    /// Paragraphs for the command's own help, separated by empty lines; lines that are indented stay as they are.
    public let discussion: String
    /// Also accepted by every command below this one.
    public let options: [OptionDeclaration]
    public let arguments: [ArgumentDeclaration]
    public let subcommands: [Command]
    /// Nothing for a group.
    public let action: CommandAction?

    /// A command that does something.
    public init(
        _ name: String, _ summary: String, discussion: String = "", options: [OptionDeclaration] = [],
        arguments: [ArgumentDeclaration] = [], action: @escaping CommandAction
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.options = options
        self.arguments = arguments
        subcommands = []
        self.action = action
    }

    /// A group, whose name alone does nothing.
    public init(
        group name: String, _ summary: String, discussion: String = "", options: [OptionDeclaration] = [],
        subcommands: [Command]
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.options = options
        arguments = []
        self.subcommands = subcommands
        action = nil
    }

    func subcommand(_ name: String) -> Command? {
        subcommands.first { $0.name == name }
    }

    /// This command and all below it, each with the commands above it, in the order of declaration.
    func everyPath(above: [Command] = []) -> [[Command]] {
        let path = above + [self]
        return [path] + subcommands.flatMap { $0.everyPath(above: path) }
    }
}

/// For whoever walks a whole tree of commands: help snapshots, manuals.
public enum CommandPaths {
    /// Each command with those above it, in the order of declaration.
    public static func all(of root: Command) -> [[Command]] { root.everyPath() }
}

extension OptionDeclaration {
    /// Accepted everywhere without being declared.
    static let help = OptionDeclaration(name: "help", short: "h", value: nil, summary: "Show this help.")
    /// Accepted by the root alone.
    static let version = OptionDeclaration(name: "version", value: nil, summary: "Show the version.")
}
