/* Reads the plan. Strict: an unknown key, a second value where one is expected or a number that is none refuses all. */
#define _GNU_SOURCE
#include "plan.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

const char *const layer_names[LAYER_COUNT] = {
    "no_new_privs", "user_ns", "mount_ns", "pid_ns", "net_ns", "ipc_ns", "uts_ns", "landlock", "seccomp", "rlimits",
    "cgroup", "uid",
};

static const char *const limit_names[LIMIT_COUNT] = {"nofile", "nproc", "fsize", "cpu", "data", "as", "stack"};

static bool read_number(const char *text, uint64_t *number) {
    char *end;
    if (*text < '0' || *text > '9') return false;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && *end == 0;
}

static bool read_id(const char *text, uint32_t *id) {
    uint64_t number;
    if (!read_number(text, &number) || number >= UINT32_MAX) return false;
    *id = (uint32_t)number;
    return true;
}

static bool read_bool(const char *text, bool *value) {
    *value = strcmp(text, "yes") == 0;
    return *value || strcmp(text, "no") == 0;
}

static bool once(const char **slot, const char *value) {
    if (*slot || !*value) return false;
    *slot = value;
    return true;
}

static bool add(const char **list, size_t *count, size_t max, const char *value) {
    if (*count == max || *value != '/') return false;
    list[(*count)++] = value;
    return true;
}

static bool add_text(char **list, size_t *count, size_t max, char *value) {
    if (*count == max) return false;
    list[(*count)++] = value;
    return true;
}

static bool read_namespace(struct plan *plan, const char *value) {
    static const struct { const char *name; int flag; } known[] = {
        {"mount", CLONE_NEWNS}, {"pid", CLONE_NEWPID}, {"net", CLONE_NEWNET}, {"ipc", CLONE_NEWIPC},
        {"uts", CLONE_NEWUTS},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(value, known[i].name) == 0) {
            plan->namespaces |= known[i].flag;
            return true;
        }
    return false;
}

static bool read_limit(struct plan *plan, const char *value) {
    for (int i = 0; i < LIMIT_COUNT; i++) {
        size_t length = strlen(limit_names[i]);
        if (strncmp(value, limit_names[i], length) != 0 || value[length] != ':') continue;
        plan->limited[i] = true;
        return read_number(value + length + 1, &plan->limits[i]);
    }
    return false;
}

static bool read_require(struct plan *plan, const char *value) {
    for (int i = 0; i < LAYER_COUNT; i++)
        if (strcmp(value, layer_names[i]) == 0) return plan->required[i] = true;
    return false;
}

static bool read_user(struct plan *plan, const char *value) {
    plan->user_allowed = strcmp(value, "needed") == 0;
    return plan->user_allowed || strcmp(value, "never") == 0;
}

static bool read_record(struct plan *p, const char *key, char *value) {
    uint64_t number;
    if (!strcmp(key, "program")) return *value == '/' && once(&p->program, value);
    if (!strcmp(key, "folder")) return *value == '/' && once(&p->folder, value);
    if (!strcmp(key, "hostname")) return once(&p->hostname, value);
    if (!strcmp(key, "level")) return once(&p->level, value);
    if (!strcmp(key, "arg")) return add_text(p->args, &p->arg_count, ARGS_MAX, value);
    if (!strcmp(key, "env")) return strchr(value, '=') && add_text(p->envs, &p->env_count, ENVS_MAX, value);
    if (!strcmp(key, "read")) return add(p->reads, &p->read_count, READS_MAX, value);
    if (!strcmp(key, "cgroup")) return add(p->cgroups, &p->cgroup_count, CGROUPS_MAX, value);
    if (!strcmp(key, "cgroup-folder"))
        return add(p->cgroup_folders, &p->cgroup_folder_count, CGROUPS_MAX, value);
    if (!strcmp(key, "namespace")) return read_namespace(p, value);
    if (!strcmp(key, "user")) return read_user(p, value);
    if (!strcmp(key, "uid")) return read_id(value, &p->uid) && p->uid != 0;
    if (!strcmp(key, "gid")) return read_id(value, &p->gid) && p->gid != 0;
    if (!strcmp(key, "tmp-bytes")) return read_number(value, &p->tmp_bytes);
    if (!strcmp(key, "limit")) return read_limit(p, value);
    if (!strcmp(key, "landlock")) return read_bool(value, &p->landlock);
    if (!strcmp(key, "notify")) return read_bool(value, &p->notify);
    if (!strcmp(key, "require")) return read_require(p, value);
    if (!strcmp(key, "exec-fd")) {
        if (!read_number(value, &number) || number < 16 || number > 1 << 20) return false;
        p->exec_fd = (int)number;
        return true;
    }
    return false;
}

static bool is_complete(const struct plan *p) {
    return p->program && p->level && p->arg_count && p->uid && p->gid && p->exec_fd && p->limited[LIMIT_NOFILE]
        && (p->folder || !(p->namespaces & CLONE_NEWNS)) && p->limits[LIMIT_NOFILE] <= (uint64_t)p->exec_fd;
}

bool plan_read(struct plan *plan, int fd) {
    const int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
    struct stat facts;
    int found = fcntl(fd, F_GET_SEALS);
    if (found < 0 || fstat(fd, &facts) < 0) return false;
    errno = EINVAL;
    if ((found & seals) != seals || facts.st_size <= 0 || facts.st_size > PLAN_BYTES_MAX) return false;
    char *text = mmap(NULL, (size_t)facts.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (text == MAP_FAILED) return false;
    char *end = text + facts.st_size;
    errno = EINVAL;
    if (end[-1] != 0 || strcmp(text, "plan=1") != 0) return false;
    plan->landlock = true;
    bool whole = false;
    for (char *record = text + strlen(text) + 1; record < end;) {
        if (whole) return false; /* Nothing comes after the end. */
        char *next = record + strlen(record) + 1, *equals = strchr(record, '=');
        errno = EINVAL;
        if (!equals) return false;
        *equals = 0;
        whole = strcmp(record, "plan") == 0 && strcmp(equals + 1, "end") == 0;
        if (!whole && !read_record(plan, record, equals + 1)) return errno = EINVAL, false;
        record = next;
    }
    errno = EINVAL;
    return whole && is_complete(plan);
}
