// camctl completion: a script that completes camctl's command lines.

import CommandLineInterface

enum CompletionCommand {
    private static let shell = Argument<String>.text(
        "SHELL", kind: .choice(CompletionShell.allCases.map(\.rawValue)), "Which shell it is for.")

    static let command = Command(
        "completion", "Print a script that completes camctl's commands in a shell.",
        discussion: """
            For bash, once:

              camctl completion bash > ~/.local/share/bash-completion/completions/camctl

            For zsh, into a folder of $fpath:

              camctl completion zsh > ~/.zfunc/_camctl
            """,
        arguments: [shell.declaration]
    ) { invocation, console in
        guard let shell = CompletionShell(rawValue: invocation[shell]) else {
            preconditionFailure("the parser lets no other shell through")
        }
        console.bytes(Array(shell.script(for: Camctl.root).utf8))
        return .ok
    }
}
