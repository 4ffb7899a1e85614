/* The mount of type "cgroup": cgroup2 as one mount; version 1 as a tmpfs with a directory for each hierarchy
 * and links for controllers that share one (cgroups(7)).
 *
 * With a cgroup namespace of its own the container gets real cgroup mounts, which show it its own cgroup as
 * root. Without one, or where the kernel refuses them, it gets copies of the host's directories. */
#include "linux/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "linux/paths.h"

enum { CGROUP_FLAGS = MS_NOSUID | MS_NODEV | MS_NOEXEC };

struct cgroup_job {
    struct rootfs *r;
    size_t index;
    const struct mount_options *o;
    unsigned long flags;
};

static int bind_directory(const struct cgroup_job *j, const char *source, const struct place *to)
{
    AUTO_TREE struct tree t = TREE_INIT;
    struct attrs *a = tree_can_set() ? &t.all : &t.self;
    a->set = attrs_of_flags(j->flags);
    memcpy(t.propagation, j->o->propagation, sizeof(t.propagation));
    t.n_propagation = j->o->n_propagation;
    if (tree_open(&t, AT_FDCWD, source, true, false) < 0 || tree_attach(&t, to) < 0)
        return fail(errno, "mounts[%zu]: bind %s", j->index, source);
    return 0;
}

/* cgroup2 on the place. In a user namespace without its own cgroup namespace the kernel refuses (EPERM), and
 * with another user's mount around it may be EBUSY. */
static int mount_unified(const struct cgroup_job *j, const char *host_root, const char *data,
                         const struct place *to)
{
    const struct cgroup_mounts *c = j->r->cgroups;
    struct fs_request fs = {"cgroup2", "cgroup", data, j->flags};
    if (fs_mount(&fs, to->fd) == 0)
        return 0;
    if (errno != EPERM && errno != EBUSY)
        return fs_failed(j->index, &fs, to->path, NULL);
    bool own = j->r->own_cgroup_ns && c && c->unified_path;
    return bind_directory(j, own ? c->unified_path : host_root, to);
}

/* A directory in the tmpfs, which is ours and new: nobody else can have touched it. */
static int make_directory(int tmpfs, const char *name)
{
    if (mkdirat(tmpfs, name, 0755) < 0)
        return fail(errno, "%s", name);
    int fd = openat(tmpfs, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 ? fd : fail(errno, "%s", name);
}

static int mount_hierarchy(const struct cgroup_job *j, int tmpfs, size_t i)
{
    const struct cgroup_mounts *c = j->r->cgroups;
    AUTO_FD int dir = make_directory(tmpfs, c->v1[i].name);
    if (dir < 0)
        return fail_where("mounts[%zu]", j->index);
    struct place to = {tmpfs, c->v1[i].name, dir};
    struct fs_request fs = {"cgroup", "cgroup", c->v1[i].options, j->flags};
    if (j->r->own_cgroup_ns) {
        if (fs_mount(&fs, dir) == 0)
            return 0;
        if (errno != EPERM && errno != EBUSY)
            return fs_failed(j->index, &fs, c->v1[i].name, NULL);
    }
    if (!c->v1[i].path)
        return 0;
    return bind_directory(j, c->v1[i].path, &to);
}

/* "cpu,cpuacct": cpu -> cpu,cpuacct and cpuacct -> cpu,cpuacct. */
static int link_controllers(size_t index, int tmpfs, const char *name)
{
    if (!strchr(name, ','))
        return 0;
    AUTO_FREE char *copy = xstrdup(name);
    char *save = NULL;
    for (char *one = strtok_r(copy, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
        if (symlinkat(name, tmpfs, one) < 0 && errno != EEXIST)
            return fail(errno, "mounts[%zu]: link %s", index, one);
    }
    return 0;
}

static int fill_tmpfs(const struct cgroup_job *j, int tmpfs)
{
    const struct cgroup_mounts *c = j->r->cgroups;
    for (size_t i = 0; i < c->n_v1; i++) {
        TRY(mount_hierarchy(j, tmpfs, i));
        TRY(link_controllers(j->index, tmpfs, c->v1[i].name));
    }
    if (!c->unified_path)
        return 0;
    AUTO_FD int dir = make_directory(tmpfs, "unified");
    if (dir < 0)
        return fail_where("mounts[%zu]", j->index);
    struct place to = {tmpfs, "unified", dir};
    return mount_unified(j, c->unified_path, NULL, &to);
}

static int mount_v1(const struct cgroup_job *j, const struct place *to)
{
    AUTO_TREE struct tree t = TREE_INIT;
    AUTO_FREE char *message = NULL;
    AUTO_FREE char *label = mount_label(j->r->spec, "tmpfs");
    AUTO_FREE char *data = mount_data("mode=755", label);
    struct fs_request fs = {"tmpfs", "cgroup", data, CGROUP_FLAGS};
    if (fs_open(&t, &fs, &message) == 0) {
        memcpy(t.propagation, j->o->propagation, sizeof(t.propagation));
        t.n_propagation = j->o->n_propagation;
        if (tree_attach(&t, to) < 0)
            return fail(errno, "mounts[%zu]: attach tmpfs to %s", j->index, to->path);
    } else {
        if (errno != ENOSYS || fs_mount(&fs, to->fd) < 0 ||
            (t.fd = path_try_in(to->root, to->path, O_PATH)) < 0)
            return fs_failed(j->index, &fs, to->path, message);
    }
    TRY(fill_tmpfs(j, t.fd));
    struct attrs readonly = {.set = MOUNT_ATTR_RDONLY};
    if ((j->flags & MS_RDONLY) && mount_set(t.fd, false, readonly) < 0)
        return fail(errno, "mounts[%zu]: make %s read-only", j->index, to->path);
    return 0;
}

int mount_cgroups(struct rootfs *r, size_t index, const struct mount_options *o, const struct place *to)
{
    struct cgroup_job j = {r, index, o, o->flags | CGROUP_FLAGS};
    if (!r->cgroups || r->cgroups->unified)
        return mount_unified(&j, "/sys/fs/cgroup", o->data.data, to);
    if (o->data.len > 0)
        return fail(0, "mounts[%zu].options: a cgroup mount of this host takes none of \"%s\"", index,
                    o->data.data);
    return mount_v1(&j, to);
}
