// Blocking work kept off the threads that Swift's tasks share: two of those blocked would stop every test on a small machine.

public import Linux
internal import Synchronization

/// Work on a thread of its own that begins at once, however busy the threads of tasks are.
public final class ThreadWork<Value: Sendable>: Sendable {
    private struct State {
        var result: Result<Value, any Error>?
        var waiters: [CheckedContinuation<Value, any Error>] = []
    }

    private let state = Mutex(State())

    public init(_ body: @escaping @Sendable () throws -> Value) throws(Errno) {
        let thread = try WorkerThread(name: "fixture") { [self] in finish(Result(catching: body)) }
        thread.detach()
    }

    private func finish(_ result: Result<Value, any Error>) {
        let waiters = state.withLock { state in
            state.result = result
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(with: result) }
    }

    /// What the work returned, or threw, once it is done.
    public func value() async throws -> Value {
        try await withCheckedThrowingContinuation { waiter in
            let result = state.withLock { state in
                if state.result == nil { state.waiters.append(waiter) }
                return state.result
            }
            if let result { waiter.resume(with: result) }
        }
    }
}

/// Runs `body` on a thread of its own and waits for it without holding a task's thread.
public func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await ThreadWork(body).value()
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
