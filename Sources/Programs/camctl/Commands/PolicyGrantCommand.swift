// camctl policy grant: lets happen for a while what one denial refused, after showing exactly what that is.

import ABI
import CAMClient
import CommandLineInterface
import Linux
import ProtobufWire
import Wording

enum PolicyGrantCommand {
    private static let denial = Option<String?>.text(
        "from-denial", "ID", "The decision that denied, as EPOCH-SEQUENCE; the refusal named it.")
    private static let duration = Option<String?>.text(
        "for", "TIME", "How long it holds, such as 90s, 30m, 12h or 7d; 1h where nothing is said.")
    private static let yes = Option<Bool>.flag("yes", "Do not ask; needed where nobody is at the terminal.")

    static let command = Command(
        "grant", "Let one agent do for a while what one denial refused it, exactly that and nothing beside it.",
        discussion: """
            What is granted is taken from the denial's record: the agent by uid and name, the socket, the action, the \
            resource and its owner. It is shown first, then recorded, written into grants.json in the folder of \
            policies.local, and in force. It ends by itself; to end it sooner remove it from that file and run 'camctl \
            policy reload'.
            """,
        options: [denial.declaration, duration.declaration, yes.declaration]
    ) { invocation, console in
        guard let text = invocation[denial], case .decision(let id)? = DecisionReference(text) else {
            throw invocation.usageError("--from-denial must name a decision as EPOCH-SEQUENCE, such as 3-1042")
        }
        guard let seconds = seconds(invocation[duration] ?? "1h") else {
            throw invocation.usageError(
                "--for is '\(invocation[duration] ?? "")'; expected a time of at most 365d such as 90s, 30m, 12h or 7d")
        }
        let isDecided = invocation[yes]
        guard isDecided || Terminal.columns(of: 0) != nil else {
            throw invocation.usageError("nobody is there to be asked; add --yes")
        }
        let what = TuneSystemRequest.WhatChoice.policy(
            TunePolicy(what: .grant(TuneGrant(denial: id, seconds: seconds))))
        return try await KernelConnection.with(.administrator, invocation, console) { client in
            let preview = try await client.tuneSystem(
                TuneSystemRequest(dryRun: true, what: what), timeout: invocation.timeout)
            guard let grant = preview.granted else { return .failed }
            if !invocation.wantsJSON { show(grant, console) }
            if !isDecided {
                console.error("grant this? [y/N]")
                guard try answer() else { return .failed }
            }
            let answer = try await client.tuneSystem(TuneSystemRequest(what: what), timeout: invocation.timeout)
            if invocation.wantsJSON {
                console.json(JSONText(message: answer))
            } else {
                console.line(
                    "granted: policy \(answer.before) is now \(answer.after), decision \(answer.decisionID.shown)")
            }
            return .ok
        }
    }

    /// In quotes, so that blanks at the end show.
    private static func quoted(_ text: Text) -> String { JSONText.text(text.string).renderedOnOneLine() }

    static func show(_ grant: Grant, _ console: Console) {
        let owner = grant.owner == 0 ? "-" : "\(grant.owner)"
        let lines = [
            ("agent", "\(quoted(grant.agentName)), uid \(grant.uid)"), ("socket", grant.socket.string),
            ("action", quoted(grant.action)), ("resource", quoted(grant.resource)), ("owner", owner),
            ("until", UTCTime.text(nanoseconds: grant.expiresNs)), ("denied", grant.denial.shown),
        ]
        for (name, value) in lines {
            console.line(name + String(repeating: " ", count: 10 - name.count) + Table.printable(value))
        }
        if grant.action.string.hasPrefix("tune.") {
            console.line("warning   this is administration: who may do it may let itself and others do more")
        }
    }

    /// A line of the terminal that begins with y.
    private static func answer() throws -> Bool {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = try bytes.withUnsafeMutableBytes { try File.read(0, into: $0) }
        return count > 0 && [UInt8(ascii: "y"), UInt8(ascii: "Y")].contains(bytes[0])
    }

    /// Seconds of a time such as 90s or 7d, at most a year.
    static func seconds(_ text: String) -> UInt32? {
        let units: [Character: UInt32] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = UInt32(text.dropLast()), count > 0 else {
            return nil
        }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow || seconds > 365 * 86_400 ? nil : seconds
    }
}
