// What is known of one executor at one capability: what it declared, and what was measured.

public import ABI
public import ProtobufWire

/// Declared figures count as a few observations; measured ones take over as they come in.
public struct Track: Sendable, Hashable {
    /// How many observations a declaration is worth.
    static let declaredWeight = 4.0
    /// Weight of the newest observation once there are many: the running mean forgets after about 64.
    static let meanWindow = 64.0

    public private(set) var observations: UInt64 = 0
    private var latencyRatio = 1.0
    private var costRatio = 1.0
    private var successRate = 1.0
    private var qualityOffset = 0.0
    private var latencies = LatencyHistogram()

    public init() {}

    /// The track in a checkpoint; nil where it is none that outcomes could have made.
    public init?(_ kept: KeptTrack) {
        let ratios = [kept.latencyRatio, kept.costRatio]
        guard let latencies = LatencyHistogram(kept: kept.latencyCounts),
            ratios.allSatisfy({ $0 >= 0 && $0.isFinite }), (0...1).contains(kept.successRate),
            (-1...1).contains(kept.qualityOffset)
        else { return nil }
        observations = kept.observations
        latencyRatio = kept.latencyRatio
        costRatio = kept.costRatio
        successRate = kept.successRate
        qualityOffset = kept.qualityOffset
        self.latencies = latencies
    }

    /// The same for a checkpoint, bit for bit.
    public func kept(executor: Text, capability: Text) -> KeptTrack {
        KeptTrack(
            executor: executor, capability: capability, observations: observations, latencyRatio: latencyRatio,
            costRatio: costRatio, successRate: successRate, qualityOffset: qualityOffset, latencyCounts: latencies.kept)
    }

    /// Counts one outcome against what was declared for that size of input.
    ///
    /// Latency and cost are learned as ratios to the declaration, so that a short input teaches something about a long one.
    public mutating func observe(_ outcome: Outcome, declared: Declared) {
        observations += 1
        let weight = 1 / min(Double(observations) + Self.declaredWeight, Self.meanWindow)
        successRate += weight * ((outcome.success ? 1 : 0) - successRate)
        if let quality = outcome.quality, quality.isFinite {
            qualityOffset += weight * (min(max(quality, 0), 1) - declared.quality - qualityOffset)
        }
        if let latency = outcome.latencyUs {
            latencies.add(latency)
            latencyRatio += weight * (Double(latency) / Double(max(1, declared.latencyMicroseconds)) - latencyRatio)
        }
        if let cost = outcome.costMicros {
            costRatio += weight * (Double(cost) / Double(max(1, declared.costMicros)) - costRatio)
        }
    }

    /// What to expect of the next call whose declared figures are these.
    public func predict(_ declared: Declared) -> Expectation {
        let latency = Self.micros(Double(declared.latencyMicroseconds) * latencyRatio)
        return Expectation(
            latencyMicroseconds: max(1, latency),
            latency99Microseconds: max(latencies.quantile(0.99) ?? 0, Self.micros(Double(max(1, latency)) * 2)),
            costMicros: Self.micros(Double(declared.costMicros) * costRatio),
            quality: min(max(declared.quality + qualityOffset, 0), 1), successRate: successRate,
            observations: observations)
    }

    /// The median of the measured latencies in microseconds, nil with none.
    public var latencyMedian: UInt64? { latencies.quantile(0.5) }

    private static func micros(_ value: Double) -> UInt64 {
        value.isFinite && value < 1e12 ? UInt64(max(0, value.rounded())) : 1_000_000_000_000
    }
}

/// What an executor says of itself, for one size of input.
public struct Declared: Sendable, Hashable {
    public var latencyMicroseconds: UInt64
    public var costMicros: UInt64
    public var quality: Double

    /// - Parameter inputBytes: the size that the per-KiB figures are taken for.
    public init(_ capability: Capability, inputBytes: UInt64) {
        let (size, _) = inputBytes.addingReportingOverflow(1023)
        let kib = min(size / 1024, 1 << 32)
        latencyMicroseconds = Self.linear(capability.latencyUs, capability.latencyUsPerKib, kib)
        costMicros = Self.linear(capability.costMicros, capability.costMicrosPerKib, kib)
        quality = capability.quality.isFinite ? min(max(capability.quality, 0), 1) : 0
    }

    /// The same as it stands in a record: what an outcome was learned against.
    public init(_ recorded: Prediction) {
        latencyMicroseconds = recorded.latencyP50Us
        costMicros = recorded.costMicros
        quality = recorded.quality.isFinite ? min(max(recorded.quality, 0), 1) : 0
    }

    public var message: Prediction {
        Prediction(latencyP50Us: latencyMicroseconds, costMicros: costMicros, quality: quality)
    }

    private static func linear(_ base: UInt64, _ slope: UInt64, _ count: UInt64) -> UInt64 {
        let (product, overflow) = slope.multipliedReportingOverflow(by: count)
        let (sum, carried) = base.addingReportingOverflow(product)
        return overflow || carried ? 1 << 50 : min(sum, 1 << 50)
    }
}

/// What arbitration expects of one executor.
public struct Expectation: Sendable, Hashable {
    public var latencyMicroseconds: UInt64
    public var latency99Microseconds: UInt64
    public var costMicros: UInt64
    public var quality: Double
    public var successRate: Double
    public var observations: UInt64
}
