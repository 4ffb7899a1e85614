/* See walls.h. */
#include "supervise/walls.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"
#include "linux/landlock.h"
#include "spec/snippet.h"

void walls_note(struct result *r, const struct container *c, const struct usage *u)
{
    const struct limits *l = &r->limits;
    if (l->memory && !u->cgroup_memory)
        result_add_degraded(r, "memory-cgroup");
    if (l->cpu_ns && !u->cgroup_cpu)
        result_add_degraded(r, "cpu-cgroup");
    if (l->pids && !u->cgroup_pids)
        result_add_degraded(r, "pids-cgroup");
    if (spec_annotation(c->spec, SNIPPET_LANDLOCK) && landlock_version() == 0)
        result_add_degraded(r, "landlock");
}

static const char *why_not(const char *wall)
{
    static const struct {
        const char *wall, *why;
    } rows[] = {
        {"landlock", "this kernel does not have it (Linux 5.19, lsm=landlock)"},
        {"lint", "rsbx-lint is not installed"},
        {"seccomp", "the bundle has no profile"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_eq(wall, rows[i].wall))
            return rows[i].why;
    return "no cgroup with that controller can be made here; \"rsbx doctor\" says why";
}

static int refuse(const char *wall)
{
    return fail(0, "--require %s: %s", wall, why_not(wall));
}

int walls_check(const struct result *r, const struct container *c, const char *required)
{
    AUTO_FREE char *copy = xstrdup(required);
    char *save = NULL;
    for (char *wall = strtok_r(copy, ",", &save); wall; wall = strtok_r(NULL, ",", &save)) {
        for (size_t i = 0; i < r->degraded.n; i++)
            if (str_eq(wall, r->degraded.v[i]) ||
                (str_eq(wall, "cgroup") && strstr(r->degraded.v[i], "-cgroup")))
                return refuse(wall);
        if (str_eq(wall, "seccomp") && !(c->spec->linux_ && c->spec->linux_->seccomp))
            return refuse(wall);
        if (str_eq(wall, "landlock") && !spec_annotation(c->spec, SNIPPET_LANDLOCK))
            return refuse(wall);
    }
    return 0;
}

/* Memory that belongs to no process: the kernel counts it in a cgroup, and nowhere else. */
static bool is_unseen_memory(const char *call)
{
    static const char *const calls[] = {"memfd_create", "memfd_secret", "shmget", "msgget", "semget"};
    for (size_t i = 0; i < ARRAY_LEN(calls); i++)
        if (str_eq(call, calls[i]))
            return true;
    return false;
}

static void refuse_unseen_memory(struct spec *spec)
{
    struct spec_seccomp *s = spec->linux_ ? spec->linux_->seccomp : NULL;
    if (!s)
        return;
    struct spec_syscall *all = arena_alloc(&spec->arena, (s->syscalls.n + 1) * sizeof(*all));
    struct spec_syscall *refusal = &all[s->syscalls.n];
    *refusal = (struct spec_syscall){.action = arena_strndup(&spec->arena, "SCMP_ACT_ERRNO", 14),
                                     .errno_ret = {true, EPERM}};
    for (size_t i = 0; i < s->syscalls.n; i++) {
        struct strings *names = &s->syscalls.v[i].names;
        size_t left = 0;
        for (size_t k = 0; k < names->n; k++) {
            if (!is_unseen_memory(names->v[k]) || !str_eq(s->syscalls.v[i].action, "SCMP_ACT_ALLOW")) {
                names->v[left++] = names->v[k];
                continue;
            }
            char **more = arena_alloc(&spec->arena, (refusal->names.n + 2) * sizeof(*more));
            if (refusal->names.n)
                memcpy(more, refusal->names.v, refusal->names.n * sizeof(*more));
            more[refusal->names.n++] = names->v[k];
            more[refusal->names.n] = NULL;
            refusal->names.v = more;
        }
        names->n = left;
        if (names->v)
            names->v[left] = NULL;
    }
    memcpy(all, s->syscalls.v, s->syscalls.n * sizeof(*all));
    s->syscalls.v = all;
    s->syscalls.n += refusal->names.n > 0;
}

void walls_without_cgroup(struct spec *spec, const struct limits *limits)
{
    struct spec_rlimit_list *rlimits = &spec->process->rlimits;
    if (limits->memory)
        refuse_unseen_memory(spec);
    for (size_t i = 0; limits->pids && i < rlimits->n; i++)
        if (str_eq(rlimits->v[i].type, "RLIMIT_NPROC") && rlimits->v[i].hard > limits->pids) {
            rlimits->v[i].soft--;
            rlimits->v[i].hard--;
        }
}
