/* landlock.c: a second wall around files, landlock(7). It holds where a hole in the first one (read-only
 * mounts, namespaces) would let a program through, and cannot be undone. */
#ifndef RSBX_LINUX_LANDLOCK_H
#define RSBX_LINUX_LANDLOCK_H

#include <stdbool.h>

/* What the kernel has: 2 and up; 0: nothing that can be used here. */
int landlock_version(void);

/* The calling process and its children may from now on read and execute only below the readable paths, and
 * read, write, make and remove files only below the writable ones (absolute, colon separated; those that are
 * readable need not be there). They make no device
 * nodes, and, as far as the kernel's version goes: without tcp they neither listen nor connect (4), control
 * no devices elsewhere (5), and reach no abstract socket of, and send no signal to, processes outside (6).
 * Needs no_new_privs. Nothing happens where landlock_version() is 0. */
int landlock_apply(const char *readable, const char *writable, bool tcp);

#endif
