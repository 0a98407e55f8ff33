// What the test driver does for each of its capabilities. Inputs are words separated by blanks.

import ABI
import CAMClient
import CAMDriverKit
import Linux
import ProtobufWire

enum Behaviour {
    static func perform(_ upcall: Upcall) async throws -> InvokeResult {
        let input = String(decoding: upcall.input, as: UTF8.self)
        let words = input.split(separator: " ").map(String.init)
        switch upcall.capability {
        case "test.echo": return try await echo(upcall)
        case "test.sleep", "test.sleep_once": return try await sleep(words)
        case "test.crash": preconditionFailure("told to crash")
        case "test.hang": hang()
        case "test.mark", "test.mark_once": return try await mark(upcall, words)
        case "test.fail": throw failure(words)
        case "test.nest": return try await nest(upcall, words)
        case "test.attack": return answer(Attack.tried(words))
        default: throw Upcall.refused(.unimplemented, "the test driver does not know \(upcall.capability)")
        }
    }

    private static func answer(_ text: String) -> InvokeResult {
        InvokeResult(output: Array(text.utf8), contentType: "text/plain", costMicros: 10, units: 1)
    }

    /// Gives back the input and the parts; to one who reads items, line by line first.
    private static func echo(_ upcall: Upcall) async throws -> InvokeResult {
        let output = upcall.input + upcall.parts.flatMap(\.data)
        if upcall.wantsItems {
            for line in output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
                try await upcall.send(Array(line))
            }
        }
        return InvokeResult(output: output, contentType: upcall.request.contentType, costMicros: 10, units: 1)
    }

    /// `MILLISECONDS`. Ends at once when it is cancelled.
    private static func sleep(_ words: [String]) async throws -> InvokeResult {
        let milliseconds = words.first.flatMap { Int($0) } ?? 0
        try await Task.sleep(for: .milliseconds(milliseconds))
        return answer("slept \(milliseconds)")
    }

    /// Blocks its thread and hears no cancellation.
    private static func hang() -> Never {
        while true { Clock.sleep(nanoseconds: 3_600_000_000_000) }
    }

    /// `KEY MILLISECONDS`: stores one more version of KEY in this driver's own context "marks", so that a test can count how
    /// often it was carried out, whatever dies meanwhile.
    private static func mark(_ upcall: Upcall, _ words: [String]) async throws -> InvokeResult {
        guard let key = words.first else { throw Upcall.refused(.invalidArgument, "no key is given", field: "input") }
        let store = RememberRequest.Store(
            context: ContextRef(name: "marks"), key: Text(key), value: Array("\(upcall.taskID)".utf8))
        try await remember(store, upcall)
        try await Task.sleep(for: .milliseconds(words.dropFirst().first.flatMap { Int($0) } ?? 0))
        return answer("marked \(key)")
    }

    /// A store that is away for a moment, as it is after camd's start, is asked again when it says.
    private static func remember(_ store: RememberRequest.Store, _ upcall: Upcall) async throws {
        while true {
            do {
                _ = try await upcall.kernel.remember(RememberRequest(operation: .store(store)))
                return
            } catch let failure as CallFailure where failure.status == .unavailable {
                try await Task.sleep(for: .milliseconds(Int(failure.error.retryAfterMs ?? 50)))
            }
        }
    }

    /// `STATUS WORDS…`: fails with this status and these words.
    private static func failure(_ words: [String]) -> CallFailure {
        let status = Status.allCases.first { "\($0.name)" == words.first } ?? .unknown
        return Upcall.refused(status, Text(words.dropFirst().joined(separator: " ")))
    }

    /// `DEPTH`: calls itself through the kernel until DEPTH is 0, and tells how the innermost call ended.
    private static func nest(_ upcall: Upcall, _ words: [String]) async throws -> InvokeResult {
        let depth = words.first.flatMap { Int($0) } ?? 0
        guard depth > 0 else { return answer("bottom at depth \(upcall.request.depth)") }
        do {
            let inner = try await upcall.kernel.think(
                ThinkRequest(capability: "test.nest", input: Array("\(depth - 1)".utf8)))
            return answer(String(decoding: inner.output, as: UTF8.self))
        } catch let failure as CallFailure {
            return answer("stopped at depth \(upcall.request.depth): \(failure.status.name)")
        }
    }
}
