/* Runs a snippet's bundle under its limits and judges it.
 *
 *     bundle --container_create/start--> processes --pumps (output.h)--> our stdout and stderr, kept bytes
 *                     clock, cgroup, /proc --sampler.h, limits.h--> kill --verdict.h--> result.h
 *
 * One loop waits for everything: the end of init (pidfd), output, input, signals to us, refused system calls,
 * and the next moment at which a limit could be hit. A limit kills the cgroup and the pid namespace first,
 * then the pipes are drained, then the figures are read, and only then is it judged. */
#ifndef RSBX_SUPERVISE_SUPERVISE_H
#define RSBX_SUPERVISE_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>

#include "supervise/result.h"

struct supervise_options {
    const struct runtime_options *runtime;
    const char *bundle;
    const char *id;         /* the container's */
    const char *output_dir; /* where the files go that it leaves in /work, or NULL */
    struct learned *learn;  /* filled in, or NULL: see learn.h */
    bool pass_input;        /* our stdin is the program's; else it reads end of file */
    bool pass_output;       /* its output goes to our stdout and stderr */
    bool output_to_stderr;  /* both to stderr: a compiler's */
    bool keep_output;       /* into the result, up to the limit and KEEP_MAX */
};

/* Bytes of each stream kept for the result where the limit is higher or none. */
enum { KEEP_MAX = 1 << 20 };

/* Fills *out in every case; the caller frees it with result_free(). -1 after fail() when rsbx itself failed
 * or lint refused: the verdict tells which. */
int supervise(const struct supervise_options *options, struct result *out);

#endif
