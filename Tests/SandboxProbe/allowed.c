/* What a driver must be able to do, and ways to end that the supervisor must name rightly. */
#define _GNU_SOURCE
#include "probe.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNUSED (void)a
extern char **environ;

static int use_tmp(char **a) {
    UNUSED;
    char text[8] = {0};
    if (mkdir("/tmp/folder", 0700) < 0) return errno;
    int fd = open("/tmp/folder/file", O_RDWR | O_CREAT, 0600);
    if (fd < 0) return errno;
    if (write(fd, "here", 4) != 4 || pread(fd, text, 4, 0) != 4 || strcmp(text, "here") != 0) return EIO;
    return result_of(unlink("/tmp/folder/file"));
}

static int read_own_folder(char **a) {
    int fd = open(a[0], O_RDONLY);
    return result_of(fd);
}

static void *answer(void *argument) { *(int *)argument = 42; return NULL; }

static int use_threads(char **a) {
    UNUSED;
    int value = 0;
    pthread_t thread;
    int error = pthread_create(&thread, NULL, answer, &value);
    if (error) return error;
    pthread_join(thread, NULL);
    return value == 42 ? 0 : EIO;
}

/* Sends back on descriptor 3 what comes in, until the other side ends. */
static int echo(char **a) {
    UNUSED;
    char bytes[512];
    ssize_t count;
    while ((count = read(3, bytes, sizeof bytes)) > 0)
        if (write(3, bytes, (size_t)count) != count) return EIO;
    return 0;
}

static int show_environment(char **a) {
    UNUSED;
    for (char **variable = environ; *variable; variable++) fprintf(stderr, "%s\n", *variable);
    return 0;
}

static int flood(char **a) {
    static char line[1024];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\n';
    for (int i = atoi(a[0]); i > 0; i--)
        if (write(2, line, sizeof line) < 0) return errno;
    return 0;
}

static int many_opens(char **a) {
    for (int i = atoi(a[0]); i > 0; i--) {
        int fd = open("/usr", O_RDONLY | O_DIRECTORY);
        if (fd < 0) return errno;
        close(fd);
    }
    return 0;
}

static int hang(char **a) { UNUSED; for (;;) pause(); return 0; }
static int ignore_terminate(char **a) { UNUSED; signal(SIGTERM, SIG_IGN); return hang(a); }
static int do_abort(char **a) { UNUSED; abort(); return 0; }
static int crash(char **a) { UNUSED; *(volatile int *)8 = 1; return 0; }
static int leave(char **a) { exit(atoi(a[0])); return 0; }

const struct attempt allowed_uses[] = {
    {"use-tmp", use_tmp}, {"read-own-folder", read_own_folder}, {"use-threads", use_threads}, {"echo", echo},
    {"show-environment", show_environment}, {"flood", flood}, {"many-opens", many_opens}, {"hang", hang},
    {"ignore-terminate", ignore_terminate}, {"abort", do_abort}, {"crash", crash}, {"leave", leave}, {NULL, NULL},
};
