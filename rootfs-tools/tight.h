/* `prepare --tight`: a snippet gets what rsbx-lint finds that it needs, and no more of what others get.
 *
 *     snippet --rsbx-lint --needs--> needs + what the interpreter itself needs (language.needs) -->
 *         system calls and mounts that are cut (tight_cut), exec at the start only (SNIPPET_EXEC_ONCE)
 *
 * What the linter cannot resolve grants nothing: a snippet that hides what it does goes without it. */
#ifndef RSBX_ROOTFS_TOOLS_TIGHT_H
#define RSBX_ROOTFS_TOOLS_TIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "rootfs-tools/language.h"
#include "rootfs-tools/needs.h"

struct tight {
    bool on;
    uint32_t needs; /* enum need; NEED_OPAQUE: the list may be incomplete */
};

/* Asks `program` (rsbx-lint) about one text and adds what it needs. */
int tight_ask(const char *program, const struct language *language, const char *path, struct tight *out);

bool tight_grants(const struct tight *t, uint32_t any_of); /* also when nothing is cut */

/* Whether the system call is one that these needs do without; of execve only SNIPPET_EXEC_ONCE knows. */
bool tight_cuts(const struct tight *t, const char *call);

void tight_words(const struct tight *t, struct buf *out); /* "threads file-read" */

#endif
