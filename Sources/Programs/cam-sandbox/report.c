/* Sends records over the control socket, from fixed buffers: nothing here allocates. */
#define _GNU_SOURCE
#include "report.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int control_fd = FD_CONTROL;
int failure_fd = -1;

/* sendmsg and not send: it is the one sending call that the filter lets through on this descriptor. */
static void send_bytes(const char *bytes, size_t count, int descriptor) {
    union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = {0};
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    while (sendmsg(control_fd, &message, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
}

void send_record(const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int count = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (count < 0) return;
    send_bytes(text, (size_t)count < sizeof text ? (size_t)count : sizeof text - 1, -1);
}

void send_descriptor(const char *record, int fd) { send_bytes(record, strlen(record), fd); }

void fail(const char *step, const char *detail) {
    send_record("fail %s %d %s", step, errno, detail);
    if (failure_fd >= 0 && write(failure_fd, "!", 1) < 0) _exit(126);
    _exit(125);
}

void note(struct report *report, enum layer layer, bool applied, const char *format, ...) {
    va_list arguments;
    report->applied[layer] = applied;
    va_start(arguments, format);
    vsnprintf(report->detail[layer], sizeof report->detail[layer], format, arguments);
    va_end(arguments);
}

void send_report(const struct report *report) {
    for (int i = 0; i < LAYER_COUNT; i++)
        send_record("layer %s %s %s", layer_names[i], report->applied[i] ? "yes" : "no", report->detail[i]);
}

void check_required(const struct plan *plan, const struct report *report) {
    for (int i = 0; i < LAYER_COUNT; i++) {
        if (!plan->required[i] || report->applied[i]) continue;
        errno = 0;
        char text[256];
        snprintf(text, sizeof text, "%s: %s", layer_names[i], report->detail[i]);
        fail("require", text);
    }
}
