/* A directory as a snippet: its main file, and the others beside it. */
#ifndef RSBX_ROOTFS_TOOLS_DIRECTORY_H
#define RSBX_ROOTFS_TOOLS_DIRECTORY_H

#include <stddef.h>

struct directory_snippet {
    char *main;   /* "DIR/main.py" */
    char **files; /* "pkg/x.py=DIR/pkg/x.py", for prepare_options.files */
    size_t n;
};

/* Every regular file below path, but for names that begin with a dot. The main one is main.*, index.* or
 * __main__.* of a language that we know, else the only file at the top that is of one. -1: none or several,
 * or something that is no file or directory. */
int directory_read(const char *path, struct directory_snippet *out);
void directory_free(struct directory_snippet *d);

#endif
