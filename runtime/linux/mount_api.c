/* Mounts as file descriptors: a tree is copied or made, gets its attributes while nobody can see it, and is
 * then attached to a place by fd (open_tree(2), fsopen(2), mount_setattr(2), move_mount(2)).
 *
 * Kernels before 5.2 lack the first two, those before 5.12 mount_setattr(2), and a seccomp profile of an
 * outer container may refuse them. Then the same is done with mount(2) on "self/fd/N" of the verified procfs,
 * seen from its root as working directory, so that it also works when the container's /proc is the only one.
 */
#include "linux/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "linux/paths.h"

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

bool mount_api_missing;

static bool missing(int error)
{
    return error == ENOSYS || (mount_api_missing && error == 0);
}

static int no_call(void)
{
    errno = ENOSYS;
    return -1;
}

/* mount(2) with the target (and, if from >= 0, the source) given as fds. */
static int mount_by_fd(int from, const char *source, int to, const char *type, unsigned long flags,
                       const char *data)
{
    char from_path[32], to_path[32];
    snprintf(from_path, sizeof(from_path), "self/fd/%d", from);
    snprintf(to_path, sizeof(to_path), "self/fd/%d", to);
    AUTO_FD int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int proc = proc_root();
    if (proc < 0 || fchdir(proc) < 0)
        return -1;
    int ret = mount(from >= 0 ? from_path : source, to_path, type, flags, data);
    int saved = errno;
    if (cwd >= 0 && fchdir(cwd) < 0)
        return -1;
    errno = saved;
    return ret;
}

/* ---- attributes ---- */

static int set_attr(int fd, bool recursive, struct mount_attr *attr)
{
    if (mount_api_missing)
        return no_call();
    return mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), attr, sizeof(*attr));
}

static const struct {
    uint64_t attr;
    unsigned long ms, st; /* statvfs(3)'s flags have the values of include/linux/statfs.h */
} flag_names[] = {
    {MOUNT_ATTR_RDONLY, MS_RDONLY, 0x0001},
    {MOUNT_ATTR_NOSUID, MS_NOSUID, 0x0002},
    {MOUNT_ATTR_NODEV, MS_NODEV, 0x0004},
    {MOUNT_ATTR_NOEXEC, MS_NOEXEC, 0x0008},
    {MOUNT_ATTR_NOATIME, MS_NOATIME, 0x0400},
    {MOUNT_ATTR_NODIRATIME, MS_NODIRATIME, 0x0800},
    {0, MS_RELATIME, 0x1000},
    {MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW, 0x2000},
};

/* mount_setattr(2) by remounting: the flags that are there, with those cleared and set that are asked for. */
static int remount_attr(int fd, bool recursive, struct attrs a)
{
    struct statfs fs;
    if (recursive)
        return no_call(); /* a tree cannot be changed at once without mount_setattr(2) */
    if (fstatfs(fd, &fs) < 0)
        return -1;
    unsigned long flags = MS_REMOUNT | MS_BIND;
    for (size_t i = 0; i < ARRAY_LEN(flag_names); i++) {
        bool atime = flag_names[i].ms & (MS_NOATIME | MS_RELATIME);
        bool on = (unsigned long)fs.f_flags & flag_names[i].st;
        if (flag_names[i].attr & a.clr || (atime && a.clr & MOUNT_ATTR__ATIME))
            on = false;
        if (flag_names[i].attr & a.set)
            on = true;
        flags |= on ? flag_names[i].ms : 0;
    }
    if (a.set & MOUNT_ATTR_STRICTATIME)
        flags |= MS_STRICTATIME;
    else if (!(flags & (MS_NOATIME | MS_RELATIME)))
        flags |= a.clr & MOUNT_ATTR__ATIME ? MS_RELATIME : MS_STRICTATIME;
    return mount_by_fd(-1, NULL, fd, NULL, flags, NULL);
}

int mount_set(int fd, bool recursive, struct attrs a)
{
    struct mount_attr attr = {.attr_set = a.set, .attr_clr = a.clr};
    if (a.set == 0 && a.clr == 0)
        return 0;
    int ret = set_attr(fd, recursive, &attr);
    return ret < 0 && missing(errno) ? remount_attr(fd, recursive, a) : ret;
}

int mount_propagate(int fd, unsigned long ms_flags)
{
    struct mount_attr attr = {.propagation = ms_flags & ~0x4000UL};
    int ret = set_attr(fd, ms_flags & MS_REC, &attr);
    return ret < 0 && missing(errno) ? mount_by_fd(-1, NULL, fd, NULL, ms_flags, NULL) : ret;
}

/* statx(2), whose struct neither libc of ours has for all that is needed here. */
uint64_t mount_id(int fd)
{
    enum { MASK = 0, ATTRIBUTES = 1, ID = 18, MNT_ID = 0x1000, MNT_ID_UNIQUE = 0x4000, MOUNT_ROOT = 0x2000 };
    uint64_t st[32] = {0}; /* struct statx in 64-bit words; stx_mask is the lower half of the first */
    uint32_t mask;
    if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, MNT_ID_UNIQUE, st) < 0)
        return 0;
    memcpy(&mask, &st[MASK], sizeof(mask));
    if (!(mask & MNT_ID_UNIQUE) && syscall(SYS_statx, fd, "", AT_EMPTY_PATH, MNT_ID, st) < 0)
        return 0;
    memcpy(&mask, &st[MASK], sizeof(mask));
    return (mask & (MNT_ID | MNT_ID_UNIQUE)) && (st[ATTRIBUTES] & MOUNT_ROOT) ? st[ID] : 0;
}

int mount_detach(int fd)
{
    char path[32];
    snprintf(path, sizeof(path), "self/fd/%d", fd);
    int proc = proc_root();
    if (proc < 0 || fchdir(proc) < 0)
        return -1;
    return umount2(path, MNT_DETACH);
}

/* ---- trees ---- */

int tree_open(struct tree *t, int dirfd, const char *path, bool recursive, bool nofollow)
{
    unsigned at = (*path ? 0 : AT_EMPTY_PATH) | (nofollow ? AT_SYMLINK_NOFOLLOW : 0);
    t->recursive = recursive;
    t->plain = t->slave = false;
    t->fd = mount_api_missing
                ? no_call()
                : open_tree(dirfd, path,
                            OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | at | (recursive ? AT_RECURSIVE : 0));
    if (t->fd < 0 && missing(errno)) {
        t->plain = true;
        t->fd = *path ? openat(dirfd, path, O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0))
                      : fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
    }
    return t->fd < 0 ? -1 : 0;
}

int tree_idmap(const struct tree *t, bool recursive, int userns_fd)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)userns_fd};
    return t->plain ? no_call() : set_attr(t->fd, recursive, &attr);
}

/* Everything in one call where the tree is one mount; recursive parts apart where it is not. */
static int tree_prepare(struct tree *t)
{
    if (t->slave)
        TRY(mount_propagate(t->fd, MS_REC | MS_SLAVE));
    t->slave = false;
    TRY(mount_set(t->fd, false, t->self));
    TRY(mount_set(t->fd, t->recursive, t->all));
    for (size_t i = 0; i < t->n_propagation; i++)
        TRY(mount_propagate(t->fd, t->propagation[i]));
    t->self = t->all = (struct attrs){0};
    t->n_propagation = 0;
    return 0;
}

static int plain_attach(struct tree *t, const struct place *to)
{
    TRY(mount_by_fd(t->fd, NULL, to->fd, NULL, MS_BIND | (t->recursive ? MS_REC : 0UL), NULL));
    close(t->fd);
    /* what is on top of the place can only be had by looking it up again, in the root */
    t->fd = path_try_in(to->root, to->path, O_PATH);
    if (t->fd < 0)
        return -1;
    t->plain = false;
    return tree_prepare(t);
}

bool tree_can_set(void)
{
    static int known = -1;
    struct mount_attr nothing = {0};
    if (known < 0)
        known = set_attr(-1, false, &nothing) == 0 || errno != ENOSYS;
    return known;
}

int tree_attach(struct tree *t, const struct place *to)
{
    if (t->plain)
        return plain_attach(t, to);
    bool asked = t->slave || t->self.set || t->self.clr || t->all.set || t->all.clr || t->n_propagation;
    bool first = !asked || tree_can_set(); /* else attributes need a mount that is attached */
    if (first)
        TRY(tree_prepare(t));
    TRY(move_mount(t->fd, "", to->fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
    return first ? 0 : tree_prepare(t);
}

void tree_close(struct tree *t)
{
    auto_close_fd(&t->fd);
    t->fd = -1;
}

/* ---- new file systems ---- */

/* The next option of mount data: ends at a comma that is neither quoted nor escaped. */
static char *next_option(const char **data)
{
    const char *s = *data, *p = s;
    bool quoted = false;
    for (; *p && (*p != ',' || quoted); p++) {
        if (*p == '"')
            quoted = !quoted;
        else if (*p == '\\' && p[1])
            p++;
    }
    *data = *p ? p + 1 : p;
    return xstrndup(s, (size_t)(p - s));
}

static int configure_data(int fs, const char *data)
{
    while (data && *data) {
        AUTO_FREE char *option = next_option(&data);
        char *value = strchr(option, '=');
        if (!*option)
            continue;
        if (!value) {
            TRY(fsconfig(fs, FSCONFIG_SET_FLAG, option, NULL, 0));
            continue;
        }
        *value++ = '\0';
        size_t n = strlen(value);
        if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
            value[n - 1] = '\0';
            value++;
        }
        TRY(fsconfig(fs, FSCONFIG_SET_STRING, option, value, 0));
    }
    return 0;
}

/* The flags that are the superblock's, not the mount's: fs_context's common words. */
static int configure_flags(int fs, unsigned long flags)
{
    static const struct {
        unsigned long ms;
        const char *word;
    } words[] = {
        {MS_SYNCHRONOUS, "sync"}, {MS_DIRSYNC, "dirsync"}, {MS_MANDLOCK, "mand"}, {MS_LAZYTIME, "lazytime"}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (flags & words[i].ms)
            TRY(fsconfig(fs, FSCONFIG_SET_FLAG, words[i].word, NULL, 0));
    }
    return 0;
}

/* fsopen(2): reading the fd gives messages such as "e tmpfs: Bad value for 'size'". */
static char *fs_message(int fs)
{
    char text[512];
    ssize_t n = read(fs, text, sizeof(text) - 1);
    if (n <= 2)
        return NULL;
    while (n > 0 && text[n - 1] == '\n')
        n--;
    text[n] = '\0';
    return xstrdup(text[1] == ' ' ? text + 2 : text);
}

static int fs_create(int fs, const struct fs_request *want)
{
    if (want->source && fsconfig(fs, FSCONFIG_SET_STRING, "source", want->source, 0) < 0)
        return -1;
    TRY(configure_data(fs, want->data));
    TRY(configure_flags(fs, want->flags));
    return fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

int fs_open(struct tree *t, const struct fs_request *want, char **message)
{
    *t = (struct tree)TREE_INIT;
    *message = NULL;
    if (mount_api_missing)
        return no_call();
    AUTO_FD int fs = fsopen(want->type, FSOPEN_CLOEXEC);
    if (fs < 0)
        return -1;
    if (fs_create(fs, want) < 0) {
        int saved = errno;
        *message = fs_message(fs);
        errno = saved;
        return -1;
    }
    t->fd = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attrs_of_flags(want->flags));
    return t->fd < 0 ? -1 : 0;
}

int fs_mount(const struct fs_request *fs, int fd)
{
    struct fd_path target = fd_path(fd);
    const char *data = fs->data && *fs->data ? fs->data : NULL;
    if (mount_api_missing)
        return mount_by_fd(-1, fs->source, fd, fs->type, fs->flags, data);
    return mount(fs->source, target.s, fs->type, fs->flags, data);
}
