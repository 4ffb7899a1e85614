/* The language catalogue: a language is one data file in languages/, and a row in languages/table.h.
 *
 * Words of argument templates: %p the program's path in the root, %f the snippet, %F (a word of its
 * own) all files of the language, the snippet first, %d the directory of the
 * compiled program, %m the memory limit in MB, %n
 * the snippet's name without its extension. */
#ifndef RSBX_ROOTFS_TOOLS_LANGUAGE_H
#define RSBX_ROOTFS_TOOLS_LANGUAGE_H

#include <stddef.h>

#include "rootfs-tools/prepare.h"

struct language_file {       /* a small file that the root gets in addition */
    const char *path, *text; /* a leading %t stands for where the first tree went */
};

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct language { /* lists end with NULL; an absent list is NULL */
    const char *name, *title;
    const char *const *aliases;
    const char *const *extensions;   /* "py" */
    const char *const *interpreters; /* of #!, without version: "python" */

    /* Where the root comes from. programs: tried in this order; an absolute path, or a name to look for on
     * PATH. query: a command that asks the program (%p) about itself and prints facts, one a line:
     */
    /* clang-format off */
    /*     program PATH [DEST]   the real executable (not a shim)
     *     version TEXT
     *     tree PATH [DEST]      a directory that it needs
     *     file PATH [DEST]      a file that it needs (an executable: with its libraries)
     *     tree?, file?          the same, left out if it is absent or ordinary users may not read it
     *     link DEST TARGET      a symbolic link in the root
     *     watch PATH            when this changes, the root is made anew (as for program and tree)
     *     missing TEXT          it cannot work, and why
     */
    /* clang-format on */
    /* NULL: the program stands for itself; `version` then says its version (the first line that has a digit).
     */
    const char *const *programs;
    const char *const *query;
    const char *const *version;
    const char *package;               /* Debian: apt-get install ... */
    const char *debian_name;           /* of a library's package: "python3-%s" */
    const char *const *libraries;      /* loaded by dlopen(3) later: taken if the host has them */
    const char *const *skip;           /* left out of trees: fnmatch(3) on the path below the tree */
    const struct language_file *files; /* ends with a NULL path */

    /* How it runs. */
    const char *const *run;
    const char *const *compile;   /* NULL: interpreted. Both steps have the same root */
    const char *const *env;       /* "K=V" */
    struct snippet_limits limits; /* 0: the general default */
    struct snippet_limits compile_limits;
    const char *const
        *syscalls;            /* beyond the common set: names, or groups of seccomp_profile.c as "@threads" */
    const char *lint;         /* what rsbx-lint calls it, NULL: it does not know it */
    const char *const *needs; /* what its interpreter itself needs (needs.h), whatever the snippet does */
};

extern const struct language *const languages[]; /* NULL-terminated */

const struct language *language_find(const char *name_or_alias); /* NULL: unknown */

const struct language *language_by_extension(const char *path); /* NULL: unknown */

/* The language of a snippet by its name, else by its first bytes. NULL after fail(). */
const struct language *language_detect(const char *path, const char *text, size_t len);

/* "apt-get install python3" */
char *language_how_to_get(const struct language *language);

#endif
