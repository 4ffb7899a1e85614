/* See verdict.h. */
#include "supervise/verdict.h"

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

#include "base/strings.h"

static const struct name_value names[] = {{"ok", VERDICT_OK},
                                          {"error", VERDICT_ERROR},
                                          {"signal", VERDICT_SIGNAL},
                                          {"wall", VERDICT_WALL},
                                          {"cpu", VERDICT_CPU},
                                          {"memory", VERDICT_MEMORY},
                                          {"pids", VERDICT_PIDS},
                                          {"output", VERDICT_OUTPUT},
                                          {"file_size", VERDICT_FILE_SIZE},
                                          {"disk", VERDICT_DISK},
                                          {"refused", VERDICT_REFUSED},
                                          {"internal", VERDICT_INTERNAL},
                                          {NULL, 0}};

const char *verdict_name(enum verdict v)
{
    return name_of(names, v);
}

static enum verdict decide(const struct ending *e)
{
    const struct usage *u = e->usage;
    const struct limits *l = e->limits;
    int sig = WIFSIGNALED(e->wait_status) ? WTERMSIG(e->wait_status) : 0;
    bool clean = WIFEXITED(e->wait_status) && WEXITSTATUS(e->wait_status) == 0;
    /* The kernel may have been quicker than our next look. */
    if (u->oom_kills > 0)
        return VERDICT_MEMORY;
    if (l->memory && !u->cgroup_memory && u->memory_peak > l->memory)
        return VERDICT_MEMORY;
    if (e->killed_for != VERDICT_OK)
        return e->killed_for;
    if (l->cpu_ns && u->cpu_ns >= l->cpu_ns)
        return VERDICT_CPU;
    if (clean)
        return VERDICT_OK;
    if (l->file_size && (sig == SIGXFSZ || e->file_full))
        return VERDICT_FILE_SIZE;
    if (l->disk && e->disk_full)
        return VERDICT_DISK;
    if (u->pids_refused > 0)
        return VERDICT_PIDS;
    return sig ? VERDICT_SIGNAL : VERDICT_ERROR;
}

struct judgement judge(const struct ending *e)
{
    const struct limits *l = e->limits;
    const struct usage *u = e->usage;
    struct judgement j = {.verdict = decide(e)};
    switch (j.verdict) {
    case VERDICT_WALL:
        j.limit = l->wall_ns / 1000000, j.observed = u->wall_ns / 1000000, j.unit = "ms";
        break;
    case VERDICT_CPU:
        j.limit = l->cpu_ns / 1000000, j.observed = u->cpu_ns / 1000000, j.unit = "ms";
        break;
    case VERDICT_MEMORY:
        j.limit = l->memory ? l->memory : u->memory_limit, j.observed = u->memory_peak, j.unit = "bytes";
        break;
    case VERDICT_PIDS:
        j.limit = l->pids, j.observed = u->pids_peak, j.unit = "processes";
        break;
    case VERDICT_OUTPUT:
        j.limit = l->output, j.observed = e->output, j.unit = "bytes";
        break;
    case VERDICT_FILE_SIZE:
        j.limit = l->file_size, j.observed = l->file_size, j.unit = "bytes";
        break;
    case VERDICT_DISK:
        j.limit = l->disk, j.observed = l->disk, j.unit = "bytes";
        break;
    default:
        break;
    }
    return j;
}
