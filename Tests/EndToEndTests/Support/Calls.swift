// The calls that tests make again and again, short.

import ABI
import CAMClient
import ProtobufWire
import Testing

extension CAMClient {
    // MARK: Work

    func run(_ capability: Text, _ input: Text = "", timeout: Duration = .seconds(30)) async throws -> ThinkResponse {
        try await think(
            ThinkRequest(capability: capability, input: input.bytes, contentType: "text/plain"), timeout: timeout)
    }

    /// Its output as text.
    func say(_ capability: Text, _ input: Text = "", timeout: Duration = .seconds(30)) async throws -> String {
        String(decoding: try await run(capability, input, timeout: timeout).output, as: UTF8.self)
    }

    func commit(
        _ tasks: [TaskSpec], key: Text = "", wait: Bool = false, timeout: Duration = .seconds(60)
    ) async throws -> CommitTaskResponse {
        try await commitTask(
            CommitTaskRequest(envelope: Envelope(idempotencyKey: key), tasks: tasks, wait: wait), timeout: timeout)
    }

    /// The tasks of a graph, when all of them have ended.
    func ended(graph: UInt64, timeout: Duration = .seconds(60)) async throws -> [TaskStatus] {
        let task = ObserveTask(graphID: graph, untilEnded: true)
        return try await observe(ObserveRequest(what: .task(task)), timeout: timeout).tasks
    }

    func status(task: UInt64) async throws -> TaskStatus {
        let task = ObserveTask(taskID: task)
        let tasks = try await observe(ObserveRequest(what: .task(task)), timeout: .seconds(30)).tasks
        return try #require(tasks.first)
    }

    // MARK: Memory

    @discardableResult
    func store(
        _ context: Text, _ key: Text, _ value: [UInt8], ifVersion: UInt64? = nil, timeout: Duration = .seconds(30)
    ) async throws -> UInt64 {
        let store = RememberRequest.Store(
            context: ContextRef(name: context), key: key, value: value, ifVersion: ifVersion)
        let answer = try await remember(RememberRequest(operation: .store(store)), timeout: timeout)
        guard case .stored(let stored)? = answer.result else { throw UnexpectedAnswer(what: "\(answer)") }
        return stored.version
    }

    func recall(_ context: Text, _ key: Text, owner: UInt64 = 0) async throws -> RememberResponse.Recalled {
        let recall = RememberRequest.Recall(context: ContextRef(owner: owner, name: context), key: key)
        let answer = try await remember(RememberRequest(operation: .recall(recall)), timeout: .seconds(30))
        guard case .recalled(let recalled)? = answer.result else { throw UnexpectedAnswer(what: "\(answer)") }
        return recalled
    }

    /// Every entry of a context, by key.
    func entries(_ context: Text, owner: UInt64 = 0) async throws -> [Text: ContextEntry] {
        var found: [Text: ContextEntry] = [:]
        var cursor: Text = ""
        repeat {
            let list = RememberRequest.List(
                context: ContextRef(owner: owner, name: context), cursor: cursor, limit: 1000)
            let answer = try await remember(RememberRequest(operation: .list(list)), timeout: .seconds(30))
            guard case .listed(let listed)? = answer.result else { throw UnexpectedAnswer(what: "\(answer)") }
            for entry in listed.entries { found[entry.key] = entry }
            cursor = listed.nextCursor
        } while !cursor.isEmpty
        return found
    }

    // MARK: Looking around

    func health() async throws -> Health {
        try #require(try await observe(ObserveRequest(what: .health(Nothing())), timeout: .seconds(30)).health)
    }

    func stats() async throws -> Stats {
        try #require(try await observe(ObserveRequest(what: .stats(Nothing())), timeout: .seconds(30)).stats)
    }

    func agents() async throws -> [AgentStatus] {
        try await observe(ObserveRequest(what: .agents(Nothing())), timeout: .seconds(30)).agents
    }

    func drivers() async throws -> [DriverStatus] {
        try await observe(ObserveRequest(what: .drivers(Nothing())), timeout: .seconds(30)).drivers
    }

    func tune(_ what: TuneSystemRequest.WhatChoice) async throws -> TuneSystemResponse {
        try await tuneSystem(TuneSystemRequest(what: what), timeout: .seconds(30))
    }
}

struct UnexpectedAnswer: Error, CustomStringConvertible {
    let what: String
    var description: String { "an answer of another kind was expected: \(what)" }
}

extension TaskSpec {
    static func test(_ localID: Text, _ capability: Text, _ input: Text = "", after: [Text] = []) -> TaskSpec {
        TaskSpec(
            localID: localID, capability: capability, input: input.bytes, contentType: "text/plain", dependsOn: after)
    }
}
