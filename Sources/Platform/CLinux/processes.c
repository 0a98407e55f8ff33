// Processes: pidfds, limits, and one spawn that closes every descriptor it was not told to keep.
#define _GNU_SOURCE 1
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int cam_pidfd_open(int32_t pid, unsigned int flags) { return (int)syscall(SYS_pidfd_open, pid, flags); }

int cam_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int cam_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}

int cam_set_resource_limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    return setrlimit((__rlimit_resource_t)resource, &limit);
}

int cam_get_resource_limit(int resource, uint64_t *soft, uint64_t *hard) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0) return -1;
    *soft = limit.rlim_cur;
    *hard = limit.rlim_max;
    return 0;
}

char **cam_environ(void) { return environ; }
int cam_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

int cam_wait_pidfd(int pidfd, int no_hang, cam_exit *out) {
    siginfo_t info = {0};
    if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | (no_hang ? WNOHANG : 0)) != 0) return -1;
    out->code = info.si_pid == 0 ? 0 : info.si_code;
    out->status = info.si_pid == 0 ? 0 : info.si_status;
    return 0;
}

// --- spawn ---
// clone(CLONE_VM | CLONE_VFORK), as glibc's posix_spawn does it: the parent's thread stands still and shares its memory
// until the child executes, so nothing is copied and a failure comes back in plain memory. posix_spawn itself cannot
// give a pidfd, a death signal or a complete closing of descriptors in the glibc of Debian 12.
// The child runs only async-signal-safe calls and touches only this structure and its own stack.

typedef struct {
    const cam_spawn_plan *plan;
    pid_t parent;
    int *moved; // room for descriptor_count numbers
    sigset_t mask;
    volatile int error;
    volatile int step;
} child_state;

static int fail(child_state *state, int step) {
    state->error = errno;
    state->step = step;
    return -1;
}

static int restore_signals(child_state *state) {
    // The system call, because libc's function refuses the two real-time signals that it keeps for itself, and those
    // may be ignored by inheritance too. All zero is SIG_DFL, no flags, empty mask, on every architecture.
    static const uint64_t standard[8] = {0};
    for (int signal = 1; signal <= 64; signal++) {
        if (signal == SIGKILL || signal == SIGSTOP) continue;
        if (syscall(SYS_rt_sigaction, signal, standard, NULL, sizeof(uint64_t)) != 0) {
            return fail(state, CAM_SPAWN_STEP_SIGNALS);
        }
    }
    sigset_t none;
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) return fail(state, CAM_SPAWN_STEP_SIGNALS);
    return 0;
}

static int close_span(unsigned int first, unsigned int last) {
    if (first > last) return 0;
    if (cam_close_range(first, last, 0) == 0) return 0;
    if (errno != ENOSYS && errno != EPERM) return -1;
    // Before Linux 5.9 there is no close_range.
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
    if (last >= limit.rlim_cur) last = (unsigned int)limit.rlim_cur - 1;
    for (unsigned int fd = first; fd <= last; fd++) close((int)fd);
    return 0;
}

// Example: sources {7, 3}, targets {3, 7}. Both first move above the highest target (8, 9), so that no source is
// overwritten before it was copied; then 8 becomes 3 and 9 becomes 7; then 0-2, 4-6 and 8- are closed.
static int arrange_descriptors(child_state *state) {
    const cam_spawn_plan *plan = state->plan;
    int count = plan->descriptor_count;
    int above = count == 0 ? 0 : plan->targets[count - 1] + 1;
    for (int index = 0; index < count; index++) {
        state->moved[index] = fcntl(plan->sources[index], F_DUPFD_CLOEXEC, above);
        if (state->moved[index] < 0) return fail(state, CAM_SPAWN_STEP_DESCRIPTORS);
    }
    for (int index = 0; index < count; index++) {
        if (dup2(state->moved[index], plan->targets[index]) < 0) return fail(state, CAM_SPAWN_STEP_DESCRIPTORS);
    }
    unsigned int first = 0;
    for (int index = 0; index < count; index++) {
        unsigned int target = (unsigned int)plan->targets[index];
        if (target > 0 && close_span(first, target - 1) != 0) return fail(state, CAM_SPAWN_STEP_DESCRIPTORS);
        first = target + 1;
    }
    if (close_span(first, ~0u) != 0) return fail(state, CAM_SPAWN_STEP_DESCRIPTORS);
    return 0;
}

static int tie_to_parent(child_state *state) {
    int signal = state->plan->death_signal;
    if (signal == 0) return 0;
    if (prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0) return fail(state, CAM_SPAWN_STEP_DEATH_SIGNAL);
    // The parent may have gone before the line above: then the signal will never come.
    if (getppid() != state->parent) {
        errno = ESRCH;
        return fail(state, CAM_SPAWN_STEP_DEATH_SIGNAL);
    }
    return 0;
}

static int child_main(void *argument) {
    child_state *state = argument;
    const cam_spawn_plan *plan = state->plan;
    if (restore_signals(state) != 0) _exit(127);
    if (plan->new_session && setsid() < 0) {
        fail(state, CAM_SPAWN_STEP_SESSION);
        _exit(127);
    }
    if (tie_to_parent(state) != 0) _exit(127);
    if (plan->folder != NULL && chdir(plan->folder) != 0) {
        fail(state, CAM_SPAWN_STEP_FOLDER);
        _exit(127);
    }
    if (arrange_descriptors(state) != 0) _exit(127);
    if (plan->umask_set) umask((mode_t)plan->umask);
    execve(plan->program, plan->arguments, plan->environment);
    fail(state, CAM_SPAWN_STEP_EXECUTE);
    _exit(127);
}

int32_t cam_spawn(const cam_spawn_plan *plan, int *pidfd, int *step) {
    enum { STACK_BYTES = 64 << 10 };
    *step = CAM_SPAWN_STEP_CLONE;
    int *moved = calloc((size_t)plan->descriptor_count + 1, sizeof(int));
    if (moved == NULL) return -1;
    char *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) {
        free(moved);
        return -1;
    }
    child_state state = {.plan = plan, .parent = getpid(), .moved = moved};
    // No handler of ours may run in the child while it shares our memory.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &state.mask);
    int descriptor = -1;
    pid_t pid = clone(
        child_main, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &state, &descriptor);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &state.mask, NULL);
    munmap(stack, STACK_BYTES);
    free(moved);
    if (pid < 0) {
        errno = error;
        return -1;
    }
    if (state.error != 0) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
        close(descriptor);
        *step = state.step;
        errno = state.error;
        return -1;
    }
    *step = 0;
    *pidfd = descriptor;
    return pid;
}
