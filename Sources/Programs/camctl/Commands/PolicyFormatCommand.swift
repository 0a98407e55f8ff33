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
        let named = invocation[paths]
        if isWriting, named.isEmpty || named.contains("-") {
            throw invocation.usageError("--write needs files: the standard input cannot be rewritten")
        }
        var mistakes: [String] = []
        var differing: [String] = []
        for path in named.isEmpty ? ["-"] : try named.flatMap(files) {
            do {
                guard let text = String(validating: try InputDocument.read(path), as: UTF8.self) else {
                    throw Unformatted(path: path, reason: "is not valid UTF-8")
                }
                let formatted = try Formatter.format(text, file: path == "-" ? "stdin" : path)
                if !isWriting, !isChecking { console.bytes(Array(formatted.utf8)) }
                guard formatted != text else { continue }
                if isWriting { try rewrite(path, formatted) }
                differing.append(path)
            } catch let error as RegoErrors {
                mistakes += error.errors.map(\.description)
            } catch let error as Unformatted {
                mistakes.append("\(error.path): \(error.reason); the file is left as it is")
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

    /// Rewrites the file that a path names at its end, with owner, group and mode as they are.
    private static func rewrite(_ path: String, _ text: String) throws {
        do {
            let target = try Directory.canonical(path)
            let old = try File.status(target)
            // Giving a new file away in a folder of somebody else can be turned against who does it.
            guard old.userID == ThisProcess.userID else {
                throw Unformatted(path: path, reason: "belongs to another user, who has to format it")
            }
            let new = target + ".fmt"
            let file = try File.open(new, [.writeOnly, .create, .exclusive, .noFollow])
            do {
                try Array(text.utf8).withBytes { bytes throws(Errno) in try File.writeAll(file.rawValue, bytes) }
                if try File.status(file.rawValue).groupID != old.groupID {
                    try File.changeOwner(new, group: old.groupID)
                }
                try File.changeMode(new, old.mode)
                try File.fsync(file.rawValue)
                try File.rename(new, to: target)
            } catch {
                try? File.unlink(new)
                throw error
            }
            try Directory.sync(Directory.parent(of: target))
        } catch let error as Errno {
            throw Unformatted(path: path, reason: "cannot be rewritten: \(error)")
        }
    }
}

/// A file that cannot be formatted, or not rewritten.
private struct Unformatted: Error {
    let path: String
    let reason: String
}
