/* The tree a driver sees: a read-only tmpfs with what the plan lists mounted read-only, the driver's folder as /driver,
 * a private /tmp with a size, five devices, a few files in /etc, and a /proc that shows no process but its own.
 * Sources are taken hold of before anything is covered, because drivers may live below /tmp. */
#define _GNU_SOURCE
#include "steps.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BASE "/tmp" /* Covered by the new root in this namespace only. */
static const char *const devices[] = {"null", "zero", "full", "random", "urandom"};
enum { DEVICE_COUNT = sizeof devices / sizeof *devices };

struct source {
    const char *target;
    int tree;      /* a detached mount, or -1 */
    bool folder;
    char link[256]; /* where a symbolic link points to, or "" */
};

static bool protect(int tree, uint64_t attributes) {
    struct mount_attr set = {.attr_set = attributes};
    return mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &set, sizeof set) == 0;
}

/* Takes hold of a path; true also when it does not exist (`tree` is then -1 and `link` empty). */
static bool take(struct source *source, const char *path, const char *target, uint64_t attributes) {
    struct stat facts;
    *source = (struct source){.target = target, .tree = -1};
    if (lstat(path, &facts) < 0) return errno == ENOENT || errno == ENOTDIR;
    if (S_ISLNK(facts.st_mode)) return readlink(path, source->link, sizeof source->link - 1) > 0;
    source->folder = S_ISDIR(facts.st_mode);
    source->tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    return source->tree >= 0 && protect(source->tree, attributes);
}

/* Makes the folders above a target and the target itself to mount upon, relative to the new root. */
static bool make_target(const char *target, bool folder) {
    char path[4096];
    if (strlen(target) >= sizeof path) return errno = ENAMETOOLONG, false;
    strcpy(path, target);
    for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(path, 0755) < 0 && errno != EEXIST) return false;
        *slash = '/';
    }
    if (folder) return mkdir(path, 0755) == 0 || errno == EEXIST;
    int fd = open(path, O_CREAT | O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0444);
    return fd >= 0 && close(fd) == 0;
}

static bool put(struct source *source) {
    const char *target = source->target + 1; /* Relative: the working folder is the new root. */
    if (*source->link) return make_target("etc", true) && (symlink(source->link, target) == 0 || errno == EEXIST);
    if (source->tree < 0) return true;
    if (!make_target(target, source->folder)) return false;
    if (move_mount(source->tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0) return false;
    close(source->tree);
    return true;
}

static bool write_text(const char *path, const char *text) {
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0444);
    if (fd < 0) return false;
    ssize_t written = write(fd, text, strlen(text));
    close(fd);
    return written == (ssize_t)strlen(text);
}

/* So that a library that asks for its own name gets an answer, and not the host's list of users. */
static bool make_etc(const struct plan *plan) {
    char text[128];
    if (!make_target("etc", true)) return false;
    snprintf(text, sizeof text, "driver:x:%u:%u::/tmp:/nonexistent\n", plan->uid, plan->gid);
    if (!write_text("etc/passwd", text)) return false;
    snprintf(text, sizeof text, "driver:x:%u:\n", plan->gid);
    return write_text("etc/group", text) && write_text("etc/nsswitch.conf", "passwd: files\ngroup: files\n");
}

static bool make_tmp(const struct plan *plan) {
    char options[128];
    snprintf(options, sizeof options, "mode=0700,uid=%u,gid=%u,size=%llu,nr_inodes=4096", plan->uid, plan->gid,
        (unsigned long long)plan->tmp_bytes);
    return mkdir("tmp", 0755) == 0 && mount("tmpfs", "tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) == 0;
}

/* Where the host's own /proc is covered in places, as in containers, the kernel refuses a fresh one: then there is none. */
static bool make_proc(void) {
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (mkdir("proc", 0755) < 0) return false;
    if (mount("proc", "proc", "proc", flags, "hidepid=invisible,subset=pid") == 0) return true;
    return errno == EPERM || errno == EINVAL || errno == EACCES;
}

static bool enter(void) {
    struct mount_attr set = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC};
    return syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 && chdir("/") == 0
        && mount_setattr(AT_FDCWD, "/", 0, &set, sizeof set) == 0;
}

void build_tree(const struct plan *plan) {
    static struct source reads[READS_MAX], folder, nodes[DEVICE_COUNT];
    static char node_paths[DEVICE_COUNT][32];
    const uint64_t locked = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    STEP("private mounts", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    for (size_t i = 0; i < plan->read_count; i++)
        if (!take(&reads[i], plan->reads[i], plan->reads[i], locked)) fail("take path", plan->reads[i]);
    if (!take(&folder, plan->folder, "/driver", locked) || folder.tree < 0) fail("take folder", plan->folder);
    for (int i = 0; i < DEVICE_COUNT; i++) {
        snprintf(node_paths[i], sizeof node_paths[i], "/dev/%s", devices[i]);
        if (!take(&nodes[i], node_paths[i], node_paths[i], MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC))
            fail("take device", node_paths[i]);
    }
    STEP("root", mount("tmpfs", BASE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m,nr_inodes=1024") == 0);
    STEP("root folder", chdir(BASE) == 0);
    STEP("etc", make_etc(plan));
    for (size_t i = 0; i < plan->read_count; i++)
        if (!put(&reads[i])) fail("put path", plan->reads[i]);
    if (!put(&folder)) fail("put folder", plan->folder);
    for (int i = 0; i < DEVICE_COUNT; i++)
        if (!put(&nodes[i])) fail("put device", node_paths[i]);
    STEP("tmp", make_tmp(plan));
    STEP("proc inside", make_proc());
    STEP("pivot_root", enter());
}
