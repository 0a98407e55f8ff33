// camctl without camd: its declarations, help texts, output forms, and how it ends.

import ABI
import CAMClient
import CommandLineInterface
import Fixtures
import Foundation
import ProtobufWire
import Testing

@testable import camctl

@Suite struct CamctlTests {
    private func run(_ words: [String]) async -> (code: ExitCode, output: String, errors: String) {
        let transcript = Transcript()
        let code = await CommandLineProgram(root: Camctl.root, version: "0").run(words, transcript.console())
        return (code, transcript.output, transcript.errors)
    }

    @Test func everyCommandIsDeclaredWell() {
        #expect(DeclarationCheck.problems(in: Camctl.root).isEmpty)
    }

    @Test func theHelpOfEveryCommandIsAsRecorded() throws {
        let texts = CommandPaths.all(of: Camctl.root).map { path in
            "$ \(path.map(\.name).joined(separator: " ")) --help\n" + HelpText.of(path)
        }
        try expectSnapshot(texts.joined(separator: "\n"), "camctl-help.txt")
    }

    @Test(arguments: ["status", "agents", "stats", "drain", "tasks", "list x", "policy query a", "explain 1-1"])
    func whenCamdIsNotRunningOneSentenceSaysSoAndNamesTheSocket(line: String) async throws {
        let folder = try TemporaryFolder()
        let sockets = ["--socket", folder.path + "/a.sock", "--admin-socket", folder.path + "/b.sock"]
        let result = await run(line.split(separator: " ").map(String.init) + sockets)
        #expect(result.code == .notRunning)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("camctl: camd is not running: nothing listens at \(folder.path)/"))
        #expect(result.errors.contains("Start it with `camd`"))
        #expect(result.errors.filter { $0 == "\n" }.count == 1)
    }

    @Test(
        arguments: [
            (["explain", "task:x"], "ID is 'task:x'; expected EPOCH-SEQUENCE such as 3-1042"),
            (["think", "x", "--weights", "1,2"], "--weights is '1,2'; expected three numbers"),
            (["think", "x", "--weights", "0,0,0"], "--weights is '0,0,0'; expected three numbers"),
            (["agents", "--label", "x"], "--label is 'x'; expected NAME=VALUE"),
            (
                ["events", "--kind", "tsak"],
                "--kind is 'tsak'; expected one of task, agent, driver, policy, denial, store; did"
            ),
            (["tasks", "--wait"], "--wait needs a task or --graph"),
            (["policy", "grant"], "--from-denial must name a decision as EPOCH-SEQUENCE"),
            (["policy", "grant", "--from-denial", "task:7"], "--from-denial must name a decision"),
            (["policy", "grant", "--from-denial", "1-2", "--for", "soon"], "--for is 'soon'; expected a time"),
            (["policy", "fmt", "--write", "--check"], "--write and --check exclude each other"),
            (["policy", "fmt", "--write"], "--write needs files: the standard input cannot be rewritten"),
            (["journal", "verify", "--key", "12"], "--key is '12'; expected 64 hexadecimal digits"),
            (["config", "show", "--set", "limts.burst=1"], "did you mean 'limits.burst'?"),
        ])
    func aValueThatOnlyTheCommandCanJudgeIsAUsageError(words: [String], expected: String) async throws {
        let result = await run(words)
        #expect(result.code == .usage)
        #expect(result.errors.contains(expected), "\(result.errors)")
    }

    @Test func everyStatusHasItsExitCode() {
        let codes = Status.allCases.map { "\($0.name) \($0.exitCode)" }
        #expect(
            codes == [
                "OK ok", "CANCELLED failed", "UNKNOWN failed", "INVALID_ARGUMENT failed", "DEADLINE_EXCEEDED tryAgain",
                "NOT_FOUND notFound", "ALREADY_EXISTS conflict", "PERMISSION_DENIED denied",
                "RESOURCE_EXHAUSTED tryAgain", "FAILED_PRECONDITION failed", "ABORTED conflict", "OUT_OF_RANGE failed",
                "UNIMPLEMENTED failed", "INTERNAL failed", "UNAVAILABLE tryAgain", "DATA_LOSS damaged",
                "UNAUTHENTICATED denied",
            ])
        #expect(ConnectionFailure.closed.exitCode == .notRunning)
    }

    @Test func anInputThatIsNotThereIsNotFound() async {
        let result = await run(["think", "text.summarize", "/nonexistent/file"])
        #expect(result.code == .notFound)
        #expect(result.errors.hasPrefix("camctl: /nonexistent/file cannot be read: ENOENT"))
    }

    @Test func configShowPrintsEverySettingAndItsOrigin() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("{limits: {burst: 9}}", to: "camd.json5")
        let words = ["config", "show", "--origin", "--config", file, "--set", "log.level=error", "--state-dir", "/s"]
        let text = await run(words)
        #expect(text.code == .ok)
        let lines = text.output.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
        #expect(lines.contains(["limits.burst", "9", "file:\(file):1"]))
        #expect(lines.contains(["log.level", "error", "flag", "--set"]))
        #expect(lines.contains(["state.dir", "/s", "flag", "--state-dir"]))
        let json = await run(words + ["--json"])
        let parsed = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]]
        let burst = try #require(parsed?.first { $0["key"] as? String == "limits.burst" })
        #expect(burst["value"] as? Int == 9)
        #expect(burst["origin"] as? String == "file:\(file):1")
        #expect(burst["environment"] as? String == "CAM_LIMITS_BURST")
    }

    @Test func journalVerifyTellsAMissingJournalFromADamagedOne() async throws {
        let folder = try TemporaryFolder()
        let missing = await run(["journal", "verify", "--state-dir", folder.path])
        #expect(missing.code == .notFound)
        #expect(missing.errors.contains("there is no journal in \(folder.path)/journal"))
        _ = try folder.write(String(repeating: "x", count: 8192), to: "journal/00000000000000000001.camj")
        let damaged = await run(["journal", "verify", "--state-dir", folder.path, "--json"])
        #expect(damaged.code == .damaged)
        let parsed = try JSONSerialization.jsonObject(with: Data(damaged.output.utf8)) as? [String: Any]
        #expect(parsed?["sound"] as? Bool == false)
    }

    @Test func theDoctorWorksWithoutCamdAndSaysWhatIsMissing() async throws {
        let folder = try TemporaryFolder()
        let words = [
            "doctor", "--json", "--state-dir", folder.path + "/state", "--runtime-dir", folder.path,
            "--drivers-dir", folder.path + "/none", "--set", "redis.server=/nonexistent/redis-server",
            "--set", "launcher.path=/nonexistent/cam-sandbox",
        ]
        let result = await run(words)
        #expect(result.code == .failed)
        let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: String]]
        let verdicts = Dictionary(
            (parsed ?? []).map { ("\($0["part"] ?? "") \($0["name"] ?? "")", $0["verdict"] ?? "") }
        ) { first, _ in first }
        #expect(verdicts["store redis-server"] == "bad")
        #expect(verdicts["sandbox launcher"] == "bad")
        #expect(verdicts["folders drivers"] == "bad")
        #expect(verdicts["folders state"] == "fact")
        #expect(verdicts["sockets agents"] == "fact")
    }

    @Test func policyFilesAreCheckedWithoutCamd() async throws {
        let folder = try TemporaryFolder()
        let words = ["policy", "check", "--policies-dir", folder.path]
        _ = try folder.write("package cam\n\nallow if input.action == \"think\"\n", to: "a.rego")
        let good = await run(words)
        #expect(good.code == .ok, "\(good.output)\(good.errors)")
        #expect(good.output.hasPrefix("policy "))
        let doubtful = try folder.write("package cam\n\nallow if not startswith(input.x, \"a\")\n", to: "w.rego")
        #expect(await run(words).output.contains("w.rego:3:"))
        try FileManager.default.removeItem(atPath: doubtful)
        _ = try folder.write("package cam\n\nallow if {\n", to: "b.rego")
        let bad = await run(words)
        #expect(bad.code == .failed)
        #expect(bad.output.contains("b.rego:"), "\(bad.output)")
        let json = await run(words + ["--json"])
        #expect(json.output.contains("\"good\": false"))
    }

    @Test func policyTestsRunWithoutCamd() async throws {
        let folder = try TemporaryFolder()
        let words = ["policy", "test", folder.path]
        _ = try folder.write("package p\n\nold if input.age > 17\n\nnever if input.x\n", to: "p.rego")
        #expect(await run(words).output == "there is no test to run\n")
        _ = try folder.write(
            "package p_test\n\ntest_old if data.p.old with input as {\"age\": 18}\n\ntodo_test_more if false\n",
            to: "p_test.rego")
        let good = await run(words + ["--coverage"])
        #expect(good.code == .ok, "\(good.output)\(good.errors)")
        #expect(good.output.contains("1 passed, 1 pending in "), "\(good.output)")
        #expect(good.output.contains("p.rego: 5"), "\(good.output)")
        #expect(await run(words + ["--threshold", "90"]).code == .failed)
        #expect(await run(words + ["--threshold", "40"]).code == .ok)
        _ = try folder.write(
            "package p_test\n\ntest_young if {\n\tdata.p.old with input as {\"age\": 3}\n}\n", to: "q_test.rego")
        let bad = await run(words)
        #expect(bad.code == .failed)
        #expect(bad.output.contains("failed   p_test.test_young"), "\(bad.output)")
        #expect(bad.output.contains("q_test.rego:4:2"), "\(bad.output)")
        #expect(await run(words + ["--run", "test_o.d$"]).output.hasPrefix("1 passed in "))
        #expect(await run(words + ["--run", "("]).code == .usage)
        let json = await run(words + ["--json", "--coverage"])
        let parsed = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(parsed?["good"] as? Bool == false && (parsed?["tests"] as? [Any])?.count == 3)
        _ = try folder.write("package p_test\n\ntest_x if nonsense\n", to: "q_test.rego")
        #expect(await run(words).output.contains("q_test.rego:3:11: rego_unsafe_var_error"))
    }

    @Test func queriesAreEvaluatedWithoutCamd() async throws {
        let folder = try TemporaryFolder()
        let policy = try folder.write("package p\n\nallow if input.x == data.x\n\nbroken if 1 / 0 == 1\n", to: "p.rego")
        let data = try folder.write("{\"x\": 1e2}", to: "d.json")
        let input = try folder.write("{\"x\": 100}", to: "input.txt")
        #expect(await run(["policy", "eval", "data.p.allow", policy, data, "--input", input]).output == "true\n")
        let undefined = await run(["policy", "eval", "data.p.allow", policy, data])
        #expect(undefined.code == .failed && undefined.errors == "undefined\n")
        let bindings = await run(["policy", "eval", "some x in [1, 2]; x > 1", policy])
        #expect(bindings.output == "[{\"x\":2}]\n", "\(bindings.output)\(bindings.errors)")
        #expect(await run(["policy", "eval", "data.p.broken", policy]).errors.contains("eval_builtin_error"))
        #expect(await run(["policy", "eval", "data.p.broken", policy, "--lenient"]).errors == "undefined\n")
        let why = await run(["policy", "eval", "data.p.allow", policy, data, "--explain", "fails"])
        #expect(why.errors.contains("p.rego:3:10: p.allow: input.x == data.x -- input.x is not there"), "\(why.errors)")
        let trace = await run(["policy", "eval", "data.p.allow", policy, data, "--input", input, "--explain", "full"])
        #expect(trace.output == "true\n" && trace.errors.contains("exit \(policy):3:1: allow if"), "\(trace.errors)")
        #expect(await run(["policy", "eval", "x >", policy]).output.contains("rego_parse_error"))
        #expect(await run(["policy", "eval", "1", folder.path + "/none.rego"]).output.contains("cannot be read"))
    }

    @Test func policiesAreFormattedWithoutCamd() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("package   p\n\n\n# why\nallow   if {input.x}\n", to: "inner/p.rego")
        let printed = await run(["policy", "fmt", file])
        #expect(printed.code == .ok && printed.output.hasPrefix("package p\n\n# why\nallow if "), "\(printed.output)")
        let check = await run(["policy", "fmt", "--check", folder.path])
        #expect(check.code == .failed && check.output == "\(file)\n", "\(check.output)")
        #expect(await run(["policy", "fmt", "--write", folder.path]).output == "\(file)\n")
        #expect(await run(["policy", "fmt", "--check", folder.path]).code == .ok)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == printed.output)
        let broken = try folder.write("package p\n\nallow if {\n", to: "broken.rego")
        let refused = await run(["policy", "fmt", "--write", broken])
        #expect(refused.code == .failed && refused.errors.contains("rego_parse_error"))
        #expect(try String(contentsOfFile: broken, encoding: .utf8) == "package p\n\nallow if {\n")
    }

    @Test func formattingDamagesNoFile() async throws {
        let folder = try TemporaryFolder()
        let broken = folder.path + "/broken.rego"
        let bytes = Array("package   p\n\n# ".utf8) + [0xFF, 10]
        try Data(bytes).write(to: URL(fileURLWithPath: broken))
        for words in [["--write"], ["--check"], []] {
            let refused = await run(["policy", "fmt", broken] + words)
            #expect(refused.code == .failed && refused.output.isEmpty)
            #expect(refused.errors.contains("broken.rego: is not valid UTF-8; the file is left as it is"))
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: broken)) == Data(bytes))
        let files = FileManager.default
        let target = try folder.write("package   p\n", to: "inner/target.txt")
        try files.setAttributes([.posixPermissions: 0o640], ofItemAtPath: target)
        let link = folder.path + "/link.rego"
        try files.createSymbolicLink(atPath: link, withDestinationPath: "inner/target.txt")
        #expect(await run(["policy", "fmt", "--write", link]).output == "\(link)\n")
        #expect(try files.destinationOfSymbolicLink(atPath: link) == "inner/target.txt")
        #expect(try String(contentsOfFile: target, encoding: .utf8) == "package p\n")
        #expect(try files.attributesOfItem(atPath: target)[.posixPermissions] as? Int == 0o640)
        #expect(try files.contentsOfDirectory(atPath: folder.path + "/inner") == ["target.txt"])
        // Only root can make a file of another user's.
        guard geteuid() == 0 else { return }
        let foreign = try folder.write("package   p\n", to: "foreign.rego")
        try files.setAttributes([.ownerAccountID: 12_345], ofItemAtPath: foreign)
        let refused = await run(["policy", "fmt", "--write", foreign])
        #expect(refused.code == .failed && refused.errors.contains("belongs to another user"), "\(refused.errors)")
        #expect(try String(contentsOfFile: foreign, encoding: .utf8) == "package   p\n")
    }

    @Test func namesOfFilesCannotMoveTheCursor() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "package cam\n\nallow if input.x\n\nnever if input.y\n", to: "a\u{1B}[2J.rego")
        let test = try folder.write("package cam_test\n\ntest_x if data.cam.allow\n", to: "b\u{1B}[2J_test.rego")
        for words in [["check", file], ["test", file, test, "--verbose", "--coverage"], ["fmt", "--check", test]] {
            let result = await run(["policy"] + words)
            #expect(!result.output.isEmpty || words[0] == "fmt", "\(result.errors)")
            #expect(!(result.output + result.errors).contains("\u{1B}"), "\(result.output)\(result.errors)")
        }
    }

    @Test func evaluatedNumbersKeepAllTheirDigits() async throws {
        let folder = try TemporaryFolder()
        let policy = try folder.write("package p\n", to: "p.rego")
        for number in ["12345678901234567890123", "0.1000000000000000000000000000001", "1e400", "1.5"] {
            let result = await run(["policy", "eval", "[\(number)]", policy, "--json"])
            let plain = await run(["policy", "eval", "[\(number)]", policy]).output
            let inner = String(plain.dropFirst().dropLast(2))
            #expect(result.output.contains("    \(inner)\n"), "\(result.output)\(result.errors)\(plain)")
        }
    }

    @Test(
        arguments: [
            ("90s", 90), ("30m", 1_800), ("1h", 3_600), ("365d", 31_536_000), ("366d", nil), ("0s", nil), ("1", nil),
            ("h", nil), ("-1h", nil), ("99999999999d", nil), ("1.5h", nil),
        ] as [(String, UInt32?)])
    func timesAreRead(text: String, seconds: UInt32?) {
        #expect(PolicyGrantCommand.seconds(text) == seconds)
    }

    @Test func completionIsPrintedForBothShells() async {
        let bash = await run(["completion", "bash"])
        #expect(bash.output.contains("complete -F _camctl camctl"))
        #expect(bash.output.contains("\"camctl policy query\""))
        let zsh = await run(["completion", "zsh"])
        #expect(zsh.output.hasPrefix("#compdef camctl"))
    }
}
