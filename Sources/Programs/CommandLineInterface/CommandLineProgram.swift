// Runs a program made of declared commands: parses, helps, acts, and turns every outcome into an exit code.

public struct CommandLineProgram: Sendable {
    public let root: Command
    public let version: String

    public init(root: Command, version: String) {
        self.root = root
        self.version = version
    }

    /// - Parameter words: without the program's name.
    public func run(_ words: [String], _ console: Console) async -> ExitCode {
        do {
            switch try CommandLineParser.parse(words, root: root) {
            case .help(let path):
                console.bytes(Array(HelpText.of(path, width: min(console.width ?? 80, 100)).utf8))
                // A group without a command is a mistake, unless help was asked for.
                return words.contains { ["--help", "-h", "help"].contains($0) } ? .ok : .usage
            case .version:
                console.line("\(root.name) \(version)")
                return .ok
            case .run(let invocation):
                guard let action = invocation.path.last?.action else {
                    preconditionFailure("the parser runs no group")
                }
                return try await action(invocation, console)
            }
        } catch let error as UsageError {
            console.error(error.description)
            return .usage
        } catch {
            console.error("\(root.name): \(error)")
            return (error as? any ExitCodeProviding)?.exitCode ?? .failed
        }
    }
}
