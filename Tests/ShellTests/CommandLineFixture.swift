// A command tree with one of everything, and a console that keeps what is written to it.

import CommandLineInterface
import Foundation
import Synchronization

enum Sample {
    static let json = Option<Bool>.flag("json", short: "j", "Print JSON.")
    static let limit = Option<Int?>.integer("limit", "COUNT", 1...1000, "Show at most so many.")
    static let share = Option<Double?>.number("share", "PART", 0...1, "How much of it.")
    static let labels = Option<[String]>.texts("label", "NAME=VALUE", "Claim a label.")
    static let level = Option<String>.choice(
        "level", "LEVEL", of: ["brief", "detailed"], default: "brief", "How much to tell.")
    static let name = Argument<String>.text("NAME", "The thing's name.")
    static let file = Argument<String?>.optional("FILE", kind: .file, "Read this file instead of the standard input.")
    static let rest = Argument<[String]>.rest("WORD", "More words.")

    static let root = Command(
        group: "sample", "Shows what a program with commands looks like.",
        discussion: """
            A paragraph that is long enough to be broken into several lines when the help is printed in a terminal of \
            the usual width.

              an example   stays as it is
            """,
        options: [json.declaration],
        subcommands: [
            Command(
                "get", "Get a thing.", options: [limit.declaration, share.declaration, level.declaration],
                arguments: [name.declaration, file.declaration]
            ) { invocation, console in
                let parts: [String] = [
                    invocation[name], invocation[file] ?? "-", String(invocation[limit] ?? -1),
                    String(invocation[share] ?? -1), invocation[level], String(invocation[json]),
                ]
                console.line(parts.joined(separator: " "))
                return .ok
            },
            Command(
                group: "policy", "Ask about policy.",
                subcommands: [
                    Command(
                        "query", "Ask whether something is allowed.", options: [labels.declaration],
                        arguments: [rest.declaration]
                    ) { invocation, console in
                        console.line((invocation[labels] + ["|"] + invocation[rest]).joined(separator: " "))
                        return .denied
                    }
                ]),
        ])
}

/// Keeps what a command wrote.
final class Transcript: Sendable {
    private let written = Mutex((output: [UInt8](), errors: [UInt8]()))

    var output: String { String(decoding: written.withLock { $0.output }, as: UTF8.self) }
    var errors: String { String(decoding: written.withLock { $0.errors }, as: UTF8.self) }

    func console(width: Int? = nil) -> Console {
        Console(
            width: width, hasStyle: false, output: { bytes in self.written.withLock { $0.output += bytes } },
            errors: { bytes in self.written.withLock { $0.errors += bytes } })
    }
}

/// Runs the sample program and gives its exit code and what it wrote.
func runSample(_ words: String...) async -> (code: ExitCode, output: String, errors: String) {
    let transcript = Transcript()
    let code = await CommandLineProgram(root: Sample.root, version: "1.2.3").run(words, transcript.console())
    return (code, transcript.output, transcript.errors)
}
