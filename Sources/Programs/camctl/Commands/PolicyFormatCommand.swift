// camctl policy fmt: lays policy files out in the one style.

import CommandLineInterface
import Linux
import Rego

enum PolicyFormatCommand {
    private static let paths = Argument<[String]>.rest(
        "PATH", kind: .file,
        "Files, and folders with all the *.rego files below them; the standard input where none is named.")
    private static let write = Option<Bool>.flag("write", short: "w", "Rewrite the files that differ, and name them.")
    private static let check = Option<Bool>.flag(
        "check", "Only name the files that differ; end with 1 where there is one.")

    static let command = Command(
        "fmt", "Lay policy files out in the one style, and print them.",
        discussion: "Works without camd. Comments stay where they are; nothing but the layout changes.",
        options: [write.declaration, check.declaration], arguments: [paths.declaration]
    ) { invocation, console in
        let (isWriting, isChecking) = (invocation[write], invocation[check])
        guard !(isWriting && isChecking) else { throw invocation.usageError("--write and --check exclude each other") }
        var mistakes: [String] = []
        var differing: [String] = []
        let named = invocation[paths]
        for path in named.isEmpty ? ["-"] : try named.flatMap(files) {
            let text = String(decoding: try InputDocument.read(path), as: UTF8.self)
            do {
                let formatted = try Formatter.format(text, file: path == "-" ? "stdin" : path)
                if !isWriting, !isChecking { console.bytes(Array(formatted.utf8)) }
                guard formatted != text else { continue }
                differing.append(path)
                if isWriting, path != "-" { try rewrite(path, formatted) }
            } catch let error as RegoErrors {
                mistakes += error.errors.map(\.description)
            }
        }
        for mistake in mistakes { console.error(Table.printable(mistake)) }
        if invocation.wantsJSON, isWriting || isChecking {
            console.json(.object([("differing", .array(differing.map { .text($0) }))]))
        } else if isWriting || isChecking {
            for path in differing { console.line(Table.printable(path)) }
        }
        return mistakes.isEmpty && (!isChecking || differing.isEmpty) ? .ok : .failed
    }

    /// The policy files that a path names, by name.
    private static func files(_ path: String) throws -> [String] {
        do throws(Errno) {
            guard path != "-", try File.status(path).kind == .directory else { return [path] }
        } catch {
            throw UnreadableInput(path: path, error: error)
        }
        var found: [String] = []
        for name in try Directory.list(path) where !name.hasPrefix(".") {
            let inner = path == "/" ? "/" + name : "\(path)/\(name)"
            let kind = try File.status(inner, followingLinks: false).kind
            if kind == .directory { found += try files(inner) }
            if kind == .regular, name.hasSuffix(".rego") { found.append(inner) }
        }
        return found
    }

    private static func rewrite(_ path: String, _ text: String) throws {
        let mode = try File.status(path).mode & 0o7777
        try File.replace(path, with: Array(text.utf8), mode: mode)
    }
}
