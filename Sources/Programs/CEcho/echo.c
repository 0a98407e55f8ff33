// An echo server as fast as epoll allows, and closed-loop clients without anything that could be left out.
#define _GNU_SOURCE 1
#include "CEcho.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_BYTES = 64 << 10, EVENTS = 64, CONNECTIONS_MAX = 256 };

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int unix_socket(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address->sun_path, path);
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int connect_to(const char *path) {
    struct sockaddr_un address;
    int fd = unix_socket(path, &address);
    if (fd < 0) return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static int write_all(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = send(fd, bytes, count, MSG_NOSIGNAL);
        if (written < 0 && errno != EINTR) return -1;
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        }
    }
    return 0;
}

// --- server ---

static int watch(int epoll, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void echo_once(int fd, char *buffer) {
    ssize_t count = read(fd, buffer, BUFFER_BYTES);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0 || write_all(fd, buffer, (size_t)count) != 0) close(fd);
}

int cecho_serve(const char *path) {
    struct sockaddr_un address;
    int listener = unix_socket(path, &address);
    if (listener < 0) return -1;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 64) != 0) return -1;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    char *buffer = malloc(BUFFER_BYTES);
    if (epoll < 0 || buffer == NULL || watch(epoll, listener) != 0) return -1;
    struct epoll_event events[EVENTS];
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, -1);
        if (count < 0 && errno != EINTR) return -1;
        for (int index = 0; index < count; index++) {
            int fd = events[index].data.fd;
            if (fd != listener) {
                echo_once(fd, buffer);
                continue;
            }
            int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            if (accepted >= 0 && watch(epoll, accepted) != 0) close(accepted);
        }
    }
}

// --- clients ---

static int round_trip(int fd, char *buffer, size_t size) {
    if (write_all(fd, buffer, size) != 0) return -1;
    for (size_t got = 0; got < size;) {
        ssize_t count = read(fd, buffer + got, size - got);
        if (count == 0) errno = ECONNRESET;
        if (count == 0 || (count < 0 && errno != EINTR)) return -1;
        if (count > 0) got += (size_t)count;
    }
    return 0;
}

int cecho_ping(const char *path, size_t size, size_t count, uint64_t *nanoseconds) {
    int fd = connect_to(path);
    if (fd < 0) return -1;
    char *buffer = calloc(1, size);
    int result = buffer == NULL ? -1 : 0;
    for (size_t index = 0; result == 0 && index < count; index++) {
        uint64_t start = now();
        result = round_trip(fd, buffer, size);
        nanoseconds[index] = now() - start;
    }
    int error = errno;
    free(buffer);
    close(fd);
    errno = error;
    return result;
}

typedef struct {
    int epoll;
    size_t connections;
    int fds[CONNECTIONS_MAX];
    size_t missing[CONNECTIONS_MAX]; // bytes of the present batch that have not come back
    char *batch;
    char *buffer;
    size_t batch_bytes;
    size_t batches_left;
    size_t batches_open;
} flood;

static int send_batch(flood *state, size_t index) {
    if (state->batches_left == 0) return 0;
    state->batches_left--;
    state->batches_open++;
    state->missing[index] = state->batch_bytes;
    return write_all(state->fds[index], state->batch, state->batch_bytes);
}

static int receive_batch(flood *state, size_t index) {
    ssize_t count = read(state->fds[index], state->buffer, BUFFER_BYTES);
    if (count < 0) return errno == EINTR || errno == EAGAIN ? 0 : -1;
    if (count == 0 || (size_t)count > state->missing[index]) {
        errno = EPROTO;
        return -1;
    }
    state->missing[index] -= (size_t)count;
    if (state->missing[index] > 0) return 0;
    state->batches_open--;
    return send_batch(state, index);
}

static int flood_open(flood *state, const char *path) {
    state->epoll = epoll_create1(EPOLL_CLOEXEC);
    state->batch = calloc(1, state->batch_bytes);
    state->buffer = malloc(BUFFER_BYTES);
    if (state->epoll < 0 || state->batch == NULL || state->buffer == NULL) return -1;
    for (size_t index = 0; index < state->connections; index++) {
        state->fds[index] = connect_to(path);
        if (state->fds[index] < 0) return -1;
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = index};
        if (epoll_ctl(state->epoll, EPOLL_CTL_ADD, state->fds[index], &event) != 0) return -1;
    }
    return 0;
}

static int flood_run(flood *state) {
    struct epoll_event events[EVENTS];
    for (size_t index = 0; index < state->connections; index++) {
        if (send_batch(state, index) != 0) return -1;
    }
    while (state->batches_open > 0) {
        int count = epoll_wait(state->epoll, events, EVENTS, -1);
        if (count < 0 && errno != EINTR) return -1;
        for (int index = 0; index < count; index++) {
            if (receive_batch(state, (size_t)events[index].data.u64) != 0) return -1;
        }
    }
    return 0;
}

int cecho_flood(
    const char *path, size_t connections, size_t depth, size_t size, size_t count, uint64_t *nanoseconds) {
    if (connections == 0 || connections > CONNECTIONS_MAX || depth == 0 || size == 0) {
        errno = EINVAL;
        return -1;
    }
    flood state = {.epoll = -1, .connections = connections, .batch_bytes = depth * size, .batches_left = count / depth};
    for (size_t index = 0; index < connections; index++) state.fds[index] = -1;
    int result = flood_open(&state, path);
    if (result == 0) {
        uint64_t start = now();
        result = flood_run(&state);
        *nanoseconds = now() - start;
    }
    int error = errno;
    for (size_t index = 0; index < connections; index++) {
        if (state.fds[index] >= 0) close(state.fds[index]);
    }
    if (state.epoll >= 0) close(state.epoll);
    free(state.batch);
    free(state.buffer);
    errno = error;
    return result;
}
