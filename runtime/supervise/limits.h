/* The limits of a snippet, from the annotations of its bundle, and the moment at which each must be looked at
 * next. Those that the kernel enforces (memory and pids by cgroup, file size and CPU by rlimit) are here too:
 * the verdict names them, and the supervisor stands in where there is no cgroup. */
#ifndef RSBX_SUPERVISE_LIMITS_H
#define RSBX_SUPERVISE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "spec/config.h"
#include "supervise/sampler.h"

struct limits { /* 0: none */
    uint64_t wall_ns, cpu_ns;
    uint64_t memory, file_size, disk, output; /* bytes */
    uint64_t pids;
    bool output_kill;
};

/* -1 names the annotation that is no number. */
int limits_from_spec(const struct spec *spec, struct limits *out);

enum limit_hit { LIMIT_NONE, LIMIT_WALL, LIMIT_CPU, LIMIT_MEMORY };

/* Which limit the running container has hit, by what the sampler last saw and the clock. */
enum limit_hit limits_check(const struct limits *l, const struct sampler *s, uint64_t now);

/* The earliest moment at which a limit could be hit: the wall limit's, and that at which all CPUs together
 * could have used up what is left. UINT64_MAX: none. */
uint64_t limits_next(const struct limits *l, const struct sampler *s);

#endif
