// A descriptor that the reactor watches for reading, owned: closed when it is no longer watched, never before.

import Linux
import Reactor

final class WatchedDescriptor {
    let fd: Int32
    private let reactor: Reactor
    private var registration: Registration?
    private var resumption: TimerToken?

    /// Takes over the descriptor; the handler is kept until `close`.
    init(
        owning descriptor: consuming FileDescriptor, on reactor: Reactor, _ handler: @escaping (Readiness) -> Void
    ) throws(Errno) {
        self.reactor = reactor
        fd = descriptor.rawValue
        registration = try reactor.register(fd, .readable, handler)
        _ = descriptor.release()
    }

    var isOpen: Bool { registration != nil }

    /// Hears nothing for so long. What waits in the descriptor keeps its sender waiting.
    func pause(nanoseconds: UInt64) {
        guard let registration, resumption == nil else { return }
        do {
            try reactor.modify(registration, [])
        } catch {
            return  // Not paused then: the next reading finds the gate still closed and tries again.
        }
        resumption = reactor.schedule(after: nanoseconds) { [self] in
            resumption = nil
            guard let registration = self.registration else { return }
            do {
                try reactor.modify(registration, .readable)
            } catch {
                pause(nanoseconds: nanoseconds)
            }
        }
    }

    func close() {
        guard let registration else { return }
        self.registration = nil
        if let resumption { reactor.cancel(resumption) }
        resumption = nil
        reactor.deregister(registration)
        FileDescriptor.close(fd)
    }
}
