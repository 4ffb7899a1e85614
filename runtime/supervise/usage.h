/* What a container uses: one set of figures, from its cgroup where that tells and from /proc where not. Used
 * by state, events, run, top and report. */
#ifndef RSBX_SUPERVISE_USAGE_H
#define RSBX_SUPERVISE_USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include "container/container.h"
#include "spec/json.h"

struct usage {
    bool cgroup_memory, cgroup_cpu, cgroup_pids; /* false: that figure came from /proc */
    uint64_t wall_ns;
    uint64_t memory, memory_peak, memory_limit; /* bytes; limit 0: none */
    bool peak_recorded;                         /* memory_peak is the kernel's, not the samples' */
    uint64_t memory_average;                    /* time-weighted; 0: not known */
    uint64_t memory_looks;                      /* how often memory was looked at for that */
    uint64_t cpu_ns, user_ns, system_ns;
    uint64_t throttled_ns, throttled_periods, periods;
    uint64_t pids, pids_peak, pids_limit; /* tasks; limit 0: none */
    uint64_t read_bytes, written_bytes, read_ops, write_ops;
    uint64_t page_faults, major_faults;
    int64_t oom_kills;    /* -1: cannot tell */
    int64_t pids_refused; /* forks that the pids limit refused; -1: cannot tell */
    struct cgroup_psi psi_cpu, psi_memory, psi_io;
};

/* quick: what a sample needs (memory, CPU in all, pids, I/O bytes). cgroup may be NULL; init 0: no process is
 * left. A figure that cannot be read stays as it was in *out, so zero it before the first call. */
void usage_read(const struct cgroup *cgroup, pid_t init, bool quick, struct usage *out);

/* What the kernel says of a process when it is waited for: fills in what no cgroup told. */
void usage_add_rusage(struct usage *u, const struct rusage *r);

/* Writes the object under key. */
void usage_json(struct json *j, const char *key, const struct usage *u);

/* All of a container that was loaded: with its wall time so far, and its average over the looks (observe.h).
 * Zero *u, but oom_kills and pids_refused -1, before the first. */
void usage_look(const struct container *c, struct usage *u);

/* For `rsbx state`: "usage" of a container that exists, wall time so far included. */
void usage_state_json(struct json *j, const struct container *c);

/* "12.3 MiB" */
const char *human_size(uint64_t bytes, char *into, size_t size);

#endif
