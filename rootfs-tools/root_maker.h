/* Makes named roots for `rsbx rootfs make`: from the host, from Debian packages, from images, archives,
 * directories. */
#ifndef RSBX_ROOTFS_TOOLS_ROOT_MAKER_H
#define RSBX_ROOTFS_TOOLS_ROOT_MAKER_H

#include "rootfs-tools/language.h"
#include "rootfs-tools/root_store.h"

struct root_request {
    const struct language *language; /* NULL: of no language, only with a name */
    const char *from;                /* "host", "debian[:SUITE]", "oci:DIR[:TAG]", "tar:FILE", ... */
    const char *name; /* NULL: the language's name, and "-debian" and so on if not from the host */
    const char *with; /* "numpy,pandas": Debian packages in addition */
};

/* key gets the root's, *name the name it has now (allocated). */
int root_make(struct root_store *store, const struct root_request *request, char key[SHA256_HEX],
              char **name);

#endif
