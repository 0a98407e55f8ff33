// A listening socket on a reactor.

public import Linux

/// Accepts connections, a bounded number a turn, and stays calm when the process has no descriptor left.
public final class StreamListener {
    private static let acceptsPerTurn = 64
    /// With no descriptor left the connection stays in the queue and the socket stays readable: without a pause the
    /// loop would spin.
    private static let pauseNanoseconds: UInt64 = 100_000_000

    private let reactor: Reactor
    private let descriptor: FileDescriptor
    private let onAccept: (consuming FileDescriptor) -> Void
    private var registration: Registration?
    private var pause: TimerToken?
    /// How often accepting had to pause, and why last.
    public private(set) var pauses: (count: UInt64, cause: Errno?) = (0, nil)

    /// Accepts until `close`. The new descriptors are non-blocking and close-on-exec.
    public init(
        _ descriptor: consuming FileDescriptor, on reactor: Reactor,
        onAccept: @escaping (consuming FileDescriptor) -> Void
    ) throws(Errno) {
        self.reactor = reactor
        self.onAccept = onAccept
        self.descriptor = descriptor
        registration = try reactor.register(self.descriptor.rawValue, .readable) { [unowned self] _ in accept() }
    }

    deinit { close() }

    /// Accepts no more. Idempotent; the descriptor closes when the listener goes away.
    public func close() {
        if let registration { reactor.deregister(registration) }
        registration = nil
        if let pause { reactor.cancel(pause) }
        pause = nil
    }

    private func accept() {
        for _ in 0..<Self.acceptsPerTurn {
            do {
                guard let accepted = try Socket.accept(descriptor.rawValue) else { return }
                onAccept(accepted)
            } catch {
                return pauseAccepting(error)
            }
            if registration == nil { return }
        }
    }

    private func pauseAccepting(_ cause: Errno) {
        pauses = (pauses.count + 1, cause)
        if let registration { reactor.deregister(registration) }
        registration = nil
        pause = reactor.schedule(after: Self.pauseNanoseconds) { [unowned self] in
            pause = nil
            do throws(Errno) {
                registration = try reactor.register(descriptor.rawValue, .readable) { [unowned self] _ in accept() }
            } catch {
                pauseAccepting(error)
            }
        }
    }
}
