/* cam-sandbox: the launcher of one driver. This process stays outside, waits for the init, and ends everything when camd
 * ends; the checklist goes on in init.c (inside the namespaces) and driver.c (the process that becomes the driver).
 *
 * The order is one of safety: what can fail comes before what cannot be undone, the filter comes last, and each process is
 * tied to its parent's life, so that kill -9 of camd, of this launcher or of the init leaves nothing behind. */
#define _GNU_SOURCE
#include "steps.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool reset_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    return sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* When memory runs out, a driver goes before camd does. */
static void prefer_as_victim(const char *score) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t written = write(fd, score, strlen(score));
    (void)written; /* Only an improvement; ignoring. */
    close(fd);
}

static pid_t clone_into(int flags) { return (pid_t)syscall(SYS_clone, SIGCHLD | flags, 0, 0, 0, 0); }

/* Privileged: the namespaces alone. Else, where the plan allows: with a user namespace. Else: none, if nothing requires
 * them; what remains must then hold. */
static pid_t clone_init(const struct plan *plan, struct place *place) {
    pid_t child = -1;
    place->namespaces = plan->namespaces != 0;
    place->outside_ns_errno = 0;
    if (!place->namespaces) return clone_into(0);
    if (geteuid() == 0) child = clone_into(plan->namespaces);
    if (child >= 0) return child;
    if (plan->user_allowed && (geteuid() != 0 || become(plan->uid, plan->gid))) {
        place->user_ns = true;
        place->outer_uid = geteuid();
        place->outer_gid = getegid();
        child = clone_into(plan->namespaces | CLONE_NEWUSER);
        if (child >= 0) return child;
        place->user_ns = false;
    } else if (!plan->user_allowed) {
        errno = EPERM;
    }
    place->outside_ns_errno = errno;
    place->namespaces = false;
    return clone_into(0);
}

/* Waits for the init's end, or for camd's, whichever comes first; then there is nothing left inside. True when camd is
 * still there. */
static bool wait_for_end(pid_t init) {
    int status = 0, pidfd = (int)syscall(SYS_pidfd_open, init, 0);
    if (pidfd >= 0) send_descriptor("process init", pidfd);
    struct pollfd watched[2] = {{.fd = FD_CONTROL, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
    while (poll(watched, 2, -1) < 0 && errno == EINTR) {}
    const bool deserted = watched[0].revents != 0;
    if (pidfd < 0 || deserted) kill(init, SIGKILL);
    while (waitpid(init, &status, 0) < 0 && errno == EINTR) {}
    if (WIFSIGNALED(status)) send_record("init signal %d", WTERMSIG(status));
    else send_record("init code %d", WEXITSTATUS(status));
    return !deserted;
}

static int run(void) {
    static struct plan plan;
    static struct report report;
    struct place place = {.proc_fd = -1, .program_fd = -1, .camd_uid = geteuid()};
    int launcher_pipe[2];
    STEP("signals", reset_signals());
    STEP("descriptors", close_range(FD_CONTROL + 1, ~0U, 0) == 0 && fcntl(FD_CONTROL, F_SETFD, FD_CLOEXEC) == 0);
    STEP("plan", plan_read(&plan, FD_PLAN));
    STEP("filter", filter_read(FD_FILTER));
    close_range(FD_PLAN, FD_FILTER, 0);
    STEP("proc", (place.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)) >= 0);
    place.program_fd = open(plan.program, O_PATH | O_CLOEXEC);
    if (place.program_fd < 0) fail("program", plan.program);
    remember_namespaces(&place);
    STEP("cgroup", join_cgroups(&plan, &report));
    STEP("pipe", pipe2(launcher_pipe, O_CLOEXEC) == 0);
    prefer_as_victim("500");
    pid_t init = clone_init(&plan, &place);
    if (init == 0) {
        close(launcher_pipe[1]);
        run_init(&plan, &place, &report, launcher_pipe[0]);
    }
    STEP("clone", init > 0);
    prefer_as_victim("0");
    close_range(0, FD_DRIVER, 0); /* The driver's socket and stderr end with the driver, not with us. */
    if (!wait_for_end(init)) leave_cgroups(&plan); /* Else camd does, after it has read what happened in them. */
    return 0;
}

int main(int count, char **arguments) {
    if (count == 2 && strcmp(arguments[1], "--probe") == 0) return probe();
    if (count != 1 || fcntl(FD_CONTROL, F_GETFD) < 0 || fcntl(FD_PLAN, F_GETFD) < 0) {
        fprintf(stderr, "cam-sandbox is started by camd; by hand only: cam-sandbox --probe\n");
        return 64;
    }
    return run();
}
