// Mistakes in declarations are found, and what the programs declare has none.

import CommandLineInterface
import Configuration
import Testing

@Suite struct DeclarationCheckTests {
    @Test func aGoodTreeHasNoProblems() {
        #expect(DeclarationCheck.problems(in: Sample.root).isEmpty)
    }

    @Test func everyMistakeIsFound() {
        let action: CommandAction = { _, _ in .ok }
        let bad = Command(
            group: "bad", "no capital, no stop",
            options: [
                OptionDeclaration(name: "help", value: nil, summary: "Clashes."),
                OptionDeclaration(name: "x", short: "h", value: .text, summary: "Lacks a placeholder."),
            ],
            subcommands: [
                Command("a", "Fine.", action: action), Command("a", "nothing", action: action),
                Command(group: "empty", "Holds nothing.", subcommands: []),
                Command(
                    "args", "Fine.",
                    arguments: [
                        ArgumentDeclaration(name: "A", isOptional: true, isRepeatable: true, summary: "First."),
                        ArgumentDeclaration(name: "A", summary: ""),
                    ], action: action),
            ])
        let problems = DeclarationCheck.problems(in: bad)
        for expected in [
            "bad: two commands are called 'a'", "bad: two options are called --help", "bad: two options are called -h",
            "bad: --x must have a placeholder if, and only if, it takes a value",
            "bad: 'a' has no sentence that explains it", "bad empty: it is a group of nothing",
            "bad args: nothing is left for A after A", "bad args: A stands after an optional one",
            "bad args: two arguments are called A", "bad args: A has no sentence that explains it",
        ] {
            #expect(problems.contains(expected), "\(expected) is not among \(problems)")
        }
    }

    @Test func settingsAreDeclaredWell() {
        let keys = Settings.all.map(\.key)
        #expect(Set(keys).count == keys.count)
        #expect(Set(Settings.all.map(\.environmentName)).count == keys.count)
        for declaration in Settings.all {
            #expect(declaration.summary.hasSuffix("."), "\(declaration.key)")
            #expect(declaration.key.allSatisfy { $0.isLowercase || $0.isNumber || "._".contains($0) })
        }
        #expect(!keys.contains { key in keys.contains { $0.hasPrefix(key + ".") } }, "a key is also a group")
        let root = Command("p", "A program.", options: ConfigurationOptions.all) { _, _ in .ok }
        #expect(DeclarationCheck.problems(in: root).isEmpty)
    }

    @Test func optionsOfTheConfigurationBecomeAssignments() throws {
        let root = Command("p", "A program.", options: ConfigurationOptions.all) { _, _ in .ok }
        let words = ["--set", "limits.burst=5", "--state-dir=/x", "--config", "/c", "--set=log.level=error"]
        guard case .run(let invocation) = try CommandLineParser.parse(words, root: root) else {
            Issue.record("the words are an invocation")
            return
        }
        let sources = ConfigurationOptions.sources(invocation)
        #expect(sources.configurationFile == "/c")
        #expect(
            sources.assignments == [
                .set("limits.burst=5"), FlagAssignment(flag: "--state-dir", key: "state.dir", text: "/x"),
                .set("log.level=error"),
            ])
    }
}
