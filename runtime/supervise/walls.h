/* Walls and limits that a host may be unable to give: named in the result (`degraded`), demanded by
 * --require (SNIPPET_REQUIRE), waived by --allow-degraded (SNIPPET_ALLOW).
 *
 *     memory-cgroup, cpu-cgroup, pids-cgroup   a limit that is held by sampling or rlimits instead
 *     cgroup                                   all three
 *     landlock                                 the second wall around files
 *     seccomp                                  without it nothing is run anyway
 *     lint                                     prepare found no rsbx-lint
 */
#ifndef RSBX_SUPERVISE_WALLS_H
#define RSBX_SUPERVISE_WALLS_H

#include "container/container.h"
#include "supervise/result.h"

/* Adds to r->degraded what this container goes without, as far as usage (of it, now) tells. */
void walls_note(struct result *r, const struct container *c, const struct usage *usage);

/* -1 names a word of the comma-separated list that is in r->degraded, or is not there at all. */
int walls_check(const struct result *r, const struct container *c, const char *required);

/* Without a cgroup: what looking at /proc cannot see is refused, and the process limit, which otherwise
 * leaves the cgroup's to be hit first, is exact. */
void walls_without_cgroup(struct spec *spec, const struct limits *limits);

#endif
