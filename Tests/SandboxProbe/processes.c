/* Attempts on other processes, new programs, and everything that there is a limited amount of. Bombs are small: they go just
 * beyond what a sandboxed probe is given, so that they end by themselves where nothing stops them. */
#define _GNU_SOURCE
#include "probe.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALL(number, ...) result_of(syscall(number, __VA_ARGS__))
#define UNUSED (void)a
extern char **environ;

/* a[0]: the pid of a process outside that belongs to the test. */
static int trace_me(char **a) { UNUSED; return result_of(ptrace(PTRACE_TRACEME, 0, 0, 0)); }
static int trace_other(char **a) { return result_of(ptrace(PTRACE_SEIZE, atoi(a[0]), 0, 0)); }
static int signal_other(char **a) { return result_of(kill(atoi(a[0]), 0)); }
static int signal_all(char **a) { UNUSED; return result_of(kill(-1, 0)); }
static int signal_thread(char **a) { return CALL(SYS_tgkill, atoi(a[0]), atoi(a[0]), 0); }
static int signal_init(char **a) { UNUSED; return CALL(SYS_tgkill, getppid(), getppid(), SIGKILL); }
static int handle_other(char **a) { return CALL(SYS_pidfd_open, atoi(a[0]), 0); }
static int take_descriptor(char **a) { UNUSED; return CALL(SYS_pidfd_getfd, -1, 0, 0); }
static int compare(char **a) { return CALL(SYS_kcmp, atoi(a[0]), getpid(), 1, 0, 0); }

static int read_memory(char **a) {
    UNUSED;
    char from = 'x', to = 0;
    struct iovec here = {&to, 1}, there = {&from, 1};
    return result_of(process_vm_readv(getpid(), &here, 1, &there, 1, 0));
}

static int write_memory(char **a) {
    UNUSED;
    char from = 'x', to = 0;
    struct iovec here = {&from, 1}, there = {&to, 1};
    return result_of(process_vm_writev(getpid(), &here, 1, &there, 1, 0));
}

static int wait_for(pid_t child) {
    int status = 0;
    if (child < 0) return errno;
    if (child == 0) _exit(0);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static int by_fork(char **a) { UNUSED; return wait_for((pid_t)syscall(SYS_fork)); }
static int by_clone(char **a) { UNUSED; return wait_for((pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }
static int by_vfork(char **a) { UNUSED; pid_t child = vfork(); if (child == 0) _exit(0); return result_of(child); }

static int by_clone3(char **a) {
    UNUSED;
    unsigned long long arguments[11] = {[4] = SIGCHLD};
    return wait_for((pid_t)syscall(435, arguments, sizeof arguments));
}

static int new_user_thread(char **a) {
    UNUSED;
    return wait_for((pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}

static int fork_bomb(char **a) {
    UNUSED;
    for (int i = 0; i < 8; i++) {
        pid_t child = fork();
        if (child < 0) return errno;
        if (child == 0) _exit(0);
    }
    while (wait(NULL) > 0) {}
    return 0;
}

static int execute(char **a) {
    UNUSED;
    char *arguments[] = {"true", NULL};
    return result_of(execve("/usr/bin/true", arguments, environ));
}

static int execute_bad(char **a) { UNUSED; return CALL(SYS_execve, (void *)1, NULL, NULL); }

static int execute_by_descriptor(char **a) {
    UNUSED;
    char *arguments[] = {"true", NULL};
    int fd = open("/usr/bin/true", O_RDONLY | O_CLOEXEC);
    return CALL(SYS_execveat, fd, "", arguments, environ, AT_EMPTY_PATH);
}

/* The number from which the sandbox itself let exec once. */
static int execute_again(char **a) {
    UNUSED;
    char *arguments[] = {"true", NULL};
    int fd = open("/usr/bin/true", O_RDONLY | O_CLOEXEC);
    if (dup2(fd, 1000) < 0) return errno;
    return CALL(SYS_execveat, 1000, "", arguments, environ, AT_EMPTY_PATH);
}

static int memory_program(char **a) { UNUSED; return CALL(SYS_memfd_create, "x", 0); }

static void *idle(void *argument) { pause(); return argument; }

static int thread_bomb(char **a) {
    UNUSED;
    pthread_attr_t small;
    pthread_t thread;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    for (int i = 0; i < 64; i++) {
        int error = pthread_create(&thread, &small, idle, NULL);
        if (error) return error;
    }
    return 0;
}

static int memory_bomb(char **a) {
    UNUSED;
    for (int i = 0; i < 128; i++) { /* 128 MiB */
        char *block = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) return errno;
        memset(block, 1, 1 << 20);
    }
    return 0;
}

static int processor_bomb(char **a) { UNUSED; for (volatile unsigned long i = 0;; i++) {} return 0; }
static int higher_priority(char **a) { UNUSED; return result_of(setpriority(PRIO_PROCESS, 0, -5)); }

static int real_time(char **a) {
    UNUSED;
    struct sched_param first = {.sched_priority = 1};
    return CALL(SYS_sched_setscheduler, 0, SCHED_FIFO, &first);
}

const struct attempt process_attempts[] = {
    {"trace-me", trace_me}, {"trace-other", trace_other}, {"signal-other", signal_other}, {"signal-all", signal_all},
    {"signal-thread", signal_thread}, {"signal-init", signal_init}, {"handle-other", handle_other},
    {"take-descriptor", take_descriptor}, {"compare", compare}, {"read-memory", read_memory},
    {"write-memory", write_memory}, {"fork", by_fork}, {"clone", by_clone}, {"vfork", by_vfork},
    {"clone3", by_clone3}, {"clone-new-user", new_user_thread}, {"fork-bomb", fork_bomb}, {"execute", execute},
    {"execute-bad", execute_bad}, {"execute-by-descriptor", execute_by_descriptor}, {"execute-again", execute_again},
    {"memory-program", memory_program}, {"thread-bomb", thread_bomb}, {"memory-bomb", memory_bomb},
    {"processor-bomb", processor_bomb}, {"higher-priority", higher_priority}, {"real-time", real_time}, {NULL, NULL},
};
