// The filter of a level as a ready BPF program, compiled once by libseccomp; the launcher only installs it.

internal import CSeccomp
public import Linux

/// Why no filter could be compiled.
public struct SeccompProfileError: Error, Sendable, CustomStringConvertible {
    /// The call of libseccomp that failed, and about which system call where it was about one.
    public var step: String
    public var cause: Errno

    public var description: String { "cannot compile the seccomp filter: \(step): \(cause)" }
}

/// One level's filter. Default-deny in both forms:
/// - reporting: what is not allowed waits for camd, which notes the call and refuses it (or ends the driver); while camd
///   cannot answer, the call is not carried out, and when camd has gone it answers ENOSYS.
/// - silent, where the machine has no notification: EPERM, and SIGSYS for what no driver may ever call.
public struct SeccompProfile: Sendable, Equatable {
    public let level: SandboxLevel
    public let reporting: Bool
    /// The one descriptor from which the filter lets exec.
    public let execDescriptor: Int32
    /// `struct sock_filter[]`.
    public let program: [UInt8]

    public init(level: SandboxLevel, reporting: Bool, execDescriptor: Int32) throws(SeccompProfileError) {
        self.level = level
        self.reporting = reporting
        self.execDescriptor = execDescriptor
        program = try Self.compile(level, reporting, execDescriptor)
    }

    private static func compile(
        _ level: SandboxLevel, _ reporting: Bool, _ execDescriptor: Int32
    ) throws(SeccompProfileError) -> [UInt8] {
        let refuse = cam_seccomp_errno_action(Errno.EPERM.rawValue)
        let allow: UInt32 = 0x7FFF_0000
        let other = reporting ? 0x7FC0_0000 : refuse  // SCMP_ACT_NOTIFY
        guard let context = seccomp_init(other) else {
            throw SeccompProfileError(step: "seccomp_init", cause: .ENOMEM)
        }
        defer { seccomp_release(context) }
        let filter = FilterBuilder(context: context, other: other)
        // Calls of another architecture, x32 among them, kill at once; and large filters are searched as a tree.
        try filter.set(SCMP_FLTATR_ACT_BADARCH, 0x8000_0000)
        try filter.set(SCMP_FLTATR_CTL_OPTIMIZE, 2)
        let lists = SystemCallLists[level]
        try filter.add(lists.allowed, allow)
        for call in lists.ruled {
            for rule in SystemCallRules.rules(for: call, level: level, execDescriptor: execDescriptor) {
                try filter.add([call], allow, rule)
            }
        }
        try filter.add(lists.quietlyRefused, refuse)
        try filter.add(lists.missing, cam_seccomp_errno_action(Errno.ENOSYS.rawValue))
        if !reporting {
            try filter.add(lists.observed, allow)
            try filter.add(SystemCallLists.never, 0x8000_0000)
        }
        return try filter.export()
    }
}

/// libseccomp with its error convention turned into throws.
private struct FilterBuilder {
    let context: UnsafeMutableRawPointer
    /// The default action, which libseccomp refuses to be told twice.
    let other: UInt32

    func set(_ attribute: scmp_filter_attr, _ value: UInt32) throws(SeccompProfileError) {
        try check(seccomp_attr_set(context, attribute, value), "seccomp_attr_set")
    }

    /// Names that this libseccomp does not know are left to the default action, which refuses them.
    func add(_ calls: [String], _ action: UInt32, _ rule: [ArgumentRule] = []) throws(SeccompProfileError) {
        if action == other { return }
        let comparisons = rule.map(\.comparison)
        for call in calls {
            let number = seccomp_syscall_resolve_name(call)
            if number < 0 { continue }
            let result = comparisons.withUnsafeBufferPointer {
                seccomp_rule_add_array(context, action, number, UInt32($0.count), $0.baseAddress)
            }
            try check(result, "seccomp_rule_add \(call)")
        }
    }

    func export() throws(SeccompProfileError) -> [UInt8] {
        do {
            let file = try MemoryFile.make(name: "seccomp")
            try check(seccomp_export_bpf(context, file.rawValue), "seccomp_export_bpf")
            _ = try File.seek(file.rawValue, to: 0)
            return try File.readAll(file.rawValue, limit: 64 << 10)
        } catch let error as Errno {
            throw SeccompProfileError(step: "memory file", cause: error)
        } catch let error as SeccompProfileError {
            throw error
        } catch {
            preconditionFailure("no other error is thrown here: \(error)")
        }
    }

    private func check(_ result: Int32, _ step: String) throws(SeccompProfileError) {
        if result < 0 { throw SeccompProfileError(step: step, cause: Errno(rawValue: -result)) }
    }
}
