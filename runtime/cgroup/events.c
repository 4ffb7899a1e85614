/* Out-of-memory kills: how many there were, and an fd that tells when to look again. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "cgroup/internal.h"

int64_t cgroup_oom_kills(const struct cgroup *cg)
{
    const struct cgroup_dir *d = cgroup_dir_of(cg, CTRL_MEMORY);
    const char *file = d && d->ctrls & CTRL_UNIFIED ? "memory.events" : "memory.oom_control";
    uint64_t n;
    if (!d || cg_read_key(d, file, "oom_kill", &n) < 0 || n > INT64_MAX)
        return -1;
    return (int64_t)n;
}

int64_t cgroup_pids_refused(const struct cgroup *cg)
{
    const struct cgroup_dir *d = cgroup_dir_of(cg, CTRL_PIDS);
    uint64_t n;
    if (!d || cg_read_key(d, "pids.events", "max", &n) < 0 || n > INT64_MAX)
        return -1;
    return (int64_t)n;
}

/* Documentation/admin-guide/cgroup-v1/memory.rst, section 10: "<eventfd> <fd of memory.oom_control>". */
static int oom_fd_v1(const struct cgroup_dir *d)
{
    AUTO_FD int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    AUTO_FD int control = cg_open(d, "memory.oom_control", O_RDONLY);
    if (event < 0 || control < 0)
        return fail(errno, "%s/memory.oom_control", d->path);
    TRY(cg_write(d, "cgroup.event_control", "oom events", "%d %d", event, control));
    return take_fd(&event);
}

static int oom_fd_v2(const struct cgroup_dir *d)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/memory.events", d->path);
    AUTO_FD int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0 || inotify_add_watch(fd, path, IN_MODIFY) < 0)
        return fail(errno, "watch %s", path);
    return take_fd(&fd);
}

int cgroup_oom_fd(const struct cgroup *cg)
{
    const struct cgroup_dir *d = cgroup_dir_of(cg, CTRL_MEMORY);
    if (!d)
        return fail(0, "the container has no memory cgroup");
    return d->ctrls & CTRL_UNIFIED ? oom_fd_v2(d) : oom_fd_v1(d);
}
