// Measured latencies of one executor at one capability, as counts in buckets.

/// A log-linear histogram: four buckets to the octave, so that a quantile is right within 19 %.
/// Old observations fade: when the total passes 1,024 every count is halved.
public struct LatencyHistogram: Sendable, Hashable {
    private static let bucketsPerOctave = 4
    private static let fadeAt: UInt32 = 1024
    private var counts = [UInt16](repeating: 0, count: 40 * Self.bucketsPerOctave)
    private var total: UInt32 = 0

    init() {}

    /// - Parameter kept: as in a checkpoint; nil where no histogram counts so.
    init?(kept: [UInt32]) {
        let sum = kept.reduce(UInt64(0)) { $0 + UInt64($1) }
        guard kept.count <= counts.count, sum < Self.fadeAt else { return nil }
        for (bucket, count) in kept.enumerated() { counts[bucket] = UInt16(count) }
        total = UInt32(sum)
    }

    /// The counts, without the empty buckets at the end.
    var kept: [UInt32] { counts[..<((counts.lastIndex { $0 > 0 } ?? -1) + 1)].map(UInt32.init) }

    /// Adds one latency in microseconds.
    mutating func add(_ microseconds: UInt64) {
        counts[Self.bucket(microseconds)] += 1
        total += 1
        guard total >= Self.fadeAt else { return }
        total = 0
        for index in counts.indices {
            counts[index] /= 2
            total += UInt32(counts[index])
        }
    }

    /// The latency in microseconds that the given share of observations does not pass, nearest rank; nil with none.
    func quantile(_ share: Double) -> UInt64? {
        guard total > 0 else { return nil }
        let rank = max(1, UInt32((share * Double(total)).rounded(.up)))
        var seen: UInt32 = 0
        for (index, count) in counts.enumerated() {
            seen += UInt32(count)
            if seen >= rank { return Self.upperBound(index) }
        }
        preconditionFailure("histogram of \(total) observations holds \(seen)")
    }

    private static func bucket(_ microseconds: UInt64) -> Int {
        let value = max(1, microseconds)
        let octave = 63 - value.leadingZeroBitCount
        let fraction = octave >= 2 ? Int(value >> UInt64(octave - 2)) & 3 : Int(value << UInt64(2 - octave)) & 3
        return min(octave * bucketsPerOctave + fraction, 40 * bucketsPerOctave - 1)
    }

    private static func upperBound(_ bucket: Int) -> UInt64 {
        let octave = UInt64(bucket / bucketsPerOctave)
        let fraction = UInt64(bucket % bucketsPerOctave)
        return ((4 + fraction + 1) << octave) / 4
    }
}
