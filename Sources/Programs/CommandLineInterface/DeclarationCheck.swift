// Finds mistakes in declarations, for a test: names that clash, texts that are missing, arguments that cannot be reached.

public enum DeclarationCheck {
    /// One sentence for each mistake in a command and all below it.
    public static func problems(in root: Command) -> [String] {
        root.everyPath().flatMap { path in
            problems(path).map { path.map(\.name).joined(separator: " ") + ": " + $0 }
        }
    }

    private static func problems(_ path: [Command]) -> [String] {
        let command = path[path.count - 1]
        return names(command) + options(path) + arguments(command) + command.subcommands.flatMap(texts)
    }

    private static func names(_ command: Command) -> [String] {
        let reserved = command.action == nil ? ["help"] : []
        var problems = repeated(command.subcommands.map(\.name) + reserved).map { "two commands are called '\($0)'" }
        if command.action == nil, command.subcommands.isEmpty { problems.append("it is a group of nothing") }
        if !isName(command.name) { problems.append("'\(command.name)' is no lower-case name") }
        return problems
    }

    private static func options(_ path: [Command]) -> [String] {
        let accepted = path.flatMap(\.options)
        let reserved = path.count == 1 ? ["help", "version"] : ["help"]
        var problems = repeated(accepted.map(\.name) + reserved).map { "two options are called --\($0)" }
        problems += repeated(accepted.compactMap(\.short).map(String.init) + ["h"]).map {
            "two options are called -\($0)"
        }
        for option in path[path.count - 1].options {
            if !isName(option.name) { problems.append("'\(option.name)' is no lower-case name") }
            if !isSentence(option.summary) { problems.append("\(option.flag) has no sentence that explains it") }
            if (option.value == nil) != option.placeholder.isEmpty {
                problems.append("\(option.flag) must have a placeholder if, and only if, it takes a value")
            }
        }
        return problems
    }

    private static func arguments(_ command: Command) -> [String] {
        var problems = repeated(command.arguments.map(\.name)).map { "two arguments are called \($0)" }
        for (argument, next) in zip(command.arguments, command.arguments.dropFirst()) {
            if argument.isRepeatable { problems.append("nothing is left for \(next.name) after \(argument.name)") }
            if argument.isOptional, !next.isOptional { problems.append("\(next.name) stands after an optional one") }
        }
        for argument in command.arguments where !isSentence(argument.summary) {
            problems.append("\(argument.name) has no sentence that explains it")
        }
        if !command.arguments.isEmpty, !command.subcommands.isEmpty {
            problems.append("it has arguments and commands; a word could be either")
        }
        return problems
    }

    private static func texts(_ command: Command) -> [String] {
        isSentence(command.summary) ? [] : ["'\(command.name)' has no sentence that explains it"]
    }

    private static func isName(_ name: String) -> Bool {
        name.first?.isLetter == true && name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" }
    }

    private static func isSentence(_ text: String) -> Bool {
        text.hasSuffix(".") && text.first?.isUppercase == true
    }

    private static func repeated(_ names: [String]) -> [String] {
        names.indices.filter { names[..<$0].contains(names[$0]) }.map { names[$0] }
    }
}
