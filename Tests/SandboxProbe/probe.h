/* The probe: attacks a sandbox from inside. `probe NAME ARGUMENT…` makes one attempt and writes `result N` to stderr, N being
 * 0 when it succeeded, else the errno. Attempts are chosen so that "refused by the sandbox" and "reached the kernel" give
 * different numbers (bad descriptors and pointers: EBADF, EFAULT) and so that nothing is harmed where nothing refuses. */
#pragma once
#include <errno.h>
#include <stddef.h>

struct attempt {
    const char *name;
    int (*make)(char **arguments); /* 0 or an errno */
};

extern const struct attempt file_attempts[], kernel_attempts[], process_attempts[], allowed_uses[];

static inline int result_of(long value) { return value < 0 ? errno : 0; }
