// One asynchronous hiredis connection on the reactor: commands go out once a turn, replies come back in order.

internal import CHiredis
internal import Linux
internal import ProtobufWire
internal import Reactor

/// Owns a `redisAsyncContext`. Everything happens on the reactor's thread; `onClose` comes exactly once, and after
/// it nothing else. Replies that can no longer come are not reported one by one: whoever sent, knows.
final class RedisConnection {
    typealias Raw = UnsafeMutablePointer<redisAsyncContext>

    var onOpen: () -> Void = {}
    var onReply: (_ tag: UInt, _ reply: RedisReply) -> Void = { _, _ in }
    var onClose: (_ reason: Text) -> Void = { _ in }

    private let reactor: Reactor
    private var raw: Raw?
    private var registration: Registration?
    private var isOpen = false
    private var wantsReading = false
    /// hiredis has bytes to send; they leave together once the turn's events are handled, without asking epoll first.
    private var wantsFlush = false
    private var waitsForRoom = false
    private var closeReason: Text?

    init(reactor: Reactor) { self.reactor = reactor }

    /// Begins to connect. A failure comes through `onClose`, never from inside this call.
    func open(_ location: RedisLocation) {
        precondition(raw == nil, "a connection is opened once")
        let made =
            switch location {
            case .unixSocket(let path): redisAsyncConnectUnix(path)
            case .tcp(let host, let port, _): redisAsyncConnect(host, Int32(port))
            }
        guard let made else { return failLater("no memory for a connection") }
        raw = made
        made.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        guard made.pointee.err == REDIS_OK else {
            let reason = Self.errorText(made)
            dispose()
            return failLater(reason)
        }
        if case .tcp = location { redisEnableKeepAlive(&made.pointee.c) }
        guard attach(made) else {
            dispose()
            return failLater("epoll refused the connection's descriptor")
        }
    }

    /// Hands a command over; its reply comes with `tag`, which is not 0. False where the connection is gone.
    func send(_ command: RedisCommand, tag: UInt) -> Bool {
        guard let raw, closeReason == nil else { return false }
        let mark = UnsafeMutableRawPointer(bitPattern: tag)
        let status = command.withArguments { count, pointers, counts in
            redisAsyncCommandArgv(raw, Self.replied, mark, count, pointers, counts)
        }
        return status == REDIS_OK
    }

    private func wantFlush() {
        guard !wantsFlush else { return }
        wantsFlush = true
        reactor.nextTurn { [weak self] in self?.flush() }
    }

    /// Sends what was handed over in this turn.
    private func flush() {
        guard wantsFlush, isOpen, !waitsForRoom, let raw else { return }
        wantsFlush = false
        withExtendedLifetime(self) {
            redisAsyncHandleWrite(raw)
            // What did not fit waits for the socket.
            if wantsFlush {
                waitsForRoom = true
                updateInterest()
            }
        }
    }

    /// Ends the connection now; `onClose` reports `reason`.
    func close(_ reason: Text) {
        guard let raw, closeReason == nil else { return }
        closeReason = reason
        withExtendedLifetime(self) { redisAsyncFree(raw) }
    }

    deinit {
        onClose = { _ in }
        onReply = { _, _ in }
        dispose()
    }

    private func dispose() {
        guard let raw else { return }
        self.raw = nil
        // No hook may reach an object that is going away.
        raw.pointee.data = nil
        raw.pointee.ev.addRead = nil
        raw.pointee.ev.delRead = nil
        raw.pointee.ev.addWrite = nil
        raw.pointee.ev.delWrite = nil
        raw.pointee.ev.cleanup = nil
        if let registration { reactor.deregister(registration) }
        registration = nil
        redisAsyncFree(raw)
    }

    private func failLater(_ reason: Text) {
        reactor.nextTurn { [weak self] in self?.onClose(reason) }
    }
}

// MARK: - hiredis's hooks

extension RedisConnection {
    private func attach(_ made: Raw) -> Bool {
        do throws(Errno) {
            registration = try reactor.register(made.pointee.c.fd, [.writable]) { [weak self] readiness in
                self?.handle(readiness)
            }
        } catch {
            return false
        }
        made.pointee.ev.data = Unmanaged.passUnretained(self).toOpaque()
        made.pointee.ev.addRead = { RedisConnection.from($0).want(reading: true) }
        made.pointee.ev.delRead = { RedisConnection.from($0).want(reading: false) }
        made.pointee.ev.addWrite = { RedisConnection.from($0).wantFlush() }
        made.pointee.ev.delWrite = { RedisConnection.from($0).noMoreToWrite() }
        made.pointee.ev.cleanup = { RedisConnection.from($0).cleanedUp() }
        redisAsyncSetConnectCallback(made) { raw, status in
            guard status == REDIS_OK, let data = raw?.pointee.data else { return }
            RedisConnection.from(data).opened()
        }
        return true
    }

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> RedisConnection {
        // hiredis gives back what `attach` put there.
        Unmanaged<RedisConnection>.fromOpaque(pointer!).takeUnretainedValue()
    }

    private static let replied:
        @convention(c) (UnsafeMutablePointer<redisAsyncContext>?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?)
            -> Void = { raw, reply, mark in
                // No reply: the connection is being freed, and onClose says so for all of them.
                guard let reply, let data = raw?.pointee.data else { return }
                let view = RedisReply(UnsafePointer(reply.assumingMemoryBound(to: redisReply.self)))
                RedisConnection.from(data).onReply(UInt(bitPattern: mark), view)
            }

    private func handle(_ readiness: Readiness) {
        withExtendedLifetime(self) {
            if readiness.writable, let raw, !isOpen || waitsForRoom { writable(raw) }
            if readiness.readable, isOpen, let raw { redisAsyncHandleRead(raw) }
        }
    }

    private func writable(_ raw: Raw) {
        waitsForRoom = false
        wantsFlush = false
        redisAsyncHandleWrite(raw)
        guard self.raw != nil else { return }
        if wantsFlush { waitsForRoom = true }
        updateInterest()
    }

    private func opened() {
        isOpen = true
        onOpen()
    }

    private func want(reading: Bool) {
        guard wantsReading != reading else { return }
        wantsReading = reading
        if isOpen { updateInterest() }
    }

    private func noMoreToWrite() {
        wantsFlush = false
    }

    private func updateInterest() {
        guard let registration else { return }
        var interest: Interest = []
        if wantsReading || isOpen { interest.insert(.readable) }
        if waitsForRoom || !isOpen { interest.insert(.writable) }
        do throws(Errno) {
            try reactor.modify(registration, interest)
        } catch {
            close("epoll refused the connection's descriptor")
        }
    }

    /// The last hook: hiredis closes the descriptor after it and frees the context.
    private func cleanedUp() {
        if let registration { reactor.deregister(registration) }
        registration = nil
        guard let raw else { return }
        self.raw = nil
        onClose(closeReason ?? Self.errorText(raw))
    }

    private static func errorText(_ raw: Raw) -> Text {
        guard raw.pointee.err != REDIS_OK, let text = raw.pointee.errstr else { return "the connection was closed" }
        return Text(String(cString: text))
    }
}
