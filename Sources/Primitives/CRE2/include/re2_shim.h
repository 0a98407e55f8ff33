/* RE2 for Swift: regular expressions in linear time, compiled once and kept in a bounded cache that threads share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A compiled expression. Immutable, so that threads may share it; it lives until its last holder lets go of it. */
typedef struct cam_re2 cam_re2;

/* Why there is no expression. */
enum cam_re2_failure {
    CAM_RE2_SYNTAX = 1,
    /* Well formed, but its program would not fit into the memory an expression may have. */
    CAM_RE2_TOO_LARGE = 2,
};

/* A match or a group of it, as byte offsets into the text. A group that took no part has start -1. */
typedef struct {
    int64_t start;
    int64_t end;
} cam_re2_span;

/* The expression of a pattern in UTF-8, from the cache or compiled. A kept one does not leave the cache until it is
 * released as often as it was taken with keep. NULL when the pattern is bad: *failure says why, and message holds the
 * reason, cut at message_max bytes and ended by a zero. */
const cam_re2 *cam_re2_take(
    const char *pattern, size_t pattern_count, bool keep, int *failure, char *message, size_t message_max);
void cam_re2_release(const cam_re2 *expression, bool kept);

/* Instructions of the program: what a byte of text costs at most. */
int cam_re2_size(const cam_re2 *expression);
/* Capturing groups, without the whole match. */
int cam_re2_groups(const cam_re2 *expression);
/* The number of the first group with a name, or -1. */
int cam_re2_group_named(const cam_re2 *expression, const char *name, size_t name_count);

/* Whether there is a match at or after the byte offset start; the text before it counts for ^ and \b. Of the match and
 * its groups the first span_count go to spans. */
bool cam_re2_search(
    const cam_re2 *expression, const char *text, size_t text_count, size_t start, cam_re2_span *spans,
    size_t span_count);

/* Expressions in the cache that nobody keeps; for tests. */
size_t cam_re2_cached(void);

#ifdef __cplusplus
}
#endif
