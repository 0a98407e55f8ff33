// Which system calls a level may make, by name. The lists come from letting real programs run under a filter that records
// (static C, static and dynamic Swift with concurrency, Foundation, Python) and dropping each call in turn.

/// What a filter does with a call. What stands in no list is refused, and the attempt reported.
struct SystemCallLists {
    /// Carried out.
    var allowed: [String]
    /// Carried out when `SystemCallRules` says so; else like what stands in no list.
    var ruled: [String]
    /// Refused with EPERM and not worth a report: runtimes ask for these and go on without.
    var quietlyRefused: [String]
    /// Answered as if the kernel had no such call: callers then take the older one, which can be judged.
    var missing: [String]
    /// Carried out, within the sandbox's tree; camd sees path and flags first, and reports what lay outside. Only what
    /// Landlock judges too stands here: chmod and utimensat it never does, truncate not before version 3.
    var observed: [String]
    /// No driver has a reason for these: the attempt is reported and ends the driver.
    static let never = split(
        """
        ptrace process_vm_readv process_vm_writev process_madvise bpf kexec_load kexec_file_load init_module finit_module \
        delete_module mount umount2 pivot_root move_mount open_tree fsopen fsmount fsconfig fspick mount_setattr setns \
        unshare chroot swapon swapoff reboot iopl ioperm modify_ldt add_key keyctl request_key perf_event_open \
        userfaultfd open_by_handle_at name_to_handle_at quotactl quotactl_fd acct settimeofday clock_settime \
        clock_adjtime adjtimex pidfd_getfd kcmp lookup_dcookie fanotify_init fanotify_mark vmsplice seccomp personality \
        syslog vhangup sethostname setdomainname setuid setgid setreuid setregid setresuid setresgid setgroups \
        setfsuid setfsgid capset move_pages migrate_pages io_uring_register io_uring_enter
        """)

    static subscript(level: SandboxLevel) -> SystemCallLists {
        switch level {
        case .pure: pure
        case .runtime: runtime
        }
    }

    /// Memory, the descriptors at hand, the clock, one thread.
    private static let pure = SystemCallLists(
        allowed: basic,
        ruled: ["execveat", "mmap", "mprotect", "ioctl", "prlimit64", "prctl", "sendmsg", "fcntl"],
        quietlyRefused: split("access faccessat faccessat2 readlinkat sysinfo uname"),
        missing: newerThanTheRules, observed: [])

    private static let runtime = SystemCallLists(
        allowed: basic
            + split(
                """
                pread64 pwrite64 preadv pwritev stat lstat statx msync mincore membarrier rt_sigpending rt_sigsuspend \
                rt_sigtimedwait pause get_robust_list getrlimit getrusage clock_getres gettimeofday time times getppid \
                getpgrp getpgid getsid getuid geteuid getgid getegid getresuid getresgid getgroups uname sysinfo getcwd \
                capget umask select pselect6 epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd2 pipe2 \
                pipe dup dup2 dup3 timerfd_create timerfd_settime timerfd_gettime signalfd4 inotify_init1 \
                inotify_add_watch inotify_rm_watch flock sched_getparam sched_getscheduler sched_get_priority_max \
                sched_get_priority_min getpriority getcpu access faccessat faccessat2 readlinkat getdents64 chdir fchdir \
                ftruncate fallocate fsync fdatasync statfs fstatfs copy_file_range sendfile fadvise64 \
                recvmsg sendmsg recvfrom shutdown getsockopt setsockopt getsockname getpeername wait4 waitid
                """),
        ruled: [
            "execveat", "mmap", "mprotect", "ioctl", "prlimit64", "prctl", "clone", "socketpair", "sendto", "fcntl",
            "setpriority",
        ],
        quietlyRefused: split(
            """
            mlock mlock2 mlockall munlock sched_setaffinity sched_setscheduler sched_setparam sched_setattr \
            ioprio_set setrlimit fchmod utimensat
            """),
        missing: newerThanTheRules,
        observed: split(
            """
            open openat creat mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 symlink symlinkat
            """))

    private static let basic = split(
        """
        exit exit_group read write readv writev close fstat newfstatat lseek brk munmap mremap madvise rt_sigaction \
        rt_sigprocmask rt_sigreturn sigaltstack restart_syscall arch_prctl set_tid_address set_robust_list rseq \
        getrandom clock_gettime clock_nanosleep nanosleep gettid getpid futex poll ppoll sched_yield sched_getaffinity \
        readlink tgkill
        """)

    private static let newerThanTheRules = split(
        """
        clone3 openat2 futex_waitv io_uring_setup pkey_alloc pkey_free pkey_mprotect close_range set_mempolicy \
        get_mempolicy mbind cachestat fchmodat2
        """)

    private static func split(_ words: String) -> [String] { words.split(separator: " ").map(String.init) }
}
