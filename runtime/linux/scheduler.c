/* process.scheduler and process.ioPriority: sched_setattr(2), ioprio_set(2). Both are set on the process
 * itself and inherited by all that it starts. */
#include "linux/process.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"

#define POLICY_ISO 4 /* SCHED_ISO: reserved, never implemented */

static const struct name_value policies[] = {
    {"SCHED_BATCH", SCHED_BATCH}, {"SCHED_DEADLINE", SCHED_DEADLINE},
    {"SCHED_FIFO", SCHED_FIFO},   {"SCHED_IDLE", SCHED_IDLE},
    {"SCHED_ISO", POLICY_ISO},    {"SCHED_OTHER", SCHED_NORMAL},
    {"SCHED_RR", SCHED_RR},       {NULL, 0},
};

static const struct name_value flags[] = {
    {"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},
    {"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},
    {"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
    {"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
    {"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX},
    {"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
    {NULL, 0},
};

static const struct name_value io_classes[] = {
    {"IOPRIO_CLASS_BE", IOPRIO_CLASS_BE},
    {"IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE},
    {"IOPRIO_CLASS_RT", IOPRIO_CLASS_RT},
    {NULL, 0},
};

static int check_deadline(const struct spec_scheduler *s, uint64_t policy, const char *where)
{
    if (policy != SCHED_DEADLINE) {
        if (s->runtime || s->deadline || s->period)
            return fail(0, "%s.scheduler: runtime, deadline and period are for SCHED_DEADLINE, not for %s",
                        where, s->policy);
        return 0;
    }
    if (s->runtime == 0 || s->runtime > s->deadline || (s->period && s->deadline > s->period))
        return fail(0,
                    "%s.scheduler: SCHED_DEADLINE needs 0 < runtime <= deadline <= period, there are %" PRIu64
                    ", %" PRIu64 " and %" PRIu64,
                    where, s->runtime, s->deadline, s->period);
    return 0;
}

static int check_priority(const struct spec_scheduler *s, uint64_t policy, const char *where)
{
    bool real_time = policy == SCHED_FIFO || policy == SCHED_RR;
    if (real_time && (s->priority < 1 || s->priority > 99))
        return fail(0, "%s.scheduler.priority: %d is not between 1 and 99", where, s->priority);
    if (!real_time && s->priority != 0)
        return fail(0, "%s.scheduler.priority: is for SCHED_FIFO and SCHED_RR, not for %s", where, s->policy);
    if (s->nice < -20 || s->nice > 19)
        return fail(0, "%s.scheduler.nice: %d is not between -20 and 19", where, s->nice);
    return 0;
}

static int check_scheduler(const struct spec_scheduler *s, const char *where)
{
    const struct name_value *policy = s->policy ? name_find(policies, s->policy) : NULL;
    if (!policy)
        return fail(0, "%s.scheduler.policy: unknown policy \"%s\"", where, s->policy ? s->policy : "");
    if (policy->value == POLICY_ISO)
        return fail(0, "%s.scheduler.policy: Linux does not implement SCHED_ISO", where);
    for (size_t i = 0; i < s->flags.n; i++)
        if (!name_find(flags, s->flags.v[i]))
            return fail(0, "%s.scheduler.flags[%zu]: unknown flag \"%s\"", where, i, s->flags.v[i]);
    TRY(check_priority(s, policy->value, where));
    return check_deadline(s, policy->value, where);
}

int scheduling_check(const struct spec_process *p, const char *where)
{
    if (p->scheduler)
        TRY(check_scheduler(p->scheduler, where));
    const struct spec_io_priority *io = p->io_priority;
    if (!io)
        return 0;
    if (!io->class_name || !name_find(io_classes, io->class_name))
        return fail(0, "%s.ioPriority.class: unknown class \"%s\"", where,
                    io->class_name ? io->class_name : "");
    if (io->priority < 0 || io->priority > 7)
        return fail(0, "%s.ioPriority.priority: %d is not between 0 and 7", where, io->priority);
    return 0;
}

/* "operation not permitted" would read to podman as a command that cannot be executed. */
static int set_scheduler(const struct spec_scheduler *s)
{
    struct sched_attr attr = {
        .size = sizeof(attr),
        .sched_policy = (uint32_t)name_find(policies, s->policy)->value,
        .sched_nice = s->nice,
        .sched_priority = (uint32_t)s->priority,
        .sched_runtime = s->runtime,
        .sched_deadline = s->deadline,
        .sched_period = s->period,
    };
    for (size_t i = 0; i < s->flags.n; i++)
        attr.sched_flags |= name_find(flags, s->flags.v[i])->value;
    if (syscall(SYS_sched_setattr, 0, &attr, 0) == 0)
        return 0;
    if (errno == EPERM && attr.sched_policy == SCHED_DEADLINE)
        return fail(
            0, "process.scheduler: SCHED_DEADLINE needs CAP_SYS_NICE and a process that may run on every CPU "
               "of its root domain (no cpuset.cpus)");
    if (errno == EPERM)
        return fail(0,
                    "process.scheduler: %s with nice %d and priority %d needs CAP_SYS_NICE, or real-time "
                    "bandwidth of the cgroup (cpu.rt_runtime_us)",
                    s->policy, s->nice, s->priority);
    if (errno == EBUSY)
        return fail(0, "process.scheduler: SCHED_DEADLINE: the CPUs have not that much time left");
    return fail(errno, "process.scheduler: sched_setattr %s", s->policy);
}

static int set_io_priority(const struct spec_io_priority *io)
{
    int class = (int)name_find(io_classes, io->class_name)->value;
    if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(class, io->priority)) == 0)
        return 0;
    if (errno == EPERM)
        return fail(0, "process.ioPriority: %s needs CAP_SYS_ADMIN or CAP_SYS_NICE", io->class_name);
    return fail(errno, "process.ioPriority: ioprio_set %s", io->class_name);
}

int scheduling_apply(const struct spec_process *p)
{
    TRY(scheduling_check(p, "process"));
    if (p->scheduler)
        TRY(set_scheduler(p->scheduler));
    return p->io_priority ? set_io_priority(p->io_priority) : 0;
}
