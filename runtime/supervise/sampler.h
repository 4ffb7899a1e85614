/* Looks at a container again and again: the time-weighted average of its memory, and a bounded history for
 * the report. A container is looked at often while it is young (a hello world lives 15 ms) and every 100 ms
 * later. */
#ifndef RSBX_SUPERVISE_SAMPLER_H
#define RSBX_SUPERVISE_SAMPLER_H

#include "supervise/usage.h"

enum { SAMPLES_MAX = 600 };

struct sample {
    uint64_t t_ns; /* since the start */
    uint64_t memory, cpu_ns, pids, read_bytes, written_bytes;
};

struct sampler {
    const struct cgroup *cgroup;
    pid_t init;
    uint64_t own_pids; /* that are ours, not the program's: process 1 */
    uint64_t own_peak; /* bytes: what init may have been before its exec, see sampler_end */
    uint64_t start_ns; /* now_ns() */
    uint64_t last_ns, last_memory;
    double memory_time; /* byte nanoseconds */
    struct usage usage; /* as of the last look */
    struct sample *history;
    size_t n;
    uint64_t step_ns; /* no two samples of the history are nearer: doubles when it is full */
};

void sampler_begin(struct sampler *s, const struct cgroup *cgroup, pid_t init);
void sampler_look(struct sampler *s);
/* The last look, when no process is left: the cgroup's own final figures and what wait4(2) told. */
void sampler_end(struct sampler *s, const struct rusage *r);
/* When to look next, in now_ns() terms. */
uint64_t sampler_next(const struct sampler *s);
void sampler_free(struct sampler *s);

#endif
