/* What was really applied, seen by the process itself after the last step and before it becomes the driver. */
#define _GNU_SOURCE
#include "steps.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct { const char *path; enum layer layer; } spaces[6] = {
    {"self/ns/user", LAYER_USER_NS}, {"self/ns/mnt", LAYER_MOUNT_NS}, {"self/ns/pid", LAYER_PID_NS},
    {"self/ns/net", LAYER_NET_NS}, {"self/ns/ipc", LAYER_IPC_NS}, {"self/ns/uts", LAYER_UTS_NS},
};

/* The number in a link like "mnt:[4026531841]", or 0. */
static unsigned long namespace_number(int proc_fd, const char *path) {
    char link[64] = {0};
    if (readlinkat(proc_fd, path, link, sizeof link - 1) <= 0) return 0;
    const char *bracket = strchr(link, '[');
    return bracket ? strtoul(bracket + 1, NULL, 10) : 0;
}

void remember_namespaces(struct place *place) {
    for (int i = 0; i < 6; i++) place->outside_ns[i] = namespace_number(place->proc_fd, spaces[i].path);
}

void measure_namespaces(const struct place *place, struct report *report) {
    for (int i = 0; i < 6; i++) {
        unsigned long number = namespace_number(place->proc_fd, spaces[i].path);
        bool own = number != 0 && place->outside_ns[i] != 0 && number != place->outside_ns[i];
        if (own) note(report, spaces[i].layer, true, "its own, %lu", number);
        else if (spaces[i].layer == LAYER_USER_NS && place->namespaces)
            note(report, spaces[i].layer, false, "not needed: camd is privileged");
        else if (place->outside_ns_errno)
            note(report, spaces[i].layer, false, "refused by this machine: %s", strerror(place->outside_ns_errno));
        else note(report, spaces[i].layer, false, "not asked for");
    }
}

/* The value of a "Name:\tvalue" line of /proc/self/status, in the given base; ~0 when there is none. */
static unsigned long long field(const char *status, const char *name, int base) {
    size_t length = strlen(name);
    for (const char *line = status; line; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        if (strncmp(line, name, length) == 0 && line[length] == ':') return strtoull(line + length + 1, NULL, base);
    }
    return ~0ull;
}

/* After the filter: only read is used, on a descriptor that was opened before. */
void measure_status(int status_fd, const struct plan *plan, const struct place *place, struct report *report) {
    static char status[8192];
    ssize_t count = read(status_fd, status, sizeof status - 1);
    if (count <= 0) fail("measure", "self/status");
    status[count] = 0;
    note(report, LAYER_NO_NEW_PRIVS, field(status, "NoNewPrivs", 10) == 1, "measured");
    note(report, LAYER_SECCOMP, field(status, "Seccomp", 10) == 2, "%s, %llu filters%s", plan->level,
        field(status, "Seccomp_filters", 10), plan->notify ? ", attempts are reported" : "");
    unsigned long long held = field(status, "CapEff", 16) | field(status, "CapPrm", 16) | field(status, "CapInh", 16)
        | field(status, "CapAmb", 16);
    unsigned uid = (unsigned)field(status, "Uid", 10); /* As the host's /proc names it. */
    bool own = uid != place->camd_uid;
    const char *who = own ? "a user of its own" : place->user_ns ? "the one user of its namespace" : "camd's user";
    note(report, LAYER_UID, held == 0 && (own || place->user_ns), "%s (%u outside), %s capabilities, bounding set %llx",
        who, uid, held == 0 ? "no" : "with", field(status, "CapBnd", 16));
}
