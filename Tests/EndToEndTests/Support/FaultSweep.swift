// Call 1, 2, 3 … fails, each in a run of its own, until one run passes untouched.

import Fixtures
import Linux
import Synchronization
import Testing

/// One row of runs. Several beds may share it: each takes the next number.
final class FaultSweep: Sendable {
    /// No call has more errors to fail with in the table: with these seeds each call fails with each of them.
    static let allSeeds = Array(0..<4)
    /// One error for each call, another for the next; every one where CAM_FAULT_SWEEP=all.
    static let usualSeeds = ThisProcess.environment("CAM_FAULT_SWEEP") == "all" ? allSeeds : [0]
    private static let findingsMax = 12
    /// CAM_FAULT_SWEEP=say or all prints each run.
    private static let isVerbose = ThisProcess.environment("CAM_FAULT_SWEEP") != nil

    private struct State {
        var next = 1
        var passed: Int?
        var findings = 0
    }

    private let name: String
    private let seed: Int
    private let state = Mutex(State())

    private init(name: String, seed: Int) {
        self.name = name
        self.seed = seed
    }

    /// - Parameter run: one run on one bed; it gives back the call that failed, nil where none did. What it throws is a
    ///   finding, and the bed is not used again.
    static func run(
        _ name: String, seeds: [Int] = usualSeeds, beds: Int, make: @escaping @Sendable () async throws -> FaultBed,
        _ run: @escaping @Sendable (FaultBed, _ call: Int, _ seed: Int) async throws -> String?
    ) async throws {
        for seed in seeds {
            let sweep = FaultSweep(name: name, seed: seed)
            let start = Clock.monotonic()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<beds { group.addTask { await sweep.work(make, run) } }
            }
            let seconds = Double(Clock.monotonic() - start) / 1e9
            say("\(name), seed \(seed): \((sweep.state.withLock { $0.passed } ?? 0) - 1) calls failed, \(seconds) s")
        }
    }

    private func work(
        _ make: @Sendable () async throws -> FaultBed,
        _ run: @Sendable (FaultBed, _ call: Int, _ seed: Int) async throws -> String?
    ) async {
        var bed: FaultBed?
        while let call = take() {
            do {
                if bed == nil { bed = try await make() }
                let start = Clock.monotonic()
                let hit = try await run(bed!, call, seed)
                if Self.isVerbose {
                    say("  \(name) \(hit ?? "untouched") \((Clock.monotonic() - start) / 1_000_000) ms")
                }
                if hit == nil { passed(call) }
            } catch {
                record(call, error, bed)
                bed = nil
            }
        }
    }

    private func take() -> Int? {
        state.withLock { state in
            guard state.next < state.passed ?? .max, state.findings < Self.findingsMax else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    private func passed(_ call: Int) { state.withLock { $0.passed = min($0.passed ?? .max, call) } }

    private func record(_ call: Int, _ error: any Error, _ bed: FaultBed?) {
        state.withLock { $0.findings += 1 }
        var hit = "call \(call), which did not fail"
        do { if let call = try bed?.plan.hit() { hit = call } } catch {}
        Issue.record(
            "\(name), seed \(seed), \(hit): \(error)\n\(bed?.camd.standardError.split(separator: "\n").suffix(25).joined(separator: "\n") ?? "")"
        )
    }
}

/// One line for whoever watches the tests run.
func say(_ line: String) {
    do { try File.writeAll(1, Array("\(line)\n".utf8)) } catch {}
}

/// What camds leave behind: processes that only a camd starts, and whose parent is none.
enum Strays {
    private static let names: Set = ["redis-server", "cam-sandbox", "test-driver"]
    private static let parents: Set = ["camd", "cam-sandbox", "test-driver"]
    /// Those that were there before the tests.
    private static let before: Set<ObservedProcess> = {
        do { return try now() } catch { return [] }
    }()

    static func start() { _ = before }

    private static func now() throws -> Set<ObservedProcess> {
        let all = try Directory.list("/proc").compactMap { Int32($0) }.compactMap { ObservedProcess(pid: $0) }
        let named = Dictionary(all.map { ($0.pid, $0.name) }) { $1 }
        return Set(all.filter { names.contains($0.name) && !parents.contains(named[$0.parent] ?? "") })
    }

    /// Those of other camds, which end at any time, go soon; one that stays was left behind.
    static func expectNone() async throws {
        var strays = try now().subtracting(before)
        let end = Clock.monotonic() + 8_000_000_000
        while !strays.isEmpty {
            strays = strays.filter(\.isRunning)
            if Clock.monotonic() > end { throw Finding(description: "left behind: \(strays)") }
            if !strays.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        }
    }
}
