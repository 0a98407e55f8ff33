// libseccomp, and in C what Swift cannot reach of it: a result that must be freed, and numbers behind macros.
#pragma once
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

// Writes the name of a call of this machine, at most `count` bytes with the NUL; 0 when it has none that is known.
static inline int cam_seccomp_call_name(int number, char *name, size_t count) {
    char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    if (known == NULL) return 0;
    strncpy(name, known, count - 1);
    name[count - 1] = 0;
    free(known);
    return 1;
}

static inline uint32_t cam_seccomp_errno_action(int error) { return SCMP_ACT_ERRNO(error); }
