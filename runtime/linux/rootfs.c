/* The frame of a container's file tree: see rootfs.h for the order.
 *
 * The root is copied as a detached tree and attached over its own path, so that it is a mount as
 * pivot_root(2) wants; its fd is the one name by which everything else reaches it, before and after the
 * pivot. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/seal.h"
#include "base/strings.h"
#include "linux/mounts.h"
#include "linux/paths.h"

#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif
#ifndef MS_SILENT
#define MS_SILENT (1 << 15)
#endif

/* ---- checks ---- */

static int check_mappings(const struct spec *spec, const struct spec_mount *m, const struct mount_options *o,
                          size_t i)
{
    bool maps = m->uid_mappings.n || m->gid_mappings.n;
    if (!maps && !o->idmap && !o->ridmap)
        return 0;
    if (!o->bind)
        return fail(0, "mounts[%zu]: id mappings are for bind mounts only", i);
    if (!maps && !spec_namespace(spec, "user"))
        return fail(0, "mounts[%zu].options: idmap needs uidMappings and gidMappings, or a user namespace",
                    i);
    return 0;
}

/* Flags of the file system, which a bind mount shares with its source. */
enum {
    SUPERBLOCK_FLAGS = MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK | MS_LAZYTIME | MS_I_VERSION | MS_SILENT
};

static int check_mount(const struct spec *spec, size_t i)
{
    const struct spec_mount *m = &spec->mounts.v[i];
    AUTO_OPTIONS struct mount_options o = {0};
    if (!m->destination || !*m->destination)
        return fail(0, "mounts[%zu].destination: must not be empty", i);
    TRY(mount_options_parse(m, i, &o));
    if (o.bind && (!m->source || !*m->source))
        return fail(0, "mounts[%zu].source: a bind mount needs one", i);
    if (!o.bind && !o.remount && (!m->type || !*m->type))
        return fail(0, "mounts[%zu].type: missing, and the options say neither bind nor rbind", i);
    if (o.bind && (o.flags & SUPERBLOCK_FLAGS))
        log_warn(
            "mounts[%zu].options: sync, dirsync, mand, lazytime, iversion and silent say nothing of a bind"
            " mount",
            i);
    if (o.bind && o.data.len > 0) { /* runc and crun pass them to the kernel, which ignores them */
        const char *meant = mount_option_meant(buf_str(&o.data));
        log_warn("mounts[%zu].options: %s: a bind mount has no file system to pass it to%s%s%s", i,
                 buf_str(&o.data), meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
    }
    if (o.tmpcopyup) {
        AUTO_FREE char *clean = path_clean(m->destination);
        if (o.bind || !str_eq(m->type, "tmpfs"))
            return fail(0, "mounts[%zu].options: tmpcopyup is for tmpfs only", i);
        if (strcmp(clean, "/") == 0)
            return fail(0, "mounts[%zu].options: tmpcopyup is not possible on /", i);
    }
    return check_mappings(spec, m, &o, i);
}

/* Without a mount namespace of its own a container changes nothing of the host's mounts; what would need that
 * is refused rather than left out. */
static int check_without_namespace(const struct spec *spec)
{
    const char *what = NULL;
    if (spec->mounts.n)
        what = "mounts";
    else if (spec->root && spec->root->readonly)
        what = "root.readonly";
    else if (spec->linux_ && spec->linux_->masked_paths.n)
        what = "linux.maskedPaths";
    else if (spec->linux_ && spec->linux_->readonly_paths.n)
        what = "linux.readonlyPaths";
    else if (spec->linux_ && spec->linux_->rootfs_propagation && *spec->linux_->rootfs_propagation)
        what = "linux.rootfsPropagation";
    return what ? fail(0, "%s: needs a mount namespace in linux.namespaces", what) : 0;
}

int rootfs_check(const struct spec *spec)
{
    if (!spec->root || !spec->root->path)
        return fail(0, "root.path: missing");
    if (!spec_namespace(spec, "mount"))
        TRY(check_without_namespace(spec));
    for (size_t i = 0; i < spec->mounts.n; i++)
        TRY(check_mount(spec, i));
    if (!spec->linux_)
        return 0;
    if (propagation_flags(spec->linux_->rootfs_propagation) < 0)
        return -1;
    TRY(labels_check(spec));
    return devices_check(spec);
}

/* ---- the parent's part ---- */

static char *from_bundle(const struct rootfs *r, const char *path)
{
    return path[0] == '/' ? xstrdup(path) : xasprintf("%s/%s", r->bundle, path);
}

/* One user namespace for all mounts with the same mappings: making one costs a process. */
struct map_cache {
    const struct spec_id_mapping_list *uids, *gids;
    int fd;
};

static bool same_maps(const struct spec_id_mapping_list *a, const struct spec_id_mapping_list *b)
{
    return a->n == b->n && memcmp(a->v, b->v, a->n * sizeof(a->v[0])) == 0;
}

static int mapped_userns(const struct rootfs *r, const struct spec_mount *m, struct map_cache *cache)
{
    const struct spec_id_mapping_list *uids = &m->uid_mappings, *gids = &m->gid_mappings;
    if (uids->n == 0) {
        if (r->userns_fd >= 0)
            return r->userns_fd;
        uids = &r->spec->linux_->uid_mappings;
        gids = &r->spec->linux_->gid_mappings;
    }
    if (cache->fd >= 0 && same_maps(cache->uids, uids) && same_maps(cache->gids, gids))
        return cache->fd;
    auto_close_fd(&cache->fd);
    *cache = (struct map_cache){uids, gids, idmap_userns(uids, gids)};
    return cache->fd;
}

/* A shared bind mount is to be a peer of its source on the host (mounts made in one show in the other), which
 * only a copy made in the host's mount namespace is. Not for user namespaces: what they mount must not show
 * on the host (mount_namespaces(7)). */
bool mount_keeps_peers(const struct rootfs *r, const struct mount_options *o)
{
    for (size_t i = 0; i < o->n_propagation; i++) {
        if (o->propagation[i] & MS_SHARED)
            return !r->own_user_ns;
    }
    return false;
}

int idmap_failed(size_t index, const char *source)
{
    return fail(errno, "mounts[%zu]: the file system of %s, or this kernel, cannot have its ids mapped",
                index, source);
}

static int prepare_source(struct rootfs *r, size_t i, struct map_cache *cache)
{
    const struct spec_mount *m = &r->spec->mounts.v[i];
    AUTO_OPTIONS struct mount_options o = {0};
    TRY(mount_options_parse(m, i, &o));
    bool mapped = o.idmap || o.ridmap || m->uid_mappings.n;
    bool peers = mount_keeps_peers(r, &o);
    if (!o.bind || (!mapped && !peers && !r->own_user_ns && !r->running))
        return 0;
    int userns = mapped ? mapped_userns(r, m, cache) : -1;
    if (mapped && userns < 0)
        return fail_where("mounts[%zu]", i);
    if (mapped && !r->own_user_ns && !r->running) {
        /* init has the privilege itself, and sees earlier mounts below the source */
        r->priv->userns[i] = fcntl(userns, F_DUPFD_CLOEXEC, 3);
        return r->priv->userns[i] < 0 ? fail(errno, "mounts[%zu]", i) : 0;
    }
    AUTO_FREE char *source = from_bundle(r, m->source);
    AUTO_TREE struct tree t = TREE_INIT;
    if (tree_open(&t, AT_FDCWD, source, o.recursive, o.src_nofollow) < 0) {
        /* without a mapping init has its own view of the source, and its own error */
        return mapped || r->running ? fail(errno, "mounts[%zu].source: %s", i, source) : 0;
    }
    if (t.plain && r->running)
        return fail(ENOSYS, "mounts[%zu]: open_tree (Linux 5.2 or newer)", i);
    if (t.plain && !mapped)
        return 0; /* another mount namespace's fd is of no use to mount(2) */
    if (mapped && tree_idmap(&t, o.ridmap, userns) < 0)
        return idmap_failed(i, source);
    t.slave = !peers;
    r->priv->sources[i] = t;
    t.fd = -1;
    return 0;
}

static size_t n_devices(const struct rootfs *r)
{
    return r->spec->linux_ ? r->spec->linux_->devices.n : 0;
}

static struct tree *no_trees(size_t n)
{
    struct tree *t = xcalloc(n + 1, sizeof(*t));
    for (size_t i = 0; i < n; i++)
        t[i].fd = -1;
    return t;
}

static void init_private(struct rootfs *r)
{
    r->root_fd = -1;
    r->priv = xcalloc(1, sizeof(*r->priv));
    r->priv->sources = no_trees(r->spec->mounts.n);
    r->priv->devices = no_trees(n_devices(r));
    r->priv->userns = xcalloc(r->spec->mounts.n + 1, sizeof(int));
    for (size_t i = 0; i < r->spec->mounts.n; i++)
        r->priv->userns[i] = -1;
    r->priv->root_tree.fd = r->priv->null.fd = r->priv->empty.fd = -1;
    r->priv->root_path = from_bundle(r, r->spec->root->path);
    const char *word = r->spec->linux_ ? r->spec->linux_->rootfs_propagation : NULL;
    long flags = propagation_flags(word);
    r->priv->keeps_peers = flags > 0 && (flags & MS_SHARED);
}

static void close_cache(struct map_cache *cache)
{
    auto_close_fd(&cache->fd);
}

static int open_sources(struct rootfs *r)
{
    __attribute__((cleanup(close_cache))) struct map_cache cache = {.fd = -1};
    for (size_t i = 0; i < r->spec->mounts.n; i++)
        TRY(prepare_source(r, i, &cache));
    return 0;
}

int rootfs_prepare(struct rootfs *r)
{
    init_private(r);
    struct stat st;
    if (stat(r->priv->root_path, &st) < 0)
        return fail(errno, "root.path: %s", r->priv->root_path);
    if (!S_ISDIR(st.st_mode))
        return fail(ENOTDIR, "root.path: %s", r->priv->root_path);
    if (!r->own_mount_ns)
        return 0;
    TRY(open_sources(r));
    if (r->own_user_ns)
        devices_prepare(r);
    if (r->own_user_ns && tree_open(&r->priv->root_tree, AT_FDCWD, r->priv->root_path, true, false) == 0 &&
        r->priv->root_tree.plain)
        tree_close(&r->priv->root_tree);
    return 0;
}

/* What a mount namespace alone is enough for, and what can be undone. */
static int check_added(const struct spec *spec, size_t i)
{
    const struct spec_mount *m = &spec->mounts.v[i];
    AUTO_OPTIONS struct mount_options o = {0};
    AUTO_FREE char *clean = path_clean(m->destination);
    TRY(check_mount(spec, i));
    TRY(mount_options_parse(m, i, &o));
    if (!o.bind && !str_eq(m->type, "tmpfs"))
        return fail(0, "mounts[%zu].type: only bind mounts and tmpfs can be added, found \"%s\"", i,
                    m->type ? m->type : "");
    if (o.remount || o.copy_symlink || o.tmpcopyup)
        return fail(0, "mounts[%zu].options: no remount, copy-symlink or tmpcopyup of a running container",
                    i);
    if (strcmp(clean, "/") == 0)
        return fail(0, "mounts[%zu].destination: the root of a running container cannot be covered", i);
    return 0;
}

int rootfs_prepare_add(struct rootfs *r)
{
    r->running = true;
    r->root_fd = -1;
    init_private(r);
    for (size_t i = 0; i < r->spec->mounts.n; i++)
        TRY(check_added(r->spec, i));
    return open_sources(r);
}

/* ---- init's part ---- */

/* The mount that holds the root must not be shared: what is mounted in the root would show on the host
 * (mount_namespaces(7)), and pivot_root(2) refuses it. */
static int make_parent_private(const char *path)
{
    AUTO_FREE char *p = realpath(path, NULL);
    if (!p)
        return fail(errno, "%s", path);
    for (;;) {
        if (mount(NULL, p, NULL, MS_PRIVATE, NULL) == 0)
            return 0;
        char *slash = strrchr(p, '/'); /* EINVAL: not the root of a mount, so look above */
        if (errno != EINVAL || !slash || (slash == p && p[1] == '\0'))
            return fail(errno, "make the mount of %s private", path);
        slash[slash == p] = '\0';
    }
}

int rootfs_make_private(struct rootfs *r)
{
    if (!r->own_mount_ns)
        return 0;
    TRY(proc_root()); /* the host's, before anything else is mounted */
    if (r->priv->keeps_peers)
        return make_parent_private(r->priv->root_path);
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        return fail(errno, "make / a slave of the host's");
    return 0;
}

int rootfs_bind_root(struct rootfs *r)
{
    const char *path = r->priv->root_path;
    AUTO_TREE struct tree t = TREE_INIT;
    if (!r->own_mount_ns) {
        r->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return r->root_fd < 0 ? fail(errno, "root.path: %s", path) : 0;
    }
    AUTO_FD int on = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (on < 0 && r->priv->root_tree.fd >= 0)
        on = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC); /* a user namespace that may not go there */
    if (on < 0)
        return fail(errno, "root.path: %s", path);
    if (tree_open(&t, AT_FDCWD, path, true, false) < 0) {
        if (r->priv->root_tree.fd < 0)
            return fail(errno, "root.path: %s", path);
        t = r->priv->root_tree;
        t.slave = true;
        r->priv->root_tree.fd = -1;
    }
    if (r->priv->keeps_peers)
        t.propagation[t.n_propagation++] = MS_PRIVATE;
    struct place place = {AT_FDCWD, path, on};
    if (t.plain) /* a lookup in the root cannot be had yet: the path is the host's own */
        place.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int attached = tree_attach(&t, &place);
    if (t.plain || place.root != AT_FDCWD)
        auto_close_fd(&place.root);
    if (attached < 0)
        return fail(errno, "root.path: mount %s", path);
    r->root_fd = take_fd(&t.fd);
    return 0;
}

/* A no_pivot container can reach the mounts of the host's tree that lie under its own root. A procfs or sysfs
 * there that is whole would let it mount a new one without the masks (kernel: mount_too_revealing()), so they
 * go, or are covered. */
static int hide_host_proc(const struct rootfs *r)
{
    AUTO_BUF struct buf info = BUF_INIT;
    AUTO_FD int fd = proc_open("self/mountinfo", O_RDONLY);
    TRY(fd);
    TRY(read_fd(fd, 64 << 20, &info));
    AUTO_FREE char *own = realpath(r->priv->root_path, NULL);
    if (!own)
        return fail(errno, "%s", r->priv->root_path);
    size_t own_len = strlen(own);
    char *save = NULL;
    for (char *line = strtok_r(info.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        const char *type = strstr(line, " - "), *root = skip_words(line, 3),
                   *rest = str_after(root ? root : "", "/ ");
        if (!type || !rest)
            continue;
        AUTO_FREE char *path = xstrndup(rest, strcspn(rest, " "));
        if (!str_starts(type, " - proc ") && !str_starts(type, " - sysfs "))
            continue;
        if (strncmp(path, own, own_len) == 0 && (path[own_len] == '/' || !path[own_len]))
            continue;
        if (umount2(path, MNT_DETACH) == 0 || errno == ENOENT)
            continue;
        if (mount("tmpfs", path, "tmpfs", MS_RDONLY, "nr_blocks=1,nr_inodes=2") < 0)
            return fail(errno, "hide %s of the host", path);
    }
    return 0;
}

static int move_root(struct rootfs *r)
{
    TRY(hide_host_proc(r));
    if (fchdir(r->root_fd) < 0)
        return fail(errno, "%s", r->priv->root_path);
    if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
        return fail(errno, "move the root to /");
    return 0;
}

static int enter_root(void)
{
    if (chroot(".") < 0 || chdir("/") < 0)
        return fail(errno, "chroot");
    return 0;
}

/* Not where our binary lies below the root: there the container would have the mount. */
static void attach_seal(const struct rootfs *r)
{
    char path[PATH_MAX];
    ssize_t n = r->new_mount_ns ? readlink(fd_path(r->root_fd).s, path, sizeof(path) - 1) : 0;
    if (n <= 0)
        return;
    path[n] = '\0';
    if (strcmp(path, "/") != 0)
        seal_attach(path);
}

/* pivot_root(2), NOTES: pivot_root(".", ".") leaves the old root on top of the new one. */
static int pivot(struct rootfs *r)
{
    AUTO_FD int old = -1;
    if (!r->priv->keeps_peers)
        attach_seal(r); /* to a tree of slaves: it is seen nowhere else */
    else if ((old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
        return fail(errno, "/");
    if (fchdir(r->root_fd) < 0)
        return fail(errno, "%s", r->priv->root_path);
    if (syscall(SYS_pivot_root, ".", ".") < 0)
        return fail(errno, "pivot_root to %s", r->priv->root_path);
    if (old >= 0) { /* the unmount must not reach the host's peers */
        if (fchdir(old) < 0 || mount(NULL, ".", NULL, MS_REC | MS_SLAVE, NULL) < 0)
            return fail(errno, "make the old root a slave");
    }
    if (umount2(".", MNT_DETACH) < 0)
        return fail(errno, "unmount the old root");
    return chdir("/") < 0 ? fail(errno, "/") : 0;
}

int rootfs_pivot(struct rootfs *r)
{
    if (!r->own_mount_ns) {
        if (fchdir(r->root_fd) < 0)
            return fail(errno, "%s", r->priv->root_path);
        return enter_root();
    }
    TRY(masks_before_pivot(r));
    if (!r->no_pivot)
        return pivot(r);
    TRY(move_root(r));
    return enter_root();
}

int rootfs_propagation(struct rootfs *r)
{
    const char *word = r->spec->linux_ ? r->spec->linux_->rootfs_propagation : NULL;
    long flags = propagation_flags(word);
    if (flags <= 0 || !r->own_mount_ns)
        return 0;
    if (mount(NULL, "/", NULL, (unsigned long)flags, NULL) < 0)
        return fail(errno, "linux.rootfsPropagation: %s", word);
    return 0;
}

void rootfs_later_readonly(struct rootfs *r, int fd, size_t mount)
{
    struct rootfs_private *p = r->priv;
    p->late = xrealloc(p->late, p->n_late + 1, sizeof(p->late[0]));
    p->late[p->n_late++] = (struct late_readonly){fd, mount};
}

static const struct attrs readonly = {.set = MOUNT_ATTR_RDONLY};

int rootfs_late_readonly(struct rootfs *r)
{
    for (size_t i = 0; i < r->priv->n_late; i++) {
        if (mount_set(r->priv->late[i].fd, false, readonly) < 0)
            return fail(errno, "mounts[%zu]: make it read-only", r->priv->late[i].mount);
    }
    return 0;
}

int rootfs_readonly(struct rootfs *r)
{
    if (!r->own_mount_ns)
        return 0;
    TRY(rootfs_late_readonly(r));
    if (r->spec->root->readonly && mount_set(r->root_fd, false, readonly) < 0)
        return fail(errno, "root.readonly");
    TRY(readonly_paths(r));
    return masked_paths(r);
}

size_t rootfs_take_trees(struct rootfs *r, int **fds)
{
    struct rootfs_private *p = r->priv;
    size_t n = 0;
    *fds = p ? xcalloc(r->spec->mounts.n + 1, sizeof(int)) : NULL;
    for (size_t i = 0; p && i <= r->spec->mounts.n; i++) {
        struct tree *t = i < r->spec->mounts.n ? &p->sources[i] : &p->root_tree;
        if (t->fd >= 0 && !t->plain)
            (*fds)[n++] = take_fd(&t->fd);
    }
    return n;
}

void rootfs_close(struct rootfs *r)
{
    auto_close_fd(&r->root_fd);
    r->root_fd = -1;
    struct rootfs_private *p = r->priv;
    if (!p)
        return;
    for (size_t i = 0; i < r->spec->mounts.n; i++)
        tree_close(&p->sources[i]), auto_close_fd(&p->userns[i]);
    for (size_t i = 0; i < n_devices(r); i++)
        tree_close(&p->devices[i]);
    for (size_t i = 0; i < p->n_late; i++)
        close(p->late[i].fd);
    for (size_t i = 0; i < p->n_added; i++)
        close(p->added[i]);
    tree_close(&p->root_tree);
    tree_close(&p->null);
    tree_close(&p->empty);
    free(p->root_path);
    free(p->sources);
    free(p->devices);
    free(p->userns);
    free(p->late);
    free(p->added);
    free(p);
    r->priv = NULL;
}
