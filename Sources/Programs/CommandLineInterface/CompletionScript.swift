// Shell completion, made from the declaration of the commands.

/// The shells there is a script for.
public enum CompletionShell: String, Sendable, CaseIterable {
    case bash, zsh

    /// A script that this shell reads to complete a program's commands, options and values.
    public func script(for root: Command) -> String {
        switch self {
        case .bash: BashCompletion.script(for: root)
        case .zsh: ZshCompletion.script(for: root)
        }
    }
}

/// A command as the scripts need it.
struct CompletionNode {
    let path: [Command]

    init(_ path: [Command]) {
        self.path = path
    }

    static func all(of root: Command) -> [CompletionNode] { root.everyPath().map(CompletionNode.init) }

    var command: Command { path[path.count - 1] }
    /// `camctl policy query`
    var name: String { path.map(\.name).joined(separator: " ") }
    /// `_camctl_policy_query`
    var function: String { "_" + path.map(\.name).joined(separator: "_").replacing("-", with: "_") }
    /// All that this command accepts, its own first.
    var options: [OptionDeclaration] {
        path.reversed().flatMap(\.options) + [.help] + (path.count == 1 ? [.version] : [])
    }
}
