/* The process that becomes the driver: limits, Landlock, filter, report, exec. After the filter it makes only read, sendmsg
 * on the control socket, write and execveat, which every level allows. */
#define _GNU_SOURCE
#include "steps.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

/* The program goes to exec-fd and the control socket to the number after it, both above the limit that the driver gets:
 * after exec these numbers are free and can never be had again, so the filter's two exceptions are used up. */
static bool park_descriptors(const struct plan *plan, struct place *place, int *status_fd) {
    struct rlimit files;
    const rlim_t needed = (rlim_t)plan->exec_fd + 2;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0) return false;
    if (files.rlim_cur < needed) {
        files.rlim_cur = needed;
        if (setrlimit(RLIMIT_NOFILE, &files) < 0) return false;
    }
    if (dup3(place->program_fd, plan->exec_fd, O_CLOEXEC) < 0) return false;
    if (dup3(control_fd, plan->exec_fd + 1, O_CLOEXEC) < 0) return false;
    control_fd = plan->exec_fd + 1;
    *status_fd = openat(place->proc_fd, "self/status", O_RDONLY | O_CLOEXEC);
    return *status_fd >= 0;
}

static void confine_files(const struct plan *plan, const struct place *place, struct report *report) {
    int version = plan->landlock ? landlock_confine(plan, place) : 0;
    if (!plan->landlock) note(report, LAYER_LANDLOCK, false, "not asked for");
    else if (version == 0) note(report, LAYER_LANDLOCK, false, "not in this kernel");
    else if (version < 0) note(report, LAYER_LANDLOCK, false, "refused: %s", strerror(-version));
    else {
        /* Measured: the root folder is granted to nobody. */
        int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        note(report, LAYER_LANDLOCK, fd < 0 && errno == EACCES, "ABI %d: files%s%s", version,
            version >= 4 ? ", TCP" : "", version >= 6 ? ", signals, abstract sockets" : "");
        if (fd >= 0) close(fd);
    }
}

/* Without a tree of its own and without Landlock, a driver that may open files could read what its user can. */
static void check_files_are_confined(const struct plan *plan, const struct report *report) {
    errno = 0;
    if (strcmp(plan->level, "pure") != 0 && !report->applied[LAYER_MOUNT_NS] && !report->applied[LAYER_LANDLOCK])
        fail("require", "neither a mount namespace nor Landlock: files would be open");
}

void run_driver(const struct plan *plan, struct place *place, struct report *report, int exec_pipe) {
    int status_fd;
    failure_fd = exec_pipe;
    STEP("parent", prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() != 0);
    STEP("working folder", chdir(place->namespaces && plan->namespaces & CLONE_NEWNS ? "/tmp" : "/") == 0);
    STEP("park descriptors", park_descriptors(plan, place, &status_fd));
    measure_namespaces(place, report);
    confine_files(plan, place, report);
    prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0); /* From kernel 6.3 on; the filter says the same. */
    STEP("limits", set_limits(plan));
    measure_limits(plan, report);
    STEP("guard", filter_guard_signals());
    int listener = filter_install(plan->notify);
    STEP("seccomp", listener != -2);
    measure_status(status_fd, plan, place, report);
    check_files_are_confined(plan, report);
    check_required(plan, report);
    send_report(report);
    if (listener >= 0) send_descriptor("notify", listener);
    syscall(SYS_execveat, plan->exec_fd, "", plan->args, plan->envs, AT_EMPTY_PATH);
    fail("exec", plan->program);
}
