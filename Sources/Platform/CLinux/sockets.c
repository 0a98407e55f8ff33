// Sockets: addresses, credentials of the peer, descriptors that travel with bytes.
#define _GNU_SOURCE 1
#include "CLinux.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 // Linux 6.5; the headers of Debian 12 are older
#endif

int cam_accept4(int fd, int flags) { return accept4(fd, NULL, NULL, flags); }

size_t cam_unix_path_max(void) { return sizeof(((struct sockaddr_un *)0)->sun_path) - 1; }

static int address_of(struct sockaddr_un *address, socklen_t *length, const char *path, size_t path_length) {
    if (path_length == 0 || path_length > cam_unix_path_max()) {
        errno = path_length == 0 ? EINVAL : ENAMETOOLONG;
        return -1;
    }
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, path_length);
    *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_length + 1);
    return 0;
}

int cam_unix_bind(int fd, const char *path, size_t path_length) {
    struct sockaddr_un address;
    socklen_t length;
    if (address_of(&address, &length, path, path_length) != 0) return -1;
    return bind(fd, (struct sockaddr *)&address, length);
}

int cam_unix_connect(int fd, const char *path, size_t path_length) {
    struct sockaddr_un address;
    socklen_t length;
    if (address_of(&address, &length, path, path_length) != 0) return -1;
    return connect(fd, (struct sockaddr *)&address, length);
}

int cam_peer_credentials(int fd, cam_credentials *out) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return -1;
    out->pid = peer.pid;
    out->uid = peer.uid;
    out->gid = peer.gid;
    return 0;
}

int cam_peer_groups(int fd, uint32_t *groups, int capacity, int *needed) {
    socklen_t length = (socklen_t)((size_t)capacity * sizeof(gid_t));
    int result = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &length);
    *needed = (int)(length / sizeof(gid_t));
    return result == 0 ? *needed : -1;
}

int cam_peer_pidfd(int fd) {
    int pidfd = -1;
    socklen_t length = sizeof pidfd;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) != 0) return -1;
    return pidfd;
}

ssize_t cam_send2(int fd, const void *first, size_t first_count, const void *second, size_t second_count) {
    if (second_count == 0) return send(fd, first, first_count, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (first_count == 0) return send(fd, second, second_count, MSG_NOSIGNAL | MSG_DONTWAIT);
    struct iovec spans[2] = {
        {.iov_base = (void *)(uintptr_t)first, .iov_len = first_count},
        {.iov_base = (void *)(uintptr_t)second, .iov_len = second_count},
    };
    struct msghdr message = {.msg_iov = spans, .msg_iovlen = 2};
    return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

enum { DESCRIPTORS_MAX = 64 };

ssize_t cam_receive_with_fds(int fd, void *bytes, size_t count, int *fds, int capacity, int *received) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
    } control;
    struct iovec span = {.iov_base = bytes, .iov_len = count};
    struct msghdr message = {
        .msg_iov = &span, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    *received = 0;
    ssize_t result = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (result < 0) return -1;
    for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each != NULL; each = CMSG_NXTHDR(&message, each)) {
        if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
        size_t arrived = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < arrived; index++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(each) + index * sizeof(int), sizeof descriptor);
            // More than was asked for must not leak.
            if (*received < capacity) fds[(*received)++] = descriptor;
            else close(descriptor);
        }
    }
    return result;
}
