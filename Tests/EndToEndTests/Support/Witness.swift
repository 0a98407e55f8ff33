// A well-behaved client beside whatever a test does to camd: it must notice nothing.

import ABI
import CAMClient
import Fixtures
import Linux
import ProtobufWire

/// What it saw, call by call.
struct Testimony: Sendable {
    /// Milliseconds, in the order of the calls.
    var latencies: [Double] = []
    var failures: [String] = []

    /// The value below which `share` (0 to 1) of the latencies lie; 0 with none.
    func percentile(_ share: Double) -> Double {
        let sorted = latencies.sorted()
        return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    var summary: String {
        "\(latencies.count) calls, p50 \(percentile(0.5)) ms, p99 \(percentile(0.99)) ms, failures \(failures)"
    }
}

/// Makes calls at a steady pace while `body` runs, and tells what became of them.
func witnessed<Value>(
    by client: CAMClient, everyMilliseconds pause: Int = 20, _ body: () async throws -> Value
) async throws -> (value: Value, testimony: Testimony) {
    let witness = Task {
        var testimony = Testimony()
        while !Task.isCancelled {
            let start = Clock.monotonic()
            do {
                _ = try await client.health()
                testimony.latencies.append(Double(Clock.monotonic() - start) / 1e6)
                try await Task.sleep(for: .milliseconds(pause))
            } catch is CancellationError {
                break
            } catch {
                testimony.failures.append("\(error)")
                if testimony.failures.count > 20 { break }
            }
        }
        return testimony
    }
    defer { witness.cancel() }
    let value = try await body()
    witness.cancel()
    return (value, await witness.value)
}
