/* Resource limits (getrlimit(2)) and the OOM killer's score (proc(5)) of a new process. They are set from
 * outside, on the process's pid: the runtime itself never runs under the container's limits. */
#include "linux/process.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "linux/paths.h"

static const struct name_value limits[] = {
    {"RLIMIT_AS", RLIMIT_AS},
    {"RLIMIT_CORE", RLIMIT_CORE},
    {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},
    {"RLIMIT_FSIZE", RLIMIT_FSIZE},
    {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},
    {"RLIMIT_NPROC", RLIMIT_NPROC},
    {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    {"RLIMIT_RTTIME", RLIMIT_RTTIME},
    {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
    {NULL, 0},
};

int rlimits_check(const struct spec_process *p, const char *where)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < p->rlimits.n; i++) {
        const struct spec_rlimit *r = &p->rlimits.v[i];
        const struct name_value *limit = r->type ? name_find(limits, r->type) : NULL;
        if (!limit)
            return fail(0, "%s.rlimits[%zu].type: unknown limit \"%s\"", where, i, r->type ? r->type : "");
        if (seen & (UINT64_C(1) << limit->value))
            return fail(0, "%s.rlimits[%zu].type: %s is there twice", where, i, r->type);
        seen |= UINT64_C(1) << limit->value;
        if (r->soft > r->hard)
            return fail(
                0, "%s.rlimits[%zu].soft: %s: the soft limit %" PRIu64 " is above the hard limit %" PRIu64,
                where, i, r->type, r->soft, r->hard);
    }
    if (p->oom_score_adj.set && (p->oom_score_adj.v < -1000 || p->oom_score_adj.v > 1000))
        return fail(0, "%s.oomScoreAdj: %" PRId64 " is not between -1000 and 1000", where,
                    p->oom_score_adj.v);
    return 0;
}

struct limit_text {
    char s[24];
};

static struct limit_text limit_text(uint64_t v)
{
    struct limit_text t;
    if (v == RLIM64_INFINITY)
        strcpy(t.s, "unlimited");
    else
        snprintf(t.s, sizeof(t.s), "%" PRIu64, v);
    return t;
}

/* Of prlimit(2) glibc and musl declare different types of the second argument. */
static int set_limit(pid_t pid, int resource, const struct rlimit64 *value, struct rlimit64 *before)
{
    return (int)syscall(SYS_prlimit64, pid, resource, value, before);
}

/* EPERM from prlimit(2) has two reasons; callers must not read "operation not permitted" here, which podman
 * takes for a command that cannot be executed. */
static int explain_refusal(const struct spec_rlimit *want, int resource, const char *path)
{
    struct rlimit64 now = {0};
    set_limit(0, resource, NULL, &now); /* the process has ours */
    struct limit_text hard = limit_text(want->hard), present = limit_text(now.rlim_max);
    if (want->hard > now.rlim_max)
        return fail(
            0,
            "%s: %s: the hard limit cannot be raised from %s to %s: that needs CAP_SYS_RESOURCE in the "
            "initial user namespace%s; ask for at most %s",
            path, want->type, present.s, hard.s,
            resource == RLIMIT_NOFILE ? ", and fs.nr_open bounds it" : "", present.s);
    return fail(0, "%s: %s: the kernel refuses a hard limit of %s (present: %s)%s", path, want->type, hard.s,
                present.s, resource == RLIMIT_NOFILE ? ": above fs.nr_open?" : "");
}

/* prlimit(2) of a process with other ids needs CAP_SYS_RESOURCE, which root in a container often lacks;
 * lowering limits of a process with the same ids needs nothing. So a child of ours takes the ids of the
 * process. 0, or the errno. */
static int set_with_ids_of(const struct spec_user *user, pid_t pid, int resource,
                           const struct rlimit64 *value)
{
    pid_t child = fork();
    if (child < 0)
        return errno;
    if (child == 0) {
        if (setresgid(user->gid, user->gid, user->gid) < 0 ||
            setresuid(user->uid, user->uid, user->uid) < 0 || set_limit(pid, resource, value, NULL) < 0)
            _exit(errno);
        _exit(0);
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

int rlimits_apply(pid_t pid, const struct spec_process *p, const char *where)
{
    for (size_t i = 0; i < p->rlimits.n; i++) {
        const struct spec_rlimit *r = &p->rlimits.v[i];
        const struct name_value *limit = name_find(limits, r->type);
        if (!limit)
            return fail(0, "%s.rlimits[%zu].type: unknown limit \"%s\"", where, i, r->type);
        int resource = (int)limit->value;
        struct rlimit64 value = {r->soft, r->hard};
        if (set_limit(pid, resource, &value, NULL) == 0)
            continue;
        if (errno == EPERM && pid != 0)
            errno = set_with_ids_of(&p->user, pid, resource, &value);
        if (errno == 0)
            continue;
        char path[128];
        snprintf(path, sizeof(path), "%s.rlimits[%zu]", where, i);
        if (errno == EPERM)
            return explain_refusal(r, resource, path);
        return fail(errno, "%s: %s", path, r->type);
    }
    return 0;
}

bool rlimits_of_others(void)
{
    return capability_effective(CAP_SYS_RESOURCE);
}

bool rlimits_are_lower(const struct spec_process *p)
{
    for (size_t i = 0; i < p->rlimits.n; i++) {
        const struct name_value *limit = name_find(limits, p->rlimits.v[i].type);
        struct rlimit64 now;
        if (!limit || set_limit(0, (int)limit->value, NULL, &now) < 0 || p->rlimits.v[i].hard > now.rlim_max)
            return false;
    }
    return true;
}

int oom_score_adj_apply(pid_t pid, int64_t value)
{
    char path[64], text[32];
    snprintf(path, sizeof(path), "%d/oom_score_adj", (int)pid);
    snprintf(text, sizeof(text), "%" PRId64, value);
    if (proc_write(path, text) == 0)
        return 0;
    if (error_errno() == EACCES || error_errno() == EPERM)
        return fail(0, "process.oomScoreAdj: cannot be lowered to %" PRId64 ": that needs CAP_SYS_RESOURCE",
                    value);
    return fail_where("process.oomScoreAdj");
}
