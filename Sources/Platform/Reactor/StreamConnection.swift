// A non-blocking stream socket on a reactor: bytes in through one handler, bytes out through a buffer that is flushed
// once a turn.

import Bytes
public import Linux

/// Why a connection ended.
public enum CloseReason: Error, Sendable, Hashable, CustomStringConvertible {
    /// Its owner closed it.
    case requested
    /// The peer closed its side; everything that it sent was delivered before.
    case endOfStream
    /// The connection broke, for example with `ECONNRESET`; everything that had arrived was delivered before.
    case failed(Errno)
    /// The handler left more than this many bytes unconsumed.
    case inputTooLarge(limit: Int)

    public var description: String {
        switch self {
        case .requested: "closed here"
        case .endOfStream: "closed by the peer"
        case .failed(let cause): "broken: \(cause)"
        case .inputTooLarge(let limit): "more than \(limit) bytes wait unconsumed"
        }
    }
}

/// One connected stream socket. It owns the descriptor and stays alive until it is closed.
///
/// Costs of a turn with requests: one read, one write, no allocation. Reading uses the reactor's shared buffer; only
/// what the handler leaves is kept by the connection. At most one read a turn, of at most the reactor's read budget, so
/// no peer can starve another. `EPOLLOUT` is watched only while the kernel's buffer is full.
public final class StreamConnection {
    /// Output above this is sent at once rather than at the turn's end, and a write of that size is not copied first.
    public static let flushBytes = 64 << 10

    enum State {
        case open
        /// The peer stopped writing; answers can still go out.
        case halfOpen
        /// No more is read or accepted; what waits goes out, then the connection closes.
        case flushing(deadline: TimerToken)
        case closed
    }

    /// Gets what has arrived and returns how much of it was used; the rest comes again with more behind it. The bytes
    /// are valid for the time of the call. It may write and close.
    public var onBytes: ((UnsafeRawBufferPointer) -> Int)?
    /// Called exactly once, never from inside a call of the owner: whatever the reason, the owner's own close included.
    public var onClose: ((CloseReason) -> Void)?
    /// When set, the peer's end of sending does not close the connection: the owner writes what it owes and closes.
    public var onEndOfInput: (() -> Void)?
    /// Called when output that had to wait for the peer has all been taken.
    public var onDrained: (() -> Void)?

    // Exclusive access to the state below is not checked at run time, which would be a third of what a frame costs: the
    // reactor's thread is the only one, and no handler runs while one of them is being changed.

    public let reactor: Reactor
    /// The descriptor, lent for questions such as `Socket.peerCredentials`; -1 when closed.
    @exclusivity(unchecked) public private(set) var fd: Int32
    let inputBytesMax: Int
    @exclusivity(unchecked) var state = State.open
    @exclusivity(unchecked) var input: ByteQueue
    @exclusivity(unchecked) var output: ByteQueue
    @exclusivity(unchecked) private var registration: Registration?
    /// The kernel's buffer is full: nothing is sent before it says that it has room.
    @exclusivity(unchecked) var outputBlocked = false
    /// The peer takes no more bytes; the reason of the end, once everything that it sent was delivered.
    @exclusivity(unchecked) var outputFailure: Errno?
    @exclusivity(unchecked) private var inUnflushed = false
    @exclusivity(unchecked) var delivering = false

    /// Starts watching. The descriptor must be a connected stream socket; it becomes non-blocking.
    ///
    /// - Parameter inputBytesMax: what the handler may leave unconsumed: the largest frame.
    public init(
        _ descriptor: consuming FileDescriptor, on reactor: Reactor, inputBytesMax: Int = (16 << 20) + 16
    ) throws(Errno) {
        precondition(inputBytesMax > 0)
        try File.setNonBlocking(descriptor.rawValue, true)
        self.reactor = reactor
        self.inputBytesMax = inputBytesMax
        input = ByteQueue(pool: nil)
        output = ByteQueue(pool: reactor.buffers)
        fd = -1
        let number = descriptor.rawValue
        registration = try reactor.register(number, .readable) { [self] readiness in handle(readiness) }
        fd = descriptor.release()
    }

    public var isClosed: Bool {
        if case .closed = state { return true }
        return false
    }

    /// Bytes that wait to be sent.
    public var pendingOutputBytes: Int { output.count }

    // MARK: Closing

    /// Ends the connection: at once, or after what waits has been sent, but no later than `lingerNanoseconds` from now.
    public func close(afterFlush: Bool = false, lingerNanoseconds: UInt64 = 5_000_000_000) {
        switch state {
        case .closed: return
        case .flushing(let deadline):
            if afterFlush { return }
            reactor.cancel(deadline)
            end(.requested)
        case .open, .halfOpen:
            guard afterFlush, !output.isEmpty, outputFailure == nil else { return end(.requested) }
            let deadline = reactor.schedule(after: lingerNanoseconds) { [self] in end(.requested) }
            state = .flushing(deadline: deadline)
            updateInterest()
            if !outputBlocked { markUnflushed() }
        }
    }

    /// Closes the descriptor now and tells the owner in the next turn.
    func end(_ reason: CloseReason) {
        if case .flushing(let deadline) = state { reactor.cancel(deadline) }
        precondition(!isClosed, "a connection ended twice")
        state = .closed
        if let registration { reactor.deregister(registration) }
        registration = nil
        FileDescriptor.close(fd)
        fd = -1
        output.clear()
        // A handler that closes may still be reading the bytes that it was given.
        if !delivering { input.clear() }
        reactor.nextTurn { [self] in
            let tell = onClose
            // Handlers often hold their owner, which holds the connection.
            onBytes = nil
            onClose = nil
            onEndOfInput = nil
            onDrained = nil
            tell?(reason)
        }
    }

    // MARK: Watching

    func markUnflushed() {
        if inUnflushed { return }
        inUnflushed = true
        reactor.unflushed.append(self)
    }

    func flushAtTurnEnd() {
        inUnflushed = false
        if !isClosed && !outputBlocked { flush() }
    }

    var canRead: Bool {
        if case .open = state { return true }
        return false
    }

    /// Brings what epoll watches in line with what the connection waits for.
    func updateInterest() {
        guard let registration else { return }
        var interest: Interest = []
        if canRead { interest.insert(.readable) }
        if outputBlocked { interest.insert(.writable) }
        do {
            try reactor.modify(registration, interest)
        } catch {
            end(.failed(error))
        }
    }

    private func handle(_ readiness: Readiness) {
        if readiness.writable && outputBlocked {
            outputBlocked = false
            flush()
            if isClosed { return }
            if !outputBlocked {
                updateInterest()
                if outputFailure == nil { onDrained?() }
            }
        }
        if readiness.readable && canRead { return receive() }
        // Nothing more comes, and nobody will take what waits.
        if readiness.hungUp && !isClosed { end(.endOfStream) }
    }
}
