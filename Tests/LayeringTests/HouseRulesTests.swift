// Goal: what the style guide forbids cannot come in unseen. Method: every source file is read and searched.

import Foundation
import Testing

struct HouseRulesTests {
    @Test(arguments: HouseRule.all)
    func noFileBreaksTheRule(rule: HouseRule) throws {
        let regex = try Regex(rule.pattern)
        for file in Repository.written where rule.applies(file) {
            for (index, line) in file.code.enumerated() {
                #expect(!line.contains(regex), "\(file.path):\(index + 1): \(rule.name) — instead: \(rule.instead)")
            }
        }
    }

    @Test(arguments: [
        ("fork()", "let pid = fork()", true), ("fork()", "case .fork(let fork): fork.context", false),
        ("fork()", "case fork(Fork)", false), ("fork()", "// fork() is not used", false),
        ("try!", "try! open()", true), ("try!", "\"try! this\"", false), ("try!", "\"a \\(try! f()) b\"", true),
        ("as!", "x as! Int", true), ("as!", "x as? Int", false),
        ("print() in a library", "print(1)", true), ("print() in a library", "sprint(1); a.print(1)", false),
        ("chance in Core or Kernel", "Int.random(in: 0..<9)", true),
        ("chance in Core or Kernel", "Int.random(in: 0..<9, using: &generator)", false),
        ("threads in Core or Kernel", "Task { await x }", true), ("threads in Core or Kernel", "TaskSpec(x)", false),
        ("[String: Any]", "let x: [String : any Any] = [:]", true), ("[String: Any]", "[String: AnyHashable]", false),
        ("names that say nothing", "final class TaskManager {", true),
        ("names that say nothing", "enum PathUtils {", true),
        ("names that say nothing", "struct Utilisation {", false),
    ])
    func rulesFindWhatTheyForbid(name: String, code: String, forbidden: Bool) throws {
        let rule = try #require(HouseRule.all.first { $0.name == name })
        #expect(SwiftCode(code).code.contains(try Regex(rule.pattern)) == forbidden)
    }

    @Test func everyFileBeginsWithWhatItIsFor() {
        for file in Repository.files where !file.isGenerated && !file.name.hasSuffix(".h") {
            let first = file.lines.first ?? ""
            #expect(
                (first.hasPrefix("// ") || first.hasPrefix("/* ")) && first.count > 12,
                "\(file.path): the first line must be a comment that says what the file is for")
        }
    }

    @Test func noFileHoldsAPlace() {
        let words = /\b(TODO|FIXME|XXX|HACK|PLACEHOLDER)\b/
        for file in Repository.files where file.target != "LayeringTests" {
            #expect(!file.name.lowercased().hasPrefix("placeholder"), "\(file.path): build it or remove its row")
            for (index, line) in file.lines.enumerated() {
                #expect(
                    !line.contains(words), "\(file.path):\(index + 1): finish it, or open an issue and remove the mark")
            }
        }
    }

    @Test func uncheckedSendableIsExplained() {
        for file in Repository.written {
            for index in file.code.indices where file.code[index].contains("@unchecked Sendable") {
                let comments = [file.lines[index], index > 0 ? file.lines[index - 1] : ""]
                #expect(
                    comments.contains { $0.contains("//") },
                    "\(file.path):\(index + 1): say in the line above why it is safe to share")
            }
        }
    }

    @Test func theManifestPassesNoUnsafeFlags() {
        #expect(!Repository.read("Package.swift").contains("unsafeFlags"))
    }

    @Test(.enabled(if: Repository.exists("Sources/Kernel/Syscalls"), "the kernel has no calls yet"))
    func everyCallHasAFileOfItsOwn() throws {
        let calls = Repository.read("Sources/ABI/CallNumber.swift").matches(of: /case (\w+) = \d+/).map { String($0.1) }
        #expect(calls.count == 15)
        for call in calls {
            let path = "Sources/Kernel/Syscalls/\(call.prefix(1).uppercased() + call.dropFirst()).swift"
            #expect(Repository.exists(path), "\(path) is missing: the kernel answers each call from a file of its own")
        }
    }
}
