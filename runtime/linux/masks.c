/* readonlyPaths and maskedPaths: each path is opened once, in the root, and everything happens on that fd, so
 * that nobody can put something else in its place between two steps.
 *
 * Files are covered by the host's /dev/null, taken before the pivot and checked to be 1:3 (the container's
 * may be anything: CVE-2025-31133), directories by one empty read-only tmpfs. The first use attaches the tree
 * itself, each further one a copy of it. */
#include "linux/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/auto.h"
#include "base/error.h"
#include "linux/paths.h"

int null_open(struct tree *null)
{
    struct stat st;
    if (tree_open(null, AT_FDCWD, "/dev/null", false, true) < 0 || fstat(null->fd, &st) < 0)
        return fail(errno, "/dev/null of the host");
    if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
        return fail(0, "/dev/null of the host is not the null device (1:3)");
    null->self.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
    return 0;
}

int masks_before_pivot(struct rootfs *r)
{
    if (!r->spec->linux_ || r->spec->linux_->masked_paths.n == 0)
        return 0;
    return null_open(&r->priv->null);
}

static int empty_open(struct rootfs *r)
{
    AUTO_FREE char *label = mount_label(r->spec, "tmpfs");
    AUTO_FREE char *data = mount_data("nr_blocks=1,nr_inodes=2,mode=755", label);
    AUTO_FREE char *message = NULL;
    struct fs_request fs = {.type = "tmpfs",
                            .source = "tmpfs",
                            .data = data,
                            .flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC};
    return fs_open(&r->priv->empty, &fs, &message);
}

/* Attaches mask to the place; mask then is the fd to copy the next one from. */
static int attach_mask(struct tree *mask, bool *used, const struct place *to)
{
    if (!*used) {
        TRY(tree_attach(mask, to));
        *used = true;
        return 0;
    }
    AUTO_TREE struct tree copy = TREE_INIT;
    TRY(tree_open(&copy, mask->fd, "", false, false));
    return tree_attach(&copy, to);
}

/* A kernel without fsopen(2): a tmpfs each. */
static int cover_directory(const struct place *to)
{
    struct fs_request fs = {.type = "tmpfs",
                            .source = "tmpfs",
                            .data = "nr_blocks=1,nr_inodes=2,mode=755",
                            .flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC};
    return fs_mount(&fs, to->fd);
}

struct masks {
    bool null_used, empty_used;
};

/* Without open_tree(2) nothing of the old root is left after the pivot: the container's own null device, by
 * one fd that is checked. */
static int null_in_root(struct rootfs *r)
{
    struct tree *null = &r->priv->null;
    struct stat st;
    tree_close(null);
    null->fd = path_try_in(r->root_fd, "/dev/null", O_PATH | O_NOFOLLOW);
    if (null->fd < 0 || fstat(null->fd, &st) < 0)
        return -1;
    if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
        return 0;
    errno = ENODEV; /* the container's /dev/null is invalid */
    return -1;
}

static int mask_one(struct rootfs *r, struct masks *m, const struct place *to)
{
    struct stat st;
    TRY(fstat(to->fd, &st));
    if (!S_ISDIR(st.st_mode) && r->priv->null.plain && !m->null_used)
        TRY(null_in_root(r));
    if (!S_ISDIR(st.st_mode))
        return attach_mask(&r->priv->null, &m->null_used, to);
    if (r->priv->empty.fd < 0 && empty_open(r) < 0)
        return errno == ENOSYS ? cover_directory(to) : -1;
    return attach_mask(&r->priv->empty, &m->empty_used, to);
}

static bool not_there(int error)
{
    return error == ENOENT || error == ENOTDIR;
}

int masked_paths(struct rootfs *r)
{
    struct masks masks = {0};
    size_t n = r->spec->linux_ ? r->spec->linux_->masked_paths.n : 0;
    for (size_t i = 0; i < n; i++) {
        const char *path = r->spec->linux_->masked_paths.v[i];
        AUTO_FD int fd = path_try_in(r->root_fd, path, O_PATH);
        if (fd < 0 && not_there(errno))
            continue;
        struct place to = {r->root_fd, path, fd};
        if (fd < 0 || mask_one(r, &masks, &to) < 0)
            return fail(errno, "linux.maskedPaths[%zu]: %s", i, path);
    }
    return 0;
}

int readonly_paths(struct rootfs *r)
{
    size_t n = r->spec->linux_ ? r->spec->linux_->readonly_paths.n : 0;
    for (size_t i = 0; i < n; i++) {
        const char *path = r->spec->linux_->readonly_paths.v[i];
        AUTO_FD int fd = path_try_in(r->root_fd, path, O_PATH);
        if (fd < 0 && not_there(errno))
            continue;
        struct place to = {r->root_fd, path, fd};
        AUTO_TREE struct tree t = TREE_INIT;
        struct attrs *a = tree_can_set() ? &t.all : &t.self;
        a->set = MOUNT_ATTR_RDONLY;
        if (fd < 0 || tree_open(&t, fd, "", true, false) < 0 || tree_attach(&t, &to) < 0)
            return fail(errno, "linux.readonlyPaths[%zu]: %s", i, path);
    }
    return 0;
}
