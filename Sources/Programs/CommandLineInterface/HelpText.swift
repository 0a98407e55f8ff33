// The help of a command, made from its declaration.

public enum HelpText {
    /// - Parameter path: from the root to the command.
    /// - Parameter width: columns to fill.
    public static func of(_ path: [Command], width: Int = 80) -> String {
        let command = path[path.count - 1]
        let names = path.map(\.name).joined(separator: " ")
        var sections = [TextLayout.wrapped(command.summary, width: width), usage(path, names, width: width)]
        if !command.discussion.isEmpty { sections.append(TextLayout.paragraphs(command.discussion, width: width)) }
        sections += lists(path, width: width)
        if path.count == 1 { sections.append(exitCodes(width: width)) }
        return sections.joined(separator: "\n\n") + "\n"
    }

    private static func usage(_ path: [Command], _ names: String, width: Int) -> String {
        let command = path[path.count - 1]
        var parts = ["Usage: \(names)"]
        if !command.subcommands.isEmpty { parts.append("COMMAND") }
        if !command.options.isEmpty || path.count > 1 { parts.append("[OPTIONS]") }
        parts += command.arguments.map(\.shown)
        return TextLayout.wrapped(parts.joined(separator: " "), width: width)
    }

    private static func lists(_ path: [Command], width: Int) -> [String] {
        let command = path[path.count - 1]
        let above = path.dropLast().reversed().flatMap(\.options)
        let own = command.options + [.help] + (path.count == 1 ? [.version] : [])
        return [
            list("Commands:", command.subcommands.map { ($0.name, $0.summary) }, width: width),
            list("Arguments:", command.arguments.map { ($0.name, summary($0)) }, width: width),
            list("Options:", own.map { (title($0), summary($0)) }, width: width),
            list("Options of all commands:", above.map { (title($0), summary($0)) }, width: width),
        ].compactMap { $0 }
    }

    private static func exitCodes(width: Int) -> String {
        list("Exit codes:", ExitCode.allCases.map { (String($0.rawValue), $0.meaning) }, width: width) ?? ""
    }

    private static func title(_ option: OptionDeclaration) -> String {
        let short = option.short.map { "-\($0), " } ?? ""
        return short + option.flag + (option.value == nil ? "" : " " + option.placeholder)
    }

    private static func summary(_ option: OptionDeclaration) -> String {
        let choices = option.value.flatMap(choices) ?? ""
        return option.summary + choices + (option.isRepeatable ? " May be given several times." : "")
    }

    private static func summary(_ argument: ArgumentDeclaration) -> String {
        argument.summary + (choices(argument.kind) ?? "")
    }

    private static func choices(_ kind: ValueKind) -> String? {
        guard case .choice(let names) = kind else { return nil }
        return " One of \(names.joined(separator: ", "))."
    }

    private static func list(_ title: String, _ rows: [(String, String)], width: Int) -> String? {
        guard !rows.isEmpty else { return nil }
        let column = min(26, (rows.map(\.0.count).max() ?? 0) + 4)
        let lines = rows.map { name, summary in
            TextLayout.hanging(name, summary, column: column, width: width)
        }
        return ([title] + lines).joined(separator: "\n")
    }
}
