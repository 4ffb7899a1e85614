/* See limits.h. */
#include "supervise/limits.h"

#include <sched.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "spec/snippet.h"

#define MS 1000000ULL

enum { NEAR = 1 << 20 }; /* no memory is refused farther from the limit than the kernel takes at once */

static int number(const struct spec *spec, const char *key, uint64_t max, uint64_t *out)
{
    const char *text = spec_annotation(spec, key);
    if (text && parse_u64(text, max, out) < 0)
        return fail(0, "annotations[\"%s\"]: expected an unsigned integer, found \"%s\"", key, text);
    return 0;
}

int limits_from_spec(const struct spec *spec, struct limits *l)
{
    *l = (struct limits){0};
    const struct {
        const char *key;
        uint64_t *into, unit;
    } rows[] = {{SNIPPET_WALL_MS, &l->wall_ns, MS}, {SNIPPET_CPU_MS, &l->cpu_ns, MS},
                {SNIPPET_MEMORY, &l->memory, 1},    {SNIPPET_PIDS, &l->pids, 1},
                {SNIPPET_OUTPUT, &l->output, 1},    {SNIPPET_FILE_SIZE, &l->file_size, 1},
                {SNIPPET_DISK, &l->disk, 1}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        TRY(number(spec, rows[i].key, INT64_MAX / rows[i].unit, rows[i].into));
        *rows[i].into *= rows[i].unit;
    }
    l->output_kill = str_eq(spec_annotation(spec, SNIPPET_OUTPUT_KILL), "1");
    return 0;
}

enum limit_hit limits_check(const struct limits *l, const struct sampler *s, uint64_t now)
{
    const struct usage *u = &s->usage;
    if (l->memory && !u->cgroup_memory && u->memory > l->memory) {
        /* Resident sets count shared pages for each process: before killing for it, look exactly. */
        struct usage exact = *u;
        usage_read(s->cgroup, s->init, false, &exact);
        if (exact.memory > l->memory)
            return LIMIT_MEMORY;
    }
    bool near = !u->peak_recorded || u->memory_peak + NEAR >= l->memory;
    if (l->memory && u->cgroup_memory && near && cgroup_oom_kills(s->cgroup) > 0)
        return LIMIT_MEMORY; /* v1 kills one process and lets the others go on */
    if (l->cpu_ns && u->cpu_ns >= l->cpu_ns)
        return LIMIT_CPU;
    if (l->wall_ns && now - s->start_ns >= l->wall_ns)
        return LIMIT_WALL;
    return LIMIT_NONE;
}

static unsigned cpus(void)
{
    static unsigned n;
    cpu_set_t set;
    if (n == 0)
        n = sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
    return n ? n : 1;
}

/* Without a memory cgroup only looking often keeps a program near its limit: it can fill some 5 GB a second,
 * so the nearer it is the sooner the next look. */
static uint64_t memory_next(const struct limits *l, const struct sampler *s)
{
    uint64_t left = l->memory > s->usage.memory ? l->memory - s->usage.memory : 0;
    uint64_t ns = left / 5;
    if (ns < 2 * MS)
        ns = 2 * MS;
    if (ns > 20 * MS)
        ns = 20 * MS;
    return s->last_ns + ns;
}

uint64_t limits_next(const struct limits *l, const struct sampler *s)
{
    uint64_t next = UINT64_MAX;
    if (l->wall_ns)
        next = s->start_ns + l->wall_ns;
    if (l->cpu_ns) {
        uint64_t left = l->cpu_ns > s->usage.cpu_ns ? l->cpu_ns - s->usage.cpu_ns : 0;
        uint64_t at = s->last_ns + left / cpus() + MS / 2;
        if (at < next)
            next = at;
    }
    if (l->memory && !s->usage.cgroup_memory && memory_next(l, s) < next)
        next = memory_next(l, s);
    return next;
}
