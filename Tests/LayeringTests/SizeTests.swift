// Goal: files and functions stay small enough to be read, and the kernel as small as the architecture promises.
// Where one is longer, exceptions.txt names it with its length: the number must be right, so it can only be lowered.

import Foundation
import Testing

struct SizeTests {
    private static let fileLinesMax = 500
    private static let functionLinesMax = 70
    private static let kernelLinesMax = 15_000

    /// Lines of exceptions.txt: a path, or a path with `#` and the name of a function, and its length.
    private let exceptions: [String: Int]

    init() throws {
        let lines = Repository.read("Tests/LayeringTests/exceptions.txt").split(separator: "\n").filter {
            !$0.hasPrefix("//")
        }
        exceptions = try Dictionary(
            lines.map { line in
                let parts = line.split(separator: " ")
                try #require(parts.count == 2, "exceptions.txt: \(line) is not a path and a number")
                return (String(parts[0]), try #require(Int(parts[1])))
            }, uniquingKeysWith: max)
    }

    @Test func filesHaveAtMost500Lines() {
        for file in Repository.files where !file.isGenerated {
            check(file.path, file.lineCount, Self.fileLinesMax)
        }
    }

    @Test func functionsHaveAtMost70Lines() {
        for file in Repository.written {
            for function in FunctionLength.all(in: file) {
                check("\(file.path)#\(function.name)", function.lineCount, Self.functionLinesMax)
            }
        }
    }

    @Test func exceptionsNameWhatIsThere() {
        let paths = Set(Repository.files.map(\.path))
        for key in exceptions.keys {
            let path = key.split(separator: "#").first.map(String.init) ?? key
            #expect(paths.contains(path), "exceptions.txt: \(path) is gone; remove the line")
        }
    }

    /// A line is one of code: nobody shall save lines on explanations.
    @Test func theKernelStaysUnder15000Lines() {
        let counted = Repository.files.filter { file in
            ["Core", "Kernel", "Adapters", "Platform", "Shell"].contains(file.layer) && file.target != "Rego"
                && !file.isGenerated
        }
        let total = counted.reduce(0) { $0 + $1.codeLineCount }
        #expect(
            total < Self.kernelLinesMax,
            "Core without Rego, Kernel, Adapters, Platform and Shell have \(total) lines of code")
    }

    private func check(_ place: String, _ count: Int, _ max: Int) {
        guard let excepted = exceptions[place] else {
            #expect(count <= max, "\(place) has \(count) lines, at most \(max) are allowed; divide it")
            return
        }
        #expect(count > max, "\(place) is within bounds now; remove it from exceptions.txt")
        #expect(count <= excepted, "\(place) grew from \(excepted) lines to \(count); divide it")
        #expect(count >= excepted, "\(place) shrank; write \(count) into exceptions.txt")
    }
}

/// The functions of a file and how many lines each has, from its first to the brace that closes it.
struct FunctionLength {
    let name: String
    let lineCount: Int

    static func all(in file: SourceFile) -> [FunctionLength] {
        let lines = file.code
        let start = /\b(func\s+[^\s(<]+|init[?]?\s*[(<]|deinit\b|subscript\b)/
        return lines.indices.compactMap { index in
            guard let match = lines[index].firstMatch(of: start), !lines[index].contains(/[.]init/) else { return nil }
            guard let count = lengthOfBody(lines[index...]) else { return nil }
            return FunctionLength(name: match.1.replacingOccurrences(of: "func ", with: ""), lineCount: count)
        }
    }

    /// Nil where there is no body: a protocol's requirement ends, or another declaration begins, before a brace opens.
    private static func lengthOfBody(_ lines: ArraySlice<Substring>) -> Int? {
        var braces = 0
        var parentheses = 0
        for (offset, line) in lines.enumerated() {
            for character in line {
                switch character {
                case "(": parentheses += 1
                case ")": parentheses -= 1
                case "{" where parentheses == 0: braces += 1
                case "}" where parentheses == 0:
                    braces -= 1
                    if braces == 0 { return offset + 1 }
                    if braces < 0 { return nil }
                default: break
                }
            }
            if braces == 0 && parentheses == 0 && offset > 3 { return nil }
        }
        return nil
    }
}
