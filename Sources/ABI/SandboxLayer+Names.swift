// The layers of a driver's sandbox, by name.

public import ProtobufWire

extension SandboxLayer {
    /// The layers that a driver's manifest and the configuration may name, in the order in which reports list them.
    public static let names: [Text] = [
        "no_new_privs", "user_ns", "mount_ns", "pid_ns", "net_ns", "ipc_ns", "uts_ns", "landlock", "seccomp",
        "rlimits", "cgroup", "uid",
    ]
}
