// The completion scripts, run in a real bash, and read by a real zsh where there is one.

import CommandLineInterface
import Fixtures
import Foundation
import Testing

@Suite struct CompletionTests {
    /// What bash offers for a line whose last word is being typed.
    private func bashOffers(_ words: [String]) throws -> [String] {
        let script = CompletionShell.bash.script(for: Sample.root)
        let quoted = words.map { "'\($0)'" }.joined(separator: " ")
        let program = """
            \(script)
            COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1); _sample; printf '%s\\n' "${COMPREPLY[@]}"
            """
        let output = try run("/bin/bash", ["--norc", "-c", program])
        #expect(output.status == 0)
        return output.text.split(separator: "\n").map(String.init)
    }

    private func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    @Test func bashOffersCommandsOptionsAndValues() throws {
        #expect(try bashOffers(["sample", ""]) == ["get", "policy", "--json", "-j", "--help", "-h", "--version"])
        #expect(try bashOffers(["sample", "po"]) == ["policy"])
        #expect(try bashOffers(["sample", "--json", "policy", ""]).contains("query"))
        #expect(try bashOffers(["sample", "get", "--l"]) == ["--limit", "--level"])
        #expect(try bashOffers(["sample", "get", "--level", ""]) == ["brief", "detailed"])
        #expect(try bashOffers(["sample", "get", "--level", "brief", "x", "--sh"]) == ["--share"])
        #expect(try bashOffers(["sample", "get", "--limit", ""]) == [])
        #expect(try bashOffers(["sample", "policy", "query", "--la"]) == ["--label"])
    }

    @Test func bashOffersFilesWhereAFileIsTaken() throws {
        #expect(try bashOffers(["sample", "get", "x", "/etc/passw"]).contains("/etc/passwd"))
    }

    @Test func scriptsAreAsRecorded() throws {
        try expectSnapshot(CompletionShell.bash.script(for: Sample.root), "sample-completion.bash")
        try expectSnapshot(CompletionShell.zsh.script(for: Sample.root), "sample-completion.zsh")
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/zsh"), "zsh is not installed"))
    func zshReadsItsScript() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(CompletionShell.zsh.script(for: Sample.root), to: "_sample")
        let output = try run("/usr/bin/zsh", ["-f", "-n", file])
        #expect(output.status == 0 && output.text.isEmpty, "\(output.text)")
    }
}
