/* Attempts on files. The arguments are paths of a witness that the test made: readable and writable by everybody outside. */
#define _GNU_SOURCE
#include "probe.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int try_open(const char *path, int flags) {
    int fd = open(path, flags | O_CLOEXEC, 0644);
    if (fd < 0) return errno;
    close(fd);
    return 0;
}

static int read_file(char **a) { return try_open(a[0], O_RDONLY); }
static int write_file(char **a) { return try_open(a[0], O_WRONLY | O_CREAT); }
static int read_shadow(char **a) { (void)a; return try_open("/etc/shadow", O_RDONLY); }
static int list_home(char **a) { (void)a; return try_open("/root", O_RDONLY | O_DIRECTORY); }
static int list_root(char **a) { (void)a; return try_open("/", O_RDONLY | O_DIRECTORY); }
static int read_init_environment(char **a) { (void)a; return try_open("/proc/1/environ", O_RDONLY); }
static int read_process_environment(char **a) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/environ", a[0]);
    return try_open(path, O_RDONLY);
}
static int read_init_memory(char **a) { (void)a; return try_open("/proc/1/mem", O_RDWR); }
static int open_disk(char **a) { (void)a; return try_open("/dev/mem", O_RDONLY); }
static int open_kvm(char **a) { (void)a; return try_open("/dev/kvm", O_RDWR); }
static int write_library(char **a) { (void)a; return try_open("/usr/lib/x86_64-linux-gnu/libc.so.6", O_WRONLY); }
static int write_sysctl(char **a) { (void)a; return try_open("/proc/sys/kernel/core_pattern", O_WRONLY); }
static int write_own_folder(char **a) { (void)a; return try_open("/driver/new", O_WRONLY | O_CREAT); }
static int make_folder(char **a) { return result_of(mkdir(a[0], 0755)); }
static int remove_file(char **a) { return result_of(unlink(a[0])); }
static int rename_file(char **a) { return result_of(rename(a[0], a[1])); }
static int truncate_file(char **a) { return result_of(truncate(a[0], 0)); }
static int change_mode(char **a) { return result_of(chmod(a[0], 0600)); }
static int look_at_file(char **a) { struct stat s; return result_of(stat(a[0], &s)); }
static int enter_folder(char **a) { return result_of(chdir(a[0])); }
static int make_device(char **a) { return result_of(mknod(a[0], S_IFCHR | 0666, 0x103)); }

static int through_link(char **a) {
    char link[64];
    snprintf(link, sizeof link, "/tmp/cam-probe-link-%d", getpid());
    if (symlink(a[0], link) < 0) return errno;
    int result = try_open(link, O_RDONLY);
    unlink(link);
    return result;
}

static int by_climbing(char **a) {
    char path[4096];
    snprintf(path, sizeof path, "../../../../../../../..%s", a[0]);
    return try_open(path, O_RDONLY);
}

static int hard_link(char **a) {
    int result = result_of(link(a[0], a[1]));
    if (result == 0) unlink(a[1]);
    return result;
}

static int by_handle(char **a) {
    (void)a;
    return result_of(syscall(SYS_open_by_handle_at, -1, NULL, O_RDONLY));
}

static int by_openat2(char **a) {
    struct { unsigned long long flags, mode, resolve; } how = {.flags = O_RDONLY};
    return result_of(syscall(SYS_openat2, AT_FDCWD, a[0], &how, sizeof how));
}

/* Every number but 0 to 3: none may be open. */
static int inherited(char **a) {
    (void)a;
    for (int fd = 4; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) >= 0) return 0;
    return EBADF;
}

static int fill_disk(char **a) {
    static char block[1 << 16];
    char path[4096];
    for (int file = 0; file < 8; file++) {
        snprintf(path, sizeof path, "%s/cam-probe-fill-%d", a[0], file);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0) return errno;
        unlink(path);
        for (int i = 0; i < 16; i++)
            if (write(fd, block, sizeof block) < 0) return errno;
    }
    return 0; /* 8 MiB */
}

const struct attempt file_attempts[] = {
    {"read-file", read_file}, {"write-file", write_file}, {"read-shadow", read_shadow}, {"list-home", list_home},
    {"list-root", list_root}, {"read-init-environment", read_init_environment},
    {"read-process-environment", read_process_environment}, {"read-init-memory", read_init_memory}, {"open-memory-device", open_disk}, {"open-kvm", open_kvm},
    {"write-library", write_library}, {"write-sysctl", write_sysctl}, {"write-own-folder", write_own_folder},
    {"make-folder", make_folder}, {"remove-file", remove_file}, {"rename-file", rename_file},
    {"truncate-file", truncate_file}, {"change-mode", change_mode}, {"look-at-file", look_at_file},
    {"enter-folder", enter_folder}, {"make-device", make_device}, {"through-link", through_link},
    {"by-climbing", by_climbing}, {"hard-link", hard_link}, {"by-handle", by_handle}, {"by-openat2", by_openat2},
    {"inherited-descriptors", inherited}, {"fill-disk", fill_disk}, {NULL, NULL},
};
