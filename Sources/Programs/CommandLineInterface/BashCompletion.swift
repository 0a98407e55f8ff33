// The script for bash: finds the command from the words before the cursor, then offers what that command takes.

enum BashCompletion {
    static func script(for root: Command) -> String {
        let nodes = CompletionNode.all(of: root)
        return """
            # bash completion for \(root.name), made by '\(root.name) completion bash'.
            _\(root.name.replacing("-", with: "_"))() {
                local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
                local path="\(root.name)" kind="" words="" index word
                for ((index = 1; index < COMP_CWORD; index++)); do
                    word=${COMP_WORDS[index]}
                    case "$path $word" in
            \(nodes.dropFirst().map { "            \"\($0.name)\") path=\"$path $word\" ;;" }.lines)
            \(skips(nodes))
                    esac
                done
                case "$path $prev" in
            \(nodes.flatMap(optionValues).lines)
                esac
                if [[ -z $kind ]]; then
                    case "$path" in
            \(nodes.map(offers).lines)
                    esac
                    [[ $cur == -* ]] && kind=words
                fi
                case "$kind" in
                    file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null ;;
                    folder) COMPREPLY=($(compgen -d -- "$cur")); compopt -o filenames 2>/dev/null ;;
                    none) COMPREPLY=() ;;
                    *) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
                esac
            }
            complete -F _\(root.name.replacing("-", with: "_")) \(root.name)

            """
    }

    /// The word after an option that takes a value is no command.
    private static func skips(_ nodes: [CompletionNode]) -> String {
        nodes.flatMap { node in
            flags(node.options.filter { $0.value != nil }).map {
                "            \"\(node.name) \($0)\") ((index++)) ;;"
            }
        }.lines
    }

    private static func optionValues(_ node: CompletionNode) -> [String] {
        node.options.compactMap { option in
            guard let value = option.value else { return nil }
            let patterns = flags([option]).map { "\"\(node.name) \($0)\"" }.joined(separator: "|")
            return "        \(patterns)) \(assignments(value)) ;;"
        }
    }

    private static func offers(_ node: CompletionNode) -> String {
        let options = flags(node.options).joined(separator: " ")
        let commands = node.command.subcommands.map(\.name).joined(separator: " ")
        let argument = node.command.arguments.last.map { assignments($0.kind, besides: options) }
        let plain = "words=\"\(commands.isEmpty ? options : commands + " " + options)\""
        return "            \"\(node.name)\") \(argument ?? plain) ;;"
    }

    private static func assignments(_ kind: ValueKind, besides options: String = "") -> String {
        let words =
            switch kind {
            case .choice(let names): (names + (options.isEmpty ? [] : [options])).joined(separator: " ")
            default: options
            }
        let name =
            switch kind {
            case .file: "file"
            case .folder: "folder"
            case .choice: "words"
            default: options.isEmpty ? "none" : "words"
            }
        return "kind=\(name) words=\"\(words)\""
    }

    private static func flags(_ options: [OptionDeclaration]) -> [String] {
        options.flatMap { [$0.flag] + ($0.short.map { ["-\($0)"] } ?? []) }
    }
}

extension [String] {
    fileprivate var lines: String { joined(separator: "\n") }
}
