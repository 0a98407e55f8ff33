/* `cam-sandbox --probe`: what this machine allows to this user, one line each: `NAME yes|no DETAIL`. Everything is tried in
 * a child process, for only trying tells. */
#define _GNU_SOURCE
#include "steps.h"
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *name, bool yes, const char *detail) { printf("%s %s %s\n", name, yes ? "yes" : "no", detail); }

/* 0, or the errno with which the namespaces (and a mount in them) were refused. */
static int try_namespaces(int flags) {
    fflush(stdout);
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD | flags, 0, 0, 0, 0);
    if (child < 0) return errno;
    if (child == 0) {
        if (flags & CLONE_NEWNS) {
            if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) _exit(errno);
            if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID, "size=64k") < 0) _exit(errno);
        }
        _exit(0);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

static void probe_namespaces(void) {
    static const struct { const char *name; int flag; } kinds[] = {
        {"mount_ns", CLONE_NEWNS}, {"pid_ns", CLONE_NEWPID}, {"net_ns", CLONE_NEWNET}, {"ipc_ns", CLONE_NEWIPC},
        {"uts_ns", CLONE_NEWUTS},
    };
    const bool privileged = geteuid() == 0 && try_namespaces(CLONE_NEWNS) == 0;
    int refused = try_namespaces(CLONE_NEWUSER);
    say("user_ns", refused == 0, refused ? strerror(refused) : privileged ? "not needed: privileged" : "allowed");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int error = try_namespaces(kinds[i].flag | (privileged ? 0 : CLONE_NEWUSER));
        say(kinds[i].name, error == 0, error ? strerror(error) : privileged ? "as root" : "in a user namespace");
    }
}

static void probe_seccomp(void) {
    uint32_t kill = SECCOMP_RET_KILL_PROCESS, notify = SECCOMP_RET_USER_NOTIF;
    bool filters = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &kill) == 0;
    bool reports = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &notify) == 0;
    say("seccomp", filters, filters ? "filters" : strerror(errno));
    say("seccomp_notify", reports, reports ? "attempts can be reported" : "attempts are stopped, but not reported");
}

int probe(void) {
    char text[32];
    int version = landlock_version();
    say("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) >= 0, "");
    probe_namespaces();
    snprintf(text, sizeof text, "ABI %d", version);
    say("landlock", version > 0, version > 0 ? text : "not in this kernel, or not switched on");
    probe_seccomp();
    return fflush(stdout) == 0 ? 0 : 1;
}
