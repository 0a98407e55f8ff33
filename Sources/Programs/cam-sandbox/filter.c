/* The seccomp program that camd compiled, and in front of it a guard whose constant only this process knows. */
#define _GNU_SOURCE
#include "steps.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct sock_filter program[4096];
static unsigned short program_length;

bool filter_read(int fd) {
    const int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
    struct stat facts;
    int found = fcntl(fd, F_GET_SEALS);
    if (found < 0 || fstat(fd, &facts) < 0) return false;
    errno = EINVAL;
    if ((found & seals) != seals || facts.st_size <= 0 || (size_t)facts.st_size > sizeof program
        || facts.st_size % (off_t)sizeof *program != 0)
        return false;
    program_length = (unsigned short)((size_t)facts.st_size / sizeof *program);
    return pread(fd, program, (size_t)facts.st_size, 0) == facts.st_size;
}

/* A thread may signal the threads of its own process, as abort() does, and no other process: without a pid namespace
 * those of camd's user would be in reach. The filter from camd cannot say this, for it does not know the pid. */
bool filter_guard_signals(void) {
    struct sock_filter guard[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 2),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)getpid(), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    struct sock_fprog filter = {.len = sizeof guard / sizeof *guard, .filter = guard};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

int filter_install(bool notify) {
    struct sock_fprog filter = {.len = program_length, .filter = program};
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, notify ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0, &filter);
    if (result < 0) return -2;
    return notify ? (int)result : -1;
}
