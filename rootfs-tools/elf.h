/* What an ELF file needs to run: its loader and libraries, read from the file itself (never by running it).
 */
#ifndef RSBX_ROOTFS_TOOLS_ELF_H
#define RSBX_ROOTFS_TOOLS_ELF_H

#include <stdbool.h>
#include <stddef.h>

#define ELF_MAX_NEEDED 256

struct elf_needs {                      /* all strings point into the file's bytes */
    const char *interpreter;            /* "/lib64/ld-linux-x86-64.so.2", NULL: static or a library */
    const char *rpath;                  /* DT_RUNPATH, else DT_RPATH: "$ORIGIN/../lib:/opt/lib", or NULL */
    const char *needed[ELF_MAX_NEEDED]; /* "libc.so.6" */
    size_t n;
};

/* Whether these bytes begin as an ELF file does. */
bool elf_is(const void *bytes, size_t len);

/* Reads the dynamic section of a 64-bit ELF file of this machine's kind, len bytes at `bytes` and a NUL after
 * them need not be there. Returns 0; 1 if it is for another kind of machine; -1 after fail(). */
int elf_read(const void *bytes, size_t len, struct elf_needs *out);

/* Finds a library as ld.so(8) does: rpath ($ORIGIN is `origin`), /etc/ld.so.cache, the loader's directories.
 * Returns the path (allocated), or NULL without an error. *by_rpath tells the first way. */
char *elf_find_library(const char *name, const char *rpath, const char *origin, bool *by_rpath);

#endif
