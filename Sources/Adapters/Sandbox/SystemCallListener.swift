// The descriptor on which the kernel tells of calls that a filter holds back until they are answered.

internal import CSeccomp
public import Linux

/// A call that waits for an answer.
public struct NotifiedCall: Sendable, Equatable {
    public var id: UInt64
    /// The calling thread, in our pid namespace.
    public var threadID: Int32
    public var number: Int32
    /// Six registers.
    public var arguments: [UInt64]

    public init(id: UInt64, threadID: Int32, number: Int32, arguments: [UInt64]) {
        self.id = id
        self.threadID = threadID
        self.number = number
        self.arguments = arguments
    }
}

/// Owns the notification descriptor of one driver. Closing it makes every call that still waits, and every later one,
/// answer ENOSYS: without camd nothing is carried out.
public final class SystemCallListener {
    private let descriptor: FileDescriptor
    private let requestBytes = max(cam_seccomp_notification_bytes(), MemoryLayout<seccomp_notif>.size)
    private var request: UnsafeMutablePointer<seccomp_notif>?
    private var response: UnsafeMutablePointer<seccomp_notif_resp>?

    public var fd: Int32 { descriptor.rawValue }

    /// Takes over the descriptor.
    ///
    /// - Throws: `ENOMEM`, or the error with which the kernel refuses to tell the size of its structures.
    public init(owning descriptor: consuming FileDescriptor) throws(Errno) {
        self.descriptor = descriptor
        let result = seccomp_notify_alloc(&request, &response)
        if result != 0 { throw Errno(rawValue: -result) }
    }

    deinit { seccomp_notify_free(request, response) }

    /// The next call that waits. Only to be asked when the descriptor is readable, for it would wait; nil when the
    /// caller has died in the meantime.
    public func receive() -> NotifiedCall? {
        guard let request else { return nil }
        // The kernel refuses a buffer that is not all zero, and libseccomp leaves the last notification in it.
        UnsafeMutableRawPointer(request).initializeMemory(as: UInt8.self, repeating: 0, count: requestBytes)
        guard seccomp_notify_receive(fd, request) == 0 else { return nil }
        let data = request.pointee.data
        let (a, b, c, d, e, f) = data.args
        return NotifiedCall(
            id: request.pointee.id, threadID: Int32(bitPattern: request.pointee.pid), number: data.nr,
            arguments: [a, b, c, d, e, f])
    }

    /// Whether the call still waits; what was read from the caller's memory before belongs to it only then.
    public func stillWaits(_ call: NotifiedCall) -> Bool { seccomp_notify_id_valid(fd, call.id) == 0 }

    /// Answers a call. One that has gone in the meantime needs no answer.
    public func answer(_ call: NotifiedCall, _ answer: Answer) {
        guard let response else { return }
        response.pointee = seccomp_notif_resp(id: call.id, val: 0, error: 0, flags: 0)
        switch answer {
        case .proceed: response.pointee.flags = 1  // SECCOMP_USER_NOTIF_FLAG_CONTINUE
        case .refuse(let errno): response.pointee.error = -errno.rawValue
        }
        _ = seccomp_notify_respond(fd, response)
    }

    public enum Answer: Sendable, Equatable {
        /// The kernel carries it out with the arguments in the registers; what they point to may have changed since.
        case proceed
        case refuse(Errno)
    }
}
