/* What the launcher tells camd: one SOCK_SEQPACKET message a record, text, in this order. The same socket is the life line:
 * when camd's end closes, everything here ends.
 *
 *   layer NAME yes|no DETAIL   what was applied, measured from inside; all twelve, before the program starts
 *   process init               with the init's pidfd (SCM_RIGHTS), and
 *   process driver             with the driver's: camd waits for both ends itself, whoever else was killed
 *   notify                     with the seccomp notification descriptor (SCM_RIGHTS)
 *   started                    the program runs
 *   fail STEP ERRNO DETAIL     nothing was started: the step of the checklist that failed
 *   exit code N | exit signal N    how the program ended, seen by its init
 *   init code N | init signal N    how the init ended, seen from outside */
#pragma once
#include "plan.h"

struct report {
    bool applied[LAYER_COUNT];
    char detail[LAYER_COUNT][160];
};

/* Where the control socket is now: 6, and exec-fd + 1 in the driver. */
extern int control_fd;
/* In the driver before exec: the pipe on which its init learns that exec did not happen. Else -1. */
extern int failure_fd;

void send_record(const char *format, ...) __attribute__((format(printf, 1, 2)));
void send_descriptor(const char *record, int fd);
/* Reports the step with errno and ends this process; its parent ends in turn. */
_Noreturn void fail(const char *step, const char *detail);
void note(struct report *report, enum layer layer, bool applied, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void send_report(const struct report *report);
/* Fails closed: ends here when a layer that the plan requires is not applied. */
void check_required(const struct plan *plan, const struct report *report);

/* One step of a checklist: true, or the end. */
#define STEP(name, condition) do { if (!(condition)) fail(name, ""); } while (0)
