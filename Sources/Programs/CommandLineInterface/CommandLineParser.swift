// Turns words into an invocation of a declared command, or says what is wrong with them.

import Configuration
import Wording

/// What a command line asks for.
public enum CommandLineRequest: Sendable {
    case run(Invocation)
    /// The help of the last command of the path.
    case help([Command])
    case version
}

/// Why a command line was not understood.
public struct UsageError: ExitCodeProviding, Sendable, Hashable, CustomStringConvertible {
    /// The names of the command it was about.
    public let command: [String]
    public let problem: String

    public var exitCode: ExitCode { .usage }

    public var description: String {
        let name = command.joined(separator: " ")
        return "\(name): \(problem)\nTry '\(name) --help'."
    }
}

public struct CommandLineParser {
    private var path: [Command]
    private var given: [Invocation.Given] = []
    private var positional: [String] = []

    /// - Parameter words: without the program's name.
    public static func parse(_ words: [String], root: Command) throws(UsageError) -> CommandLineRequest {
        var parser = CommandLineParser(path: [root])
        return try parser.parse(words)
    }

    private init(path: [Command]) {
        self.path = path
    }

    private var command: Command { path[path.count - 1] }

    private mutating func parse(_ words: [String]) throws(UsageError) -> CommandLineRequest {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                positional += rest
                break
            } else if word == "--help" || word == "-h" {
                return .help(path)
            } else if word == "help", command.action == nil {
                for name in rest where command.action == nil { try enter(name) }
                return .help(path)
            } else if word == "--version", path.count == 1 {
                return .version
            } else if word.hasPrefix("-"), word != "-" {
                try readOption(word, &rest)
            } else if command.action == nil {
                try enter(word)
            } else {
                positional.append(word)
            }
        }
        guard command.action != nil else { return .help(path) }
        return .run(Invocation(path: path, given: given, texts: try assignArguments()))
    }

    private mutating func enter(_ word: String) throws(UsageError) {
        if let subcommand = command.subcommand(word) {
            path.append(subcommand)
            return
        }
        throw error("there is no command '\(word)'" + suggestion(word, command.subcommands.map(\.name)))
    }

    private mutating func readOption(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let equals = word.hasPrefix("--") ? word.firstIndex(of: "=") : nil
        let name = String(word[..<(equals ?? word.endIndex)])
        guard let option = option(name) else {
            throw error("there is no option '\(name)'" + suggestion(name, acceptedFlags))
        }
        if !option.isRepeatable, given.contains(where: { $0.option == option }) {
            throw error("\(option.flag) is given twice")
        }
        var text = equals.map { String(word[word.index(after: $0)...]) }
        guard let kind = option.value else {
            if text != nil { throw error("\(option.flag) takes no value") }
            given.append(.init(option: option, text: ""))
            return
        }
        if text == nil { text = rest.popFirst() }
        guard let text else { throw error("\(option.flag) needs \(kind.expected)") }
        guard kind.accepts(text) else { throw error("\(option.flag) is '\(text)'; expected \(kind.expected)") }
        given.append(.init(option: option, text: text))
    }

    /// The option of that name in the command or one above it; the nearest counts.
    private func option(_ name: String) -> OptionDeclaration? {
        path.reversed().lazy.flatMap(\.options).first { option in
            name == option.flag || option.short.map { name == "-\($0)" } == true
        }
    }

    private var acceptedFlags: [String] {
        path.flatMap(\.options).map(\.flag) + ["--help"] + (path.count == 1 ? ["--version"] : [])
    }

    private func assignArguments() throws(UsageError) -> [ArgumentDeclaration: [String]] {
        var texts: [ArgumentDeclaration: [String]] = [:]
        var rest = positional[...]
        for argument in command.arguments {
            let taken = argument.isRepeatable ? rest : rest.prefix(1)
            rest = rest.dropFirst(taken.count)
            if taken.isEmpty, !argument.isOptional { throw error("\(argument.name) is missing") }
            for text in taken where !argument.kind.accepts(text) {
                throw error("\(argument.name) is '\(text)'; expected \(argument.kind.expected)")
            }
            texts[argument] = Array(taken)
        }
        if let extra = rest.first { throw error("'\(extra)' is one argument too many") }
        return texts
    }

    private func suggestion(_ word: String, _ candidates: [String]) -> String {
        NearestName.of(word, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
    }

    private func error(_ problem: String) -> UsageError {
        UsageError(command: path.map(\.name), problem: problem)
    }
}
