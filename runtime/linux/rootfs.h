/* The container's view of files: mounts, devices, masked paths, console, pivot_root.
 *
 * The steps of container/create.c and container/init.c call these in the order in which they stand here. */
#ifndef RSBX_LINUX_ROOTFS_H
#define RSBX_LINUX_ROOTFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "spec/config.h"

/* What a mount of type "cgroup" has to show; filled by cgroup_mount_info(). Strings belong to the cgroup. */
struct cgroup_mounts {
    bool unified;             /* pure cgroup2 host */
    const char *unified_path; /* host directory of the container's cgroup2, NULL if there is none */
    struct {
        const char
            *name; /* "cpu,cpuacct": directory name below the mount; "name=systemd" shows as "systemd" */
        const char
            *options; /* mount data when a cgroup namespace is there: "cpu,cpuacct", "none,name=systemd" */
        const char *path; /* host directory of the container's cgroup in that hierarchy */
    } v1[32];
    size_t n_v1;
};

struct rootfs {
    /* in */
    const struct spec *spec;
    const char *bundle; /* absolute host path */
    bool own_user_ns;   /* the container has a user namespace of its own, new or joined */
    bool own_cgroup_ns; /* likewise a cgroup namespace */
    bool own_mount_ns;  /* false: no mounts at all are made (the spec has no mount namespace) */
    bool new_mount_ns;  /* one that nobody else is in */
    bool own_net_ns, own_pid_ns;
    bool no_pivot; /* --no-pivot */
    int userns_fd; /* user namespace of the container for idmapped mounts "idmap" without maps, or -1 */
    const struct cgroup_mounts *cgroups;
    bool running;           /* mounts are added to a container that runs: rootfs_add() */
    const char *notify_dir; /* host directory to bind read-only on /run/notify, or NULL (sd_notify proxy) */

    /* out */
    int root_fd; /* O_PATH on the mounted root, from rootfs_bind_root() to rootfs_close(); -1 until then */
    struct rootfs_private *priv;
};

/* Parent, before anything happened: option words, types, destinations, devices, masked paths, propagation.
 * Errors name the JSON path ("mounts[3].options[1]: ..."). */
int rootfs_check(const struct spec *spec);

/* Parent: opens what needs the host's privileges or view (mount sources when the container has a user
 * namespace, idmapped mounts made with a helper user namespace, relative sources from the bundle). */
int rootfs_prepare(struct rootfs *r);

/* Init, in this order. */
int rootfs_make_private(
    struct rootfs *r); /* propagation of the new mount namespace: (r)slave or as rootfsPropagation says */
int rootfs_bind_root(struct rootfs *r); /* root.path on itself, root_fd */
int rootfs_mounts(
    struct rootfs *r); /* spec.mounts in order, cgroup mounts, tmpcopyup, idmaps, recursive attributes */
int rootfs_devices(struct rootfs *r);               /* default and configured devices, /dev links, ptmx */
int rootfs_console(struct rootfs *r, int slave_fd); /* binds the pty slave on /dev/console, fd to mount */
int rootfs_pivot(struct rootfs *r);       /* pivot_root(".", "."), or MS_MOVE and chroot with no_pivot */
int rootfs_propagation(struct rootfs *r); /* what rootfsPropagation says of the final root */
int rootfs_readonly(
    struct rootfs *r); /* root.readonly, readonlyPaths, maskedPaths; through fds opened once */
void rootfs_close(struct rootfs *r);
/* Parent: of what rootfs_prepare() opened, what init may have done without. Closing the last fd of a mount
 * that is attached nowhere waits for an RCU grace period, each: for a moment at which nobody waits for us.
 * Returns how many; *fds is allocated. */
size_t rootfs_take_trees(struct rootfs *r, int **fds);

/* ---- mounts of a running container: bind mounts and tmpfs ---- */
/* Runtime: checks spec->mounts, opens their sources. */
int rootfs_prepare_add(struct rootfs *r);
/* A process in the container's mount namespace and, if it has one, user namespace, but in no pid namespace of
 * it: mounts all of them or none. ids: one for each, of the kernel. */
int rootfs_add(struct rootfs *r, uint64_t *ids);
void rootfs_undo_add(struct rootfs *r);
/* There as well: unmounts what is at path if it is the mount with that id; before that, find: only looks. */
int rootfs_remove(const char *path, uint64_t id, bool find);

/* ---- for checkpoint and restore: criu(8) mounts by itself ---- */
/* Makes what create makes in the root for the mounts and devices to stand on. In a process of its own, in a
 * mount namespace of its own, after rootfs_prepare(): the mounts it needs for that go with it. */
int rootfs_make_places(struct rootfs *r);
bool mount_is_bind(const struct spec_mount *m);
const char *rootfs_default_device(size_t i); /* "/dev/null", ...; NULL after the last */

/* All mount options that rsbx knows, NULL-terminated, for `features` (strings are static). */
const char *const *rootfs_mount_options(void);

#endif
