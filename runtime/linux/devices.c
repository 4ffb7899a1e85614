/* /dev: the configured and the default device nodes, the links that programs expect, and the console.
 *
 * Nodes are made by mknodat(2) in their parent's fd. Where that is not allowed (a user namespace, or an outer
 * container that forbids it) a node is bound onto an empty file: the one that the parent made in a tmpfs of
 * its own, else the host's node of that name, checked to be the very device. Nothing here follows a link in
 * the last component. */
#include "linux/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"
#include "linux/paths.h"

struct node {
    const char *path; /* in the container, and on the host for a bind */
    mode_t mode;      /* type and permissions */
    dev_t rdev;
    uid_t uid;
    gid_t gid;
    struct tree *ready; /* made by the parent, or NULL */
};

#define DEV(major, minor) ((major) << 8 | (minor)) /* makedev(3) of small numbers, as a constant */

/* runtime-spec, config-linux.md, "Default Devices"; ptmx and console are made apart. */
static const struct node default_nodes[] = {
    {"/dev/null", S_IFCHR | 0666, DEV(1, 3), 0, 0, NULL},
    {"/dev/zero", S_IFCHR | 0666, DEV(1, 5), 0, 0, NULL},
    {"/dev/full", S_IFCHR | 0666, DEV(1, 7), 0, 0, NULL},
    {"/dev/random", S_IFCHR | 0666, DEV(1, 8), 0, 0, NULL},
    {"/dev/urandom", S_IFCHR | 0666, DEV(1, 9), 0, 0, NULL},
    {"/dev/tty", S_IFCHR | 0666, DEV(5, 0), 0, 0, NULL},
};

const char *rootfs_default_device(size_t i)
{
    return i < ARRAY_LEN(default_nodes) ? default_nodes[i].path : NULL;
}

static mode_t type_of(const char *word)
{
    if (!word || strlen(word) != 1)
        return 0;
    switch (word[0]) {
    case 'c':
    case 'u':
        return S_IFCHR;
    case 'b':
        return S_IFBLK;
    case 'p':
        return S_IFIFO;
    default:
        return 0;
    }
}

int devices_check(const struct spec *spec)
{
    const struct spec_device_list *list = &spec->linux_->devices;
    for (size_t i = 0; i < list->n; i++) {
        const struct spec_device *d = &list->v[i];
        if (!d->path || d->path[0] != '/')
            return fail(0, "linux.devices[%zu].path: must be absolute", i);
        if (!type_of(d->type))
            return fail(0, "linux.devices[%zu].type: \"%s\" is none of c, b, u, p", i,
                        d->type ? d->type : "");
        if (type_of(d->type) != S_IFIFO &&
            (d->major < 0 || d->minor < 0 || d->major > 0xfff || d->minor > 0xfffff))
            return fail(0, "linux.devices[%zu]: %lld:%lld is no device number", i, (long long)d->major,
                        (long long)d->minor);
        if (d->file_mode.set && d->file_mode.v & ~07777u & ~(uint32_t)S_IFMT)
            return fail(0, "linux.devices[%zu].fileMode: %o is no file mode", i, d->file_mode.v);
    }
    return 0;
}

static struct node node_of(const struct spec_device *d)
{
    struct node n = {.path = d->path, .mode = type_of(d->type), .uid = d->uid.v, .gid = d->gid.v};
    n.mode |= d->file_mode.set ? d->file_mode.v & 07777 : 0666;
    if (type_of(d->type) != S_IFIFO)
        n.rdev = makedev((unsigned)d->major, (unsigned)d->minor);
    return n;
}

static bool is_node(const struct stat *st, const struct node *n)
{
    return (st->st_mode & S_IFMT) == (n->mode & S_IFMT) && (S_ISFIFO(n->mode) || st->st_rdev == n->rdev);
}

/* Binds the host's device onto dir/name, which is made as an empty file if it is missing. */
static int bind_node(const struct node *n, int dir, const char *name)
{
    AUTO_TREE struct tree t = TREE_INIT;
    struct stat st;
    if (n->ready && n->ready->fd >= 0) {
        t = *n->ready;
        n->ready->fd = -1;
    } else if (tree_open(&t, AT_FDCWD, n->path, false, true) < 0) {
        return fail(errno, "%s of the host", n->path);
    }
    if (fstat(t.fd, &st) < 0)
        return fail(errno, "%s of the host", n->path);
    t.self.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
    if (!is_node(&st, n))
        return fail(0, "%s of the host is not the device %u:%u", n->path, major(n->rdev), minor(n->rdev));
    if (mknodat(dir, name, S_IFREG | 0600, 0) < 0 && errno != EEXIST)
        return fail(errno, "%s", n->path);
    struct place to = {dir, name, openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    AUTO_FD int target = to.fd;
    if (target < 0 || fstat(target, &st) < 0)
        return fail(errno, "%s", n->path);
    if (!S_ISREG(st.st_mode) && !is_node(&st, n))
        return fail(0, "%s: there is something in the root that is neither a file nor this device", n->path);
    if (tree_attach(&t, &to) < 0)
        return fail(errno, "%s: bind the host's device", n->path);
    return 0;
}

/* Mode and owner of a configured node through one fd: by name it could be a link by now. */
static int own_node(const struct node *n, int dir, const char *name)
{
    struct stat st;
    AUTO_FD int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail(errno, "%s", n->path);
    if (!is_node(&st, n))
        return fail(0, "%s: there is something in the root that is not the device %u:%u", n->path,
                    major(n->rdev), minor(n->rdev));
    if ((n->uid || n->gid) && fchownat(fd, "", n->uid, n->gid, AT_EMPTY_PATH) < 0)
        return fail(errno, "%s: owner %u:%u", n->path, n->uid, n->gid);
    if ((st.st_mode & 07777) != (n->mode & 07777) && chmod(fd_path(fd).s, n->mode & 07777) < 0)
        return fail(errno, "%s: mode %o", n->path, n->mode & 07777);
    return 0;
}

static int make_node(const struct rootfs *r, const struct node *n, int dir, const char *name, bool configured)
{
    struct stat st;
    if (r->own_user_ns && !S_ISFIFO(n->mode))
        return bind_node(n, dir, name);
    if (mknodat(dir, name, n->mode, n->rdev) == 0) {
        return configured && (n->uid || n->gid) ? own_node(n, dir, name) : 0;
    }
    if (errno == EPERM)
        return bind_node(n, dir, name);
    /* something of that name is in the root already */
    if (errno != EEXIST || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(errno, "%s", n->path);
    if (S_ISREG(st.st_mode))
        return bind_node(n, dir, name);
    if (!is_node(&st, n))
        return fail(0, "%s: there is something in the root that is not the device %u:%u", n->path,
                    major(n->rdev), minor(n->rdev));
    return configured ? own_node(n, dir, name) : 0;
}

/* ---- for user namespaces: nodes made by the parent ---- */

/* The host's id for one of the container's, or -1. */
static int64_t host_id(const struct spec_id_mapping_list *maps, uint32_t id)
{
    for (size_t i = 0; i < maps->n; i++) {
        const struct spec_id_mapping *m = &maps->v[i];
        if (id >= m->container_id && id - m->container_id < m->size)
            return (int64_t)m->host_id + (id - m->container_id);
    }
    return -1;
}

static void prepare_node(struct rootfs *r, int tmpfs, size_t i)
{
    struct node n = node_of(&r->spec->linux_->devices.v[i]);
    int64_t uid = host_id(&r->spec->linux_->uid_mappings, n.uid);
    int64_t gid = host_id(&r->spec->linux_->gid_mappings, n.gid);
    char name[24];
    snprintf(name, sizeof(name), "%zu", i);
    if (S_ISFIFO(n.mode) || uid < 0 || gid < 0 || mknodat(tmpfs, name, n.mode, n.rdev) < 0)
        return;
    struct tree *t = &r->priv->devices[i];
    if (fchownat(tmpfs, name, (uid_t)uid, (gid_t)gid, AT_SYMLINK_NOFOLLOW) == 0)
        tree_open(t, tmpfs, name, false, true);
    if (t->plain)
        tree_close(t);
}

/* What fails here (an unprivileged parent; before Linux 6.15 nothing can be copied out of a detached mount)
 * is left to the host's own nodes. */
void devices_prepare(struct rootfs *r)
{
    size_t n = r->spec->linux_ ? r->spec->linux_->devices.n : 0;
    AUTO_TREE struct tree t = TREE_INIT;
    AUTO_FREE char *message = NULL;
    struct fs_request fs = {"tmpfs", "devices", "mode=755", MS_NOSUID | MS_NOEXEC};
    if (n == 0 || fs_open(&t, &fs, &message) < 0)
        return;
    mode_t before = umask(0);
    for (size_t i = 0; i < n; i++)
        prepare_node(r, t.fd, i);
    umask(before);
}

static int configured_node(struct rootfs *r, size_t i)
{
    const struct spec_device *d = &r->spec->linux_->devices.v[i];
    struct node n = node_of(d);
    n.ready = &r->priv->devices[i];
    AUTO_FREE char *name = NULL;
    AUTO_FD int dir = path_parent_in(r->root_fd, d->path, &name);
    TRY(dir);
    return make_node(r, &n, dir, name, true);
}

static bool is_configured(const struct spec *spec, const char *path)
{
    size_t n = spec->linux_ ? spec->linux_->devices.n : 0;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(spec->linux_->devices.v[i].path, path) == 0)
            return true;
    }
    return false;
}

static int make_link(int dev, const char *target, const char *name)
{
    if (symlinkat(target, dev, name) < 0 && errno != EEXIST)
        return fail(errno, "/dev/%s", name);
    return 0;
}

static int make_links(int dev)
{
    TRY(make_link(dev, "/proc/self/fd", "fd"));
    TRY(make_link(dev, "/proc/self/fd/0", "stdin"));
    TRY(make_link(dev, "/proc/self/fd/1", "stdout"));
    TRY(make_link(dev, "/proc/self/fd/2", "stderr"));
    if (faccessat(proc_root(), "kcore", F_OK, 0) == 0)
        TRY(make_link(dev, "/proc/kcore", "core"));
    /* ptmx is always the link: a node, or an image's link, may name the host's devpts */
    if (symlinkat("pts/ptmx", dev, "ptmx") == 0)
        return 0;
    if (errno == EEXIST && unlinkat(dev, "ptmx", 0) == 0 && symlinkat("pts/ptmx", dev, "ptmx") == 0)
        return 0;
    return fail(errno, "/dev/ptmx");
}

/* A /dev that the configuration binds from somewhere is taken as it is. */
static bool dev_is_bound(const struct spec *spec)
{
    for (size_t i = 0; i < spec->mounts.n; i++) {
        const struct spec_mount *m = &spec->mounts.v[i];
        if (!mount_is_bind(m))
            continue;
        AUTO_FREE char *clean = path_clean(m->destination);
        if (strcmp(clean, "/dev") == 0)
            return true;
    }
    return false;
}

static int make_all(struct rootfs *r, int dev)
{
    const struct spec_device_list none = {0}, *list = r->spec->linux_ ? &r->spec->linux_->devices : &none;
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->v[i].path, "/dev/ptmx") == 0)
            continue;
        if (configured_node(r, i) < 0)
            return fail_where("linux.devices[%zu]", i);
    }
    for (size_t i = 0; i < ARRAY_LEN(default_nodes); i++) {
        const struct node *n = &default_nodes[i];
        if (!is_configured(r->spec, n->path))
            TRY(make_node(r, n, dev, n->path + strlen("/dev/"), false));
    }
    return make_links(dev);
}

/* As /proc and /sys, /dev is an ordinary directory, not a link of the image. */
static int open_dev(struct rootfs *r)
{
    int dev = path_try_in(r->root_fd, "/dev", O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (dev < 0 && errno == ENOENT)
        return path_make_in(r->root_fd, "/dev", true);
    if (dev < 0 && (errno == ELOOP || errno == ENOTDIR))
        return fail(0, "/dev: must be an ordinary directory");
    return dev < 0 ? fail(errno, "/dev") : dev;
}

int rootfs_devices(struct rootfs *r)
{
    if (!r->own_mount_ns || dev_is_bound(r->spec))
        return 0;
    AUTO_FD int dev = open_dev(r);
    TRY(dev);
    mode_t before = umask(0); /* modes are what the configuration says */
    int ret = make_all(r, dev);
    umask(before);
    return ret;
}

int rootfs_console(struct rootfs *r, int slave_fd)
{
    struct stat st;
    if (!r->own_mount_ns)
        return 0;
    AUTO_FD int dev = open_dev(r);
    TRY(dev);
    if (mknodat(dev, "console", S_IFREG | 0600, 0) < 0 && errno != EEXIST)
        return fail(errno, "/dev/console");
    AUTO_FD int target = openat(dev, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0 || fstat(target, &st) < 0)
        return fail(errno, "/dev/console");
    if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
        return fail(0, "/dev/console: there is something in the root that is neither a file nor a device");
    AUTO_TREE struct tree t = TREE_INIT;
    struct place to = {dev, "console", target};
    if (tree_open(&t, slave_fd, "", false, false) < 0 || tree_attach(&t, &to) < 0)
        return fail(errno, "/dev/console: bind the terminal");
    return 0;
}
