// A driver folder with the test driver in it, described as a test wants it.

import Fixtures
import Linux

/// One instance of the test driver under a name of its own.
struct TestDriver: Sendable {
    struct Offer: Sendable {
        var name: String
        var idempotent = true
    }

    var name = "tester"
    var offers: [Offer] = TestDriver.everything
    var slots = 16
    /// Arbitration chooses the best: of two drivers the better one gets the work.
    var quality = 0.5
    var callTimeoutMilliseconds = 20_000
    var memoryMebibytes = 512

    static let everything: [Offer] =
        ["echo", "sleep", "crash", "hang", "mark", "fail", "nest", "attack"].map { Offer(name: "test.\($0)") }
        + ["sleep_once", "mark_once"].map { Offer(name: "test.\($0)", idempotent: false) }

    /// Writes `driver.json5` and the program into a folder of the driver's name below `folder`.
    func install(in folder: String, program: [UInt8]) throws {
        let path = "\(folder)/\(name)"
        try Directory.makeAll(path, mode: 0o755)
        try File.replace("\(path)/driver.json5", with: Array(manifest.utf8), mode: 0o644)
        try File.replace("\(path)/test-driver", with: program, mode: 0o755)
    }

    private var manifest: String {
        let capabilities = offers.map { offer in
            """
            { name: "\(offer.name)", latency_us: 500, cost_micros: 10, quality: \(quality), \
            idempotent: \(offer.idempotent), content_types: ["text/plain"] },
            """
        }
        let arguments = (["slots=\(slots)"] + offers.map(\.name)).map { "\"\($0)\"" }
        return """
            {
              name: "\(name)", version: "1", program: "test-driver", level: "runtime", slots: \(slots),
              memory_mib: \(memoryMebibytes), processes_max: 64, start_timeout_ms: 20000,
              call_timeout_ms: \(callTimeoutMilliseconds),
              arguments: [\(arguments.joined(separator: ", "))],
              capabilities: [
              \(capabilities.joined(separator: "\n  "))
              ],
            }

            """
    }
}
