/* Runs one attempt or one lawful use by its name, and tells its result. */
#include "probe.h"
#include <stdio.h>
#include <string.h>

static const struct attempt *find(const struct attempt *list, const char *name) {
    for (; list->name; list++)
        if (strcmp(list->name, name) == 0) return list;
    return NULL;
}

int main(int count, char **arguments) {
    const struct attempt *const lists[] = {file_attempts, kernel_attempts, process_attempts, allowed_uses};
    if (count < 2) return 64;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const struct attempt *attempt = find(lists[i], arguments[1]);
        if (!attempt) continue;
        int error = attempt->make(arguments + 2);
        fprintf(stderr, "result %d\n", error);
        return error == 0 ? 0 : 1;
    }
    fprintf(stderr, "no attempt is called %s\n", arguments[1]);
    return 64;
}
