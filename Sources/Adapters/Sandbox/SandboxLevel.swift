// The levels of a sandbox: which system calls a driver may make.

/// How much of the kernel a driver may talk to. Each has one seccomp profile.
public enum SandboxLevel: String, Sendable, Hashable, CaseIterable {
    /// Descriptors that are already open, one thread, no paths.
    case pure
    /// A dynamic loader, threads and files of its own tree; no sockets, no processes, no exec.
    case runtime
}
