// The three ways to load a kernel: one call at a time, batches on many connections, and calls that are due by the clock.

import Framing
import Linux

enum Load {
    /// One call at a time on one blocking connection. Nanoseconds of each, from before the write to after the read.
    static func ping(
        _ connection: LoadConnection, _ frames: FrameSet, count: Int, seed: UInt64
    ) throws -> [UInt64] {
        var draw = Draw(seed: seed)
        var nanoseconds = [UInt64](repeating: 0, count: count)
        for index in 0..<count {
            let start = Clock.monotonic()
            _ = connection.enqueue(frames, draw.next(below: frames.count))
            while connection.hasOutput { try connection.flush() }
            var answered = false
            while !answered || connection.credit == 0 {
                _ = try connection.receive { header, payload in
                    try LoadConnection.check(header, payload)
                    answered = true
                }
            }
            nanoseconds[index] = Clock.monotonic() - start
        }
        return nanoseconds
    }

    /// Every connection sends `depth` calls in one write, waits for all answers, and does so again, as redis-benchmark
    /// `-P` does, until `count` answers have come. Calls a second.
    static func flood(
        _ connections: [LoadConnection], _ frames: FrameSet, depth: Int, count: Int, seed: UInt64
    ) throws -> Double {
        let epoll = try watch(connections)
        defer { unwatch(connections, epoll) }
        var draw = Draw(seed: seed)
        var missing = [Int](repeating: 0, count: connections.count)
        var unsent = count / depth
        var open = 0
        func send(_ index: Int) throws {
            let connection = connections[index]
            if missing[index] == 0 && unsent > 0 && connection.credit >= depth {
                for _ in 0..<depth { _ = connection.enqueue(frames, draw.next(below: frames.count)) }
                unsent -= 1
                missing[index] = depth
                open += 1
            }
            if connection.hasOutput { try connection.flush() }
        }
        let start = Clock.monotonic()
        for index in connections.indices { try send(index) }
        while open > 0 || unsent > 0 {
            for event in 0..<(try epoll.wait(timeoutMilliseconds: -1)) {
                let index = Int(epoll.event(event).data)
                _ = try connections[index].receive { header, payload in
                    try LoadConnection.check(header, payload)
                    missing[index] -= 1
                    if missing[index] == 0 { open -= 1 }
                }
                try send(index)
            }
        }
        return Double(count / depth * depth) * 1e9 / Double(Clock.monotonic() - start)
    }

    /// Every frame exactly once, spread over the connections. For filling a store, not for measuring.
    static func once(_ connections: [LoadConnection], _ frames: FrameSet, depth: Int) throws {
        let epoll = try watch(connections)
        defer { unwatch(connections, epoll) }
        var next = 0
        var answered = 0
        var open = [Int](repeating: 0, count: connections.count)
        while answered < frames.count {
            for (index, connection) in connections.enumerated() {
                while next < frames.count && open[index] < depth && connection.canSend(frames) {
                    _ = connection.enqueue(frames, next)
                    next += 1
                    open[index] += 1
                }
                if connection.hasOutput { try connection.flush() }
            }
            // Output that did not fit is tried again soon: this waits for input only.
            for event in 0..<(try epoll.wait(timeoutMilliseconds: 10)) {
                let index = Int(epoll.event(event).data)
                _ = try connections[index].receive { header, payload in
                    try LoadConnection.check(header, payload)
                    answered += 1
                    open[index] -= 1
                }
            }
        }
    }

    /// Open loop: call n is due n / rate after the start, whatever has become of the calls before. Nanoseconds of each
    /// from the time it was due, so a stall counts for every call that it held up.
    static func schedule(
        _ connections: [LoadConnection], _ frames: FrameSet, rate: Double, count: Int, seed: UInt64
    ) throws -> [UInt64] {
        let epoll = try watch(connections)
        defer { unwatch(connections, epoll) }
        var draw = Draw(seed: seed)
        var nanoseconds: [UInt64] = []
        nanoseconds.reserveCapacity(count)
        var due = connections.map { _ in DueTimes() }
        let start = Clock.monotonic()
        var next = 0
        while nanoseconds.count < count {
            let now = Clock.monotonic()
            while next < count {
                let time = start + UInt64(Double(next) * 1e9 / rate)
                let index = next % connections.count
                guard time <= now, connections[index].canSend(frames) else { break }
                due[index].add(connections[index].enqueue(frames, draw.next(below: frames.count)), time)
                next += 1
            }
            for connection in connections where connection.hasOutput { try connection.flush() }
            for event in 0..<(try epoll.wait(timeoutMilliseconds: 0)) {
                let index = Int(epoll.event(event).data)
                _ = try connections[index].receive { header, payload in
                    try LoadConnection.check(header, payload)
                    nanoseconds.append(Clock.monotonic() - due[index].time(of: header.requestID))
                }
            }
        }
        return nanoseconds
    }

    /// Watches every connection under its index; they stop blocking.
    private static func watch(_ connections: [LoadConnection]) throws -> Epoll {
        let epoll = try Epoll()
        for (index, connection) in connections.enumerated() {
            try connection.becomeNonBlocking()
            try epoll.add(connection.fd, .readable, data: UInt64(index))
        }
        return epoll
    }

    private static func unwatch(_ connections: [LoadConnection], _ epoll: borrowing Epoll) {
        for connection in connections {
            do {
                try epoll.remove(connection.fd)
            } catch {
                preconditionFailure("a connection left epoll by itself: \(error)")
            }
        }
    }
}

/// When the open calls of one connection were due, by request id: a ring, because ids only rise.
private struct DueTimes {
    private static let capacity = 1 << 14
    private var times = [UInt64](repeating: 0, count: capacity)

    mutating func add(_ id: UInt64, _ time: UInt64) { times[Int(id) & (Self.capacity - 1)] = time }

    func time(of id: UInt64) -> UInt64 { times[Int(id) & (Self.capacity - 1)] }
}
