/* The plan: what camd asks the launcher to build. Written by Sources/Adapters/Sandbox/SpawnPlan.swift, read here; one
 * test (SandboxTests, "every key of a plan is understood by the launcher") holds the two together.
 *
 * A plan is a sealed memfd of NUL-terminated `key=value` records, at most 64 KiB, the first being `plan=1` and the
 * last `plan=end`, so that a plan that lost its end, and with it what it requires, is none:
 *
 *   program=PATH         the driver's program on the host: an ELF file (required)
 *   folder=PATH          its folder, seen read-only as /driver inside (required with a mount namespace)
 *   arg=TEXT             argv, in order, the first included (at least one)
 *   env=NAME=VALUE       the whole environment, in order
 *   namespace=NAME       one of mount pid net ipc uts, each to be made new
 *   user=never|needed    whether a user namespace may be used to get the others (needed: when not privileged)
 *   uid=N, gid=N         who the driver is inside; as root also outside
 *   hostname=TEXT        with namespace=uts
 *   read=PATH            read-only inside under the same path; a top-level symbolic link is copied; missing is skipped
 *   tmp-bytes=N          size of the private /tmp
 *   limit=NAME:N         NAME one of nofile nproc fsize cpu data as stack; core is always 0
 *   cgroup=PATH          a cgroup.procs file to join; cgroup-folder=PATH is removed when camd has gone
 *   landlock=yes|no      default yes
 *   notify=yes|no        whether the filter has SECCOMP_RET_USER_NOTIF; its descriptor is then sent to camd
 *   exec-fd=N            the one descriptor from which the filter lets exec; N + 1 is the control socket's
 *   level=NAME           for the report only
 *   require=LAYER        a layer that must be applied, or nothing is started
 *
 * Descriptors at start: 0 /dev/null, 1 and 2 the pipe camd reads stderr from, 3 the driver's socket, 4 the plan, 5 the
 * BPF program (struct sock_filter[]), 6 the control socket (SOCK_SEQPACKET; see report.h). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { FD_DRIVER = 3, FD_PLAN = 4, FD_FILTER = 5, FD_CONTROL = 6 };
enum { ARGS_MAX = 66, ENVS_MAX = 32, READS_MAX = 24, CGROUPS_MAX = 4, PLAN_BYTES_MAX = 64 << 10 };

/* The layers of a report, in its order. The names are those of SandboxLayer.name. */
enum layer {
    LAYER_NO_NEW_PRIVS, LAYER_USER_NS, LAYER_MOUNT_NS, LAYER_PID_NS, LAYER_NET_NS, LAYER_IPC_NS, LAYER_UTS_NS,
    LAYER_LANDLOCK, LAYER_SECCOMP, LAYER_RLIMITS, LAYER_CGROUP, LAYER_UID, LAYER_COUNT
};
extern const char *const layer_names[LAYER_COUNT];

enum limit { LIMIT_NOFILE, LIMIT_NPROC, LIMIT_FSIZE, LIMIT_CPU, LIMIT_DATA, LIMIT_AS, LIMIT_STACK, LIMIT_COUNT };

struct plan {
    const char *program, *folder, *hostname, *level;
    char *args[ARGS_MAX + 1], *envs[ENVS_MAX + 1];
    const char *reads[READS_MAX], *cgroups[CGROUPS_MAX], *cgroup_folders[CGROUPS_MAX];
    size_t arg_count, env_count, read_count, cgroup_count, cgroup_folder_count;
    int namespaces; /* CLONE_NEW… */
    bool user_allowed, landlock, notify;
    uid_t uid;
    gid_t gid;
    uint64_t tmp_bytes, limits[LIMIT_COUNT];
    bool limited[LIMIT_COUNT], required[LAYER_COUNT];
    int exec_fd;
};

/* Maps the plan and reads it; false with errno for anything it does not understand. */
bool plan_read(struct plan *plan, int fd);
