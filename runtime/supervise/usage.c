/* Figures of a container: see usage.h. */
#include "supervise/usage.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/io.h"
#include "supervise/observe.h"
#include "supervise/proc_tree.h"

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The sum over devices; v1 has a "Total" for each beside Read and Write. */
static void sum_io(const struct cgroup_blkio_list *list, uint64_t *reads, uint64_t *writes)
{
    uint64_t r = 0, w = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->v[i].op, "Read") == 0)
            r += list->v[i].value;
        else if (strcmp(list->v[i].op, "Write") == 0)
            w += list->v[i].value;
    }
    *reads = max_u64(*reads, r);
    *writes = max_u64(*writes, w);
}

static void from_full_stats(const struct cgroup_stats *s, struct usage *u)
{
    u->throttled_ns = s->cpu.throttled_ns;
    u->throttled_periods = s->cpu.throttled_periods;
    u->periods = s->cpu.periods;
    u->memory_limit = s->memory.limit >= INT64_MAX / 4096 * 4096 ? 0 : s->memory.limit; /* v1's "none" */
    u->page_faults = max_u64(u->page_faults, s->memory.page_faults);
    u->major_faults = max_u64(u->major_faults, s->memory.major_faults);
    u->pids_limit = s->pids.limit;
    u->psi_cpu = s->cpu.psi;
    u->psi_memory = s->memory.psi;
    u->psi_io = s->blkio.psi;
    u->oom_kills = s->memory.oom_kills;
}

static void from_cgroup(const struct cgroup *cg, bool quick, struct usage *u)
{
    struct cgroup_stats s;
    if ((quick ? cgroup_stats_quick(cg, &s) : cgroup_stats_usage(cg, &s)) < 0) {
        error_clear();
        return;
    }
    u->cgroup_cpu = s.cpu.set && s.cpu.total_ns > 0;
    if (u->cgroup_cpu) {
        u->cpu_ns = s.cpu.total_ns;
        /* v1 counts user and system in ticks; in total it is exact, and so is their share of it */
        uint64_t parts = s.cpu.user_ns + s.cpu.kernel_ns;
        double share = parts ? (double)s.cpu.user_ns / (double)parts : 1;
        if (!quick) {
            u->user_ns = (uint64_t)((double)u->cpu_ns * share);
            u->system_ns = u->cpu_ns - u->user_ns;
        }
    }
    u->cgroup_memory = s.memory.set;
    if (s.memory.set) {
        u->memory = s.memory.usage;
        u->peak_recorded = s.memory.max_usage > 0;
        u->memory_peak = max_u64(u->memory_peak, s.memory.max_usage ? s.memory.max_usage : s.memory.usage);
    }
    u->cgroup_pids = s.pids.set;
    if (s.pids.set) {
        u->pids = s.pids.current;
        u->pids_peak = max_u64(u->pids_peak, max_u64(s.pids.peak, s.pids.current));
    }
    sum_io(&s.blkio.service_bytes, &u->read_bytes, &u->written_bytes);
    sum_io(&s.blkio.serviced, &u->read_ops, &u->write_ops);
    if (!quick) {
        from_full_stats(&s, u);
        u->pids_refused = cgroup_pids_refused(cg);
    }
    cgroup_stats_free(&s);
}

/* Without a cgroup: never below what was seen before, for the CPU time of a process whose parent ignores
 * SIGCHLD vanishes with it. */
static void from_proc(pid_t init, bool exact, struct usage *u)
{
    struct proc_tree t;
    if (proc_tree_read(init, exact, &t) < 0) {
        error_clear();
        return;
    }
    if (!u->cgroup_memory) {
        u->memory = t.memory;
        u->memory_peak = max_u64(u->memory_peak, t.memory);
    }
    if (!u->cgroup_cpu && t.user_ns + t.system_ns >= u->cpu_ns) {
        u->user_ns = t.user_ns;
        u->system_ns = t.system_ns;
        u->cpu_ns = t.user_ns + t.system_ns;
    }
    if (!u->cgroup_pids) {
        u->pids = t.threads;
        u->pids_peak = max_u64(u->pids_peak, t.threads);
    }
    u->page_faults = max_u64(u->page_faults, t.faults + t.major_faults);
    u->major_faults = max_u64(u->major_faults, t.major_faults);
    u->read_bytes = max_u64(u->read_bytes, t.read_bytes);
    u->written_bytes = max_u64(u->written_bytes, t.written_bytes);
}

void usage_read(const struct cgroup *cgroup, pid_t init, bool quick, struct usage *out)
{
    if (cgroup)
        from_cgroup(cgroup, quick, out);
    else
        out->oom_kills = out->pids_refused = -1;
    if (init > 0 && (!out->cgroup_memory || !out->cgroup_cpu || !out->cgroup_pids))
        from_proc(init, !quick, out);
    if (init == 0) {
        out->pids = 0;
        if (!out->cgroup_memory)
            out->memory = 0;
    }
}

static uint64_t timeval_ns(const struct timeval *t)
{
    return (uint64_t)t->tv_sec * 1000000000ULL + (uint64_t)t->tv_usec * 1000;
}

void usage_add_rusage(struct usage *u, const struct rusage *r)
{
    uint64_t user = timeval_ns(&r->ru_utime), system = timeval_ns(&r->ru_stime);
    if (!u->cgroup_cpu && user + system > u->cpu_ns) {
        u->user_ns = user;
        u->system_ns = system;
        u->cpu_ns = user + system;
    }
    if (!u->cgroup_memory)
        u->memory_peak = max_u64(u->memory_peak, (uint64_t)r->ru_maxrss * 1024);
    u->page_faults = max_u64(u->page_faults, (uint64_t)(r->ru_minflt + r->ru_majflt));
    u->major_faults = max_u64(u->major_faults, (uint64_t)r->ru_majflt);
    u->read_bytes = max_u64(u->read_bytes, (uint64_t)r->ru_inblock * 512);
    u->written_bytes = max_u64(u->written_bytes, (uint64_t)r->ru_oublock * 512);
    u->pids_peak = max_u64(u->pids_peak, 1);
}

static double ms(uint64_t ns)
{
    return (double)ns / 1e6;
}

static void limit_json(struct json *j, uint64_t limit)
{
    if (limit)
        json_uint(j, "limit", limit);
    else
        json_null(j, "limit");
}

static void psi_json(struct json *j, const char *key, const struct cgroup_psi *p)
{
    if (!p->set)
        return;
    json_open(j, key, '{');
    json_uint(j, "some_us", p->some_total);
    json_uint(j, "full_us", p->full_total);
    json_close(j, '}');
}

void usage_json(struct json *j, const char *key, const struct usage *u)
{
    json_open(j, key, '{');
    if (u->wall_ns)
        json_double(j, "wall_ms", ms(u->wall_ns), 3);
    else
        json_null(j, "wall_ms"); /* nobody saw it end */
    json_open(j, "cpu", '{');
    json_double(j, "total_ms", ms(u->cpu_ns), 3);
    json_double(j, "user_ms", ms(u->user_ns), 3);
    json_double(j, "system_ms", ms(u->system_ns), 3);
    json_double(j, "throttled_ms", ms(u->throttled_ns), 3);
    psi_json(j, "pressure", &u->psi_cpu);
    json_close(j, '}');
    json_open(j, "memory", '{');
    json_uint(j, "current", u->memory);
    json_uint(j, "peak", u->memory_peak);
    if (u->memory_average)
        json_uint(j, "average", u->memory_average);
    else
        json_null(j, "average");
    json_uint(j, "average_looks", u->memory_looks);
    limit_json(j, u->memory_limit);
    json_uint(j, "page_faults", u->page_faults);
    json_uint(j, "major_faults", u->major_faults);
    json_int(j, "oom_kills", u->oom_kills < 0 ? 0 : u->oom_kills);
    psi_json(j, "pressure", &u->psi_memory);
    json_close(j, '}');
    json_open(j, "pids", '{');
    json_uint(j, "current", u->pids);
    json_uint(j, "peak", u->pids_peak);
    limit_json(j, u->pids_limit);
    json_close(j, '}');
    json_open(j, "io", '{');
    json_uint(j, "read_bytes", u->read_bytes);
    json_uint(j, "written_bytes", u->written_bytes);
    json_uint(j, "reads", u->read_ops);
    json_uint(j, "writes", u->write_ops);
    psi_json(j, "pressure", &u->psi_io);
    json_close(j, '}');
    json_string(j, "source", u->cgroup_memory ? "cgroup" : "proc");
    json_close(j, '}');
}

void usage_look(const struct container *c, struct usage *u)
{
    usage_read(c->cgroup, c->pid, false, u);
    uint64_t now = boot_ns();
    if (c->status == STATUS_STOPPED) {
        observe_end(c, u);
        return;
    }
    if (now > c->created_ns)
        u->wall_ns = now - c->created_ns;
    observe(c, u, now);
}

void usage_state_json(struct json *j, const struct container *c)
{
    struct usage u = {.oom_kills = -1, .pids_refused = -1};
    usage_look(c, &u);
    usage_json(j, "usage", &u);
}

const char *human_size(uint64_t bytes, char *into, size_t size)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double v = (double)bytes;
    size_t i = 0;
    while (v >= 1024 && i < 4) {
        v /= 1024;
        i++;
    }
    snprintf(into, size, i ? "%.1f %s" : "%.0f %s", v, units[i]);
    return into;
}
