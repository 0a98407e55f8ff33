// Goal: whichever of camd's own system calls fails while it serves an agent, nothing is answered that is not recorded, no
// caller waits for ever, no descriptor is lost, and camd serves the next one or ends by itself and says what failed.
// Method: the debug build's plan of faults fails call 1, 2, 3 … of each scenario until one run passes untouched. One camd
// goes through a whole sweep, so what it loses adds up; in the end it is killed and started again, as it is where it ends
// by itself, and must still have everything that it has answered.

import ABI
import CAMClient
import Fixtures
import Linux
import ProtobufWire
import Synchronization
import Testing

extension FaultSweeps {
    struct FaultRequestTests {
        @Test func register() async throws {
            try await Self.sweep("register") { _, _ in
            } body: { bed, key, _ in
                let client = try await bed.agent(key)
                await client.close()
            }
        }

        @Test func think() async throws {
            try await Self.sweep("think") { bed, _ in
                try await bed.agent("thinker")
            } body: { _, key, client in
                let said = try await client.say("test.echo", key)
                try FaultBed.expect(said == key.string, "\(key) came back as \(said)")
            }
        }

        @Test func commit() async throws {
            try await Self.sweep("commit") { bed, _ in
                try await bed.agent("planner")
            } body: { bed, key, client in
                try await bed.commit(key, as: "planner", client)
            }
        }

        /// Segments of a mebibyte, and graphs of which two fill more than one: the journal goes on in the next segment in each run. Many of
        /// these calls are the same, reads of a long request.
        @Test func commitAcrossSegments() async throws {
            try await Self.sweep(
                "commit across segments", seeds: FaultSweep.usualSeeds, settings: "\"journal.segment_mib\": 1"
            ) { bed, _ in
                try await bed.agent("planner")
            } body: { bed, key, client in
                for part in 1...2 {
                    try await bed.commit("\(key)-\(part)", inputBytes: 300 << 10, as: "planner", client)
                }
            }
        }

        @Test func storeAndRecall() async throws {
            try await Self.sweep("store and recall") { bed, _ in
                try await bed.agent("keeper")
            } body: {
                bed, key, client in
                let version = try await client.store(FaultBed.context, key, key.bytes)
                bed.promise(.value(agent: "keeper", key: key, version: version))
                let value = try await client.recall(FaultBed.context, key).value
                try FaultBed.expect(value == key.bytes, "\(key) came back as \(value)")
            }
        }

        @Test func reloadOfPolicies() async throws {
            try await Self.sweep("reload") { bed, key in
                try bed.bed.folder.file("policies/more.rego", "package cam\n\n# \(key)\n")
                return try await bed.camd.administrator()
            } body: { _, _, client in
                let reload = TuneSystemRequest.WhatChoice.policy(TunePolicy(what: .reload(TuneNothing())))
                let answer = try await client.tune(reload)
                let version = try await client.health().kernel?.policyVersion
                try FaultBed.expect(
                    version == answer.after, "\(answer.after) was answered and \(version ?? "") is in force")
            }
        }

        /// A grant that was answered is in the file and in force; one that was not may be in the file, but not half of it.
        @Test func grant() async throws {
            let denials = Mutex<[Text: DecisionID]>([:])
            try await Self.sweep("grant") { bed, key in
                let reader = try await bed.agent("reader")
                do {
                    _ = try await reader.recall(key, "k", owner: 999)
                } catch let failure as CallFailure {
                    denials.withLock { $0[key] = failure.error.decisionID }
                }
                await reader.close()
                return try await bed.camd.administrator()
            } body: { bed, key, client in
                let grant = TuneGrant(denial: denials.withLock { $0[key] }, seconds: 3_600)
                let answer = try await client.tune(.policy(TunePolicy(what: .grant(grant))))
                try FaultBed.expect(answer.granted?.resource == key, "\(key) was granted as \(answer)")
                let file = try File.readAll(bed.camd.stateFolder + "/policies.local/grants.json", limit: 1 << 20)
                try FaultBed.expect(
                    String(decoding: file, as: UTF8.self).contains("\"\(key)\""), "\(key) is not in the file")
                let version = try await client.health().kernel?.policyVersion
                try FaultBed.expect(version == answer.after, "\(version ?? "") is in force, not \(answer.after)")
            }
        }

        /// - Parameters:
        ///   - prepare: what comes before the calls that fail.
        ///   - body: refusals and broken connections may end it; it promises what it was answered.
        private static func sweep<Prepared: Sendable>(
            _ name: String, seeds: [Int] = FaultSweep.allSeeds, settings: String = "",
            prepare: @escaping @Sendable (FaultBed, Text) async throws -> Prepared,
            body: @escaping @Sendable (FaultBed, Text, Prepared) async throws -> Void
        ) async throws {
            try await FaultSweep.run(name, seeds: seeds, beds: 2) {
                Strays.start()
                let bed = try await FaultBed.start(settings: settings)
                try await bed.waitUntilItServes()
                return bed
            } _: { bed, call, seed in
                for attempt in 1...20 {
                    let key: Text = "k-\(seed)-\(call)-\(attempt)"
                    let prepared = try await prepare(bed, key)
                    try bed.plan.arm(call, seed: seed)
                    let start = Clock.monotonic()
                    let wasDone = try await Self.wasDone { try await body(bed, key, prepared) }
                    let seconds = Double(Clock.monotonic() - start) / 1e9
                    try bed.plan.disarm()
                    if let client = prepared as? CAMClient { await client.close() }
                    let hit = try bed.plan.hit()
                    try FaultBed.expect(seconds < FaultBed.patience, "a caller waited for \(seconds) s")
                    try await bed.settle(isLast: hit == nil && wasDone)
                    if hit != nil || wasDone { return hit }
                    // What an earlier fault has cost is not made good yet, a segment in reserve for example.
                    try await Task.sleep(for: .milliseconds(50))
                }
                throw Finding(description: "it is refused again and again, and nothing failed")
            }
        }

        private static func wasDone(_ body: () async throws -> Void) async throws -> Bool {
            do {
                try await body()
                return true
            } catch is CallFailure {
                return false  // Refused: nothing was promised.
            } catch is ConnectionFailure {
                return false  // Broken: what it would have promised is not known.
            }
        }
    }
}

extension FaultBed {
    /// Waits until camd has ended or serves again as before. One that has ended is started again; one that lost its driver
    /// twice, and the last one, are killed first.
    fileprivate func settle(isLast: Bool) async throws {
        if try await waitUntilItServes() {
            try await expectNoLeak()
            // A driver that is lost again and again is started later each time, which is no fault.
            if !isLast && restarts.load(ordering: .relaxed) < 2 { return }
            try await camd.kill()
        } else {
            try checkEnd(try await ended())
        }
        try await Strays.expectNone()
        try await camd.restart()
        try await waitUntilItServes()
        try await checkPromises()
        forgetPromises(butLast: 12)
        if isLast { try await checkJournal() }
    }
}
