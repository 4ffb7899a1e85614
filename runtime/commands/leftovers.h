/* What a `rsbx run` that was killed left below the state root. Its program ended with it (die_with_caller);
 * the directories and the cgroup go with the next run.
 *
 *     ROOT/,run-PID        the temporary bundle of `run FILE`; a comma: no container's id
 *     ROOT/run-PID-RANDOM  the container of a supervised run (supervise.c)
 */
#ifndef RSBX_COMMANDS_LEFTOVERS_H
#define RSBX_COMMANDS_LEFTOVERS_H

#include "container/container.h"

/* Where this process's temporary bundle goes; the caller frees. */
char *leftovers_bundle(const struct runtime_options *runtime);

/* Locks a bundle as one in use, as long as the fd is open. -1: it could not be locked, which does no harm. */
int leftovers_mark(const char *bundle);

/* Removes what belongs to processes that are no more. Never fails: the run that comes does not need it. */
void leftovers_sweep(const struct runtime_options *runtime);

#endif
