/* The bundle as a directory: made, filled, replaced, removed. */
#ifndef RSBX_ROOTFS_TOOLS_BUNDLE_H
#define RSBX_ROOTFS_TOOLS_BUNDLE_H

#include "rootfs-tools/prepare.h"
#include "spec/config.h"

struct bundle {
    char *path; /* absolute */
    int fd;
    char **files; /* names below work/, NULL-terminated; the first is the snippet */
    size_t n_files;
};

/* Makes the directory (0700), in place of one that was made here before; anything else there is an error. */
int bundle_begin(const char *path, struct bundle *out);
/* Copies the snippet (its bytes) as `name`, and the further files. */
int bundle_add_snippet(struct bundle *b, const char *name, const void *text, size_t len);
int bundle_add_files(struct bundle *b, const struct prepare_options *options);
/* Writes DIR/config.json; dir is "." or "compile". */
int bundle_write_config(struct bundle *b, const char *dir, const struct spec *spec, bool pretty);
void bundle_end(struct bundle *b);

#endif
