/* linux.memoryPolicy: from which NUMA nodes the process's memory comes (set_mempolicy(2)). */
#include "linux/process.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "linux/number_list.h"

#define WEIGHTED_INTERLEAVE 6 /* MPOL_WEIGHTED_INTERLEAVE, an enum member since 6.9 */

const struct name_value memory_policy_modes[] = {
    {"MPOL_BIND", MPOL_BIND},
    {"MPOL_DEFAULT", MPOL_DEFAULT},
    {"MPOL_INTERLEAVE", MPOL_INTERLEAVE},
    {"MPOL_LOCAL", MPOL_LOCAL},
    {"MPOL_PREFERRED", MPOL_PREFERRED},
    {"MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY},
    {"MPOL_WEIGHTED_INTERLEAVE", WEIGHTED_INTERLEAVE},
    {NULL, 0},
};

const struct name_value memory_policy_flags[] = {
    {"MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING},
    {"MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES},
    {"MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES},
    {NULL, 0},
};

struct policy {
    int mode; /* with flags, as set_mempolicy(2) takes it */
    struct number_list nodes;
};

static int check_nodes(const struct spec_memory_policy *m, int mode, size_t count)
{
    bool none = mode == MPOL_DEFAULT || mode == MPOL_LOCAL;
    if (none && count > 0)
        return fail(0, "linux.memoryPolicy.nodes: %s takes no nodes", m->mode);
    if (!none && mode != MPOL_PREFERRED && count == 0)
        return fail(0, "linux.memoryPolicy.nodes: %s needs at least one node", m->mode);
    return 0;
}

static int parse_policy(const struct spec_memory_policy *m, struct policy *out)
{
    const struct name_value *mode = m->mode ? name_find(memory_policy_modes, m->mode) : NULL;
    if (!mode)
        return fail(0, "linux.memoryPolicy.mode: unknown mode \"%s\"", m->mode ? m->mode : "");
    TRY(number_list_parse(m->nodes ? m->nodes : "", "linux.memoryPolicy.nodes", &out->nodes));
    TRY(check_nodes(m, (int)mode->value, out->nodes.count));
    out->mode = (int)mode->value;
    for (size_t i = 0; i < m->flags.n; i++) {
        const struct name_value *flag = name_find(memory_policy_flags, m->flags.v[i]);
        if (!flag)
            return fail(0, "linux.memoryPolicy.flags[%zu]: unknown flag \"%s\"", i, m->flags.v[i]);
        out->mode |= (int)flag->value;
    }
    return 0;
}

int memory_policy_check(const struct spec_memory_policy *m)
{
    struct policy policy;
    if (!m)
        return 0;
    TRY(parse_policy(m, &policy));
    int mode;
    if (syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) < 0 && errno == ENOSYS)
        return fail(0, "linux.memoryPolicy: this kernel has no memory policies (CONFIG_NUMA)");
    return 0;
}

int memory_policy_apply(const struct spec_memory_policy *m)
{
    struct policy policy;
    if (!m)
        return 0;
    TRY(parse_policy(m, &policy));
    bool any = policy.nodes.count > 0;
    /* The kernel looks at one bit less than it is told. */
    if (syscall(SYS_set_mempolicy, policy.mode, any ? policy.nodes.bits : NULL,
                any ? NUMBER_LIST_BITS + 1 : 0) == 0)
        return 0;
    if (errno == EINVAL)
        return fail(
            0,
            "linux.memoryPolicy: the kernel refuses %s with nodes \"%s\" and these flags: a node that is "
            "not there or not in the cpuset, or a mode newer than the kernel",
            m->mode, m->nodes ? m->nodes : "");
    return fail(errno, "linux.memoryPolicy: set_mempolicy %s", m->mode);
}
