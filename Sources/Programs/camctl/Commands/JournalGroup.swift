// camctl journal: check it, with or without camd.

import CommandLineInterface
import Configuration
import Crypto
import Journal
import JournalCheck
import JournalFile
import Linux

enum JournalGroup {
    private static let key = Option<String?>.text(
        "key", "HEX", "The public key that must have signed the journal; printed by an earlier check.")

    static let command = Command(group: "journal", "Check the journal.", subcommands: [verify])

    private static let verify = Command(
        "verify", "Check every record of the journal, its order, and its signed head.",
        discussion: """
            Reads the journal in the state folder and changes nothing; works while camd runs and without it. Ends with 0 \
            where every record is there and is the one that was signed, and with 6 where not. Without --key the key that \
            the journal names is believed: note it once, and compare.
            """,
        options: [key.declaration] + CommonOptions.settings
    ) { invocation, console in
        let expected = try expectedKey(invocation)
        let configuration = try Configuration.load(ConfigurationOptions.sources(invocation))
        let folder = configuration.stateDirectory + "/journal"
        let report: JournalReport
        do throws(JournalOpenError) {
            report = try JournalVerification.verify(directory: folder, expecting: expected)
        } catch {
            throw UncheckedJournal(folder: folder, error: error)
        }
        if invocation.wantsJSON { console.json(JournalReportText.json(report)) } else { show(report, console) }
        return report.isSound ? .ok : .damaged
    }

    private static func expectedKey(_ invocation: Invocation) throws(UsageError) -> Ed25519.PublicKey? {
        guard let text = invocation[key] else { return nil }
        guard let key = Digest32(hexadecimal: text).flatMap({ Ed25519.PublicKey($0.bytes) }) else {
            throw invocation.usageError("--key is '\(text)'; expected 64 hexadecimal digits")
        }
        return key
    }

    private static func show(_ report: JournalReport, _ console: Console) {
        for line in JournalReportText.lines(report) { console.line(line) }
        for warning in report.warnings { console.line("note: \(warning)") }
        for problem in report.problems { console.line("DAMAGE: \(problem)") }
        console.line(report.isSound ? "the journal is sound" : "the journal is NOT sound")
    }
}

/// A journal that could not be read at all.
struct UncheckedJournal: ExitCodeProviding, CustomStringConvertible {
    let folder: String
    let error: JournalOpenError

    var exitCode: ExitCode {
        switch error {
        case .system(_, _, .ENOENT): .notFound
        case .system(_, _, .EACCES): .denied
        case .system, .locked: .failed
        case .damaged, .headMissing, .headUnreadable, .foreignKey: .damaged
        }
    }

    var description: String {
        guard case .system(_, _, .ENOENT) = error else { return "the journal cannot be checked: \(error)" }
        return "there is no journal in \(folder); name camd's state folder with --state-dir"
    }
}
