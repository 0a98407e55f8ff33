// What Linux offers and the Glibc module lacks: calls behind _GNU_SOURCE, variadic calls and function-like macros.
// Every function keeps libc's convention: -1 and errno on failure. Nothing here knows about CAM.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

// Files and descriptors.
int cam_memfd_create(const char *name, unsigned int flags);
int cam_add_seals(int fd, int seals);
int cam_pipe2(int fds[2], int flags);
int cam_close_range(unsigned int first, unsigned int last, unsigned int flags);
int cam_flock(int fd, int operation);
int cam_fallocate(int fd, int mode, int64_t offset, int64_t length);
int cam_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags);
ssize_t cam_getrandom(void *buffer, size_t count, unsigned int flags);

// Event sources.
int cam_epoll_create1(int flags);
int cam_epoll_ctl(int epoll, int operation, int fd, uint32_t events, uint64_t data);
int cam_epoll_wait(int epoll, struct epoll_event *events, int capacity, int timeout_ms);
uint64_t cam_epoll_data(const struct epoll_event *event);
int cam_eventfd(unsigned int initial, int flags);
// `signals` is a bit per signal: bit n-1 for signal n.
int cam_signalfd(uint64_t signals, int flags);
int cam_block_signals(uint64_t signals);
int cam_ignore_signal(int signal);
// One record of a signalfd: the signal's number, its sender; 0 when none waits.
int cam_signalfd_read(int fd, int32_t *sender_pid);

// Unix sockets.
typedef struct {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
} cam_credentials;

int cam_accept4(int fd, int flags);
int cam_unix_bind(int fd, const char *path, size_t path_length);
// Two connected sockets that keep the bounds of messages, close-on-exec; the first does not block.
int cam_packet_pair(int fds[2]);
int cam_unix_connect(int fd, const char *path, size_t path_length);
size_t cam_unix_path_max(void);
int cam_peer_credentials(int fd, cam_credentials *out);
// Number of groups written, or -1 with ERANGE and the needed number in *needed.
int cam_peer_groups(int fd, uint32_t *groups, int capacity, int *needed);
int cam_peer_pidfd(int fd);
// Sends up to two spans in one call. Never raises SIGPIPE, never waits.
ssize_t cam_send2(int fd, const void *first, size_t first_count, const void *second, size_t second_count);
// SCM_RIGHTS: receives bytes with descriptors (close-on-exec) into fds, *received of them.
ssize_t cam_receive_with_fds(int fd, void *bytes, size_t count, int *fds, int capacity, int *received);

// Processes.
int cam_pidfd_open(int32_t pid, unsigned int flags);
int cam_pidfd_send_signal(int pidfd, int signal);

typedef struct {
    int32_t code;   // CLD_EXITED, CLD_KILLED, CLD_DUMPED; 0 when the process still runs
    int32_t status; // exit code or signal
} cam_exit;

// Reaps the child behind the pidfd; with `no_hang` answers code 0 while it runs.
int cam_wait_pidfd(int pidfd, int no_hang, cam_exit *out);

typedef struct {
    const char *program;      // path; searched for nowhere
    char *const *arguments;   // null-terminated, the first is the program's name for itself
    char *const *environment; // null-terminated
    const char *folder;       // working folder, or NULL to keep the parent's
    const int *sources;       // descriptors of the parent ...
    const int *targets;       // ... and the numbers that the child sees, ascending; all others are closed
    int descriptor_count;
    int new_session;
    int death_signal;         // sent to the child when the spawning thread ends, or 0
    int umask_set;
    uint32_t umask;
} cam_spawn_plan;

enum {
    CAM_SPAWN_STEP_CLONE = 1,
    CAM_SPAWN_STEP_SIGNALS,
    CAM_SPAWN_STEP_SESSION,
    CAM_SPAWN_STEP_DEATH_SIGNAL,
    CAM_SPAWN_STEP_FOLDER,
    CAM_SPAWN_STEP_DESCRIPTORS,
    CAM_SPAWN_STEP_EXECUTE,
};

// Starts a program and returns its pid with *pidfd set (close-on-exec); -1 with errno and *step otherwise.
int32_t cam_spawn(const cam_spawn_plan *plan, int *pidfd, int *step);

// Copies from another process's memory up to `count` bytes, fewer where its memory ends; 0 when nothing can be read.
size_t cam_read_memory(int32_t pid, uint64_t address, void *buffer, size_t count);

int cam_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int cam_set_resource_limit(int resource, uint64_t soft, uint64_t hard);
int cam_get_resource_limit(int resource, uint64_t *soft, uint64_t *hard);
char **cam_environ(void);

// Names the calling thread; at most 15 bytes.
int cam_set_thread_name(const char *name);

// Names of errors and signals; NULL when the number has none.
const char *cam_error_name(int error);
const char *cam_error_text(int error);
const char *cam_signal_name(int signal);
