// camctl policy history: which versions were in force, since when, and who brought them, from the journal.

import ABI
import CommandLineInterface
import Configuration
import JournalCheck
import JournalFile
import ProtobufWire
import Wording

enum PolicyHistoryCommand {
    private static let limit = Option<Int?>.integer(
        "limit", "NUMBER", 1...1_000_000, "Show only the newest; 50 where nothing is said.")

    static let command = Command(
        "history",
        "Show which versions of the policy were in force, since when, who brought them, and what was granted.",
        discussion: """
            Reads the journal in the state folder and changes nothing; works while camd runs and without it. A version is \
            named by the hash of its files; each decision in the journal names the version that made it.
            """,
        options: [limit.declaration] + CommonOptions.settings
    ) { invocation, console in
        let configuration = try Configuration.load(ConfigurationOptions.sources(invocation))
        let folder = configuration.stateDirectory + "/journal"
        var history = PolicyHistory()
        do throws(JournalOpenError) {
            try JournalVerification.read(directory: folder) { epoch, sequence, payload in
                history.take(DecisionID(epoch: epoch, sequence: sequence), payload)
            }
        } catch {
            throw UncheckedJournal(folder: folder, error: error)
        }
        let entries = history.entries.suffix(invocation[limit] ?? 50)
        if invocation.wantsJSON {
            console.json(.array(entries.map(\.json)))
        } else {
            var table = Table([
                .init("SINCE"), .init("VERSION"), .init("DECISION"), .init("WHO", flexible: true),
                .init("WHAT", flexible: true),
            ])
            for entry in entries {
                table.add([
                    UTCTime.text(nanoseconds: entry.at), Shown.orDash(entry.version), entry.decision.shown, entry.who,
                    entry.what,
                ])
            }
            console.table(table)
        }
        return .ok
    }
}

/// The changes of policy that a journal's records tell of.
struct PolicyHistory {
    struct Entry {
        let at: Int64
        let decision: DecisionID
        /// Empty for a grant, which comes into force with the version after it.
        let version: String
        let who: String
        var what: String
        let files: [String]

        var json: JSONText {
            .members([
                ("at_ns", .integer(at)), ("decision_id", .text(decision.shown)),
                ("version", version.isEmpty ? nil : .text(version)), ("who", .text(who)), ("what", .text(what)),
                ("files", files.isEmpty ? nil : .array(files.map { .text($0) })),
            ])
        }
    }

    private(set) var entries: [Entry] = []
    /// The places of grants that no version has followed.
    private var grants: [UInt64: Int] = [:]
    private var version: Text = ""
    /// Stands behind a grant until a version follows that names it as its cause.
    static let notInForce = " (not in force: the set was refused, or camd ended first)"
    /// Who asked, by the decision that let them; of each no more than the newest are still to be answered.
    private var askers: [UInt64: String] = [:]

    mutating func take(_ id: DecisionID, _ payload: UnsafeRawBufferPointer) {
        guard let record = try? JournalRecord(decoding: payload, limits: .stored) else { return }
        if let decision = record.decision, decision.action == "tune.policy", decision.allowed,
            decision.uid > 0 || decision.pid > 0
        {
            askers[id.sequence] = "\(decision.agentName) (uid \(decision.uid), pid \(decision.pid))"
        }
        switch record.effect {
        case .epochStarted(let started) where started.policyVersion != version:
            version = started.policyVersion
            add(
                record, id, version, who: "camd's start, epoch \(started.epoch)",
                files: started.policyFiles)
        case .policyActivated(let activated):
            version = activated.version
            let cause = record.decision?.cause?.sequence ?? 0
            if let place = grants.removeValue(forKey: cause) { entries[place].what.removeLast(Self.notInForce.count) }
            let who = askers[cause] ?? "SIGHUP, or a file that changed"
            askers[cause] = nil
            add(record, id, version, who: who, files: activated.files)
        case .policyGranted(let grant):
            let until = UTCTime.text(nanoseconds: grant.expiresNs)
            let what =
                "grant: \(grant.agentName) (uid \(grant.uid)) may do \(grant.action) on \(grant.resource) until \(until), as "
                + "\(grant.denial.shown) denied"
            grants[id.sequence] = entries.count
            entries.append(
                Entry(
                    at: record.atNs, decision: id, version: "", who: askers[id.sequence] ?? "-",
                    what: what + Self.notInForce, files: []))
        default: break
        }
    }

    private mutating func add(_ record: JournalRecord, _ id: DecisionID, _ version: Text, who: String, files: [Text]) {
        let names = files.map(\.string)
        entries.append(
            Entry(
                at: record.atNs, decision: id, version: version.string, who: who,
                what: names.isEmpty ? "-" : names.joined(separator: " "), files: names))
    }
}
