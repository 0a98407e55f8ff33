// rego-properties: generated policies and inputs, each answered as a naive evaluator answers it. `rego-properties COUNT
// [SEED]` checks COUNT policies from that seed on, and ends with 1 when some are answered otherwise.

import Linux
import RegoOracle

let words = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let count = words.first ?? 100_000
let first = words.count > 1 ? words[1] : 1
/// Unbuffered: a trap later loses nothing.
func say(_ line: String) {
    do throws(Errno) {
        try File.writeAll(1, Array("\(line)\n".utf8))
    } catch {
        fatalError("\(error)")
    }
}

/// What is wrong with one is often wrong with many.
let failuresMax = 5

var tally = PropertyTally()
var failures = 0
for seed in first..<first + count where failures < failuresMax {
    do throws(PropertyFailure) {
        tally += try PropertyCheck.run(seed: seed)
    } catch {
        say("\(error)\nagain: rego-properties 1 \(seed)\n")
        failures += 1
    }
}
say("\(tally)")
ThisProcess.exit(failures == 0 ? 0 : 1)
