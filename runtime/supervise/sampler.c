/* See sampler.h. */
#include "supervise/sampler.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "base/io.h"
#include "base/memory.h"

#define MS 1000000ULL

enum { FIRST_MS = 4, LAST_MS = 100, GROWTH_BEFORE_EXEC = 1 << 20 };

static void remember(struct sampler *s, uint64_t now)
{
    uint64_t t = now - s->start_ns;
    if (s->n > 0 && t - s->history[s->n - 1].t_ns < s->step_ns)
        return;
    if (s->n == SAMPLES_MAX) { /* every second one goes: half the resolution, twice the span */
        for (size_t i = 0; i < SAMPLES_MAX / 2; i++)
            s->history[i] = s->history[2 * i];
        s->n = SAMPLES_MAX / 2;
        s->step_ns = s->step_ns ? s->step_ns * 2 : t / SAMPLES_MAX * 2;
        if (t - s->history[s->n - 1].t_ns < s->step_ns)
            return;
    }
    if (!s->history)
        s->history = xcalloc(SAMPLES_MAX, sizeof(*s->history));
    s->history[s->n++] =
        (struct sample){.t_ns = t,
                        .memory = s->usage.memory,
                        .cpu_ns = s->usage.cpu_ns,
                        .pids = s->usage.pids > s->own_pids ? s->usage.pids - s->own_pids : 0,
                        .read_bytes = s->usage.read_bytes,
                        .written_bytes = s->usage.written_bytes};
}

void sampler_begin(struct sampler *s, const struct cgroup *cgroup, pid_t init)
{
    struct rusage own = {0};
    (void)getrusage(RUSAGE_SELF, &own);
    *s = (struct sampler){
        .cgroup = cgroup, .init = init, .own_peak = (uint64_t)own.ru_maxrss * 1024 + GROWTH_BEFORE_EXEC};
    s->usage.oom_kills = s->usage.pids_refused = -1;
    s->start_ns = s->last_ns = now_ns();
}

/* Between two looks memory is taken to have changed evenly. */
static void weigh(struct sampler *s, uint64_t now)
{
    double before = (double)(s->last_memory ? s->last_memory : s->usage.memory);
    s->memory_time += (before + (double)s->usage.memory) / 2 * (double)(now - s->last_ns);
    s->last_memory = s->usage.memory;
    s->usage.memory_looks++;
    s->last_ns = now;
    if (now > s->start_ns)
        s->usage.memory_average = (uint64_t)(s->memory_time / (double)(now - s->start_ns));
}

void sampler_look(struct sampler *s)
{
    usage_read(s->cgroup, s->init, true, &s->usage);
    uint64_t now = now_ns();
    s->usage.wall_ns = now - s->start_ns;
    weigh(s, now);
    remember(s, now);
}

void sampler_end(struct sampler *s, const struct rusage *r)
{
    uint64_t now = now_ns();
    uint64_t before = s->last_memory;
    usage_read(s->cgroup, 0, false, &s->usage);
    struct usage seen = s->usage;
    usage_add_rusage(&s->usage, r);
    /* ru_maxrss outlives exec: up to our own size it can be ours, from when init was a copy of us. */
    if (seen.memory_peak && s->usage.memory_peak <= s->own_peak)
        s->usage.memory_peak = seen.memory_peak;
    s->usage.wall_ns = now - s->start_ns;
    /* What is left in the cgroup of a dead program says nothing: the last look stands for the rest of its
     * life, the peak for one that was never looked at. */
    s->usage.memory = before ? before : s->usage.memory_peak;
    weigh(s, now);
    s->step_ns = 0;
    remember(s, now);
    if (s->n > 0) { /* what only wait4(2) tells is of the whole life, not of its last moment */
        s->history[s->n - 1].read_bytes = seen.read_bytes;
        s->history[s->n - 1].written_bytes = seen.written_bytes;
    }
    s->usage.memory = 0;
    s->usage.pids = 0;
    if (s->usage.pids_peak > s->own_pids)
        s->usage.pids_peak -= s->own_pids;
    if (s->usage.pids_limit > s->own_pids)
        s->usage.pids_limit -= s->own_pids;
}

uint64_t sampler_next(const struct sampler *s)
{
    uint64_t age = s->last_ns - s->start_ns, step = age / 20;
    if (step < FIRST_MS * MS)
        step = FIRST_MS * MS;
    if (step > LAST_MS * MS)
        step = LAST_MS * MS;
    return s->last_ns + step;
}

void sampler_free(struct sampler *s)
{
    free(s->history);
    s->history = NULL;
    s->n = 0;
}
