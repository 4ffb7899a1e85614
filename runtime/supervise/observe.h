/* The time-weighted average of memory of a container that nobody supervises. The kernel keeps no such figure,
 * and a detached container has no process of ours beside it; so each command that looks (state, events, top,
 * and the supervisor of a snippet, while it lives) leaves a small record in the state directory, and the next
 * one goes on from there. The average is as good as the looks are many: their number stands beside it. */
#ifndef RSBX_SUPERVISE_OBSERVE_H
#define RSBX_SUPERVISE_OBSERVE_H

#include "container/container.h"
#include "supervise/sampler.h"
#include "supervise/usage.h"

/* Adds u->memory, as of now (boot_ns()), to the record; sets u->memory_average and u->memory_looks. Where the
 * record cannot be written (another user's container, a command that holds the lock) this look counts for
 * this caller alone. */
void observe(const struct container *c, struct usage *u, uint64_t now);

/* Of a container that has ended: what the looks at it came to, without another one. */
void observe_end(const struct container *c, struct usage *u);

/* The supervisor's own figures replace the record. The container must not be locked by the caller. */
void observe_sampled(const struct container *c, const struct sampler *s);

#endif
