/* The writable file systems of a snippet, held by fd beyond the end of its mount namespace: ENOSPC and EFBIG
 * leave no record in the kernel, but what they left behind can be looked at when everything is dead. */
#ifndef RSBX_SUPERVISE_SCRATCH_H
#define RSBX_SUPERVISE_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "spec/config.h"

enum { SCRATCH_MAX = 8 };

struct scratch {
    int fd[SCRATCH_MAX];
    const char *path[SCRATCH_MAX]; /* spec's */
    size_t n;
};

/* Opens the writable tmpfs mounts of spec in the running process's root. What cannot be opened is left out.
 */
void scratch_open(struct scratch *s, const struct spec *spec, pid_t pid);
/* Whether a regular file of exactly that size is there, among the first thousands. */
bool scratch_has_file(const struct scratch *s, uint64_t size);
/* Whether one of them has no block or no inode left. */
bool scratch_is_full(const struct scratch *s);
/* The mount at that path, -1: none. */
int scratch_at(const struct scratch *s, const char *path);
void scratch_close(struct scratch *s);

#endif
