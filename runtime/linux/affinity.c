/* process.execCPUAffinity: the CPUs that an exec'd process runs on before and after it joins the container's
 * cgroup (sched_setaffinity(2)). */
#include "linux/process.h"

#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "linux/number_list.h"

static int check_list(const char *list, const char *where, const char *name)
{
    struct number_list cpus;
    char path[128];
    snprintf(path, sizeof(path), "%s.execCPUAffinity.%s", where, name);
    return list ? number_list_parse(list, path, &cpus) : 0;
}

int affinity_check(const struct spec_cpu_affinity *a, const char *where)
{
    if (!a)
        return 0;
    TRY(check_list(a->initial, where, "initial"));
    return check_list(a->final, where, "final");
}

int affinity_apply(const char *cpu_list)
{
    struct number_list cpus;
    if (!cpu_list || !*cpu_list)
        return 0;
    TRY(number_list_parse(cpu_list, "execCPUAffinity", &cpus));
    if (syscall(SYS_sched_setaffinity, 0, sizeof(cpus.bits), cpus.bits) == 0)
        return 0;
    if (errno == EINVAL)
        return fail(
            0, "execCPUAffinity: none of the CPUs %s is there for this process (its cpuset may be smaller)",
            cpu_list);
    return fail(errno, "execCPUAffinity: run on CPUs %s", cpu_list);
}
