// The repository as the rules see it: every source file with its layer, its target and its code without comments.

import Foundation

struct SourceFile: Sendable {
    /// From the root of the repository, for example `Sources/Core/Rego/Lexer.swift`.
    let path: String
    let text: String
    let lines: [Substring]
    /// The lines again, of a Swift file, without comments and the contents of strings.
    let code: [Substring]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let code = path.hasSuffix(".swift") ? SwiftCode(text).code : ""
        self.code = code.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// As `wc -l` counts.
    var lineCount: Int { text.utf8.count { $0 == UInt8(ascii: "\n") } }

    /// Lines that are neither blank nor only a comment.
    var codeLineCount: Int {
        let comment = /^(\/\/|\/\*|\*)/
        return (isSwift ? code : lines).count { line in
            let content = line.drop { $0.isWhitespace }
            return !content.isEmpty && (isSwift || content.firstMatch(of: comment) == nil)
        }
    }

    var isSwift: Bool { path.hasSuffix(".swift") }
    var isGenerated: Bool { path.hasSuffix(".cam.swift") }
    /// The name of the file without its folder.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The first folder under Sources, or Tests.
    var layer: String {
        let folders = path.split(separator: "/")
        return String(folders[0] == "Sources" ? folders[1] : folders[0])
    }

    /// The target the file belongs to. ABI and Kernel are targets and layers at once.
    var target: String {
        let folders = path.split(separator: "/")
        return String(folders[0] == "Sources" && !["ABI", "Kernel"].contains(layer) ? folders[2] : folders[1])
    }
}

enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let files: [SourceFile] = ["Sources", "Tests"].flatMap { folder in
        let names = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)
        return (names?.compactMap { $0 as? String } ?? []).sorted()
            .filter { name in [".swift", ".c", ".h"].contains { name.hasSuffix($0) } }
            .map { SourceFile(path: "\(folder)/\($0)", text: read("\(folder)/\($0)")) }
    }

    /// What people wrote, in Swift.
    static let written = files.filter { $0.isSwift && !$0.isGenerated }

    static func read(_ path: String) -> String {
        guard let data = FileManager.default.contents(atPath: root.appendingPathComponent(path).path) else {
            preconditionFailure("\(path) cannot be read")
        }
        return String(decoding: data, as: UTF8.self)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }
}
