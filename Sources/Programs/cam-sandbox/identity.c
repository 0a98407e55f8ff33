/* Who the processes are: user namespace maps, groups, bounding set, ids, capabilities, no new privileges. */
#define _GNU_SOURCE
#include "steps.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t written = write(fd, text, strlen(text));
    int saved = errno;
    close(fd);
    errno = saved;
    return written == (ssize_t)strlen(text);
}

/* One user and one group exist inside. An ordinary user may map only itself, and only once setgroups is given up. */
bool map_ids(const struct plan *plan, const struct place *place) {
    char line[64];
    if (!write_file("/proc/self/setgroups", "deny")) return false;
    snprintf(line, sizeof line, "%u %u 1", plan->uid, place->outer_uid);
    if (!write_file("/proc/self/uid_map", line)) return false;
    snprintf(line, sizeof line, "%u %u 1", plan->gid, place->outer_gid);
    return write_file("/proc/self/gid_map", line);
}

/* From root to an ordinary user for good, still able to make a user namespace and to write its maps. */
bool become(uid_t uid, gid_t gid) {
    return setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0
        && prctl(PR_SET_DUMPABLE, 1) == 0;
}

static bool holds_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};
    return syscall(SYS_capget, &header, data) == 0 && (data[0].effective & 1u << CAP_SETPCAP) != 0;
}

static bool drop_bounding_set(void) {
    for (int capability = 0; capability < 64; capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) return errno == EINVAL && capability > CAP_AUDIT_READ;
    return true;
}

static bool drop_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {0};
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 && syscall(SYS_capset, &header, none) == 0;
}

bool drop_identity(const struct plan *plan, const struct place *place) {
    const unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP
        | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE
        | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
    const bool root = geteuid() == 0;
    if (root && setgroups(0, NULL) < 0) return false;
    if (holds_capabilities() && (!drop_bounding_set() || prctl(PR_SET_SECUREBITS, bits) < 0)) return false;
    if (root || place->user_ns)
        if (setresgid(plan->gid, plan->gid, plan->gid) < 0 || setresuid(plan->uid, plan->uid, plan->uid) < 0)
            return false;
    return drop_capabilities() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}
