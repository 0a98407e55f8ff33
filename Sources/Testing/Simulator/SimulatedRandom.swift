// Random numbers from a seed: the same seed gives the same numbers everywhere and for ever.

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). Small, quick, and any seed will do.
public struct SimulatedRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    @inlinable
    public mutating func next() -> UInt64 { advance() }

    @usableFromInline
    mutating func advance() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 to `bound` − 1; `bound` at least 1. The bias for bounds below 2³² is smaller than anyone can see.
    public mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "a number below \(bound)")
        return Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// True once in `times` on average.
    public mutating func chance(_ times: Int) -> Bool { below(times) == 0 }

    /// A number of this range.
    public mutating func pick(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    /// An independent generator for one part of the world.
    public mutating func split() -> SimulatedRandom { SimulatedRandom(seed: next()) }
}
