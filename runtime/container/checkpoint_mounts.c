/* What is mounted in a container from outside, for criu(8).
 *
 * criu writes file systems of the container's own (proc, tmpfs, devpts, ...) into the images. For the others
 * it is told where they are in the container when it writes, under a name, and what to mount there when it
 * reads: the name is the destination that config.json gives, so that the source may have moved meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cgroup/cgroup.h"
#include "container/checkpoint_criu.h"
#include "linux/paths.h"
#include "linux/rootfs.h"

struct external {
    struct criu *k;
    const struct container *c;
    int root; /* of the container, when images are written */
};

/* Where a path of the container really is, or NULL if it is not there. */
static char *resolve(int root, const char *path)
{
    char there[PATH_MAX];
    AUTO_FD int fd = path_try_in(root, path, O_PATH);
    ssize_t n = fd < 0 ? -1 : readlink(fd_path(fd).s, there, sizeof(there) - 1);
    if (n <= 0 || there[0] != '/')
        return NULL;
    there[n] = '\0';
    return xstrdup(there);
}

/* What stands at inside in the container, and is source on the host, has that name. */
static void add(const struct external *e, const char *name, const char *inside, const char *source)
{
    if (e->root < 0) {
        criu_pair(e->k, CRIU_EXT_MNT, name, source);
        return;
    }
    AUTO_FREE char *key = resolve(e->root, inside);
    if (key)
        criu_pair(e->k, CRIU_EXT_MNT, key, name);
}

static void add_bind(const struct external *e, const struct spec_mount *m)
{
    AUTO_FREE char *name = path_clean(m->destination);
    AUTO_FREE char *source =
        m->source[0] == '/' ? xstrdup(m->source) : xasprintf("%s/%s", e->c->bundle, m->source);
    add(e, name, m->destination, source);
}

/* Without a cgroup namespace, a version 1 mount is made of binds of the host's directories. */
static void add_cgroups(const struct external *e, const struct spec_mount *m)
{
    struct cgroup_mounts mounts;
    if (!e->c->cgroup)
        return;
    cgroup_mount_info(e->c->cgroup, &mounts);
    if (mounts.unified || spec_namespace(e->c->spec, "cgroup"))
        return;
    for (size_t i = 0; i < mounts.n_v1; i++) {
        AUTO_FREE char *inside = xasprintf("%s/%s", m->destination, mounts.v1[i].name);
        if (mounts.v1[i].path)
            add(e, inside, inside, mounts.v1[i].path);
    }
}

static bool is_device(int root, const char *path)
{
    struct stat st;
    AUTO_FD int fd = path_try_in(root, path, O_PATH);
    return fd >= 0 && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode);
}

/* Files are masked by the host's null device; directories by a tmpfs, which is in the images. */
static void add_masks(const struct external *e)
{
    const struct strings *paths = &e->c->spec->linux_->masked_paths;
    if (e->root < 0 || paths->n == 0)
        return; /* "/dev/null" is one of the devices */
    for (size_t i = 0; i < paths->n; i++)
        if (is_device(e->root, paths->v[i]))
            add(e, "/dev/null", paths->v[i], "/dev/null");
}

/* Nodes that could not be made are binds of the host's. */
static void add_devices(const struct external *e)
{
    const struct spec_device_list *devices = &e->c->spec->linux_->devices;
    const char *path;
    for (size_t i = 0; (path = rootfs_default_device(i)); i++)
        add(e, path, path, path);
    for (size_t i = 0; i < devices->n; i++)
        add(e, devices->v[i].path, devices->v[i].path, devices->v[i].path);
}

void criu_external_mounts(struct criu *k, const struct container *c, int root)
{
    struct external e = {k, c, root};
    AUTO_FREE char *notify = xasprintf("%s/%s/notify", c->runtime->root, c->id);
    for (size_t i = 0; i < c->spec->mounts.n; i++) {
        const struct spec_mount *m = &c->spec->mounts.v[i];
        if (mount_is_bind(m))
            add_bind(&e, m);
        else if (str_eq(m->type, "cgroup"))
            add_cgroups(&e, m);
    }
    add_masks(&e);
    add_devices(&e);
    add(&e, "/run/notify", "/run/notify", notify);
}
