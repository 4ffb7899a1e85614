/* Puts together a root file system from files of the host: copies, never links, so that nothing in a sandbox
 * shares an inode (or a page of the page cache) with the host. The root has the merged-/usr layout (/bin,
 * /lib, ... are links into /usr), whatever the host has. Everything in it is readable by all, writable by its
 * owner only, and without setuid bits.
 *
 * Therefore what ordinary users of the host may not read stays outside, whoever makes the root: a key, a
 * settings file with a password. */
#ifndef RSBX_ROOTFS_TOOLS_ROOT_BUILDER_H
#define RSBX_ROOTFS_TOOLS_ROOT_BUILDER_H

#include <stddef.h>

#include "base/buffer.h"

struct root_builder {
    int fd;             /* the root, a directory on the host */
    char *program;      /* the interpreter's real path on the host, when it was added */
    char *library_dir;  /* where libraries go: where the host's libc is */
    struct buf sources; /* NUL-terminated host paths that were read for ELF files: what the root depends on */
    struct elf_job *jobs; /* ELF files in the root whose libraries are still to be found */
    size_t n_jobs, done_jobs;
};

/* What it means that a file or tree is not there, or that ordinary users of the host may not read it. */
enum root_need {
    ROOT_OPTIONAL, /* it is left out */
    ROOT_NEEDED,   /* an error */
    ROOT_PROGRAM,  /* the interpreter: an error; but that they may run it is enough */
};

void root_builder_begin(struct root_builder *b, int root_fd);
void root_builder_end(struct root_builder *b);

/* The directories, links and files of /etc that every root has. */
int root_add_skeleton(struct root_builder *b);

/* dest is an absolute path in the root. Directories on the way are made. */
int root_add_directory(struct root_builder *b, const char *dest);
int root_add_text(struct root_builder *b, const char *dest, const char *text);
int root_add_link(struct root_builder *b, const char *dest, const char *target);
int root_add_file(struct root_builder *b, enum root_need need, const char *source, const char *dest);
/* A directory with all below it but what `skip` (fnmatch patterns on the path below it, or NULL) names, and
 * what is not for everybody. */
int root_add_tree(struct root_builder *b, enum root_need need, const char *source, const char *dest,
                  const char *const *skip);
/* A library by its name, as the loader would find it; not there: nothing happens. */
int root_add_library(struct root_builder *b, const char *name);

/* Adds what the ELF files added so far need, and what that needs. Last. */
int root_add_needed(struct root_builder *b);

#endif
