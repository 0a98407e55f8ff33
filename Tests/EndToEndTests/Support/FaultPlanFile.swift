// The plan of faults of one camd: which of its own system calls is to fail next, and what became of it.

import Fixtures
import Foundation
import Linux
import Synchronization

/// The symbolic link that a debug build of camd reads before each of its system calls, and the notes beside it.
final class FaultPlanFile: Sendable {
    private let folder: TemporaryFolder
    private let runs = Atomic<Int>(0)

    init() throws { folder = try TemporaryFolder("fault") }

    var environment: [String: String] { ["CAM_FAULT": path] }

    private var path: String { folder.path("plan") }
    private var report: String { path + ".report" }

    /// From now on calls are counted, and the `call`-th fails.
    func arm(_ call: Int, seed: Int) throws {
        try disarm()
        if try File.exists(report) { try File.unlink(report) }
        let run = runs.add(1, ordering: .relaxed).newValue
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: "run=\(run) call=\(call) seed=\(seed)")
    }

    /// Nothing fails any more, and nothing is counted.
    func disarm() throws {
        do {
            try File.unlink(path)
        } catch {
            if error != .ENOENT { throw error }
        }
    }

    /// The call that failed since `arm`, such as `17 fsync EIO`; nil where there were not so many.
    func hit() throws -> String? { try note("hit") }

    /// How many calls a camd that has ended in order had made, those before `arm` too.
    func total() throws -> Int? { try note("end").flatMap { Int($0) } }

    private func note(_ kind: String) throws -> String? {
        guard try File.exists(report) else { return nil }
        let notes = String(decoding: try File.readAll(report, limit: 1 << 20), as: UTF8.self).split(separator: "\n")
        return notes.first { $0.hasPrefix(kind + " ") }.map { String($0.dropFirst(kind.count + 1)) }
    }
}
