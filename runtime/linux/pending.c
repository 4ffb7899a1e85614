/* Facilities whose own files have not landed yet: what asks for them is refused. Goes away with scheduler.c,
 * lsm.c, memory_policy.c, personality.c, affinity.c, intelrdt.c and net_devices_*() of network.c. */
#include "base/error.h"
#include "linux/process.h"

#define REFUSE(condition, path) ((condition) ? fail(0, path ": not supported by rsbx yet") : 0)

int affinity_apply(const char *list)
{
    return REFUSE(list, "execCPUAffinity");
}
int affinity_check(const struct spec_cpu_affinity *a, const char *where)
{
    (void)where;
    return REFUSE(a, "process.execCPUAffinity");
}
int intel_rdt_apply(const struct spec *s, const char *id, pid_t pid, char **path)
{
    (void)s, (void)id, (void)pid, (void)path;
    return 0;
}
int intel_rdt_check(const struct spec *s)
{
    return REFUSE(s->linux_->intel_rdt, "linux.intelRdt");
}
int intel_rdt_remove(const char *path)
{
    (void)path;
    return 0;
}
int lsm_apply_on_exec(const struct spec_process *p)
{
    (void)p;
    return 0;
}
int lsm_check(const struct spec_process *p, const char *where)
{
    (void)where;
    return REFUSE(p->apparmor_profile || p->selinux_label, "process.apparmorProfile, process.selinuxLabel");
}
int memory_policy_apply(const struct spec_memory_policy *m)
{
    return REFUSE(m, "linux.memoryPolicy");
}
int memory_policy_check(const struct spec_memory_policy *m)
{
    return REFUSE(m, "linux.memoryPolicy");
}
int net_devices_check(const struct spec *s)
{
    return REFUSE(s->linux_->net_devices.n, "linux.netDevices");
}
int net_devices_move(const struct spec *s, int netns_fd)
{
    (void)s, (void)netns_fd;
    return 0;
}
int personality_apply(const struct spec_personality *p)
{
    return REFUSE(p, "linux.personality");
}
int personality_check(const struct spec_personality *p)
{
    return REFUSE(p, "linux.personality");
}
int scheduling_apply(const struct spec_process *p)
{
    (void)p;
    return 0;
}
int scheduling_check(const struct spec_process *p, const char *where)
{
    (void)where;
    return REFUSE(p->scheduler || p->io_priority, "process.scheduler, process.ioPriority");
}
