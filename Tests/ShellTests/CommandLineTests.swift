// Parsing, dispatch, help, suggestions and exit codes of a declared command tree.

import CommandLineInterface
import Testing

@Suite struct CommandLineTests {
    @Test func optionsAndArgumentsArriveTyped() async {
        let plain = await runSample("get", "x")
        #expect(plain.output == "x - -1 -1.0 brief false\n")
        #expect(plain.code == .ok)
        let full = await runSample(
            "--json", "get", "--limit=7", "x", "--share", "0.5", "file", "--level", "detailed")
        #expect(full.output == "x file 7 0.5 detailed true\n")
        let repeated = await runSample("policy", "query", "--label", "a=1", "b", "--label=c=2", "--", "--d", "-")
        #expect(repeated.output == "a=1 c=2 | b --d -\n")
        #expect(repeated.code == .denied)
    }

    @Test(
        arguments: [
            (["gte"], "sample: there is no command 'gte'; did you mean 'get'?\nTry 'sample --help'.\n"),
            (["zzz"], "sample: there is no command 'zzz'\nTry 'sample --help'.\n"),
            (["policy", "qurey"], "sample policy: there is no command 'qurey'; did you mean 'query'?"),
            (["get", "x", "--limt", "1"], "sample get: there is no option '--limt'; did you mean '--limit'?"),
            (["get", "-x"], "sample get: there is no option '-x'"),
            (["get"], "sample get: NAME is missing"),
            (["get", "a", "b", "c"], "sample get: 'c' is one argument too many"),
            (["get", "x", "--limit"], "sample get: --limit needs a whole number from 1 to 1000"),
            (["get", "x", "--limit", "0"], "sample get: --limit is '0'; expected a whole number from 1 to 1000"),
            (["get", "x", "--share=2"], "sample get: --share is '2'; expected a number from 0.0 to 1.0"),
            (["get", "x", "--level", "l"], "sample get: --level is 'l'; expected one of brief, detailed"),
            (["get", "x", "--json=1"], "sample get: --json takes no value"),
            (["get", "x", "--limit=1", "--limit=2"], "sample get: --limit is given twice"),
        ])
    func aMistakeIsNamedAndTheNearestNameSuggested(words: [String], expected: String) async {
        let transcript = Transcript()
        let code = await CommandLineProgram(root: Sample.root, version: "1").run(words, transcript.console())
        #expect(code == .usage)
        #expect(transcript.errors.hasPrefix(expected), "\(transcript.errors)")
        #expect(transcript.output.isEmpty)
    }

    @Test func helpIsEverywhereAndAGroupAloneShowsItsOwn() async {
        let asked = await runSample("get", "x", "--limit", "5", "--help")
        #expect(asked.code == .ok)
        #expect(asked.output.hasPrefix("Get a thing.\n\nUsage: sample get [OPTIONS] NAME [FILE]\n"))
        let alone = await runSample("policy")
        #expect(alone.code == .usage)
        #expect(alone.output.hasPrefix("Ask about policy.\n\nUsage: sample policy COMMAND"))
        let word = await runSample("help", "policy", "query")
        #expect(word.code == .ok && word.output.hasPrefix("Ask whether something is allowed."))
        #expect(await runSample("policy", "help").code == .ok)
        #expect(await runSample("help", "qurey").code == .usage)
        let version = await runSample("--version")
        #expect(version.output == "sample 1.2.3\n")
    }

    @Test func anErrorDecidesTheExitCode() async {
        struct Refused: ExitCodeProviding, CustomStringConvertible {
            var exitCode: ExitCode { .conflict }
            var description: String { "somebody was first" }
        }
        struct Plain: Error {}
        let root = Command(
            group: "p", "It fails.",
            subcommands: [
                Command("a", "It fails.") { _, _ in throw Refused() },
                Command("b", "It fails.") { _, _ in throw Plain() },
            ])
        let transcript = Transcript()
        let program = CommandLineProgram(root: root, version: "1")
        #expect(await program.run(["a"], transcript.console()) == .conflict)
        #expect(await program.run(["b"], transcript.console()) == .failed)
        #expect(transcript.errors == "p: somebody was first\np: Plain()\n")
    }

    @Test func exitCodesNeverChange() {
        let numbers = ExitCode.allCases.map { "\($0) \($0.rawValue)" }
        #expect(
            numbers == [
                "ok 0", "failed 1", "usage 2", "notRunning 3", "denied 4", "notFound 5", "damaged 6", "tryAgain 7",
                "conflict 8",
            ])
    }

    @Test func helpTextsAreAsRecorded() throws {
        try expectSnapshot(HelpText.of([Sample.root]), "sample-help.txt")
        try expectSnapshot(HelpText.of([Sample.root, Sample.root.subcommands[0]]), "sample-get-help.txt")
    }
}
