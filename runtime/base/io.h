/* Whole files and whole writes, relative to directory fds. O_CLOEXEC always; EINTR never reaches the caller.
 */
#ifndef RSBX_BASE_IO_H
#define RSBX_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"

/* Appends the whole of fd (from its offset) to out; more than max bytes is an error. */
int read_fd(int fd, size_t max, struct buf *out);
/* The same for callers that word the error: -1 with errno, no fail(). */
int read_to_end(int fd, size_t max, struct buf *out);

/* The same for a path relative to dirfd (AT_FDCWD allowed). Errors name the path. */
int read_file_at(int dirfd, const char *path, size_t max, struct buf *out);

/* Writes all of it. */
int write_fd(int fd, const void *data, size_t len);

/* One open(O_WRONLY|flags, mode), one write, one close: for files of /proc, /sys and cgroups as for ordinary
 * ones. Errors name the path. */
int write_file_at(int dirfd, const char *path, int flags, mode_t mode, const void *data, size_t len);

/* Writes PATH.tmpXXXX beside path, then renames it: readers see the old or the new file, never half of one.
 */
int write_file_atomic_at(int dirfd, const char *path, mode_t mode, const void *data, size_t len);

/* mkdir -p of an absolute or relative host path that is not under anybody else's control. */
int make_dirs(const char *path, mode_t mode);

/* Removes a directory tree through directory fds, never following a symlink, never leaving the file system it
 * starts on. A missing tree is success. */
int remove_tree_at(int dirfd, const char *name);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t now_ns(void);
/* CLOCK_BOOTTIME in nanoseconds: goes on while the machine sleeps, as a process's start time does. */
uint64_t boot_ns(void);

#endif
