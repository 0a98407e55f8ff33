// The rules of the house about tokens, as data: what is not written here, where, and what to write instead.

import Foundation
import Testing

struct HouseRule: Sendable, CustomTestStringConvertible {
    let name: String
    /// Searched for in code without comments and strings.
    let pattern: String
    let instead: String
    let applies: @Sendable (SourceFile) -> Bool

    var testDescription: String { name }

    static let all: [HouseRule] = [
        HouseRule(
            name: "fork()", pattern: #"(^\s*|[^.\w\s]\s*|\b(?!case\b)\w+\s+)v?fork\("#,
            instead: "posix_spawn of Linux: a forked Swift runtime has lost its threads", applies: { _ in true }),
        HouseRule(
            name: "try!", pattern: #"\btry!"#, instead: "handle the error, or preconditionFailure with what must hold",
            applies: { _ in true }),
        HouseRule(
            name: "as!", pattern: #"\bas!"#, instead: "a type that says it, or preconditionFailure with what must hold",
            applies: { _ in true }),
        HouseRule(
            name: "print() in a library", pattern: #"(^|[^.\w])(debugPrint|print|dump)\("#,
            instead: "return it: libraries do not log",
            applies: { !["Programs", "Agents", "Drivers", "Tests"].contains($0.layer) }),
        HouseRule(
            name: "a clock in Core or Kernel",
            pattern: #"\bDate\(\)|\bDate\.now|\b(Continuous|Suspending)Clock\b|\bclock_gettime\b"#,
            instead: "the Instant that comes with the event", applies: isPure),
        HouseRule(
            name: "chance in Core or Kernel",
            pattern: #"\.random\((?![^)\n]*using:)|\.shuffled\(\)|\.randomElement\(\)|\bSystemRandomNumberGenerator\b"#,
            instead: "randomness that is passed in", applies: isPure),
        HouseRule(
            name: "threads in Core or Kernel",
            pattern: #"\b(sleep|usleep|nanosleep)\(|\bTask\b\s*[.{(]|\bThread\b|\bDispatchQueue\b|\bMutex<|\bawait\b"#,
            instead: "a directive: one thread owns the kernel", applies: isPure),
        HouseRule(
            name: "[String: Any]", pattern: #"\[String\s*:\s*(any\s+)?Any\]"#,
            instead: "a struct; parse JSON into it at the edge",
            applies: { !["Shell", "Programs", "Tests"].contains($0.layer) }),
        HouseRule(
            name: "names that say nothing",
            pattern:
                #"\b(class|struct|enum|actor|protocol|typealias)\s+\w*(Manager|Helpers?|Utils?|Utilities|Utility)\b"#,
            instead: "the name of what it is", applies: { _ in true }),
    ]

    /// Whether the file belongs to the layers that have no effects.
    private static let isPure: @Sendable (SourceFile) -> Bool = { ["Core", "Kernel"].contains($0.layer) }
}
