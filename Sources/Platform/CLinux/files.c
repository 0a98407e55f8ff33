// Files, descriptors, event sources, signals: thin calls, one line each wherever possible.
#define _GNU_SOURCE 1
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

int cam_memfd_create(const char *name, unsigned int flags) { return memfd_create(name, flags); }
int cam_add_seals(int fd, int seals) { return fcntl(fd, F_ADD_SEALS, seals); }
int cam_pipe2(int fds[2], int flags) { return pipe2(fds, flags); }
int cam_flock(int fd, int operation) { return flock(fd, operation); }
int cam_fallocate(int fd, int mode, int64_t offset, int64_t length) { return fallocate(fd, mode, offset, length); }
ssize_t cam_getrandom(void *buffer, size_t count, unsigned int flags) { return getrandom(buffer, count, flags); }

int cam_close_range(unsigned int first, unsigned int last, unsigned int flags) {
    return (int)syscall(SYS_close_range, first, last, flags);
}

int cam_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags) {
    return renameat2(from_folder, from, to_folder, to, flags);
}

int cam_epoll_create1(int flags) { return epoll_create1(flags); }

int cam_epoll_ctl(int epoll, int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(epoll, operation, fd, &event);
}

int cam_epoll_wait(int epoll, struct epoll_event *events, int capacity, int timeout_ms) {
    return epoll_wait(epoll, events, capacity, timeout_ms);
}

uint64_t cam_epoll_data(const struct epoll_event *event) { return event->data.u64; }

int cam_eventfd(unsigned int initial, int flags) { return eventfd(initial, flags); }

static void fill(sigset_t *set, uint64_t signals) {
    sigemptyset(set);
    for (int signal = 1; signal <= 64; signal++) {
        if (signals >> (signal - 1) & 1) sigaddset(set, signal);
    }
}

int cam_signalfd(uint64_t signals, int flags) {
    sigset_t set;
    fill(&set, signals);
    return signalfd(-1, &set, flags);
}

// pthread_sigmask answers with the error's number instead of setting errno.
int cam_block_signals(uint64_t signals) {
    sigset_t set;
    fill(&set, signals);
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error == 0) return 0;
    errno = error;
    return -1;
}

const char *cam_error_name(int error) { return strerrorname_np(error); }
const char *cam_error_text(int error) { return strerrordesc_np(error); }
const char *cam_signal_name(int signal) { return sigabbrev_np(signal); }

int cam_ignore_signal(int signal) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_IGN;
    return sigaction(signal, &action, NULL);
}

int cam_signalfd_read(int fd, int32_t *sender_pid) {
    struct signalfd_siginfo info;
    ssize_t count = read(fd, &info, sizeof info);
    if (count == (ssize_t)sizeof info) {
        *sender_pid = (int32_t)info.ssi_pid;
        return (int)info.ssi_signo;
    }
    if (count < 0 && errno == EAGAIN) return 0;
    if (count >= 0) errno = EIO;
    return -1;
}
