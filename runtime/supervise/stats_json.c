/* runc's events: see stats_json.h. "nonzero" fields are Go's omitempty. */
#include "supervise/stats_json.h"

#include <stdlib.h>

static void nonzero(struct json *j, const char *key, uint64_t v)
{
    if (v)
        json_uint(j, key, v);
}

static void avg(struct json *j, const char *key, double a10, double a60, double a300, uint64_t total)
{
    json_open(j, key, '{');
    json_double(j, "avg10", a10, 2);
    json_double(j, "avg60", a60, 2);
    json_double(j, "avg300", a300, 2);
    json_uint(j, "total", total);
    json_close(j, '}');
}

static void psi(struct json *j, const struct cgroup_psi *p)
{
    if (!p->set)
        return;
    json_open(j, "psi", '{');
    avg(j, "some", p->some10, p->some60, p->some300, p->some_total);
    avg(j, "full", p->full10, p->full60, p->full300, p->full_total);
    json_close(j, '}');
}

static void numbers(struct json *j, const char *key, const uint64_t *v, size_t n)
{
    if (!n || !v)
        return;
    json_open(j, key, '[');
    for (size_t i = 0; i < n; i++)
        json_uint(j, NULL, v[i]);
    json_close(j, ']');
}

static void cpu(struct json *j, const struct cgroup_stats *s)
{
    json_open(j, "cpu", '{');
    json_open(j, "usage", '{');
    nonzero(j, "total", s->cpu.total_ns);
    numbers(j, "percpu", s->cpu.percpu_ns, s->cpu.n_percpu);
    numbers(j, "percpu_kernel", s->cpu.percpu_kernel_ns, s->cpu.n_percpu);
    numbers(j, "percpu_user", s->cpu.percpu_user_ns, s->cpu.n_percpu);
    json_uint(j, "kernel", s->cpu.kernel_ns);
    json_uint(j, "user", s->cpu.user_ns);
    json_close(j, '}');
    json_open(j, "throttling", '{');
    nonzero(j, "periods", s->cpu.periods);
    nonzero(j, "throttledPeriods", s->cpu.throttled_periods);
    nonzero(j, "throttledTime", s->cpu.throttled_ns);
    json_close(j, '}');
    psi(j, &s->cpu.psi);
    json_close(j, '}');
}

/* "0-3,7" as [0,1,2,3,7] */
static void id_list(struct json *j, const char *key, const char *list)
{
    if (!list || !*list)
        return;
    json_open(j, key, '[');
    for (char *end; *list; list = *end ? end + 1 : end) {
        unsigned long first = strtoul(list, &end, 10), last = first;
        if (end == list)
            break;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        for (; first <= last && first < 65536; first++)
            json_uint(j, NULL, first);
    }
    json_close(j, ']');
}

static void cpuset(struct json *j, const struct cgroup_stats *s)
{
    json_open(j, "cpuset", '{');
    id_list(j, "cpus", s->cpuset.cpus);
    json_uint(j, "cpu_exclusive", s->cpuset.cpu_exclusive);
    id_list(j, "mems", s->cpuset.mems);
    json_uint(j, "mem_hardwall", s->cpuset.mem_hardwall);
    json_uint(j, "mem_exclusive", s->cpuset.mem_exclusive);
    json_uint(j, "memory_migrate", s->cpuset.memory_migrate);
    json_uint(j, "memory_spread_page", s->cpuset.memory_spread_page);
    json_uint(j, "memory_spread_slab", s->cpuset.memory_spread_slab);
    json_uint(j, "memory_pressure", s->cpuset.memory_pressure);
    json_uint(j, "sched_load_balance", s->cpuset.sched_load_balance);
    json_int(j, "sched_relax_domain_level", s->cpuset.sched_relax_domain_level);
    json_close(j, '}');
}

static void memory_entry(struct json *j, const char *key, const uint64_t v[4])
{
    json_open(j, key, '{');
    json_uint(j, "limit", v[0]);
    nonzero(j, "usage", v[1]);
    nonzero(j, "max", v[2]);
    json_uint(j, "failcnt", v[3]);
    json_close(j, '}');
}

static void memory(struct json *j, const struct cgroup_stats *s)
{
    json_open(j, "memory", '{');
    nonzero(j, "cache", s->memory.cache);
    memory_entry(j, "usage",
                 (uint64_t[]){s->memory.limit, s->memory.usage, s->memory.max_usage, s->memory.failcnt});
    memory_entry(j, "swap",
                 (uint64_t[]){s->memory.swap_limit, s->memory.swap_usage, s->memory.swap_max_usage,
                              s->memory.swap_failcnt});
    memory_entry(j, "kernel",
                 (uint64_t[]){s->memory.kernel_limit, s->memory.kernel_usage, s->memory.kernel_max,
                              s->memory.kernel_failcnt});
    memory_entry(
        j, "kernelTCP",
        (uint64_t[]){s->memory.tcp_limit, s->memory.tcp_usage, s->memory.tcp_max, s->memory.tcp_failcnt});
    if (s->memory.raw.n) {
        json_open(j, "raw", '{');
        for (size_t i = 0; i < s->memory.raw.n; i++)
            json_uint(j, s->memory.raw.v[i].key, strtoull(s->memory.raw.v[i].value, NULL, 10));
        json_close(j, '}');
    }
    psi(j, &s->memory.psi);
    json_close(j, '}');
}

static void blkio_list(struct json *j, const char *key, const struct cgroup_blkio_list *list)
{
    if (!list->n)
        return;
    json_open(j, key, '[');
    for (size_t i = 0; i < list->n; i++) {
        const struct cgroup_blkio_entry *e = &list->v[i];
        json_open(j, NULL, '{');
        nonzero(j, "major", e->major);
        nonzero(j, "minor", e->minor);
        if (e->op[0])
            json_string(j, "op", e->op);
        nonzero(j, "value", e->value);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void blkio(struct json *j, const struct cgroup_stats *s)
{
    json_open(j, "blkio", '{');
    blkio_list(j, "ioServiceBytesRecursive", &s->blkio.service_bytes);
    blkio_list(j, "ioServicedRecursive", &s->blkio.serviced);
    blkio_list(j, "ioQueueRecursive", &s->blkio.queued);
    blkio_list(j, "ioServiceTimeRecursive", &s->blkio.service_time);
    blkio_list(j, "ioWaitTimeRecursive", &s->blkio.wait_time);
    blkio_list(j, "ioMergedRecursive", &s->blkio.merged);
    blkio_list(j, "ioTimeRecursive", &s->blkio.time);
    blkio_list(j, "sectorsRecursive", &s->blkio.sectors);
    psi(j, &s->blkio.psi);
    json_close(j, '}');
}

static void hugetlb(struct json *j, const struct cgroup_stats *s)
{
    json_open(j, "hugetlb", '{');
    for (size_t i = 0; i < s->n_hugetlb; i++) {
        json_open(j, s->hugetlb[i].size, '{');
        nonzero(j, "usage", s->hugetlb[i].usage);
        nonzero(j, "max", s->hugetlb[i].max);
        json_uint(j, "failcnt", s->hugetlb[i].failcnt);
        json_close(j, '}');
    }
    json_close(j, '}');
}

static void begin(struct json *j, const char *type, const char *id, struct buf *out)
{
    json_begin(j, out, false);
    json_open(j, NULL, '{');
    json_string(j, "type", type);
    json_string(j, "id", id);
}

static void end(struct json *j, struct buf *out)
{
    json_close(j, '}');
    json_end(j);
    buf_addc(out, '\n');
}

void stats_event(const char *id, const struct cgroup_stats *s, struct buf *out)
{
    struct json j;
    begin(&j, "stats", id, out);
    json_open(&j, "data", '{');
    cpu(&j, s);
    cpuset(&j, s);
    memory(&j, s);
    json_open(&j, "pids", '{');
    nonzero(&j, "current", s->pids.current);
    nonzero(&j, "limit", s->pids.limit);
    json_close(&j, '}');
    blkio(&j, s);
    hugetlb(&j, s);
    json_open(&j, "intel_rdt", '{');
    json_close(&j, '}');
    json_null(&j, "network_interfaces");
    json_close(&j, '}');
    end(&j, out);
}

void oom_event(const char *id, struct buf *out)
{
    struct json j;
    begin(&j, "oom", id, out);
    end(&j, out);
}
