// The calls that are allowed with some arguments only. Each rule is a list of comparisons that must all hold; a call may
// have several rules, of which one must.

internal import CSeccomp

/// One comparison: argument `index`, masked, equals `value`.
struct ArgumentRule {
    var index: UInt32
    var mask: UInt64
    var value: UInt64

    var comparison: scmp_arg_cmp {
        scmp_arg_cmp(arg: index, op: SCMP_CMP_MASKED_EQ, datum_a: mask, datum_b: value)
    }
}

enum SystemCallRules {
    /// The rules of a call, any of which lets it through.
    static func rules(for call: String, level: SandboxLevel, execDescriptor: Int32) -> [[ArgumentRule]] {
        switch call {
        case "execveat":
            // The one program, by a descriptor that can never be had again: it lies above the limit of open files.
            [[word(0, UInt64(execDescriptor)), word(4, 0x1000 /* AT_EMPTY_PATH */)]]
        case "sendmsg":
            // The launcher's last report, on a descriptor of the same kind.
            [[word(0, UInt64(execDescriptor) + 1)]]
        case "mmap": neverWritableAndExecutable.flatMap { protection in privateOrFile.map { [protection, $0] } }
        case "mprotect": neverWritableAndExecutable.map { [$0] }
        case "clone":
            // A thread: shares memory and thread group, in no new namespace. CLONE_NEW…, VM, THREAD.
            [[ArgumentRule(index: 0, mask: 0x7E02_0080 | 0x100 | 0x10000, value: 0x100 | 0x10000)]]
        case "socketpair":
            // Streams and packets; a datagram socket could still send to any address it names.
            [1, 5].map { [word(0, 1 /* AF_UNIX */), ArgumentRule(index: 1, mask: 0xF, value: $0)] }
        case "sendto": [[ArgumentRule(index: 4, mask: .max, value: 0)]]  // No address: to the peer alone.
        case "setpriority": [[word(0, 0), word(1, 0)]]  // PRIO_PROCESS, itself; never another process of camd's user.
        case "prlimit64": [[word(0, 0), ArgumentRule(index: 2, mask: .max, value: 0)]]  // Own limits, reading.
        case "ioctl": [0x5401, 0x541B, 0x5421, 0x5450, 0x5451].map { [word(1, $0)] }  // TCGETS FIONREAD FIONBIO FIO(N)CLEX
        case "prctl": prctls(level).map { [word(0, $0)] }
        case "fcntl": fcntls(level).map { [word(1, $0)] }
        default: preconditionFailure("no rules are written for \(call)")
        }
    }

    /// The kernel looks at the lower half of an `int` argument; so does the rule.
    private static func word(_ index: UInt32, _ value: UInt64) -> ArgumentRule {
        ArgumentRule(index: index, mask: 0xFFFF_FFFF, value: value)
    }

    /// PROT_WRITE | PROT_EXEC masked: none, only to write, only to execute.
    private static let neverWritableAndExecutable: [ArgumentRule] = [0, 2, 4].map {
        ArgumentRule(index: 2, mask: 0x6, value: $0)
    }

    /// A private mapping, or a shared one of a file; shared anonymous memory would escape the limit on data.
    private static let privateOrFile = [
        ArgumentRule(index: 3, mask: 0x3, value: 0x2), ArgumentRule(index: 3, mask: 0x23, value: 0x1),
    ]

    /// PR_SET_NAME, PR_GET_NAME, PR_SET_VMA, and questions: GET_DUMPABLE, GET_SECCOMP, CAPBSET_READ, GET_NO_NEW_PRIVS.
    private static func prctls(_ level: SandboxLevel) -> [UInt64] {
        [15, 16, 0x5356_4D41] + (level == .pure ? [] : [3, 21, 23, 39])
    }

    /// Flags, duplicates, locks and seals; not F_SETOWN and F_SETSIG, with which the kernel would send signals for a driver.
    private static func fcntls(_ level: SandboxLevel) -> [UInt64] {
        [1, 2, 3, 4] + (level == .pure ? [] : [0, 1030, 5, 6, 7, 36, 37, 38, 1032, 1034])
    }
}
