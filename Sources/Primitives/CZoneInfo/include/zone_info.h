/* The time zone files of the system (RFC 8536), read once each. */
#pragma once

#include <stddef.h>

/* The contents of the file of a zone such as Europe/Berlin, which stay where they are for as long as the process runs.
 * NULL when there is no such zone, or its name could lead out of the database. Threads may call it side by side. */
const unsigned char *cam_zone_info(const char *name, size_t name_count, size_t *count);
