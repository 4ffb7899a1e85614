/* Capability sets of a container's process: capabilities(7).
 *
 * Names from the document become one 64-bit mask a set. What cannot be granted (a name unknown to this build
 * or kernel, a capability that this process does not have itself) is left out with a warning, as the
 * specification says (config.md, "Linux Process"): unknown names by capabilities_check() in the parent, the
 * rest by capabilities_apply(), because only the new process knows what its user namespace gave it. */
#include "linux/process.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/log.h"

/* Indexed by capability number. */
static const char *const names[] = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};
#define N_NAMES ((int)ARRAY_LEN(names))

struct cap_sets {
    uint64_t effective, permitted, inheritable;
};

/* One more than the highest capability of this kernel: libcap found it without /proc, which a container may
 * not have. */
static int kernel_caps(void)
{
    return cap_max_bits() < 64 ? cap_max_bits() : 64;
}

/* Only names with the same first letter are compared in full: a container asks for some fifty. */
static int cap_number(const char *name)
{
    enum { PREFIX = sizeof("CAP_") - 1 };
    if (strncasecmp(name, names[0], PREFIX) != 0)
        return -1;
    int first = toupper((unsigned char)name[PREFIX]);
    for (int i = 0; i < N_NAMES && i < kernel_caps(); i++)
        if (names[i][PREFIX] == first && strcasecmp(names[i] + PREFIX, name + PREFIX) == 0)
            return i;
    return -1;
}

static uint64_t cap_mask(const struct strings *set)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < set->n; i++) {
        int cap = cap_number(set->v[i]);
        if (cap >= 0)
            mask |= UINT64_C(1) << cap;
    }
    return mask;
}

const char *const *capabilities_names(void)
{
    static const char *known[N_NAMES + 1];
    for (int i = 0; i < N_NAMES && i < kernel_caps(); i++)
        known[i] = names[i];
    return known;
}

/* Is the name unknown, and not already named by one of the sets before (each is reported once)? */
static bool is_new_unknown(const char *name, const struct strings *const *sets, size_t set, size_t index)
{
    if (cap_number(name) >= 0)
        return false;
    for (size_t s = 0; s <= set; s++)
        for (size_t i = 0; i < (s < set ? sets[s]->n : index); i++)
            if (strcmp(sets[s]->v[i], name) == 0)
                return false;
    return true;
}

int capabilities_check(const struct spec_capabilities *caps, const char *where, bool strict)
{
    if (!caps)
        return 0;
    const struct strings *const sets[] = {&caps->bounding, &caps->effective, &caps->permitted,
                                          &caps->inheritable, &caps->ambient};
    AUTO_BUF struct buf unknown = BUF_INIT;
    for (size_t s = 0; s < ARRAY_LEN(sets); s++)
        for (size_t i = 0; i < sets[s]->n; i++)
            if (is_new_unknown(sets[s]->v[i], sets, s, i))
                buf_printf(&unknown, "%s%s", unknown.len ? ", " : "", sets[s]->v[i]);
    if (unknown.len == 0)
        return 0;
    if (strict)
        return fail(0, "%s.capabilities: unknown capability: %s", where, unknown.data);
    log_warn("%s.capabilities: ignoring unknown or unavailable capabilities: %s", where, unknown.data);
    return 0;
}

int capabilities_drop_bounding(const struct spec_capabilities *caps)
{
    uint64_t keep = caps ? cap_mask(&caps->bounding) : 0;
    for (int cap = 0; cap < kernel_caps(); cap++) {
        if (keep & (UINT64_C(1) << cap) || cap_drop_bound(cap) == 0)
            continue;
        int error = errno; /* without CAP_SETPCAP: of no account where it is not in the set anyway */
        if (cap_get_bound(cap) != 0)
            return fail(error, "drop capability %d from the bounding set", cap);
    }
    return 0;
}

static uint64_t joined(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

/* The system call as it is: libcap would take each capability of each set by itself. */
static int get_sets(struct cap_sets *out)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct half[_LINUX_CAPABILITY_U32S_3];
    if (capget(&header, half) < 0)
        return fail(errno, "capget");
    *out = (struct cap_sets){joined(half[0].effective, half[1].effective),
                             joined(half[0].permitted, half[1].permitted),
                             joined(half[0].inheritable, half[1].inheritable)};
    return 0;
}

bool capability_effective(int cap)
{
    struct cap_sets now;
    if (get_sets(&now) == 0)
        return now.effective & (UINT64_C(1) << cap);
    error_clear();
    return false;
}

static struct __user_cap_data_struct half_of(const struct cap_sets *sets, unsigned shift)
{
    return (struct __user_cap_data_struct){.effective = (uint32_t)(sets->effective >> shift),
                                           .permitted = (uint32_t)(sets->permitted >> shift),
                                           .inheritable = (uint32_t)(sets->inheritable >> shift)};
}

static int set_sets(const struct cap_sets *sets)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct half[_LINUX_CAPABILITY_U32S_3] = {half_of(sets, 0), half_of(sets, 32)};
    return capset(&header, half) < 0 ? fail(errno, "capset") : 0;
}

static uint64_t bounding_mask(void)
{
    uint64_t mask = 0;
    for (int cap = 0; cap < kernel_caps(); cap++)
        if (cap_get_bound(cap) == 1)
            mask |= UINT64_C(1) << cap;
    return mask;
}

static void warn_left_out(const char *set, uint64_t mask)
{
    AUTO_BUF struct buf b = BUF_INIT;
    for (int cap = 0; cap < N_NAMES; cap++)
        if (mask & (UINT64_C(1) << cap))
            buf_printf(&b, "%s%s", b.len ? ", " : "", names[cap]);
    if (b.len)
        log_warn("process.capabilities.%s: cannot be granted here: %s", set, b.data);
}

/* Cuts `mask` to what is possible and says what was lost. */
static uint64_t limit_to(const char *set, uint64_t mask, uint64_t possible)
{
    warn_left_out(set, mask & ~possible);
    return mask & possible;
}

static int set_ambient(uint64_t mask)
{
    /* not cap_reset_ambient(), which asks for each capability first; EINVAL: before 4.3 */
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
        return fail(errno, "clear the ambient capabilities");
    for (int cap = 0; cap < kernel_caps(); cap++)
        if (mask & (UINT64_C(1) << cap) && cap_set_ambient(cap, CAP_SET) < 0)
            return fail(errno, "raise the ambient capability %s", cap < N_NAMES ? names[cap] : "?");
    return 0;
}

int capabilities_apply(const struct spec_capabilities *caps)
{
    struct cap_sets now = {0}, sets = {0};
    uint64_t ambient = 0;
    TRY(get_sets(&now));
    if (caps) {
        /* The rules of capset(2): permitted only shrinks, effective lies within it, inheritable within what
         * was inheritable or permitted; ambient within both. */
        sets.permitted = limit_to("permitted", cap_mask(&caps->permitted), now.permitted);
        sets.effective = limit_to("effective", cap_mask(&caps->effective), sets.permitted);
        uint64_t inheritable = cap_mask(&caps->inheritable);
        if (inheritable != 0)
            sets.inheritable =
                limit_to("inheritable", inheritable,
                         (now.inheritable | now.permitted) & (now.inheritable | bounding_mask()));
        /* Without a warning: buildah always asks for an ambient set and no inheritable one. */
        ambient = cap_mask(&caps->ambient) & sets.permitted & sets.inheritable;
    }
    TRY(set_sets(&sets));
    TRY(set_ambient(ambient));
    if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
        return fail(errno, "prctl PR_SET_KEEPCAPS");
    return 0;
}
