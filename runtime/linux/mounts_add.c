/* Mounts of a running container: everything here runs in its mount namespace, in a process of ours.
 *
 * The container may rename, replace and unmount whatever it owns meanwhile. What is mounted goes to a place
 * that was found inside the root and is used through its fd, as at create; what is unmounted is told by the
 * kernel's id of the mount, not by its path, so that no link or renamed directory makes us take another one
 * away, a mask for instance. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "linux/mounts.h"
#include "linux/paths.h"

static int open_root(void)
{
    int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? fail(errno, "the container's root") : fd;
}

static int add_all(struct rootfs *r, uint64_t *ids)
{
    for (size_t i = 0; i < r->spec->mounts.n; i++) {
        TRY(rootfs_mount_one(r, i));
        ids[i] = mount_id(r->priv->added[i]);
        if (ids[i] == 0)
            return fail(0, "mounts[%zu]: this kernel does not tell mounts apart (Linux 5.8 or newer does)",
                        i);
    }
    return rootfs_late_readonly(r);
}

void rootfs_undo_add(struct rootfs *r)
{
    while (r->priv->n_added > 0) {
        int fd = r->priv->added[--r->priv->n_added];
        mount_detach(fd);
        close(fd);
    }
}

int rootfs_add(struct rootfs *r, uint64_t *ids)
{
    r->root_fd = open_root();
    TRY(r->root_fd);
    int result = add_all(r, ids);
    if (result < 0)
        rootfs_undo_add(r);
    return result;
}

int rootfs_remove(const char *path, uint64_t id, bool find)
{
    AUTO_FD int root = open_root();
    TRY(root);
    AUTO_FD int fd = path_try_in(root, path, O_PATH);
    if (fd < 0 || mount_id(fd) != id) { /* with dest-nofollow the place may be a link */
        auto_close_fd(&fd);
        fd = path_try_in(root, path, O_PATH | O_NOFOLLOW);
    }
    if (fd < 0)
        return fail(errno, "%s", path);
    if (mount_id(fd) != id)
        return fail(0, "%s: what was added there is gone, moved or covered", path);
    return find || mount_detach(fd) == 0 ? 0 : fail(errno, "%s: unmount", path);
}
