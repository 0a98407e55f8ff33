// What a supervisor needs to see what its children ask for: their memory, and sockets that carry whole messages.
#define _GNU_SOURCE 1
#include "CLinux.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

size_t cam_read_memory(int32_t pid, uint64_t address, void *buffer, size_t count) {
    enum { PAGE = 4096 };
    size_t done = 0;
    // Page by page, so that the end of a mapping costs no more than what lies behind it.
    while (done < count) {
        size_t piece = PAGE - (size_t)((address + done) % PAGE);
        if (piece > count - done) piece = count - done;
        struct iovec here = {.iov_base = (char *)buffer + done, .iov_len = piece};
        struct iovec there = {.iov_base = (void *)(uintptr_t)(address + done), .iov_len = piece};
        ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
        if (got <= 0) break;
        done += (size_t)got;
        if ((size_t)got < piece) break;
    }
    return done;
}

int cam_packet_pair(int fds[2]) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) return -1;
    return fcntl(fds[0], F_SETFL, O_NONBLOCK);
}
