/* linux.resources, in which the specification speaks v1, to the files of cgroup2; then `unified`, which
 * speaks v2. Documentation/admin-guide/cgroup-v2.rst of the kernel. */
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

static int write_max(const struct cgroup_dir *d, const char *file, const char *where, int64_t value)
{
    if (value < 0)
        return cg_write(d, file, where, "max");
    return cg_write(d, file, where, "%lld", (long long)value);
}

/* update may give memory+swap alone: then the limit is the one in force. */
static int swap_value(const struct cgroup_dir *d, const struct spec_memory *m, int64_t *out)
{
    struct spec_memory now = *m;
    uint64_t current;
    if (!(m->limit.set && m->limit.v) && m->swap.set && m->swap.v > 0 &&
        cg_read_u64(d, "memory.max", &current) == 0 && current <= INT64_MAX) {
        now.limit = (struct opt_i64){true, (int64_t)current};
        if (now.swap.v < now.limit.v)
            return fail(0, R "memory.swap: memory+swap limit should be >= memory limit (%lld < %lld)",
                        (long long)now.swap.v, (long long)now.limit.v);
    }
    return swap_v2_from_v1(&now, out);
}

static int apply_memory(const struct cgroup_dir *d, const struct spec_memory *m)
{
    int64_t swap;
    TRY(swap_value(d, m, &swap));
    if (swap != INT64_MIN && write_max(d, "memory.swap.max", R "memory.swap", swap) < 0) {
        if (error_errno() != ENOENT || swap > 0)
            return -1;
        error_clear(); /* a kernel without swap: "no swap" and "any swap" are true already */
    }
    if (m->limit.set && m->limit.v)
        TRY(write_max(d, "memory.max", R "memory.limit", m->limit.v));
    if (m->reservation.set && m->reservation.v)
        TRY(write_max(d, "memory.low", R "memory.reservation", m->reservation.v));
    return 0;
}

/* "QUOTA PERIOD"; what is not given keeps its value. */
static int cpu_max(const struct cgroup_dir *d, const struct spec_cpu *c, char *out, size_t size)
{
    char quota[32] = "max";
    if (c->quota.set && c->quota.v > 0) {
        snprintf(quota, sizeof(quota), "%lld", (long long)c->quota.v);
    } else if (!(c->quota.set && c->quota.v)) {
        AUTO_BUF struct buf b = BUF_INIT;
        if (cg_read(d, "cpu.max", &b) < 0)
            return fail(errno, R "cpu.period: read %s/cpu.max", d->path);
        snprintf(quota, sizeof(quota), "%.*s", (int)strcspn(buf_str(&b), " \n"), buf_str(&b));
    }
    if (c->period.set && c->period.v)
        snprintf(out, size, "%s %llu", quota, (unsigned long long)c->period.v);
    else
        snprintf(out, size, "%s", quota);
    return 0;
}

static int apply_cpu(const struct cgroup_dir *d, const struct spec_cpu *c)
{
    struct cg_setting s[4];
    size_t n = 0;
    if (c->shares.set && c->shares.v)
        s[n++] = cg_setting("cpu.weight", R "cpu.shares", (int64_t)cpu_weight_from_shares(c->shares.v));
    if (c->idle.set)
        s[n++] = cg_setting("cpu.idle", R "cpu.idle", c->idle.v);
    if ((c->quota.set && c->quota.v) || (c->period.set && c->period.v)) {
        s[n] = cg_setting("cpu.max", c->quota.set && c->quota.v ? R "cpu.quota" : R "cpu.period", 0);
        TRY(cpu_max(d, c, s[n].text, sizeof(s[n].text)));
        n++;
    }
    if (c->burst.set)
        s[n++] = cg_setting("cpu.max.burst", R "cpu.burst", (int64_t)c->burst.v);
    return cg_settle(d, s, n);
}

static int apply_cpuset(const struct cgroup_dir *d, const struct spec_cpu *c)
{
    if (c->cpus && *c->cpus)
        TRY(cg_write(d, "cpuset.cpus", R "cpu.cpus", "%s", c->cpus));
    if (c->mems && *c->mems)
        TRY(cg_write(d, "cpuset.mems", R "cpu.mems", "%s", c->mems));
    return 0;
}

static unsigned io_weight(unsigned v1) /* 10..1000 to 1..10000 */
{
    return v1 < 10 ? 1 : 1 + (v1 - 10) * 9999 / 990;
}

static int apply_weights(const struct cgroup_dir *d, const struct spec_block_io *b)
{
    if (!(b->weight.set && b->weight.v) && !b->weight_device.n)
        return 0;
    bool bfq = cg_has(d, "io.bfq.weight");
    const char *file = bfq ? "io.bfq.weight" : "io.weight";
    if (b->weight.set && b->weight.v)
        TRY(cg_write(d, file, R "blockIO.weight", "default %u", bfq ? b->weight.v : io_weight(b->weight.v)));
    for (size_t i = 0; i < b->weight_device.n; i++) {
        const struct spec_weight_device *w = &b->weight_device.v[i];
        if (w->weight.set && w->weight.v)
            TRY(cg_write(d, file, R "blockIO.weightDevice", "%lld:%lld %u", (long long)w->major,
                         (long long)w->minor, bfq ? w->weight.v : io_weight(w->weight.v)));
    }
    return 0;
}

static int apply_io(const struct cgroup_dir *d, const struct spec_block_io *b)
{
    const struct {
        const char *key, *where;
        const struct spec_throttle_device_list *list;
    } throttles[] = {{"rbps", R "blockIO.throttleReadBpsDevice", &b->throttle_read_bps},
                     {"wbps", R "blockIO.throttleWriteBpsDevice", &b->throttle_write_bps},
                     {"riops", R "blockIO.throttleReadIOPSDevice", &b->throttle_read_iops},
                     {"wiops", R "blockIO.throttleWriteIOPSDevice", &b->throttle_write_iops}};
    TRY(apply_weights(d, b));
    for (size_t t = 0; t < ARRAY_LEN(throttles); t++)
        for (size_t i = 0; i < throttles[t].list->n; i++) {
            const struct spec_throttle_device *v = &throttles[t].list->v[i];
            if (v->rate)
                TRY(cg_write(d, "io.max", throttles[t].where, "%lld:%lld %s=%llu", (long long)v->major,
                             (long long)v->minor, throttles[t].key, (unsigned long long)v->rate));
            else /* 0 lifts the limit, as v1 has it */
                TRY(cg_write(d, "io.max", throttles[t].where, "%lld:%lld %s=max", (long long)v->major,
                             (long long)v->minor, throttles[t].key));
        }
    return 0;
}

static int apply_unified(const struct cgroup_dir *d, const struct key_values *u)
{
    for (size_t i = 0; i < u->n; i++) {
        AUTO_FREE char *where = xasprintf(R "unified: unable to set unified resource \"%s\"", u->v[i].key);
        AUTO_FREE char *copy = xstrdup(u->v[i].value);
        char *rest = copy, *line;
        if (!*copy)
            TRY(cg_write(d, u->v[i].key, where, "%s", ""));
        while (next_line(&rest, &line)) {
            if (!*line || cg_write(d, u->v[i].key, where, "%s", line) == 0)
                continue;
            size_t n = strcspn(u->v[i].key, ".");
            if (error_errno() == ENOENT && !cg_has(d, u->v[i].key) && strncmp(u->v[i].key, "cgroup.", 7) != 0)
                return fail(
                    ENOENT,
                    R "unified: unified resource \"%s\" can't be set: controller \"%.*s\" not available "
                      "or without that file in %s",
                    u->v[i].key, (int)n, u->v[i].key, d->path);
            return -1;
        }
    }
    return 0;
}

int devices_apply_v2(struct cgroup *cg, const struct spec_resources *r)
{
    const struct cgroup_dir *d = cgroup_unified(cg);
    static const struct spec_device_cgroup_list none = {NULL, 0};
    const struct spec_device_cgroup_list *list = r ? &r->devices : &none;
    if (!cg->fresh && !list->n)
        return 0;
    struct device_rules rules;
    device_rules_collect(list, cg->spec_devices, &rules);
    int e = device_program_attach(d, &rules);
    free(rules.v);
    if (e < 0 && cg->rootless && (error_errno() == EPERM || error_errno() == EACCES)) {
        log_debug("cgroup: device rules left out: %s", error_text());
        error_clear();
        return 0;
    }
    return e;
}

int limits_apply_v2(const struct cgroup_dir *d, const struct spec_resources *r, unsigned ctrls)
{
    if (ctrls & CTRL_PIDS && r->pids_limit.set)
        TRY(write_max(d, "pids.max", R "pids.limit", pids_max(r->pids_limit.v)));
    if (ctrls & CTRL_MEMORY && r->memory)
        TRY(apply_memory(d, r->memory));
    if (ctrls & CTRL_CPU && r->cpu)
        TRY(apply_cpu(d, r->cpu));
    if (ctrls & CTRL_CPUSET && r->cpu)
        TRY(apply_cpuset(d, r->cpu));
    if (ctrls & CTRL_BLKIO && r->block_io)
        TRY(apply_io(d, r->block_io));
    if (ctrls & CTRL_HUGETLB)
        TRY(cg_hugepages(d, &r->hugepage_limits, "max"));
    return ctrls & CTRL_RDMA ? cg_rdma(d, &r->rdma) : 0;
}

int resources_apply_v2(struct cgroup *cg, const struct spec_resources *r)
{
    const struct cgroup_dir *d = cgroup_unified(cg);
    if (!cg->devices_later)
        TRY(devices_apply_v2(cg, r));
    if (!r)
        return 0;
    TRY(limits_apply_v2(d, r, ~0U));
    return apply_unified(d, &r->unified);
}
