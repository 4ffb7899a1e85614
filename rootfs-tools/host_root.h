/* Interpreter roots made from what the host has installed. */
#ifndef RSBX_ROOTFS_TOOLS_HOST_ROOT_H
#define RSBX_ROOTFS_TOOLS_HOST_ROOT_H

#include <stdbool.h>

#include "rootfs-tools/language.h"
#include "rootfs-tools/root_store.h"

struct host_root {
    char *path;    /* absolute, of the root file system */
    char *program; /* the interpreter's path in it */
    char *version;
    char key[SHA256_HEX];
    bool made; /* false: it was there */
};

/* Finds or makes the root. When it is there, nothing is run: the files of the host that it was made from are
 * only looked at (a changed one means a new root). Ten at once make it once. */
int host_root_get(struct root_store *store, const struct language *language, bool verbose,
                  struct host_root *out);
void host_root_free(struct host_root *root);

/* Path of the host's program for a language, or NULL (no error). */
char *host_program(const struct language *language);
/* Its version, asked from it ("3.11.2"), or NULL. */
char *host_version(const struct language *language, const char *program);

#endif
