// camctl doctor: what this machine allows, what camd would therefore do, and what stands in its way.

import CommandLineInterface
import Configuration

enum DoctorCommand {
    static let command = Command(
        "doctor", "Check what this machine and this configuration let camd do.",
        discussion: """
            Tries out what the sandbox needs, looks for redis-server, the folders and the sockets, and says what camd will \
            therefore apply. Works without camd. Ends with 0 where nothing stands in camd's way and with 1 where \
            something does.
            """,
        options: CommonOptions.settings
    ) { invocation, console in
        let configuration = try Configuration.load(ConfigurationOptions.sources(invocation))
        let findings = Doctor(configuration: configuration).examine()
        if invocation.wantsJSON {
            console.json(.array(findings.map(json)))
        } else {
            show(findings, console)
        }
        return findings.contains { $0.verdict == .bad } ? .failed : .ok
    }

    private static func json(_ finding: Finding) -> JSONText {
        .object([
            ("part", .text(finding.part)), ("name", .text(finding.name)), ("verdict", .text(finding.verdict.rawValue)),
            ("detail", .text(finding.detail)),
        ])
    }

    private static func show(_ findings: [Finding], _ console: Console) {
        var part = ""
        for finding in findings {
            if finding.part != part {
                part = finding.part
                console.line((finding == findings.first ? "" : "\n") + part)
            }
            let name = finding.name.padded(to: 16)
            console.line("  \(finding.verdict.mark) \(name) \(Table.printable(finding.detail))".withoutTrailingSpace)
        }
        let bad = findings.filter { $0.verdict == .bad }.count
        console.line(bad == 0 ? "\nnothing stands in camd's way" : "\n\(bad) to mend before camd can work here")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    fileprivate var withoutTrailingSpace: String { String(reversed().drop { $0 == " " }.reversed()) }
}
