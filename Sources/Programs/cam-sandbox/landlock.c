/* Landlock: what of the tree may be opened and how, no TCP, no signals or abstract sockets to the outside. It holds with and
 * without a mount namespace, and is a wall of its own behind that one. */
#define _GNU_SOURCE
#include "steps.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The headers of Debian 12 know version 2; the numbers are the kernel's and do not change. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif
enum { QUERY_VERSION = 1, RULE_PATH_BENEATH = 1 };
enum {
    FS_EXECUTE = 1 << 0, FS_WRITE_FILE = 1 << 1, FS_READ_FILE = 1 << 2, FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4, FS_REMOVE_FILE = 1 << 5, FS_MAKE_DIR = 1 << 7, FS_MAKE_REG = 1 << 8,
    FS_MAKE_SYM = 1 << 12, FS_REFER = 1 << 13, FS_TRUNCATE = 1 << 14, FS_IOCTL_DEV = 1 << 15,
};
struct ruleset { uint64_t fs, net, scoped; };
struct __attribute__((packed)) path_rule { uint64_t access; int32_t folder; };

static const uint64_t READING = FS_READ_FILE | FS_READ_DIR | FS_EXECUTE;
static const uint64_t WRITING = FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE
    | FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SYM | FS_REFER | FS_TRUNCATE;
static const uint64_t ON_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV;

int landlock_version(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, QUERY_VERSION);
    return version < 0 ? 0 : (int)version;
}

/* Everything a version knows is handled, so that what no rule grants is refused. */
static struct ruleset handled_by(int version) {
    struct ruleset set = {.fs = (1ull << 13) - 1};
    if (version >= 2) set.fs |= FS_REFER;
    if (version >= 3) set.fs |= FS_TRUNCATE;
    if (version >= 4) set.net = 3;    /* bind and connect TCP: no port is granted */
    if (version >= 5) set.fs |= FS_IOCTL_DEV;
    if (version >= 6) set.scoped = 3; /* abstract Unix sockets and signals stay inside */
    return set;
}

static bool allow_fd(int ruleset, int fd, uint64_t access, uint64_t handled) {
    struct stat facts;
    if (fstat(fd, &facts) < 0) return false;
    if (!S_ISDIR(facts.st_mode)) access &= ON_FILES;
    struct path_rule rule = {.access = access & handled, .folder = fd};
    return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0;
}

/* A path that is not there needs no rule. */
static bool allow(int ruleset, const char *path, uint64_t access, uint64_t handled) {
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT || errno == EACCES;
    bool allowed = allow_fd(ruleset, fd, access, handled);
    close(fd);
    return allowed;
}

static bool add_rules(int ruleset, const struct plan *plan, const struct place *place, uint64_t handled) {
    const bool tree = place->namespaces && plan->namespaces & CLONE_NEWNS;
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};
    for (size_t i = 0; i < plan->read_count; i++)
        if (!allow(ruleset, plan->reads[i], READING, handled)) return false;
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (!allow(ruleset, devices[i], FS_READ_FILE | FS_WRITE_FILE, handled)) return false;
    /* Even an execveat by descriptor is checked against the file itself. */
    if (!allow_fd(ruleset, place->program_fd, READING, handled)) return false;
    if (!tree) return !plan->folder || allow(ruleset, plan->folder, READING, handled);
    return allow(ruleset, "/driver", READING, handled) && allow(ruleset, "/tmp", WRITING, handled)
        && allow(ruleset, "/proc", FS_READ_FILE | FS_READ_DIR, handled)
        && allow(ruleset, "/etc", FS_READ_FILE | FS_READ_DIR, handled);
}

int landlock_confine(const struct plan *plan, const struct place *place) {
    int version = landlock_version();
    if (version == 0) return 0;
    struct ruleset set = handled_by(version);
    size_t size = version >= 6 ? sizeof set : version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &set, size, 0);
    if (ruleset < 0) return -errno;
    bool confined = add_rules(ruleset, plan, place, set.fs)
        && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    int saved = errno;
    close(ruleset);
    return confined ? version : -saved;
}
