/* Runs a program of the host that we trust (an interpreter asked about itself, mmdebstrap) and keeps its
 * output. */
#ifndef RSBX_ROOTFS_TOOLS_SPAWN_H
#define RSBX_ROOTFS_TOOLS_SPAWN_H

#include <stdbool.h>

#include <stddef.h>

#include "base/buffer.h"

/* stdin is /dev/null, stderr is ours, the environment only PATH, HOME and LC_ALL=C.UTF-8. quiet: stderr is
 * /dev/null, and the working directory /, for in the caller's a file could say which version answers
 * (.python-version, rust-toolchain.toml). It is killed after timeout_ms. Fails unless it exits with 0, with
 * at most 1 MiB on stdout. */
int spawn_output(const char *const *argv, unsigned timeout_ms, int quiet, struct buf *out);

/* The same with stdout going to ours, without a time limit; own_mounts: in a mount namespace of its own. */
int spawn_run(const char *const *argv, bool own_mounts);

/* Where NAME is: itself if it has a slash, else found on PATH. NULL if nowhere. The caller frees. */
char *find_program(const char *name);

#endif
