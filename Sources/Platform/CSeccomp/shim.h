// libseccomp, and in C what Swift cannot reach of it: a result that must be freed, and numbers behind macros.
#pragma once
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

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

// Bytes that this kernel writes for one notification: it takes only a buffer that it finds zeroed. 0 when it has none.
static inline size_t cam_seccomp_notification_bytes(void) {
    struct seccomp_notif_sizes sizes;
    return syscall(__NR_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0 ? sizes.seccomp_notif : 0;
}
