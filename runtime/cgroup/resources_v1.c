/* linux.resources to the files of v1 controllers. Only what is asked is written. Values that limit each other
 * (memory and memory+swap, period, quota and burst) are written in whichever order the kernel takes. */
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

static int need_dir(const struct cgroup *cg, const struct spec_resources *r, unsigned ctrl,
                    struct cgroup_dir **out)
{
    *out = cgroup_dir_of(cg, ctrl);
    if (*out)
        return 0;
    const char *name = name_of(controller_names_v1, ctrl);
    return fail(0,
                "%s: cannot set %s limit: container could not join or create cgroup (is the %s controller "
                "mounted, and may we write there?)",
                resources_path_of(r, ctrl), name, name);
}

/* memory: "unable to set memory limit to N (current usage: N, peak usage: N)" says more than EBUSY. */
static int explain_busy(const struct cgroup_dir *d, const struct spec_memory *m)
{
    uint64_t usage = 0, peak = 0;
    if (error_errno() != EBUSY || cg_read_u64(d, "memory.usage_in_bytes", &usage) < 0 ||
        cg_read_u64(d, "memory.max_usage_in_bytes", &peak) < 0)
        return -1;
    return fail_where(R "memory: unable to set memory limit to %lld (current usage: %llu, peak usage: %llu)",
                      (long long)m->limit.v, (unsigned long long)usage, (unsigned long long)peak);
}

static int apply_memory(const struct cgroup_dir *d, const struct spec_memory *m, bool fresh)
{
    struct cg_setting s[2];
    size_t n = 0;
    int64_t limit = m->limit.set ? m->limit.v : 0, swap = m->swap.set ? m->swap.v : 0;
    if (limit == -1 && swap == 0 && !fresh && cg_has(d, "memory.memsw.limit_in_bytes"))
        swap = -1;
    if (swap && !cg_has(d, "memory.memsw.limit_in_bytes")) {
        if (swap > 0 && swap != limit)
            return fail(0, R "memory.swap: this kernel does not account swap (boot it with swapaccount=1)");
        if (swap > 0)
            log_warn(R "memory.swap: this kernel does not account swap: its use stays unlimited");
        swap = 0;
    }
    if (limit)
        s[n++] = cg_setting("memory.limit_in_bytes", R "memory.limit", limit);
    if (swap)
        s[n++] = cg_setting("memory.memsw.limit_in_bytes", R "memory.swap", swap);
    if (cg_settle(d, s, n) < 0)
        return explain_busy(d, m);
    if (m->reservation.set && m->reservation.v)
        TRY(cg_write(d, "memory.soft_limit_in_bytes", R "memory.reservation", "%lld",
                     (long long)m->reservation.v));
    if (m->kernel_tcp.set && m->kernel_tcp.v)
        TRY(cg_write(d, "memory.kmem.tcp.limit_in_bytes", R "memory.kernelTCP", "%lld",
                     (long long)m->kernel_tcp.v));
    if (m->swappiness.set)
        TRY(cg_write(d, "memory.swappiness", R "memory.swappiness", "%llu",
                     (unsigned long long)m->swappiness.v));
    if (m->disable_oom_killer.set && (m->disable_oom_killer.v || !fresh))
        TRY(cg_write(d, "memory.oom_control", R "memory.disableOOMKiller", "%d", m->disable_oom_killer.v));
    return 0;
}

static int apply_cpu(const struct cgroup_dir *d, const struct spec_cpu *c)
{
    struct cg_setting s[5];
    size_t n = 0;
    if (c->shares.set && c->shares.v)
        s[n++] = cg_setting("cpu.shares", R "cpu.shares", (int64_t)c->shares.v);
    if (c->period.set && c->period.v)
        s[n++] = cg_setting("cpu.cfs_period_us", R "cpu.period", (int64_t)c->period.v);
    if (c->quota.set && c->quota.v)
        s[n++] = cg_setting("cpu.cfs_quota_us", R "cpu.quota", c->quota.v);
    if (c->burst.set)
        s[n++] = cg_setting("cpu.cfs_burst_us", R "cpu.burst", (int64_t)c->burst.v);
    if (c->idle.set)
        s[n++] = cg_setting("cpu.idle", R "cpu.idle", c->idle.v);
    TRY(cg_settle(d, s, n));
    n = 0;
    if (c->realtime_period.set && c->realtime_period.v)
        s[n++] = cg_setting("cpu.rt_period_us", R "cpu.realtimePeriod", (int64_t)c->realtime_period.v);
    if (c->realtime_runtime.set && c->realtime_runtime.v)
        s[n++] = cg_setting("cpu.rt_runtime_us", R "cpu.realtimeRuntime", c->realtime_runtime.v);
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

static int apply_throttle(const struct cgroup_dir *d, const char *file, const char *where,
                          const struct spec_throttle_device_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        TRY(cg_write(d, file, where, "%lld:%lld %llu", (long long)list->v[i].major,
                     (long long)list->v[i].minor, (unsigned long long)list->v[i].rate));
    return 0;
}

static int apply_block_io(const struct cgroup_dir *d, const struct spec_block_io *b)
{
    /* BFQ has its own names and CFQ, whose names the others were, is gone since Linux 5.0. */
    bool weights = (b->weight.set && b->weight.v) || b->weight_device.n;
    bool bfq = weights && !cg_has(d, "blkio.weight");
    if (b->weight.set && b->weight.v)
        TRY(cg_write(d, bfq ? "blkio.bfq.weight" : "blkio.weight", R "blockIO.weight", "%u", b->weight.v));
    if (b->leaf_weight.set && b->leaf_weight.v)
        TRY(cg_write(d, "blkio.leaf_weight", R "blockIO.leafWeight", "%u", b->leaf_weight.v));
    for (size_t i = 0; i < b->weight_device.n; i++) {
        const struct spec_weight_device *w = &b->weight_device.v[i];
        if (w->weight.set && w->weight.v)
            TRY(cg_write(d, bfq ? "blkio.bfq.weight_device" : "blkio.weight_device", R "blockIO.weightDevice",
                         "%lld:%lld %u", (long long)w->major, (long long)w->minor, w->weight.v));
        if (w->leaf_weight.set && w->leaf_weight.v)
            TRY(cg_write(d, "blkio.leaf_weight_device", R "blockIO.weightDevice", "%lld:%lld %u",
                         (long long)w->major, (long long)w->minor, w->leaf_weight.v));
    }
    TRY(apply_throttle(d, "blkio.throttle.read_bps_device", R "blockIO.throttleReadBpsDevice",
                       &b->throttle_read_bps));
    TRY(apply_throttle(d, "blkio.throttle.write_bps_device", R "blockIO.throttleWriteBpsDevice",
                       &b->throttle_write_bps));
    TRY(apply_throttle(d, "blkio.throttle.read_iops_device", R "blockIO.throttleReadIOPSDevice",
                       &b->throttle_read_iops));
    return apply_throttle(d, "blkio.throttle.write_iops_device", R "blockIO.throttleWriteIOPSDevice",
                          &b->throttle_write_iops);
}

static int apply_network(const struct cgroup *cg, const struct spec_resources *r)
{
    struct cgroup_dir *d;
    if (r->network->class_id.set && r->network->class_id.v) {
        TRY(need_dir(cg, r, CTRL_NET_CLS, &d));
        TRY(cg_write(d, "net_cls.classid", R "network.classID", "%u", r->network->class_id.v));
    }
    for (size_t i = 0; i < r->network->priorities.n; i++) {
        TRY(need_dir(cg, r, CTRL_NET_PRIO, &d));
        TRY(cg_write(d, "net_prio.ifpriomap", R "network.priorities", "%s %u",
                     r->network->priorities.v[i].name, r->network->priorities.v[i].priority));
    }
    return 0;
}

/* A freshly made cgroup gets the rules that every container gets, also when the document has none. */
static int apply_devices(struct cgroup *cg, const struct spec_resources *r)
{
    static const struct spec_device_cgroup_list none = {NULL, 0};
    const struct spec_device_cgroup_list *list = r ? &r->devices : &none;
    if (!cg->fresh && !list->n)
        return 0;
    struct cgroup_dir *d = cgroup_dir_of(cg, CTRL_DEVICES), *u = cgroup_unified(cg);
    if (!d && !u && cg->rootless)
        return 0;
    if (!d && !u)
        return fail(0, R "devices: the devices controller is not mounted on this host");
    struct device_rules rules;
    device_rules_collect(list, cg->spec_devices, &rules);
    int e = d ? device_rules_apply_v1(cg, d, &rules) : device_program_attach(u, &rules);
    free(rules.v);
    /* Others than root have no device of their own to fear for: mknod(2) and the modes of /dev are in the
     * way. */
    if (e < 0 && cg->rootless && (error_errno() == EPERM || error_errno() == EACCES)) {
        log_debug("cgroup: device rules left out: %s", error_text());
        error_clear();
        return 0;
    }
    return e;
}

int resources_apply_v1(struct cgroup *cg, const struct spec_resources *r)
{
    TRY(apply_devices(cg, r));
    if (!r)
        return 0;
    unsigned need = resources_need(r, false);
    struct cgroup_dir *d = cgroup_unified(cg);
    unsigned in_v2 = d ? need & d->ctrls : 0; /* a hybrid host's, which no v1 hierarchy has */
    if (in_v2)
        TRY(limits_apply_v2(d, r, in_v2));
    need &= ~in_v2;
    if (need & CTRL_MEMORY) {
        TRY(need_dir(cg, r, CTRL_MEMORY, &d));
        TRY(apply_memory(d, r->memory, cg->fresh));
    }
    if (need & CTRL_CPU) {
        TRY(need_dir(cg, r, CTRL_CPU, &d));
        TRY(apply_cpu(d, r->cpu));
    }
    if (need & CTRL_CPUSET) {
        TRY(need_dir(cg, r, CTRL_CPUSET, &d));
        TRY(apply_cpuset(d, r->cpu));
    }
    if (need & CTRL_PIDS) {
        int64_t max = pids_max(r->pids_limit.v);
        TRY(need_dir(cg, r, CTRL_PIDS, &d));
        TRY(max < 0 ? cg_write(d, "pids.max", R "pids.limit", "max")
                    : cg_write(d, "pids.max", R "pids.limit", "%lld", (long long)max));
    }
    if (need & CTRL_BLKIO) {
        TRY(need_dir(cg, r, CTRL_BLKIO, &d));
        TRY(apply_block_io(d, r->block_io));
    }
    if (need & CTRL_HUGETLB) {
        TRY(need_dir(cg, r, CTRL_HUGETLB, &d));
        TRY(cg_hugepages(d, &r->hugepage_limits, "limit_in_bytes"));
    }
    if (need & (CTRL_NET_CLS | CTRL_NET_PRIO))
        TRY(apply_network(cg, r));
    if (need & CTRL_RDMA) {
        TRY(need_dir(cg, r, CTRL_RDMA, &d));
        TRY(cg_rdma(d, &r->rdma));
    }
    return 0;
}
