// What a descriptor is watched for, and the handle that names one watching even after the number was reused.

internal import Linux

/// What a registration waits for. Hang-ups and errors are told in any case.
public struct Interest: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let readable = Interest(rawValue: 1)
    public static let writable = Interest(rawValue: 2)

    var events: Epoll.Events {
        var events: Epoll.Events = []
        if contains(.readable) { events.insert(.readable) }
        if contains(.writable) { events.insert(.writable) }
        return events
    }
}

/// What happened to a descriptor. Level-triggered: what is not taken is told again in the next turn.
public struct Readiness: Sendable {
    let events: Epoll.Events

    @inline(__always)
    init(_ events: Epoll.Events) { self.events = events }

    /// A read will not wait; it may tell an error or the end.
    public var readable: Bool { !events.isDisjoint(with: [.readable, .error, .hangUp]) }
    /// A write will not wait; it may tell an error.
    public var writable: Bool { !events.isDisjoint(with: [.writable, .error, .hangUp]) }
    /// Both directions are shut: nothing that is written now can arrive.
    public var hungUp: Bool { events.contains(.hangUp) }
}

/// Names one watching of one descriptor. Its generation tells it from an earlier one of the same number.
@frozen
public struct Registration: Sendable, Hashable {
    public let fd: Int32
    let generation: UInt32

    init(fd: Int32, generation: UInt32) {
        self.fd = fd
        self.generation = generation
    }

    /// Generation and number as they stand in epoll's user data.
    var packed: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: fd)) }

    init(packed: UInt64) {
        fd = Int32(truncatingIfNeeded: packed)
        generation = UInt32(truncatingIfNeeded: packed >> 32)
    }
}
