// Blocking work kept off the threads that Swift's tasks share: two of those blocked would stop every test on a small machine.

internal import Linux

/// Runs `body` on a thread of its own and waits for it without holding a task's thread.
public func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { waiter in
        do {
            let thread = try WorkerThread(name: "fixture") { waiter.resume(with: Result(catching: body)) }
            thread.detach()
        } catch {
            waiter.resume(throwing: error)
        }
    }
}

/// Asks again and again until the answer is not nil.
///
/// - Throws: `WaitTimedOut` after `seconds`; what `question` throws.
public func eventually<Value: Sendable>(
    _ what: String, within seconds: Double = 30, every milliseconds: Int = 10,
    _ question: () async throws -> Value?
) async throws -> Value {
    let end = Clock.monotonic() + UInt64(seconds * 1e9)
    while true {
        if let answer = try await question() { return answer }
        if Clock.monotonic() >= end { throw WaitTimedOut(what: what, seconds: seconds) }
        try await Task.sleep(for: .milliseconds(milliseconds))
    }
}

/// The same for a condition.
public func eventually(_ what: String, within seconds: Double = 30, _ condition: () async throws -> Bool) async throws {
    _ = try await eventually(what, within: seconds) { try await condition() ? true : nil }
}

/// Something did not happen in time.
public struct WaitTimedOut: Error, CustomStringConvertible {
    public var what: String
    public var seconds: Double
    public var description: String { "\(what) did not happen within \(seconds) s" }
}
