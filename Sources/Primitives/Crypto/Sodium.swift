// The one place that initialises libsodium: once, before its first use, from whichever thread comes first.

internal import CSodium

enum Sodium {
    /// Evaluated once by the Swift runtime. libsodium opens its random source here, so a failure
    /// means that nothing random or secret can be made in this process: there is no way on.
    private static let isReady: Bool = {
        guard sodium_init() >= 0 else {
            preconditionFailure("libsodium could not be initialised: no random source on this machine")
        }
        return true
    }()

    /// Call before any function that needs random bytes, guarded memory or the fastest implementation.
    @inline(__always)
    static func prepare() {
        precondition(isReady)
    }
}
