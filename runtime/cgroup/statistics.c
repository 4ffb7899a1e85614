/* Numbers of a cgroup, v1 and v2 in the same struct. What a controller does not tell is left at 0. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cgroup/internal.h"

enum { MAX_ENTRIES = 4096 };

enum depth { QUICK, USAGE, ALL };

/* ---- reading ---- */

static uint64_t u64_of(const char *text)
{
    return text ? strtoull(text, NULL, 10) : 0;
}

static uint64_t read_u64(const struct cgroup_dir *d, const char *file)
{
    uint64_t v = 0;
    return cg_read_u64(d, file, &v) < 0 ? 0 : v;
}

/* "KEY VALUE" of a line, split in place. */
static bool split_key(char *line, char **value)
{
    *value = strchr(line, ' ');
    if (!*value)
        return false;
    *(*value)++ = '\0';
    return true;
}

struct key_target {
    const char *key;
    uint64_t *target;
    uint64_t factor;
};

static void read_keys(const struct cgroup_dir *d, const char *file, const struct key_target *keys, size_t n)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (cg_read(d, file, &b) < 0)
        return;
    char *rest = b.data, *line, *value;
    while (next_line(&rest, &line)) {
        if (!split_key(line, &value))
            continue;
        for (size_t i = 0; i < n; i++)
            if (strcmp(line, keys[i].key) == 0)
                *keys[i].target = u64_of(value) * keys[i].factor;
    }
}

/* ---- pressure: "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" ---- */

static double number_after(const char *line, const char *key, const char **found)
{
    const char *at = strstr(line, key);
    if (!at)
        *found = NULL;
    return at ? strtod(at + strlen(key), NULL) : 0;
}

static void read_psi(const struct cgroup_dir *d, const char *file, struct cgroup_psi *p)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (cg_read(d, file, &b) < 0)
        return;
    char *rest = b.data, *line;
    while (next_line(&rest, &line)) {
        const char *all = line;
        double a10 = number_after(line, " avg10=", &all), a60 = number_after(line, " avg60=", &all),
               a300 = number_after(line, " avg300=", &all);
        const char *sum = strstr(line, " total=");
        if (!all || !sum)
            continue;
        uint64_t total = u64_of(sum + strlen(" total="));
        p->set = true;
        if (str_starts(line, "some ")) {
            p->some10 = a10, p->some60 = a60, p->some300 = a300;
            p->some_total = total;
        } else {
            p->full10 = a10, p->full60 = a60, p->full300 = a300;
            p->full_total = total;
        }
    }
}

/* ---- cpu ---- */

static void cpu_v2(const struct cgroup_dir *d, struct cgroup_stats *s)
{
    const struct key_target keys[] = {
        {"usage_usec", &s->cpu.total_ns, 1000},         {"user_usec", &s->cpu.user_ns, 1000},
        {"system_usec", &s->cpu.kernel_ns, 1000},       {"nr_periods", &s->cpu.periods, 1},
        {"nr_throttled", &s->cpu.throttled_periods, 1}, {"throttled_usec", &s->cpu.throttled_ns, 1000}};
    s->cpu.set = true;
    read_keys(d, "cpu.stat", keys, ARRAY_LEN(keys));
}

/* cpuacct.usage_all: "cpu user system", then a line a CPU, in nanoseconds. */
static void cpu_percpu(const struct cgroup_dir *d, struct cgroup_stats *s)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (cg_read(d, "cpuacct.usage_all", &b) < 0)
        return;
    size_t max = 0;
    for (const char *p = b.data; (p = strchr(p, '\n')); p++)
        max++;
    s->cpu.percpu_ns = arena_alloc(&s->arena, (max + 1) * sizeof(uint64_t));
    s->cpu.percpu_user_ns = arena_alloc(&s->arena, (max + 1) * sizeof(uint64_t));
    s->cpu.percpu_kernel_ns = arena_alloc(&s->arena, (max + 1) * sizeof(uint64_t));
    char *rest = b.data, *line;
    while (next_line(&rest, &line)) {
        uint64_t v[3]; /* cpu, user, system */
        if (!scan_numbers(line, "", v, 3))
            continue;
        size_t i = s->cpu.n_percpu++;
        s->cpu.percpu_user_ns[i] = v[1];
        s->cpu.percpu_kernel_ns[i] = v[2];
        s->cpu.percpu_ns[i] = v[1] + v[2];
    }
}

static void cpuacct_v1(const struct cgroup_dir *d, struct cgroup_stats *s, enum depth depth)
{
    s->cpu.set = true;
    s->cpu.total_ns = read_u64(d, "cpuacct.usage");
    if (depth == QUICK)
        return;
    s->cpu.user_ns = read_u64(d, "cpuacct.usage_user");
    s->cpu.kernel_ns = read_u64(d, "cpuacct.usage_sys");
    if (depth == ALL)
        cpu_percpu(d, s);
}

static void cpu_v1(const struct cgroup_dir *d, struct cgroup_stats *s)
{
    const struct key_target keys[] = {{"nr_periods", &s->cpu.periods, 1},
                                      {"nr_throttled", &s->cpu.throttled_periods, 1},
                                      {"throttled_time", &s->cpu.throttled_ns, 1}};
    s->cpu.set = true;
    read_keys(d, "cpu.stat", keys, ARRAY_LEN(keys));
}

/* ---- memory ---- */

static void memory_raw(const struct cgroup_dir *d, struct cgroup_stats *s, const char *cache_key)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (cg_read(d, "memory.stat", &b) < 0)
        return;
    char *rest = b.data, *line, *value;
    size_t max = 0;
    for (const char *p = b.data; (p = strchr(p, '\n')); p++)
        max++;
    s->memory.raw.v = arena_alloc(&s->arena, (max + 1) * sizeof(*s->memory.raw.v));
    while (next_line(&rest, &line) && s->memory.raw.n <= max) {
        if (!split_key(line, &value))
            continue;
        struct key_value *kv = &s->memory.raw.v[s->memory.raw.n++];
        kv->key = arena_strndup(&s->arena, line, strlen(line));
        kv->value = arena_strndup(&s->arena, value, strlen(value));
        if (strcmp(line, cache_key) == 0)
            s->memory.cache = u64_of(value);
        else if (strcmp(line, "pgfault") == 0)
            s->memory.page_faults = u64_of(value);
        else if (strcmp(line, "pgmajfault") == 0)
            s->memory.major_faults = u64_of(value);
    }
}

static uint64_t limit_of(const struct cgroup_dir *d, const char *file)
{
    uint64_t v = UINT64_MAX;
    if (cg_read_u64(d, file, &v) < 0)
        return UINT64_MAX;
    return v >= 0x7ffffffffffff000U ? UINT64_MAX : v; /* v1 has no "max": the largest count of pages */
}

static void memory_v1(const struct cgroup_dir *d, struct cgroup_stats *s, enum depth depth)
{
    s->memory.set = true;
    s->memory.usage = read_u64(d, "memory.usage_in_bytes");
    s->memory.max_usage = read_u64(d, "memory.max_usage_in_bytes");
    if (depth == QUICK)
        return;
    s->memory.limit = limit_of(d, "memory.limit_in_bytes");
    memory_raw(d, s, "cache");
    if (depth == USAGE)
        return;
    s->memory.failcnt = read_u64(d, "memory.failcnt");
    s->memory.swap_usage = read_u64(d, "memory.memsw.usage_in_bytes");
    s->memory.swap_max_usage = read_u64(d, "memory.memsw.max_usage_in_bytes");
    s->memory.swap_limit = limit_of(d, "memory.memsw.limit_in_bytes");
    s->memory.swap_failcnt = read_u64(d, "memory.memsw.failcnt");
    s->memory.kernel_usage = read_u64(d, "memory.kmem.usage_in_bytes");
    s->memory.kernel_max = read_u64(d, "memory.kmem.max_usage_in_bytes");
    s->memory.kernel_limit = limit_of(d, "memory.kmem.limit_in_bytes");
    s->memory.kernel_failcnt = read_u64(d, "memory.kmem.failcnt");
    s->memory.tcp_usage = read_u64(d, "memory.kmem.tcp.usage_in_bytes");
    s->memory.tcp_max = read_u64(d, "memory.kmem.tcp.max_usage_in_bytes");
    s->memory.tcp_limit = limit_of(d, "memory.kmem.tcp.limit_in_bytes");
    s->memory.tcp_failcnt = read_u64(d, "memory.kmem.tcp.failcnt");
}

static uint64_t add_limits(uint64_t a, uint64_t b)
{
    return a == UINT64_MAX || b == UINT64_MAX ? UINT64_MAX : a + b;
}

/* swap_* count memory and swap together, as v1 does and callers expect. */
static void memory_v2(const struct cgroup_dir *d, struct cgroup_stats *s, enum depth depth)
{
    if (cg_read_u64(d, "memory.current", &s->memory.usage) < 0)
        return;
    s->memory.set = true;
    s->memory.max_usage = read_u64(d, "memory.peak"); /* Linux 5.19 */
    if (depth == QUICK)
        return;
    const struct key_target events[] = {{"max", &s->memory.failcnt, 1}};
    s->memory.limit = limit_of(d, "memory.max");
    read_keys(d, "memory.events", events, ARRAY_LEN(events));
    s->memory.swap_usage = s->memory.usage + read_u64(d, "memory.swap.current");
    s->memory.swap_limit = add_limits(s->memory.limit, limit_of(d, "memory.swap.max"));
    uint64_t swap_peak;
    if (s->memory.max_usage && cg_read_u64(d, "memory.swap.peak", &swap_peak) == 0)
        s->memory.swap_max_usage = s->memory.max_usage + swap_peak;
    memory_raw(d, s, "file");
    for (size_t i = 0; i < s->memory.raw.n; i++)
        if (strcmp(s->memory.raw.v[i].key, "kernel") == 0)
            s->memory.kernel_usage = u64_of(s->memory.raw.v[i].value);
    s->memory.kernel_limit = s->memory.tcp_limit = UINT64_MAX;
}

/* ---- pids ---- */

static void pids(const struct cgroup_dir *d, struct cgroup_stats *s, enum depth depth)
{
    if (cg_read_u64(d, "pids.current", &s->pids.current) < 0) {
        pid_t *list = NULL;
        size_t n = 0;
        if (dir_pids(d->path, &list, &n) < 0)
            return;
        free(list);
        s->pids.current = n;
        s->pids.set = true;
        return;
    }
    s->pids.set = true;
    s->pids.peak = read_u64(d, "pids.peak"); /* Linux 6.1 */
    uint64_t limit = UINT64_MAX;
    if (depth > QUICK && cg_read_u64(d, "pids.max", &limit) == 0 && limit != UINT64_MAX)
        s->pids.limit = limit;
}

/* ---- block I/O ---- */

static void add_entry(struct cgroup_stats *s, struct cgroup_blkio_list *list,
                      const struct cgroup_blkio_entry *e)
{
    /* Lists grow by doubling inside the arena: the old block is simply left behind. */
    if ((list->n & (list->n - 1)) == 0) {
        size_t cap = list->n ? list->n * 2 : 1;
        struct cgroup_blkio_entry *v = arena_alloc(&s->arena, cap * sizeof(*v));
        if (list->n)
            memcpy(v, list->v, list->n * sizeof(*v));
        list->v = v;
    }
    if (list->n < MAX_ENTRIES)
        list->v[list->n++] = *e;
}

/* v2 io.stat: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6" */
static void io_v2(const struct cgroup_dir *d, struct cgroup_stats *s)
{
    static const struct {
        const char *key, *op;
        bool bytes;
    } fields[] = {{"rbytes=", "Read", true}, {"wbytes=", "Write", true}, {"dbytes=", "Discard", true},
                  {"rios=", "Read", false},  {"wios=", "Write", false},  {"dios=", "Discard", false}};
    AUTO_BUF struct buf b = BUF_INIT;
    if (cg_read(d, "io.stat", &b) < 0)
        return;
    s->blkio.set = true;
    char *rest = b.data, *line;
    while (next_line(&rest, &line)) {
        struct cgroup_blkio_entry e = {0};
        uint64_t number[2];
        char *save = NULL, *word = strtok_r(line, " ", &save);
        if (!word || !scan_numbers(word, ":", number, 2))
            continue;
        e.major = number[0], e.minor = number[1];
        while ((word = strtok_r(NULL, " ", &save)))
            for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
                const char *value = str_after(word, fields[i].key);
                if (!value)
                    continue;
                e.value = u64_of(value);
                snprintf(e.op, sizeof(e.op), "%s", fields[i].op);
                add_entry(s, fields[i].bytes ? &s->blkio.service_bytes : &s->blkio.serviced, &e);
            }
    }
}

/* v1: "8:0 Read 1282048", "8:0 6792", and a last line "Total 3477504". */
static bool io_file_v1(const struct cgroup_dir *d, const char *file, struct cgroup_stats *s,
                       struct cgroup_blkio_list *list)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (cg_read(d, file, &b) < 0)
        return false;
    char *rest = b.data, *line;
    while (next_line(&rest, &line)) {
        struct cgroup_blkio_entry e = {0};
        uint64_t number[2];
        const char *p = scan_numbers(line, ":", number, 2);
        if (!p)
            continue;
        p += strspn(p, " ");
        size_t op = strcspn(p, " 0123456789");
        snprintf(e.op, sizeof(e.op), "%.*s", (int)op, p);
        if (!scan_numbers(p + op, "", &e.value, 1))
            continue;
        e.major = number[0], e.minor = number[1];
        add_entry(s, list, &e);
    }
    return list->n > 0;
}

/* BFQ keeps its own books; without it those of the throttling layer are all there is. */
static void blkio_v1(const struct cgroup_dir *d, struct cgroup_stats *s, enum depth depth)
{
    s->blkio.set = true;
    if (!io_file_v1(d, "blkio.bfq.io_service_bytes_recursive", s, &s->blkio.service_bytes))
        io_file_v1(d, "blkio.throttle.io_service_bytes_recursive", s, &s->blkio.service_bytes);
    if (depth == QUICK)
        return;
    if (!io_file_v1(d, "blkio.bfq.io_serviced_recursive", s, &s->blkio.serviced))
        io_file_v1(d, "blkio.throttle.io_serviced_recursive", s, &s->blkio.serviced);
    if (depth == USAGE)
        return;
    const struct {
        const char *file;
        struct cgroup_blkio_list *list;
    } debug[] = {{"blkio.bfq.sectors_recursive", &s->blkio.sectors},
                 {"blkio.bfq.io_service_time_recursive", &s->blkio.service_time},
                 {"blkio.bfq.io_wait_time_recursive", &s->blkio.wait_time},
                 {"blkio.bfq.io_merged_recursive", &s->blkio.merged},
                 {"blkio.bfq.io_queued_recursive", &s->blkio.queued},
                 {"blkio.bfq.time_recursive", &s->blkio.time}};
    for (size_t i = 0; i < ARRAY_LEN(debug); i++)
        io_file_v1(d, debug[i].file, s, debug[i].list);
}

/* ---- cpuset ---- */

static char *read_line(const struct cgroup_dir *d, const char *file, struct arena *a)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (cg_read(d, file, &b) < 0)
        return NULL;
    return arena_strndup(a, buf_str(&b), strcspn(buf_str(&b), "\n"));
}

static void cpuset(const struct cgroup_dir *d, struct cgroup_stats *s, bool v2)
{
    s->cpuset.cpus = read_line(d, v2 ? "cpuset.cpus.effective" : "cpuset.cpus", &s->arena);
    s->cpuset.mems = read_line(d, v2 ? "cpuset.mems.effective" : "cpuset.mems", &s->arena);
    s->cpuset.set = s->cpuset.cpus != NULL;
    if (v2)
        return;
    s->cpuset.cpu_exclusive = read_u64(d, "cpuset.cpu_exclusive");
    s->cpuset.mem_exclusive = read_u64(d, "cpuset.mem_exclusive");
    s->cpuset.mem_hardwall = read_u64(d, "cpuset.mem_hardwall");
    s->cpuset.memory_migrate = read_u64(d, "cpuset.memory_migrate");
    s->cpuset.memory_spread_page = read_u64(d, "cpuset.memory_spread_page");
    s->cpuset.memory_spread_slab = read_u64(d, "cpuset.memory_spread_slab");
    s->cpuset.memory_pressure = read_u64(d, "cpuset.memory_pressure");
    s->cpuset.sched_load_balance = read_u64(d, "cpuset.sched_load_balance");
    char *level = read_line(d, "cpuset.sched_relax_domain_level", &s->arena);
    s->cpuset.sched_relax_domain_level = level ? strtoll(level, NULL, 10) : 0;
}

/* ---- huge pages ---- */

/* "hugepages-2048kB" to "2MB", as the kernel names the cgroup files. */
static bool hugepage_size(const char *dir, char *out, size_t size)
{
    const char *kb = str_after(dir, "hugepages-");
    unsigned long long n = kb ? strtoull(kb, NULL, 10) : 0;
    if (!n)
        return false;
    if (n >= 1 << 20)
        snprintf(out, size, "%lluGB", n >> 20);
    else if (n >= 1 << 10)
        snprintf(out, size, "%lluMB", n >> 10);
    else
        snprintf(out, size, "%lluKB", n);
    return true;
}

static void hugetlb_one(const struct cgroup_dir *d, const char *size, bool v2, struct cgroup_hugetlb *out)
{
    char file[80];
    snprintf(out->size, sizeof(out->size), "%.15s", size);
    snprintf(file, sizeof(file), "hugetlb.%s.%s", size, v2 ? "current" : "usage_in_bytes");
    out->usage = read_u64(d, file);
    if (v2) {
        const struct key_target keys[] = {{"max", &out->failcnt, 1}};
        snprintf(file, sizeof(file), "hugetlb.%s.events", size);
        read_keys(d, file, keys, ARRAY_LEN(keys));
        return;
    }
    snprintf(file, sizeof(file), "hugetlb.%s.max_usage_in_bytes", size);
    out->max = read_u64(d, file);
    snprintf(file, sizeof(file), "hugetlb.%s.failcnt", size);
    out->failcnt = read_u64(d, file);
}

static void hugetlb(const struct cgroup_dir *d, struct cgroup_stats *s, bool v2)
{
    AUTO_DIR DIR *dir = opendir("/sys/kernel/mm/hugepages");
    struct dirent *e;
    s->hugetlb = arena_alloc(&s->arena, 16 * sizeof(*s->hugetlb));
    while (dir && s->n_hugetlb < 16 && (e = readdir(dir))) {
        char size[24], file[64];
        if (!hugepage_size(e->d_name, size, sizeof(size)))
            continue;
        snprintf(file, sizeof(file), "hugetlb.%s.%s", size, v2 ? "current" : "usage_in_bytes");
        if (cg_has(d, file))
            hugetlb_one(d, size, v2, &s->hugetlb[s->n_hugetlb++]);
    }
}

/* ---- all of it ---- */

/* Which files they are depends on where the controller is: a hybrid host has some in v1 hierarchies and
 * others in cgroup2. */
static bool in_v2(const struct cgroup_dir *d)
{
    return d->ctrls & CTRL_UNIFIED;
}

/* cgroup2 counts the time also without a controller. */
static void cpu(const struct cgroup *cg, struct cgroup_stats *s, enum depth depth)
{
    const struct cgroup_dir *time = cgroup_dir_of(cg, CTRL_CPUACCT), *limit = cgroup_dir_of(cg, CTRL_CPU);
    const struct cgroup_dir *u = cgroup_unified(cg);
    if (u && (!time || in_v2(time) || (depth > QUICK && limit == u)))
        cpu_v2(u, s);
    if (time && !in_v2(time))
        cpuacct_v1(time, s, depth);
    if (depth > QUICK && limit && !in_v2(limit))
        cpu_v1(limit, s);
}

static void memory(const struct cgroup_dir *d, struct cgroup_stats *s, enum depth depth)
{
    if (in_v2(d))
        memory_v2(d, s, depth);
    else
        memory_v1(d, s, depth);
}

static void blkio(const struct cgroup_dir *d, struct cgroup_stats *s, enum depth depth)
{
    if (in_v2(d))
        io_v2(d, s);
    else
        blkio_v1(d, s, depth);
}

static void collect_all(const struct cgroup *cg, struct cgroup_stats *s, enum depth depth)
{
    const struct cgroup_dir *d;
    cpu(cg, s, depth);
    if ((d = cgroup_dir_of(cg, CTRL_MEMORY)))
        memory(d, s, depth);
    if ((d = cgroup_dir_of(cg, CTRL_PIDS)))
        pids(d, s, depth);
    if ((d = cgroup_dir_of(cg, CTRL_BLKIO)))
        blkio(d, s, depth);
    if (depth == QUICK)
        return;
    if ((d = cgroup_unified(cg))) { /* pressure is told only there */
        read_psi(d, "cpu.pressure", &s->cpu.psi);
        read_psi(d, "memory.pressure", &s->memory.psi);
        read_psi(d, "io.pressure", &s->blkio.psi);
    }
    if (depth == USAGE)
        return;
    if ((d = cgroup_dir_of(cg, CTRL_CPUSET)))
        cpuset(d, s, in_v2(d));
    if ((d = cgroup_dir_of(cg, CTRL_HUGETLB)))
        hugetlb(d, s, in_v2(d));
}

static int collect(const struct cgroup *cg, struct cgroup_stats *out, enum depth depth)
{
    *out = (struct cgroup_stats){.memory.oom_kills = -1};
    out->memory.limit = out->memory.swap_limit = UINT64_MAX;
    if (!cg->n)
        return 0;
    if (!cgroup_exists(cg))
        return fail(ENOENT, "statistics of %s", cg->v[0].path);
    collect_all(cg, out, depth);
    if (depth > QUICK)
        out->memory.oom_kills = cgroup_oom_kills(cg);
    return 0;
}

int cgroup_stats(const struct cgroup *cg, struct cgroup_stats *out)
{
    return collect(cg, out, ALL);
}

int cgroup_stats_usage(const struct cgroup *cg, struct cgroup_stats *out)
{
    return collect(cg, out, USAGE);
}

int cgroup_stats_quick(const struct cgroup *cg, struct cgroup_stats *out)
{
    return collect(cg, out, QUICK);
}

void cgroup_stats_free(struct cgroup_stats *s)
{
    arena_free(&s->arena);
    *s = (struct cgroup_stats){0};
}
