/* The init: process 1 of the sandbox. It builds the tree and gives up its identity, then has one child, the driver, and
 * waits. A driver that were process 1 itself would ignore SIGTERM and show abort() as SIGSEGV. */
#define _GNU_SOURCE
#include "steps.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends with the launcher. getppid() is 0 in a new pid namespace, so a pipe tells whether it is still there. The kernel
 * forgets the wish at every change of identity: it is asked for again after each. */
static bool end_with_launcher(int launcher_pipe) {
    struct pollfd watched = {.fd = launcher_pipe, .events = 0};
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return false;
    if (poll(&watched, 1, 0) < 0) return false;
    return !(watched.revents & POLLHUP);
}

static bool open_program_inside(const struct plan *plan, struct place *place) {
    const char *name = strrchr(plan->program, '/') + 1;
    int folder = open("/driver", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return false;
    int inside = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    close(folder);
    if (inside < 0) return false;
    close(place->program_fd);
    place->program_fd = inside;
    return true;
}

/* One line to camd with how the driver ended, after everything it left behind is reaped. */
static _Noreturn void wait_for_driver(pid_t driver) {
    int status, result = 0;
    for (;;) {
        pid_t ended = waitpid(-1, &status, __WALL);
        if (ended < 0 && errno == EINTR) continue;
        if (ended < 0) break;
        if (ended != driver) continue;
        result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        if (WIFSIGNALED(status)) send_record("exit signal %d", WTERMSIG(status));
        else send_record("exit code %d", WEXITSTATUS(status));
        break;
    }
    _exit(result); /* In a pid namespace the kernel now ends whatever is left in it. */
}

void run_init(const struct plan *plan, struct place *place, struct report *report, int launcher_pipe) {
    int exec_pipe[2];
    STEP("parent", end_with_launcher(launcher_pipe));
    if (place->user_ns) STEP("maps", map_ids(plan, place));
    if (place->namespaces && plan->namespaces & CLONE_NEWUTS && plan->hostname)
        STEP("hostname", sethostname(plan->hostname, strlen(plan->hostname)) == 0);
    if (place->namespaces && plan->namespaces & CLONE_NEWNS) {
        build_tree(plan);
        if (!open_program_inside(plan, place)) fail("program inside", plan->program);
    }
    STEP("identity", drop_identity(plan, place));
    STEP("dumpable", prctl(PR_SET_DUMPABLE, 0) == 0); /* The driver shares our uid and must not look into us. */
    STEP("parent again", end_with_launcher(launcher_pipe));
    STEP("pipe", pipe2(exec_pipe, O_CLOEXEC) == 0);
    pid_t driver = fork();
    if (driver == 0) {
        close(exec_pipe[0]);
        run_driver(plan, place, report, exec_pipe[1]);
    }
    STEP("fork", driver > 0);
    int pidfd = (int)syscall(SYS_pidfd_open, driver, 0);
    STEP("pidfd", pidfd >= 0);
    send_descriptor("process driver", pidfd);
    close(pidfd);
    close(exec_pipe[1]);
    close_range(0, FD_DRIVER, 0);
    char failed;
    ssize_t count;
    while ((count = read(exec_pipe[0], &failed, 1)) < 0 && errno == EINTR) {}
    if (count == 0) send_record("started"); /* Closed by exec, with nothing written: it runs. */
    wait_for_driver(driver);
}
