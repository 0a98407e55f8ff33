// The script for zsh: one function a command, each an `_arguments` specification.

enum ZshCompletion {
    static func script(for root: Command) -> String {
        let functions = CompletionNode.all(of: root).map { node in
            node.command.subcommands.isEmpty ? leaf(node) : group(node)
        }
        return """
            #compdef \(root.name)
            # zsh completion for \(root.name), made by '\(root.name) completion zsh'.

            \(functions.joined(separator: "\n\n"))

            if [[ $funcstack[1] == _\(root.name.replacing("-", with: "_")) ]]; then
                _\(root.name.replacing("-", with: "_")) "$@"
            else
                compdef _\(root.name.replacing("-", with: "_")) \(root.name)
            fi

            """
    }

    private static func group(_ node: CompletionNode) -> String {
        let commands = node.command.subcommands
        let described = commands.map { "                \(quoted("\($0.name):\($0.summary)"))" }
        let cases = commands.map { command in
            "                \(command.name)) \(CompletionNode(node.path + [command]).function) ;;"
        }
        return """
            \(node.function)() {
                local context state line
                typeset -A opt_args
                _arguments -C \\
            \(specifications(node).map { "        \($0) \\" }.joined(separator: "\n"))
                    '1: :->command' '*:: :->rest'
                case $state in
                    command)
                        local -a commands=(
            \(described.joined(separator: "\n"))
                        )
                        _describe -t commands command commands ;;
                    rest)
                        case $line[1] in
            \(cases.joined(separator: "\n"))
                        esac ;;
                esac
            }
            """
    }

    private static func leaf(_ node: CompletionNode) -> String {
        let specifications = specifications(node) + node.command.arguments.map(specification)
        return """
            \(node.function)() {
                _arguments \\
            \(specifications.map { "        \($0)" }.joined(separator: " \\\n"))
            }
            """
    }

    private static func specifications(_ node: CompletionNode) -> [String] {
        node.options.map { option in
            let value = option.value.map { ":\(option.placeholder):\(action($0))" } ?? ""
            let text = "[\(escaped(option.summary))]\(value)"
            if let short = option.short {
                return "'(-\(short) \(option.flag))'{-\(short),\(option.flag)}\(quoted(text))"
            }
            return quoted((option.isRepeatable ? "*" : "") + option.flag + text)
        }
    }

    private static func specification(_ argument: ArgumentDeclaration) -> String {
        let count = argument.isRepeatable ? "*:" : argument.isOptional ? "::" : ":"
        return quoted("\(count)\(argument.name):\(action(argument.kind))")
    }

    private static func action(_ kind: ValueKind) -> String {
        switch kind {
        case .file: "_files"
        case .folder: "_files -/"
        case .choice(let names): "(\(names.joined(separator: " ")))"
        case .text, .integer, .number: " "
        }
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("[", with: "(").replacing("]", with: ")").replacing(":", with: "\\:")
    }

    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
