/* Reads the time zone database. What was read stays: its files are few and small, and change with the system. */
#include "zone_info.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than the database has, its copies with and without leap seconds counted; larger than any of its files. */
enum { zones_max = 2048, name_max = 64, file_max = 64 << 10 };

static const char database[] = "/usr/share/zoneinfo/";

struct zone {
    char name[name_max];
    const unsigned char *contents;
    size_t count;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct zone *zones;
static size_t zone_count;

/* Letters, digits, and what names of zones have besides; no part of a path that begins with a dot. */
static bool is_name(const char *name, size_t count) {
    if (count == 0 || count >= name_max || name[0] == '/') return false;
    for (size_t at = 0; at < count; at++) {
        unsigned char c = (unsigned char)name[at];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_letter && c != '_' && c != '-' && c != '+' && c != '/') return false;
    }
    return true;
}

static bool read_file(const char *path, struct zone *zone) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0) return false;
    struct stat status;
    bool is_fit = fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
                  status.st_size <= file_max;
    unsigned char *contents = is_fit ? malloc((size_t)status.st_size) : NULL;
    size_t count = 0;
    while (contents != NULL && count < (size_t)status.st_size) {
        ssize_t got = read(file, contents + count, (size_t)status.st_size - count);
        if (got <= 0) break;
        count += (size_t)got;
    }
    close(file);
    if (contents == NULL || count != (size_t)status.st_size || count < 4 || memcmp(contents, "TZif", 4) != 0) {
        free(contents);
        return false;
    }
    zone->contents = contents;
    zone->count = count;
    return true;
}

static const struct zone *find(const char *name, size_t count) {
    for (size_t index = 0; index < zone_count; index++) {
        if (strlen(zones[index].name) == count && memcmp(zones[index].name, name, count) == 0) return &zones[index];
    }
    return NULL;
}

static const struct zone *add(const char *name, size_t count) {
    if (zones == NULL) zones = calloc(zones_max, sizeof *zones);
    if (zones == NULL || zone_count == zones_max) return NULL;
    struct zone *zone = &zones[zone_count];
    char path[sizeof database + name_max];
    memcpy(path, database, sizeof database - 1);
    memcpy(path + sizeof database - 1, name, count);
    path[sizeof database - 1 + count] = 0;
    if (!read_file(path, zone)) return NULL;
    memcpy(zone->name, name, count);
    zone->name[count] = 0;
    zone_count++;
    return zone;
}

const unsigned char *cam_zone_info(const char *name, size_t name_count, size_t *count) {
    if (!is_name(name, name_count)) return NULL;
    pthread_mutex_lock(&mutex);
    const struct zone *zone = find(name, name_count);
    if (zone == NULL) zone = add(name, name_count);
    const unsigned char *contents = zone == NULL ? NULL : zone->contents;
    if (zone != NULL) *count = zone->count;
    pthread_mutex_unlock(&mutex);
    return contents;
}
