// The clocks. Only shells and adapters read them; Core and Kernel are told the time.

internal import Glibc

/// Reads the machine's clocks; a few tens of nanoseconds a call, no system call on usual machines.
public enum Clock {
    /// Nanoseconds on the monotonic clock and nanoseconds since 1970-01-01 UTC.
    @inline(__always)
    public static func now() -> (monotonic: UInt64, wall: Int64) {
        (monotonic(), wall())
    }

    /// Nanoseconds on the monotonic clock (`CLOCK_MONOTONIC`): never jumps, stands still while the machine sleeps.
    public static func monotonic() -> UInt64 {
        let time = read(CLOCK_MONOTONIC)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    /// Nanoseconds since 1970-01-01 UTC; may jump.
    public static func wall() -> Int64 {
        let time = read(CLOCK_REALTIME)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Blocks the calling thread. For worker threads and tests, never for a reactor's thread.
    public static func sleep(nanoseconds: UInt64) {
        let end = monotonic() &+ nanoseconds
        var time = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
        // TIMER_ABSTIME = 1; the call answers with the error's number.
        while clock_nanosleep(CLOCK_MONOTONIC, 1, &time, nil) == Glibc.EINTR {}
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        let result = clock_gettime(clock, &time)
        precondition(result == 0, "clock_gettime(\(clock)) failed with errno \(errno)")
        return time
    }
}
