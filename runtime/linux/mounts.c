/* spec.mounts, in their order: each is a source (a copy of a tree, or a new file system) and a place in the
 * root, both fds before anything is mounted.
 *
 * A file system whose mounted root is not needed again is one mount(2) onto the place's fd. One that still
 * has to be filled, made read-only later, or given a propagation is made detached (fsopen(2)) and attached.
 */
#include "linux/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"
#include "linux/paths.h"

/* One entry while it is being mounted. */
struct entry {
    struct rootfs *r;
    const struct spec_mount *m;
    size_t index;
    struct mount_options o;
    char *clean;        /* destination by its letters */
    struct place place; /* fd: -1 until opened */
    bool made;          /* the place was not there before */
};

static void entry_free(struct entry *e)
{
    auto_close_fd(&e->place.fd);
    auto_free_ptr(&e->clean);
    mount_options_free(&e->o);
}

/* ---- data and labels ---- */

char *mount_data(const char *a, const char *b)
{
    if (!a || !*a)
        return b && *b ? xstrdup(b) : NULL;
    return b && *b ? xasprintf("%s,%s", a, b) : xstrdup(a);
}

static const char *context_type(const struct spec *spec)
{
    static const char *const known[] = {"context", "fscontext", "defcontext", "rootcontext"};
    const char *word = spec_annotation(spec, "run.oci.mount_context_type");
    if (!word || !*word)
        return known[0];
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(word, known[i]) == 0)
            return word;
    }
    return NULL;
}

int labels_check(const struct spec *spec)
{
    if (!context_type(spec))
        return fail(0,
                    "annotations: run.oci.mount_context_type: \"%s\" is none of context, fscontext,"
                    " defcontext, rootcontext",
                    spec_annotation(spec, "run.oci.mount_context_type"));
    const char *label = spec->linux_->mount_label;
    if (label && *label && access("/sys/fs/selinux/status", F_OK) < 0)
        return fail(0, "linux.mountLabel: SELinux is not enabled on this host");
    if (label && strpbrk(label, "\"\n"))
        return fail(0, "linux.mountLabel: must not contain quotes");
    return 0;
}

char *mount_label(const struct spec *spec, const char *type)
{
    /* their labels are the policy's (mqueue gets its own as an attribute) */
    static const char *const unlabelled[] = {"proc", "sysfs", "mqueue", "cgroup", "cgroup2"};
    const char *label = spec->linux_ ? spec->linux_->mount_label : NULL;
    if (!label || !*label)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(unlabelled); i++) {
        if (strcmp(type, unlabelled[i]) == 0)
            return NULL;
    }
    return xasprintf("%s=\"%s\"", context_type(spec), label);
}

/* ---- places ---- */

/* Files of /proc that lxcfs stands in for; anything else there could fool whoever writes to /proc. */
static bool may_cover_proc(const struct entry *e)
{
    static const char *const files[] = {
        "/proc/cpuinfo",
        "/proc/diskstats",
        "/proc/meminfo",
        "/proc/stat",
        "/proc/swaps",
        "/proc/uptime",
        "/proc/loadavg",
        "/proc/slabinfo",
        "/proc/net/dev",
        "/proc/sys/kernel/ns_last_pid",
        "/proc/sys/crypto/fips_enabled",
    };
    if (!e->o.bind && str_eq(e->m->type, "tmpfs") && (e->o.flags & MS_RDONLY))
        return true; /* an empty read-only directory: a mask */
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        if (strcmp(e->clean, files[i]) == 0)
            return true;
    }
    return false;
}

static bool is_procfs(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* source is the tree of a bind mount, or NULL. */
static int check_proc_place(const struct entry *e, const struct tree *source)
{
    if (strcmp(e->clean, "/proc") == 0) {
        if (source ? is_procfs(source->fd) : str_eq(e->m->type, "proc"))
            return 0;
        return fail(0, "mounts[%zu].destination: \"/proc\" cannot be mounted because it is not of type proc",
                    e->index);
    }
    if (str_starts(e->clean, "/proc/") && !may_cover_proc(e))
        return fail(0, "mounts[%zu].destination: \"%s\" cannot be mounted because it is inside /proc",
                    e->index, e->clean);
    return 0;
}

/* proc and sysfs, and whatever is mounted on /proc and /sys, go on an ordinary directory: an image may not
 * send them elsewhere by a link (CVE-2019-19921). */
static bool is_strict(const struct entry *e)
{
    return (!e->o.bind && (str_eq(e->m->type, "proc") || str_eq(e->m->type, "sysfs"))) ||
           strcmp(e->clean, "/proc") == 0 || strcmp(e->clean, "/sys") == 0;
}

static int open_strict(struct entry *e)
{
    struct stat st;
    AUTO_FD int fd = path_try_in(e->r->root_fd, e->clean, O_PATH | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT) {
        AUTO_FREE char *name = NULL;
        AUTO_FD int dir = path_parent_in(e->r->root_fd, e->clean, &name);
        TRY(dir);
        if (mkdirat(dir, name, 0755) < 0 && errno != EEXIST)
            return fail(errno, "%s", e->clean);
        fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    }
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail(errno, "%s", e->clean);
    if (!S_ISDIR(st.st_mode))
        return fail(0, "%s: filesystem \"%s\" must be mounted on ordinary directory", e->clean,
                    e->m->type ? e->m->type : "bind");
    return take_fd(&fd);
}

static int open_usual(struct entry *e, bool directory)
{
    AUTO_FD int fd = -1;
    if (e->o.dest_nofollow)
        fd = path_try_in(e->r->root_fd, e->m->destination, O_PATH | O_NOFOLLOW);
    if (fd < 0)
        fd = path_ensure_in(e->r->root_fd, e->m->destination, directory, &e->made);
    TRY(fd);
    if (is_procfs(fd) && !may_cover_proc(e))
        return fail(0, "\"%s\" cannot be mounted because it is inside /proc", e->m->destination);
    return take_fd(&fd);
}

static int open_place(struct entry *e, bool directory)
{
    int fd = is_strict(e) ? open_strict(e) : open_usual(e, directory);
    if (fd < 0)
        return fail_where("mounts[%zu].destination", e->index);
    e->place = (struct place){e->r->root_fd, is_strict(e) ? e->clean : e->m->destination, fd};
    return 0;
}

static int note_added(struct rootfs *r, int fd, size_t index)
{
    struct rootfs_private *p = r->priv;
    int kept = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (kept < 0) {
        int error = errno;
        mount_detach(fd);
        return fail(error, "mounts[%zu]", index);
    }
    p->added = xrealloc(p->added, p->n_added + 1, sizeof(p->added[0]));
    p->added[p->n_added++] = kept;
    return 0;
}

/* After something was attached as fd: is it the root itself, does it become read-only later? */
static int attached(struct entry *e, struct tree *t, bool readonly_later)
{
    if (strcmp(e->clean, "/") == 0) {
        int fd = fcntl(t->fd, F_DUPFD_CLOEXEC, 3);
        if (fd < 0)
            return fail(errno, "mounts[%zu]", e->index);
        close(e->r->root_fd);
        e->r->root_fd = fd;
    }
    if (e->r->running)
        TRY(note_added(e->r, t->fd, e->index));
    if (readonly_later)
        rootfs_later_readonly(e->r, take_fd(&t->fd), e->index);
    return 0;
}

/* ---- bind mounts ---- */

static bool is_directory(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Init's own view of the source first: flags that a user namespace locks stay locked only in copies it makes
 * itself. What it cannot reach, has its ids mapped, or stays a peer of the host's, the parent opened. */
static int open_source(struct entry *e, struct tree *t)
{
    struct tree *prepared = &e->r->priv->sources[e->index];
    bool mapped = e->o.idmap || e->o.ridmap || e->m->uid_mappings.n;
    bool theirs = prepared->fd >= 0 && (e->r->running || mapped || mount_keeps_peers(e->r, &e->o));
    const char *source = e->m->source;
    AUTO_FREE char *path = source[0] == '/' ? xstrdup(source) : xasprintf("%s/%s", e->r->bundle, source);
    int userns = e->r->priv->userns[e->index];
    if (!theirs && tree_open(t, AT_FDCWD, path, e->o.recursive, e->o.src_nofollow) == 0)
        return userns >= 0 && tree_idmap(t, e->o.ridmap, userns) < 0 ? idmap_failed(e->index, path) : 0;
    if (prepared->fd < 0)
        return fail(errno, "mounts[%zu].source: %s", e->index, path);
    *t = *prepared;
    prepared->fd = -1;
    return 0;
}

/* copy-symlink: a source that is a link is made again instead of being mounted. 1: done. */
static int copy_symlink(struct entry *e)
{
    char target[PATH_MAX];
    const char *source = e->m->source;
    AUTO_FREE char *path = source[0] == '/' ? xstrdup(source) : xasprintf("%s/%s", e->r->bundle, source);
    ssize_t n = readlink(path, target, sizeof(target) - 1);
    if (n < 0)
        return 0;
    target[n] = '\0';
    AUTO_FREE char *name = NULL;
    AUTO_FD int dir = path_parent_in(e->r->root_fd, e->m->destination, &name);
    if (dir < 0)
        return fail_where("mounts[%zu].destination", e->index);
    if (symlinkat(target, dir, name) == 0)
        return 1;
    char there[PATH_MAX];
    ssize_t m = errno == EEXIST ? readlinkat(dir, name, there, sizeof(there)) : -1;
    if (m == n && memcmp(target, there, (size_t)n) == 0)
        return 1;
    return fail(errno == EINVAL ? EEXIST : errno, "mounts[%zu].destination: %s: link to %s", e->index,
                e->m->destination, target);
}

static int bind_failed(const struct entry *e, const struct tree *t, int error)
{
    bool from = is_directory(t->fd), to = is_directory(e->place.fd);
    if (from != to)
        return fail(ENOTDIR, "mounts[%zu]: %s is %s, but %s in the root is %s", e->index, e->m->source,
                    from ? "a directory" : "a file", e->m->destination, to ? "a directory" : "a file");
    if (error == EPERM && e->r->own_user_ns)
        return fail(error,
                    "mounts[%zu]: bind %s on %s (an option wants to change what the user namespace"
                    " locks)",
                    e->index, e->m->source, e->m->destination);
    return fail(error, "mounts[%zu]: bind %s on %s", e->index, e->m->source, e->m->destination);
}

static int bind_one(struct entry *e)
{
    AUTO_TREE struct tree t = TREE_INIT;
    if (e->o.copy_symlink) {
        int done = copy_symlink(e);
        if (done != 0)
            return done < 0 ? -1 : 0;
    }
    TRY(open_source(e, &t));
    TRY(check_proc_place(e, &t));
    TRY(open_place(e, is_directory(t.fd)));
    t.self = e->o.self;
    t.all = e->o.all;
    memcpy(t.propagation, e->o.propagation, sizeof(t.propagation));
    t.n_propagation = e->o.n_propagation;
    /* the host's cgroups lie below: CVE-2023-25809 */
    if (strcmp(e->clean, "/sys") == 0 && (t.self.set & MOUNT_ATTR_RDONLY) && tree_can_set())
        t.all.set |= MOUNT_ATTR_RDONLY;
    bool dev = strcmp(e->clean, "/dev") == 0 && (t.self.set & MOUNT_ATTR_RDONLY);
    if (dev) /* /dev/console is still to come */
        t.self.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
    if (tree_attach(&t, &e->place) < 0)
        return bind_failed(e, &t, errno);
    return attached(e, &t, dev);
}

/* ---- file systems ---- */

int fs_failed(size_t index, const struct fs_request *fs, const char *on, const char *message)
{
    int error = errno;
    const char *hint = "";
    if (error == EPERM && strcmp(fs->type, "sysfs") == 0)
        hint = " (a user namespace needs a network namespace of its own for it, or a bind mount of /sys)";
    else if (error == EPERM && strcmp(fs->type, "proc") == 0)
        hint = " (a user namespace needs a pid namespace of its own and a /proc without masks for it)";
    else if (error == EINVAL && strcmp(fs->type, "devpts") == 0)
        hint = " (does the user namespace map the gid?)";
    else if (error == ENODEV)
        hint = " (this kernel does not know that file system)";
    return fail(error, "mounts[%zu]: mount %s on %s%s%s%s%s", index, fs->type, on, message ? " (" : "",
                message ? message : "", message ? ")" : "", hint);
}

/* The kernel says why only through fsopen(2): ask again, there. */
static int explain(const struct entry *e, const struct fs_request *fs)
{
    int error = errno;
    AUTO_TREE struct tree t = TREE_INIT;
    AUTO_FREE char *message = NULL;
    if (error == EINVAL)
        fs_open(&t, fs, &message);
    errno = error;
    return fs_failed(e->index, fs, e->m->destination, message);
}

/* runc's and crun's way: a tmpfs over something that is there takes its mode. */
static char *tmpfs_mode(const struct entry *e)
{
    struct stat st;
    const char *data = buf_str((struct buf *)&e->o.data);
    if (e->made || !str_eq(e->m->type, "tmpfs") || str_starts(data, "mode=") || strstr(data, ",mode="))
        return NULL;
    return fstat(e->place.fd, &st) < 0 ? NULL : xasprintf("mode=%04o", st.st_mode & 07777);
}

/* sysfs without a network namespace of one's own: the host's, and only if nothing can be written there. */
static int bind_sys(struct entry *e)
{
    AUTO_TREE struct tree t = TREE_INIT;
    if (tree_open(&t, AT_FDCWD, "/sys", true, false) < 0)
        return fail(errno, "mounts[%zu]: bind /sys", e->index);
    t.all.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    if (tree_attach(&t, &e->place) < 0)
        return fail(errno, "mounts[%zu]: bind /sys on %s", e->index, e->m->destination);
    return 0;
}

static int mount_directly(struct entry *e, const struct fs_request *fs)
{
    if (fs_mount(fs, e->place.fd) == 0)
        return 0;
    if (errno == EPERM && strcmp(fs->type, "sysfs") == 0 && e->r->own_user_ns && !e->r->own_net_ns &&
        (fs->flags & MS_RDONLY))
        return bind_sys(e);
    return explain(e, fs);
}

static int open_detached(struct entry *e, const struct fs_request *fs, struct tree *t)
{
    AUTO_FREE char *message = NULL;
    if (fs_open(t, fs, &message) == 0)
        return 0;
    if (errno != ENOSYS || e->o.tmpcopyup || e->r->running)
        return fs_failed(e->index, fs, e->m->destination, message);
    /* a kernel before 5.2: mount it and look it up again, in the root */
    TRY(mount_directly(e, fs));
    t->fd = path_try_in(e->place.root, e->place.path, O_PATH);
    return t->fd < 0 ? fail(errno, "mounts[%zu].destination: %s", e->index, e->m->destination) : 1;
}

static int mount_detached(struct entry *e, const struct fs_request *fs, bool readonly_later)
{
    AUTO_TREE struct tree t = TREE_INIT;
    int is_attached = open_detached(e, fs, &t);
    TRY(is_attached);
    if (e->o.tmpcopyup && copy_up(e->place.fd, t.fd) < 0)
        return fail_where("mounts[%zu]: tmpcopyup of %s", e->index, e->m->destination);
    if (!is_attached && tree_attach(&t, &e->place) < 0)
        return fail(errno, "mounts[%zu]: attach %s to %s", e->index, fs->type, e->m->destination);
    int ret = mount_set(t.fd, false, e->o.all);
    for (size_t i = 0; ret == 0 && i < e->o.n_propagation; i++)
        ret = mount_propagate(t.fd, e->o.propagation[i]);
    if (ret < 0)
        return fail(errno, "mounts[%zu].options: %s", e->index, e->m->destination);
    return attached(e, &t, readonly_later);
}

/* mqueue takes its SELinux label as an attribute, not as an option. */
static int label_mqueue(const struct entry *e)
{
    const char *label = e->r->spec->linux_ ? e->r->spec->linux_->mount_label : NULL;
    if (!label || !*label || !str_eq(e->m->type, "mqueue"))
        return 0;
    AUTO_FD int fd = path_open_in(e->place.root, e->place.path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0 || fsetxattr(fd, "security.selinux", label, strlen(label), 0) < 0)
        return fail(errno, "mounts[%zu]: label %s", e->index, e->m->destination);
    return 0;
}

static int mount_fs(struct entry *e)
{
    TRY(check_proc_place(e, NULL));
    TRY(open_place(e, true));
    const char *type = e->m->type ? e->m->type : "none";
    AUTO_FREE char *mode = tmpfs_mode(e);
    AUTO_FREE char *label = mount_label(e->r->spec, type);
    AUTO_FREE char *own = mount_data(mode, buf_str(&e->o.data));
    AUTO_FREE char *data = mount_data(own, label);
    const char *source = e->m->source && *e->m->source ? e->m->source : type;
    struct fs_request fs = {type, source, data, e->o.flags | (e->o.remount ? MS_REMOUNT : 0UL)};
    bool later = (fs.flags & MS_RDONLY) && !e->o.remount &&
                 (strcmp(type, "tmpfs") == 0 || strcmp(e->clean, "/dev") == 0);
    if (later)
        fs.flags &= ~(unsigned long)MS_RDONLY;
    bool detached = later || e->o.tmpcopyup || e->o.n_propagation || e->o.all.set || e->o.all.clr ||
                    strcmp(e->clean, "/") == 0 || e->r->running;
    if (detached && !e->o.remount)
        return mount_detached(e, &fs, later);
    TRY(mount_directly(e, &fs));
    return label_mqueue(e);
}

/* ---- all of them ---- */

int rootfs_mount_one(struct rootfs *r, size_t i)
{
    __attribute__((cleanup(entry_free))) struct entry e = {
        .r = r, .m = &r->spec->mounts.v[i], .index = i, .place.fd = -1};
    TRY(mount_options_parse(e.m, i, &e.o));
    e.clean = path_clean(e.m->destination);
    if (e.o.bind)
        return bind_one(&e);
    if (!str_eq(e.m->type, "cgroup"))
        return mount_fs(&e);
    TRY(open_place(&e, true));
    return mount_cgroups(r, i, &e.o, &e.place);
}

/* The sd_notify(3) socket's directory. */
static int mount_notify(struct rootfs *r)
{
    if (!r->notify_dir)
        return 0;
    AUTO_TREE struct tree t = TREE_INIT;
    AUTO_FD int fd = path_make_in(r->root_fd, "/run/notify", true);
    TRY(fd);
    struct place to = {r->root_fd, "/run/notify", fd};
    t.self.set = MOUNT_ATTR_RDONLY;
    if (tree_open(&t, AT_FDCWD, r->notify_dir, false, false) < 0 || tree_attach(&t, &to) < 0)
        return fail(errno, "/run/notify: bind %s", r->notify_dir);
    return 0;
}

int rootfs_mounts(struct rootfs *r)
{
    if (!r->own_mount_ns)
        return 0;
    for (size_t i = 0; i < r->spec->mounts.n; i++)
        TRY(rootfs_mount_one(r, i));
    return mount_notify(r);
}

/* ---- places only ---- */

bool mount_is_bind(const struct spec_mount *m)
{
    for (size_t i = 0; i < m->options.n; i++)
        if (str_eq(m->options.v[i], "bind") || str_eq(m->options.v[i], "rbind"))
            return true;
    return str_eq(m->type, "bind");
}

/* Mounted are those that later places may lie in. */
static int make_place(struct rootfs *r, size_t i)
{
    static const char *const types[] = {"tmpfs", "proc", "sysfs", "devpts"};
    const struct spec_mount *m = &r->spec->mounts.v[i];
    bool mounted = mount_is_bind(m);
    for (size_t k = 0; k < ARRAY_LEN(types); k++)
        mounted = mounted || str_eq(m->type, types[k]);
    if (mounted)
        return rootfs_mount_one(r, i);
    __attribute__((cleanup(entry_free))) struct entry e = {.r = r, .m = m, .index = i, .place.fd = -1};
    TRY(mount_options_parse(m, i, &e.o));
    e.clean = path_clean(m->destination);
    return open_place(&e, true);
}

int rootfs_make_places(struct rootfs *r)
{
    TRY(rootfs_make_private(r));
    TRY(rootfs_bind_root(r));
    for (size_t i = 0; i < r->spec->mounts.n; i++)
        TRY(make_place(r, i));
    return rootfs_devices(r);
}
