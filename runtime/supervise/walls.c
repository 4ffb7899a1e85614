/* See walls.h. */
#include "supervise/walls.h"

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
