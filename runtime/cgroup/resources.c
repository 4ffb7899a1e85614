/* linux.resources, what holds for v1 and v2: values checked before anything happens, which controllers they
 * need, and the conversions from v1 numbers, in which the specification speaks, to v2 ones. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cgroup/internal.h"

#define R "linux.resources."

static unsigned unified_ctrl(const char *key)
{
    char name[32];
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(key, "."), key);
    const struct name_value *c = name_find(controller_names_v2, name);
    return c ? (unsigned)c->value : 0;
}

static const char *memory_path(const struct spec_memory *m)
{
    if (!m)
        return NULL;
    if (m->limit.set && m->limit.v)
        return R "memory.limit";
    if (m->swap.set && m->swap.v)
        return R "memory.swap";
    if (m->reservation.set && m->reservation.v)
        return R "memory.reservation";
    if (m->kernel_tcp.set && m->kernel_tcp.v)
        return R "memory.kernelTCP";
    if (m->swappiness.set)
        return R "memory.swappiness";
    return m->disable_oom_killer.set && m->disable_oom_killer.v ? R "memory.disableOOMKiller" : NULL;
}

static const char *cpu_path(const struct spec_cpu *c)
{
    if (!c)
        return NULL;
    if (c->shares.set && c->shares.v)
        return R "cpu.shares";
    if (c->quota.set && c->quota.v)
        return R "cpu.quota";
    if (c->period.set && c->period.v)
        return R "cpu.period";
    if (c->burst.set)
        return R "cpu.burst";
    if (c->idle.set)
        return R "cpu.idle";
    if (c->realtime_runtime.set && c->realtime_runtime.v)
        return R "cpu.realtimeRuntime";
    return c->realtime_period.set && c->realtime_period.v ? R "cpu.realtimePeriod" : NULL;
}

static const char *cpuset_path(const struct spec_cpu *c)
{
    if (c && c->cpus && *c->cpus)
        return R "cpu.cpus";
    return c && c->mems && *c->mems ? R "cpu.mems" : NULL;
}

static const char *io_path(const struct spec_block_io *b)
{
    if (!b)
        return NULL;
    if (b->weight.set && b->weight.v)
        return R "blockIO.weight";
    if (b->leaf_weight.set && b->leaf_weight.v)
        return R "blockIO.leafWeight";
    if (b->weight_device.n)
        return R "blockIO.weightDevice";
    if (b->throttle_read_bps.n)
        return R "blockIO.throttleReadBpsDevice";
    if (b->throttle_write_bps.n)
        return R "blockIO.throttleWriteBpsDevice";
    if (b->throttle_read_iops.n)
        return R "blockIO.throttleReadIOPSDevice";
    return b->throttle_write_iops.n ? R "blockIO.throttleWriteIOPSDevice" : NULL;
}

/* The JSON path of the first limit that needs this one controller, NULL if none does. */
static const char *first_limit(const struct spec_resources *r, unsigned ctrl)
{
    switch (ctrl) {
    case CTRL_MEMORY:
        return memory_path(r->memory);
    case CTRL_CPU:
        return cpu_path(r->cpu);
    case CTRL_CPUSET:
        return cpuset_path(r->cpu);
    case CTRL_BLKIO:
        return io_path(r->block_io);
    case CTRL_PIDS:
        return r->pids_limit.set ? R "pids.limit" : NULL;
    case CTRL_HUGETLB:
        return r->hugepage_limits.n ? R "hugepageLimits" : NULL;
    case CTRL_NET_CLS:
        return r->network && r->network->class_id.set && r->network->class_id.v ? R "network.classID" : NULL;
    case CTRL_NET_PRIO:
        return r->network && r->network->priorities.n ? R "network.priorities" : NULL;
    case CTRL_RDMA:
        return r->rdma.n ? R "rdma" : NULL;
    default:
        return NULL;
    }
}

const char *resources_path_of(const struct spec_resources *r, unsigned ctrls)
{
    static char text[160];
    for (unsigned bit = 1; bit < CTRL_NAMED && r; bit <<= 1) {
        const char *path = ctrls & bit ? first_limit(r, bit) : NULL;
        if (path)
            return path;
        for (size_t i = 0; ctrls & bit && i < r->unified.n; i++)
            if (unified_ctrl(r->unified.v[i].key) == bit) {
                snprintf(text, sizeof(text), R "unified[%s]", r->unified.v[i].key);
                return text;
            }
    }
    return "linux.resources";
}

unsigned resources_need(const struct spec_resources *r, bool pure_v2)
{
    unsigned set = 0;
    if (!r)
        return 0;
    for (unsigned bit = 1; bit < CTRL_NAMED; bit <<= 1)
        if (first_limit(r, bit))
            set |= bit;
    for (size_t i = 0; pure_v2 && i < r->unified.n; i++)
        set |= unified_ctrl(r->unified.v[i].key);
    return set;
}

/* ---- checks ---- */

static int check_memory(const struct spec_memory *m, bool v2)
{
    const struct {
        const char *name;
        const struct opt_i64 *value;
    } sizes[] = {{"limit", &m->limit}, {"reservation", &m->reservation}, {"swap", &m->swap}};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        if (sizes[i].value->set && sizes[i].value->v < -1)
            return fail(0, R "memory.%s: %lld is neither a size nor -1 (unlimited)", sizes[i].name,
                        (long long)sizes[i].value->v);
    if (m->swap.set && m->swap.v > 0 && m->limit.set && m->limit.v > 0 && m->swap.v < m->limit.v)
        return fail(0, R "memory.swap: memory+swap limit should be >= memory limit (%lld < %lld)",
                    (long long)m->swap.v, (long long)m->limit.v);
    if (m->kernel.set && m->kernel.v)
        log_warn(R "memory.kernel is ignored: kernels since 5.4 have no such limit");
    if (m->swappiness.set && m->swappiness.v > 100)
        return fail(0, R "memory.swappiness: %llu is not between 0 and 100",
                    (unsigned long long)m->swappiness.v);
    if (!v2)
        return 0;
    if (m->kernel_tcp.set && m->kernel_tcp.v)
        log_warn(R "memory.kernelTCP is ignored: cgroup2 has no such limit");
    if (m->swappiness.set)
        return fail(0, R "memory.swappiness: cgroup2 has no swappiness of its own for a cgroup");
    if (m->disable_oom_killer.set && m->disable_oom_killer.v)
        return fail(0, R "memory.disableOOMKiller: cgroup2 cannot switch the OOM killer off");
    return 0;
}

int cgroup_check_shares(const struct spec_cpu *c)
{
    if (!c->shares.set || !c->shares.v)
        return 0;
    if (c->shares.v < 2)
        return fail(0, R "cpu.shares: the minimum allowed cpu-shares is 2");
    if (c->shares.v > 262144)
        return fail(0, R "cpu.shares: the maximum allowed cpu-shares is 262144");
    return 0;
}

static int check_cpu(const struct spec_cpu *c, bool v2)
{
    if (c->idle.set && c->idle.v != 0 && c->idle.v != 1)
        return fail(0, R "cpu.idle: %lld is neither 0 nor 1", (long long)c->idle.v);
    if (v2 && c->realtime_runtime.set && c->realtime_runtime.v)
        return fail(0, R "cpu.realtimeRuntime: cgroup2 has no real-time limits");
    if (v2 && c->realtime_period.set && c->realtime_period.v)
        return fail(0, R "cpu.realtimePeriod: cgroup2 has no real-time limits");
    return v2 ? 0 : cgroup_check_shares(c); /* cgroup2: the conversion takes any number, as runc's */
}

static int check_block_io(const struct spec_block_io *b, bool v2)
{
    if (b->weight.set && b->weight.v && (b->weight.v < 10 || b->weight.v > 1000))
        return fail(0, R "blockIO.weight: %u is not between 10 and 1000", b->weight.v);
    if (v2 && b->leaf_weight.set && b->leaf_weight.v)
        return fail(0, R "blockIO.leafWeight: cgroup2 has no leaf weights");
    for (size_t i = 0; i < b->weight_device.n; i++)
        if (v2 && b->weight_device.v[i].leaf_weight.set && b->weight_device.v[i].leaf_weight.v)
            return fail(0, R "blockIO.weightDevice[%zu].leafWeight: cgroup2 has no leaf weights", i);
    return 0;
}

/* The page size becomes part of a file name: digits and a unit, nothing else. */
static int check_hugepages(const struct spec_hugepage_limit_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const char *s = list->v[i].page_size;
        size_t digits = s ? strspn(s, "0123456789") : 0;
        if (!digits || digits > 12 ||
            !(strcmp(s + digits, "KB") == 0 || strcmp(s + digits, "MB") == 0 ||
              strcmp(s + digits, "GB") == 0))
            return fail(0, R "hugepageLimits[%zu].pageSize: \"%s\" is not a size such as \"2MB\"", i,
                        s ? s : "");
    }
    return 0;
}

static int check_unified(const struct key_values *u, bool pure_v2)
{
    if (u->n && !pure_v2)
        return fail(0, R "unified: invalid configuration: cannot use unified on cgroup v1");
    for (size_t i = 0; i < u->n; i++) {
        if (strchr(u->v[i].key, '/'))
            return fail(0, R "unified: unified resource \"%s\" must be a file name (no slashes)",
                        u->v[i].key);
        if (!strchr(u->v[i].key, '.'))
            return fail(0, R "unified: unified resource \"%s\" must be in the form CONTROLLER.PARAMETER",
                        u->v[i].key);
    }
    return 0;
}

int resources_check(const struct spec_resources *r, bool pure_v2, unsigned in_v2)
{
    if (!r)
        return 0;
    if (r->memory)
        TRY(check_memory(r->memory, in_v2 & CTRL_MEMORY));
    if (r->cpu)
        TRY(check_cpu(r->cpu, in_v2 & CTRL_CPU));
    if (r->block_io)
        TRY(check_block_io(r->block_io, in_v2 & CTRL_BLKIO));
    if (pure_v2 && resources_need(r, true) & (CTRL_NET_CLS | CTRL_NET_PRIO))
        return fail(0, "%s: cgroup2 has no network controllers",
                    resources_path_of(r, CTRL_NET_CLS | CTRL_NET_PRIO));
    if (r->pids_limit.set && r->pids_limit.v < -1)
        log_debug("linux.resources.pids.limit %lld means no limit", (long long)r->pids_limit.v);
    TRY(check_hugepages(&r->hugepage_limits));
    TRY(check_unified(&r->unified, pure_v2));
    return device_rules_check(&r->devices);
}

int memory_check_before_update(const struct cgroup *cg, const struct spec_memory *m)
{
    const struct cgroup_dir *d = cgroup_dir_of(cg, CTRL_MEMORY);
    uint64_t usage = 0;
    if (!m->check_before_update.set || !m->check_before_update.v || !d ||
        cg_read_u64(d, d->ctrls & CTRL_UNIFIED ? "memory.current" : "memory.usage_in_bytes", &usage) < 0)
        return 0;
    if (m->swap.set && m->swap.v > 0 && (uint64_t)m->swap.v <= usage)
        return fail(0, R "memory.swap: rejecting memory+swap limit %lld <= usage %llu", (long long)m->swap.v,
                    (unsigned long long)usage);
    if (m->limit.set && m->limit.v > 0 && (uint64_t)m->limit.v <= usage)
        return fail(0, R "memory.limit: rejecting memory limit %lld <= usage %llu", (long long)m->limit.v,
                    (unsigned long long)usage);
    return 0;
}

/* ---- conversions ---- */

int64_t pids_max(int64_t limit)
{
    /* 0 is a limit (config-linux.md), and 1 has the same effect: a cgroup with one process cannot fork.
     * But clone3 into a cgroup with pids.max 0 would fail. */
    return limit < 0 ? -1 : limit == 0 ? 1 : limit;
}

/* log2 and 10^x for small positive numbers, enough to round to a whole weight: a static binary needs no libm
 * for one formula. */
static double log2_of(double x)
{
    double r = 0, bit = 0.5;
    for (; x >= 2; x /= 2)
        r += 1;
    for (int i = 0; i < 50; i++, bit /= 2) {
        x *= x;
        if (x >= 2) {
            r += bit;
            x /= 2;
        }
    }
    return r;
}

static double pow10_of(double x)
{
    static const double ln10 = 2.302585092994045684;
    double r = 1, term = 1;
    for (; x >= 1; x -= 1)
        r *= 10;
    double y = x * ln10, sum = 1;
    for (int i = 1; i < 40; i++) {
        term *= y / i;
        sum += term;
    }
    return r * sum;
}

/* The curve through (2, 1), (1024, 100) and (262144, 10000) on which runtimes agreed in 2024, so that the
 * default stays the default: 10^((l^2 + 125 l)/612 - 7/34) with l = log2(shares), rounded up. */
uint64_t cpu_weight_from_shares(uint64_t shares)
{
    if (shares <= 2)
        return shares ? 1 : 0;
    if (shares >= 262144)
        return 10000;
    double l = log2_of((double)shares);
    double w = pow10_of((l * l + 125 * l) / 612.0 - 7.0 / 34.0);
    uint64_t whole = (uint64_t)w;
    return w - (double)whole > 1e-9 ? whole + 1 : whole;
}

int swap_v2_from_v1(const struct spec_memory *m, int64_t *out)
{
    int64_t swap = m->swap.set ? m->swap.v : 0, limit = m->limit.set ? m->limit.v : 0;
    *out = INT64_MIN;
    if (limit == -1 && swap == 0)
        *out = -1;
    else if (swap == -1 || (limit == -1 && swap > 0))
        *out = swap;
    else if (swap > 0 && limit <= 0)
        return fail(0, R "memory.swap: unable to set swap limit without memory limit");
    else if (swap > 0)
        *out = swap - limit;
    return 0;
}
