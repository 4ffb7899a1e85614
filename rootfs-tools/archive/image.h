/* Container images in files: OCI layouts and what `docker save` writes. */
#ifndef RSBX_ROOTFS_TOOLS_ARCHIVE_IMAGE_H
#define RSBX_ROOTFS_TOOLS_ARCHIVE_IMAGE_H

#include "rootfs-tools/archive/extract.h"

/* dir_fd: an OCI image layout, or an unpacked docker archive. tag: of index.json (annotation ref.name) or
 * manifest.json (RepoTags), NULL: the only one. Every digest is checked. */
int image_extract(struct target *target, int dir_fd, const char *tag);

#endif
