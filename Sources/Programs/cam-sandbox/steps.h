/* The steps of the checklist, one file a concern. Each returns false with errno set, unless it says otherwise. */
#pragma once
#include "report.h"

/* What the process knows when it has passed into the sandbox. */
struct place {
    bool user_ns;      /* a user namespace of its own */
    bool namespaces;   /* those of the plan were made */
    uid_t camd_uid;    /* who the launcher was started as */
    uid_t outer_uid;   /* who a user namespace's one user is outside */
    gid_t outer_gid;
    int proc_fd;       /* the host's /proc, so that every process can look at itself; O_PATH, close-on-exec */
    int program_fd;    /* O_PATH, close-on-exec */
    int outside_ns_errno; /* why the namespaces could not be made, 0 when they were */
    unsigned long outside_ns[6]; /* inode numbers of the namespaces of the launcher: user mnt pid net ipc uts */
};

/* identity.c */
bool map_ids(const struct plan *plan, const struct place *place);
bool become(uid_t uid, gid_t gid);
bool drop_identity(const struct plan *plan, const struct place *place);
/* mounts.c: each failing step is reported from inside with what it was about. */
void build_tree(const struct plan *plan);
/* landlock.c: returns the ABI version, 0 where there is none; negative errno. */
int landlock_version(void);
int landlock_confine(const struct plan *plan, const struct place *place);
/* limits.c */
bool set_limits(const struct plan *plan);
void measure_limits(const struct plan *plan, struct report *report);
bool join_cgroups(const struct plan *plan, struct report *report);
void leave_cgroups(const struct plan *plan);
/* filter.c */
bool filter_read(int fd);
bool filter_guard_signals(void);
/* Installs the plan's filter; a notification descriptor, -1 without one, -2 on failure. */
int filter_install(bool notify);
/* measure.c */
void remember_namespaces(struct place *place);
void measure_namespaces(const struct place *place, struct report *report);
void measure_status(int status_fd, const struct plan *plan, const struct place *place, struct report *report);
/* init.c and driver.c: never return. */
_Noreturn void run_init(const struct plan *plan, struct place *place, struct report *report, int launcher_pipe);
_Noreturn void run_driver(const struct plan *plan, struct place *place, struct report *report, int exec_pipe);
/* probe.c */
int probe(void);
