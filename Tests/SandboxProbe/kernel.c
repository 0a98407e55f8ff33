/* Attempts on the kernel: sockets, namespaces, mounts, keys, and everything that widens what a process may. */
#define _GNU_SOURCE
#include "probe.h"
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define CALL(number, ...) result_of(syscall(number, __VA_ARGS__))
#define UNUSED (void)a
#define BAD ((void *)1)

static int try_socket(int family, int type, int protocol) {
    int fd = socket(family, type | SOCK_CLOEXEC, protocol);
    if (fd < 0) return errno;
    close(fd);
    return 0;
}

static int tcp(char **a) { UNUSED; return try_socket(AF_INET, SOCK_STREAM, 0); }
static int tcp6(char **a) { UNUSED; return try_socket(AF_INET6, SOCK_STREAM, 0); }
static int udp(char **a) { UNUSED; return try_socket(AF_INET, SOCK_DGRAM, 0); }
static int raw(char **a) { UNUSED; return try_socket(AF_INET, SOCK_RAW, 1); }
static int unix_stream(char **a) { UNUSED; return try_socket(AF_UNIX, SOCK_STREAM, 0); }
static int netlink(char **a) { UNUSED; return try_socket(AF_NETLINK, SOCK_RAW, 0); }
static int packet(char **a) { UNUSED; return try_socket(AF_PACKET, SOCK_RAW, 0); }
static int vsock(char **a) { UNUSED; return try_socket(40, SOCK_STREAM, 0); }

static int connect_bad(char **a) { UNUSED; return CALL(SYS_connect, -1, BAD, 16); }
static int bind_bad(char **a) { UNUSED; return CALL(SYS_bind, -1, BAD, 16); }
static int listen_bad(char **a) { UNUSED; return CALL(SYS_listen, -1, 1); }
static int accept_bad(char **a) { UNUSED; return CALL(SYS_accept4, -1, NULL, NULL, 0); }

static socklen_t address_of(struct sockaddr_un *address, const char *path) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    strncpy(address->sun_path, path, sizeof address->sun_path - 1);
    if (*path == '@') address->sun_path[0] = 0;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + (*path == '@' ? 0 : 1));
}

/* a[0]: a socket on which somebody outside listens. */
static int connect_unix(char **a) {
    struct sockaddr_un address;
    socklen_t count = address_of(&address, a[0]);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return fd < 0 ? errno : result_of(connect(fd, (struct sockaddr *)&address, count));
}

/* Without socket(): half of a datagram pair may send to any address it names. */
static int send_by_pair(char **a) {
    struct sockaddr_un address;
    socklen_t count = address_of(&address, a[0]);
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0) return errno;
    return result_of(sendto(pair[0], "x", 1, 0, (struct sockaddr *)&address, count));
}

static int send_to_address(char **a) { UNUSED; return CALL(SYS_sendto, -1, "x", 1, 0, BAD, 16); }

static int unshare_user(char **a) { UNUSED; return result_of(unshare(CLONE_NEWUSER)); }
static int unshare_mounts(char **a) { UNUSED; return result_of(unshare(CLONE_NEWNS | CLONE_NEWUSER)); }
static int enter_namespace(char **a) { UNUSED; return CALL(SYS_setns, -1, 0); }
static int change_root(char **a) { UNUSED; return CALL(SYS_chroot, BAD); }
static int pivot(char **a) { UNUSED; return CALL(SYS_pivot_root, BAD, BAD); }
static int do_mount(char **a) { UNUSED; return CALL(SYS_mount, BAD, BAD, BAD, 0, BAD); }
static int do_unmount(char **a) { UNUSED; return CALL(SYS_umount2, BAD, 0); }
static int tree(char **a) { UNUSED; return CALL(SYS_open_tree, -1, BAD, 0); }
static int new_filesystem(char **a) { UNUSED; return CALL(SYS_fsopen, BAD, 0); }

static int bpf(char **a) { UNUSED; return CALL(SYS_bpf, 0, BAD, 128); }
static int keys(char **a) { UNUSED; return CALL(SYS_keyctl, KEYCTL_GET_KEYRING_ID, -3, 0, 0, 0); }
static int add_key(char **a) { UNUSED; return CALL(SYS_add_key, BAD, BAD, BAD, 0, 0); }
static int uring(char **a) { UNUSED; return CALL(SYS_io_uring_setup, 1, BAD); }
static int uring_enter(char **a) { UNUSED; return CALL(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0); }
static int userfaultfd(char **a) { UNUSED; return CALL(SYS_userfaultfd, 1 /* user mode only */); }
static int perf(char **a) { UNUSED; return CALL(SYS_perf_event_open, BAD, 0, -1, -1, 0); }
static int module(char **a) { UNUSED; return CALL(SYS_finit_module, -1, BAD, 0); }
static int kexec(char **a) { UNUSED; return CALL(SYS_kexec_file_load, -1, -1, 0, BAD, 0); }
static int restart_machine(char **a) { UNUSED; return CALL(SYS_reboot, 0, 0, 0, NULL); }
static int swap_on(char **a) { UNUSED; return CALL(SYS_swapon, BAD, 0); }
static int accounting(char **a) { UNUSED; return CALL(SYS_acct, BAD); }
static int quota(char **a) { UNUSED; return CALL(SYS_quotactl, 0, BAD, 0, BAD); }
static int set_time(char **a) { UNUSED; return CALL(SYS_settimeofday, BAD, NULL); }
static int set_clock(char **a) { UNUSED; return CALL(SYS_clock_settime, 0, BAD); }
static int host_name(char **a) { UNUSED; return CALL(SYS_sethostname, BAD, 4); }
static int fanotify(char **a) { UNUSED; return CALL(SYS_fanotify_init, 0xFFFFFFFF, 0); }
static int kernel_log(char **a) { UNUSED; return CALL(SYS_syslog, 10, NULL, 0); }
static int io_ports(char **a) { UNUSED; return CALL(SYS_ioperm, 0x80, 1, 1); }
static int local_descriptors(char **a) { UNUSED; return CALL(SYS_modify_ldt, 0, NULL, 0); }
static int old_personality(char **a) { UNUSED; return personality(ADDR_NO_RANDOMIZE) < 0 ? errno : 0; }
static int own_filter(char **a) { UNUSED; return CALL(SYS_seccomp, 1, 0, BAD); }
static int splice_memory(char **a) { UNUSED; return CALL(SYS_vmsplice, -1, NULL, 0, 0); }

static int become_root(char **a) { UNUSED; return result_of(setresuid(0, 0, 0)); }
static int drop_groups(char **a) { UNUSED; return CALL(SYS_setgroups, 0, NULL); }
static int take_capabilities(char **a) { UNUSED; return CALL(SYS_capset, BAD, BAD); }
static int set_owner(char **a) { UNUSED; return result_of(fcntl(0, F_SETOWN, getpid())); }
static int terminal_input(char **a) { UNUSED; return result_of(ioctl(0, 0x5412 /* TIOCSTI */, "x")); }
static int memory_map_control(char **a) { UNUSED; return result_of(prctl(PR_SET_MM, 0, 0, 0, 0)); }
static int watch_others_limits(char **a) { return CALL(SYS_prlimit64, atoi(a[0]), RLIMIT_NOFILE, NULL, BAD); }

static int more_files(char **a) {
    UNUSED;
    struct rlimit now;
    if (getrlimit(RLIMIT_NOFILE, &now) < 0) return errno;
    now.rlim_cur = now.rlim_max = now.rlim_max + (now.rlim_max < 4096 ? 4096 : 0);
    return result_of(setrlimit(RLIMIT_NOFILE, &now));
}

static int writable_code(char **a) {
    UNUSED;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? errno : 0;
}

static int code_by_protection(char **a) {
    UNUSED;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? errno : result_of(mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC));
}

static int shared_memory(char **a) {
    UNUSED;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? errno : 0;
}

/* A call by the 32-bit gate, where numbers mean something else: getpid is 20. */
static int other_gate(char **a) {
    UNUSED;
#if defined(__x86_64__)
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
    return result < 0 ? (int)-result : 0;
#else
    return ENOSYS;
#endif
}

const struct attempt kernel_attempts[] = {
    {"tcp", tcp}, {"tcp6", tcp6}, {"udp", udp}, {"raw", raw}, {"unix-stream", unix_stream}, {"netlink", netlink},
    {"packet", packet}, {"vsock", vsock}, {"connect", connect_bad}, {"bind", bind_bad}, {"listen", listen_bad},
    {"accept", accept_bad}, {"connect-unix", connect_unix}, {"send-by-pair", send_by_pair},
    {"send-to-address", send_to_address}, {"unshare-user", unshare_user}, {"unshare-mounts", unshare_mounts},
    {"enter-namespace", enter_namespace}, {"change-root", change_root}, {"pivot-root", pivot}, {"mount", do_mount},
    {"unmount", do_unmount}, {"open-tree", tree}, {"new-filesystem", new_filesystem}, {"bpf", bpf}, {"keys", keys},
    {"add-key", add_key}, {"io-uring", uring}, {"io-uring-enter", uring_enter}, {"userfaultfd", userfaultfd},
    {"perf", perf}, {"module", module}, {"kexec", kexec}, {"restart-machine", restart_machine}, {"swap-on", swap_on},
    {"accounting", accounting}, {"quota", quota}, {"set-time", set_time}, {"set-clock", set_clock},
    {"host-name", host_name}, {"fanotify", fanotify}, {"kernel-log", kernel_log}, {"io-ports", io_ports},
    {"local-descriptors", local_descriptors}, {"personality", old_personality}, {"own-filter", own_filter},
    {"splice-memory", splice_memory}, {"become-root", become_root}, {"drop-groups", drop_groups},
    {"take-capabilities", take_capabilities}, {"set-owner", set_owner}, {"terminal-input", terminal_input},
    {"memory-map-control", memory_map_control}, {"others-limits", watch_others_limits}, {"more-files", more_files},
    {"writable-code", writable_code}, {"code-by-protection", code_by_protection}, {"shared-memory", shared_memory},
    {"other-gate", other_gate}, {NULL, NULL},
};
