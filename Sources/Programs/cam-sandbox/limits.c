/* Limits: rlimits of the driver's process, and the control groups that camd made for it. */
#define _GNU_SOURCE
#include "steps.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const int resources[LIMIT_COUNT] = {
    RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_FSIZE, RLIMIT_CPU, RLIMIT_DATA, RLIMIT_AS, RLIMIT_STACK,
};

/* Down to what the plan says, or to what there is where that is less. */
static bool set_limit(int resource, uint64_t value) {
    struct rlimit now;
    if (getrlimit(resource, &now) < 0) return false;
    if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max) value = now.rlim_max;
    struct rlimit wanted = {.rlim_cur = value, .rlim_max = value};
    return setrlimit(resource, &wanted) == 0;
}

bool set_limits(const struct plan *plan) {
    static const int none[] = {RLIMIT_CORE, RLIMIT_MSGQUEUE, RLIMIT_RTPRIO, RLIMIT_MEMLOCK};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (!set_limit(none[i], 0)) return false;
    for (int i = 0; i < LIMIT_COUNT; i++)
        if (plan->limited[i] && !set_limit(resources[i], plan->limits[i])) return false;
    return true;
}

void measure_limits(const struct plan *plan, struct report *report) {
    static const char *const names[LIMIT_COUNT] = {"nofile", "nproc", "fsize", "cpu", "data", "as", "stack"};
    char text[160] = "core 0";
    bool held = true;
    for (int i = 0; i < LIMIT_COUNT; i++) {
        struct rlimit now = {0};
        if (!plan->limited[i]) continue;
        held = held && getrlimit(resources[i], &now) == 0 && now.rlim_max <= plan->limits[i];
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, ", %s %llu", names[i], (unsigned long long)now.rlim_max);
    }
    note(report, LAYER_RLIMITS, held, "%s", text);
}

/* Joined by the launcher, so that everything it starts is inside from the first moment. */
bool join_cgroups(const struct plan *plan, struct report *report) {
    note(report, LAYER_CGROUP, false, "none given");
    for (size_t i = 0; i < plan->cgroup_count; i++) {
        int fd = open(plan->cgroups[i], O_WRONLY | O_CLOEXEC);
        if (fd < 0) return false;
        ssize_t written = write(fd, "0", 1);
        int saved = errno;
        close(fd);
        errno = saved;
        if (written != 1) return false;
        note(report, LAYER_CGROUP, true, "joined %zu", i + 1);
    }
    return true;
}

/* Only what is empty can be removed; what remains is removed by camd, which knows the folder. */
void leave_cgroups(const struct plan *plan) {
    for (size_t i = 0; i < plan->cgroup_folder_count; i++) {
        char path[4096];
        const char *folder = plan->cgroup_folders[i];
        if ((size_t)snprintf(path, sizeof path, "%s/../cgroup.procs", folder) >= sizeof path) continue;
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0) continue;
        ssize_t written = write(fd, "0", 1);
        close(fd);
        if (written == 1) rmdir(folder);
    }
}
