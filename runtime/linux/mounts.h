/* Between the files behind rootfs.h: options, trees, places. Nobody else includes this. */
#ifndef RSBX_LINUX_MOUNTS_H
#define RSBX_LINUX_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "linux/rootfs.h"
#include "spec/config.h"

/* ---- mount_options.c ---- */
enum { MAX_PROPAGATIONS = 4 };

struct attrs {
    uint64_t set, clr; /* MOUNT_ATTR_* */
};

struct mount_options {
    unsigned long flags;                         /* MS_* for mount(2) of a file system */
    struct attrs self, all;                      /* of the mount itself; of the tree ("rro") */
    unsigned long propagation[MAX_PROPAGATIONS]; /* MS_SHARED, ... with MS_REC; applied in this order */
    size_t n_propagation;
    bool bind, recursive; /* bind or rbind */
    bool remount, tmpcopyup, idmap, ridmap, copy_symlink, src_nofollow, dest_nofollow;
    struct buf data; /* what only the file system knows, comma separated */
};

/* Errors start with "mounts[index].options[n]: ". */
int mount_options_parse(const struct spec_mount *m, size_t index, struct mount_options *out);
/* The option that one of these unknown words (comma separated) was probably meant to be, or NULL. */
const char *mount_option_meant(const char *words);
void mount_options_free(struct mount_options *o);
#define AUTO_OPTIONS __attribute__((cleanup(mount_options_free)))

/* The word of linux.rootfsPropagation as MS_* flags, 0 for NULL or "", -1 after fail(). */
long propagation_flags(const char *word);
uint64_t attrs_of_flags(unsigned long ms_flags);

/* ---- mount_api.c: open_tree(2), mount_setattr(2), move_mount(2), with mount(2) where they are missing ----
 */
/* A mount that is not yet anywhere. On a kernel without open_tree(2) it is the source's O_PATH fd (plain),
 * and what was asked of it is done when it is attached. These functions set errno and record no error. */
struct tree {
    int fd; /* -1: none */
    bool plain, recursive;
    bool slave; /* first of all no peer of what it was copied from */
    struct attrs self, all;
    unsigned long propagation[MAX_PROPAGATIONS];
    size_t n_propagation;
};
#define TREE_INIT                                                                                            \
    {                                                                                                        \
        .fd = -1                                                                                             \
    }

struct place { /* where a tree goes: found in root as path, opened once, verified, used through fd */
    int root;
    const char *path;
    int fd;
};

/* Takes a copy of what is mounted at dirfd/path (path "": dirfd itself). */
int tree_open(struct tree *t, int dirfd, const char *path, bool recursive, bool nofollow);
/* The id mapping of a tree that is not yet attached: mount_setattr(2) or nothing. */
int tree_idmap(const struct tree *t, bool recursive, int userns_fd);
/* Whether there is mount_setattr(2): without it a tree's attributes cannot be changed all at once. */
bool tree_can_set(void);
/* Attributes and propagation, then attached. t->fd is the mounted root afterwards. */
int tree_attach(struct tree *t, const struct place *to);
void tree_close(struct tree *t);
#define AUTO_TREE __attribute__((cleanup(tree_close)))

/* The id of the mount whose root fd is, 0 if it is not a mount's root or the kernel does not say; never used
 * again where the kernel has such ids (Linux 6.8). */
uint64_t mount_id(int fd);
/* Unmounts it (MNT_DETACH). */
int mount_detach(int fd);

/* Attributes of the mount whose root fd is. */
int mount_set(int fd, bool recursive, struct attrs a);
int mount_propagate(int fd, unsigned long ms_flags);

/* A new file system as a tree; *message gets the kernel's own explanation if there is one (allocated). */
struct fs_request {
    const char *type, *source, *data; /* data: as for mount(2), or NULL */
    unsigned long flags;              /* MS_* */
};
int fs_open(struct tree *t, const struct fs_request *fs, char **message);
/* mount(2) straight onto fd. */
int fs_mount(const struct fs_request *fs, int fd);

/* Tests set it: behave as on a kernel without the new mount system calls. */
extern bool mount_api_missing;

/* ---- idmap.c ---- */
/* An fd of a user namespace with these mappings; the caller closes. */
int idmap_userns(const struct spec_id_mapping_list *uids, const struct spec_id_mapping_list *gids);

/* ---- rootfs.c ---- */
struct late_readonly { /* mounts that become read-only when everything in them is made */
    int fd;
    size_t mount;
};

struct rootfs_private {
    char *root_path;       /* absolute host path of the root */
    struct tree root_tree; /* opened by the parent for a container with a user namespace */
    struct tree *sources;  /* the same for spec->mounts; fd -1: not prepared */
    int *userns;           /* for spec->mounts with mapped ids that init opens itself; -1: none */
    struct tree *devices;  /* of spec->linux_->devices, likewise */
    struct tree null;      /* the host's /dev/null, verified */
    struct tree empty;     /* an empty read-only directory for masks */
    struct late_readonly *late;
    size_t n_late;
    int *added; /* with running: roots of what was attached */
    size_t n_added;
    bool keeps_peers; /* rootfsPropagation is shared: mounts stay peers of the host's */
};

bool mount_keeps_peers(const struct rootfs *r, const struct mount_options *o);

int idmap_failed(size_t index, const char *source); /* records errno */

/* spec->mounts[i] as init mounts it. */
int rootfs_mount_one(struct rootfs *r, size_t i);
int rootfs_late_readonly(struct rootfs *r);

/* Gives the mounted root in fd (kept) the attribute ro in rootfs_readonly(). */
void rootfs_later_readonly(struct rootfs *r, int fd, size_t mount);

/* ---- mounts.c ---- */
/* linux.mountLabel as a mount option for that type of file system, allocated, or NULL. */
char *mount_label(const struct spec *spec, const char *type);
int labels_check(const struct spec *spec);
/* Both, comma separated, allocated; each may be NULL. NULL if there is nothing. */
char *mount_data(const char *a, const char *b);
/* Records why a file system could not be mounted: errno, the kernel's message and what is known. */
int fs_failed(size_t index, const struct fs_request *fs, const char *on, const char *message);

/* ---- cgroup_mounts.c ---- */
int mount_cgroups(struct rootfs *r, size_t index, const struct mount_options *o, const struct place *to);

/* ---- tmpcopyup.c ---- */
/* Copies what is below the directory from into to (both fds of directories, O_PATH allowed), and the
 * directory's own mode and owner. */
int copy_up(int from, int to);

/* ---- masks.c ---- */
int null_open(struct tree *null); /* the host's /dev/null: 1:3 or an error */
int masks_before_pivot(struct rootfs *r);
int readonly_paths(struct rootfs *r);
int masked_paths(struct rootfs *r);

/* ---- devices.c ---- */
int devices_check(const struct spec *spec);
void devices_prepare(struct rootfs *r);

#endif
