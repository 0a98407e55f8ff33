// The limit of what a Unix socket gives on this machine: an echo in plain C with epoll, and its two clients.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Listens at `path` and echoes every byte until it is killed. Only an error returns: -1 with errno.
int cecho_serve(const char *path);

// `count` round trips of `size` bytes on one connection, one at a time; the nanoseconds of each go to `nanoseconds`.
int cecho_ping(const char *path, size_t size, size_t count, uint64_t *nanoseconds);

// `connections` connections, each of which sends `depth` messages in one write, waits for all of them, and does so
// again, as redis-benchmark -c -P does, until `count` messages have come back. The time goes to *nanoseconds.
int cecho_flood(
    const char *path, size_t connections, size_t depth, size_t size, size_t count, uint64_t *nanoseconds);
