/* What a `rsbx run` that was killed left below the state root. Its program ended with it (die_with_caller);
 * the directories and the cgroup go with the next run.
 *
 *     ROOT/run-PID-RANDOM          the container of a supervised run (supervise.c)
 *     ROOT/,run-PID-RANDOM         the temporary bundle of `run FILE`; a comma: no container's id
 *     ROOT/,run-PID-RANDOM.lock    is there before both and goes after them
 *
 * Whether a run lives, its lock tells, never its pid: that may be of another pid namespace which shares the
 * root, or have been given to another process. A container without such a file is none of ours, whatever its
 * id. */
#ifndef RSBX_COMMANDS_LEFTOVERS_H
#define RSBX_COMMANDS_LEFTOVERS_H

#include "container/container.h"

struct claim {
    char *id;     /* of the container */
    char *bundle; /* where a temporary bundle goes */
    char *lock;   /* path */
    int fd;       /* of the lock, held until claim_end(), -1: none */
};

/* Takes the names of a run that begins. */
int claim_begin(const struct runtime_options *runtime, struct claim *out);
/* When container and bundle are gone. */
void claim_end(struct claim *c);

/* Removes what belongs to runs that are no more. Never fails: the run that comes does not need it. */
void leftovers_sweep(const struct runtime_options *runtime);

#endif
