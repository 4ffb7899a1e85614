/* Opening paths below a directory that somebody else may be changing, and files of a /proc that nobody can
 * have changed: see paths.h.
 *
 * path_open_in() is one openat2(2). Where that is missing, and where something has to be created, walk() goes
 * through the path itself: it keeps an fd of every directory from the root down, so that ".." is a step back
 * in its own list and never a question to the file system, and it opens each name with O_NOFOLLOW. Whatever
 * is renamed meanwhile, an fd in the list was reached from the root by names alone. */
#include "linux/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"

enum {
    MAX_LINKS = 40,   /* as the kernel's MAXSYMLINKS */
    MAX_DEPTH = 128,  /* open directories at a time */
    MAX_AGAIN = 32,   /* openat2(2) says EAGAIN while somebody renames; then we walk */
    PROC_ROOT_INO = 1 /* include/linux/proc_ns.h: only the root of a procfs has it */
};

bool path_walk_only;

static int open_how(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
                           .mode = flags & O_CREAT ? mode : 0,
                           .resolve = resolve};
    if (path_walk_only) {
        errno = ENOSYS;
        return -1;
    }
    for (int i = 0; i < MAX_AGAIN; i++) {
        int fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            return fd;
    }
    return -1;
}

/* ---- the walk ---- */

struct walk {
    int fds[MAX_DEPTH]; /* directories below the root, down to where we are */
    size_t depth;
    int root;
    struct buf rest; /* what is still to be walked */
    size_t at;
    unsigned links;
    bool create, directory;  /* make what is missing; the last one as a directory */
    char name[NAME_MAX + 1]; /* the last component walked */
};

static int walk_here(const struct walk *w)
{
    return w->depth ? w->fds[w->depth - 1] : w->root;
}

static void walk_up(struct walk *w, size_t depth)
{
    while (w->depth > depth)
        close(w->fds[--w->depth]);
}

static void walk_free(struct walk *w)
{
    int saved = errno;
    walk_up(w, 0);
    buf_free(&w->rest);
    errno = saved;
}
#define AUTO_WALK __attribute__((cleanup(walk_free)))

static int set_errno(int e)
{
    errno = e;
    return -1;
}

/* Takes the next component into w->name: 1, or 0 at the end. */
static int walk_next(struct walk *w)
{
    const char *s = w->rest.data ? w->rest.data + w->at : "";
    while (*s == '/')
        s++;
    size_t n = strcspn(s, "/");
    if (n == 0)
        return 0;
    if (n > NAME_MAX)
        return set_errno(ENAMETOOLONG);
    memcpy(w->name, s, n);
    w->name[n] = '\0';
    w->at = (size_t)(s - w->rest.data) + n;
    return 1;
}

static bool walk_is_last(const struct walk *w)
{
    const char *s = w->rest.data + w->at;
    return s[strspn(s, "/")] == '\0';
}

/* Opens w->name where we are, creating it if so asked. */
static int walk_open(struct walk *w)
{
    for (int i = 0; i < MAX_AGAIN; i++) {
        int here = walk_here(w);
        int fd = openat(here, w->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0 || errno != ENOENT || !w->create)
            return fd;
        bool file = !w->directory && walk_is_last(w);
        int made = file ? mknodat(here, w->name, S_IFREG | 0644, 0) : mkdirat(here, w->name, 0755);
        if (made < 0 && errno != EEXIST)
            return -1;
    }
    return set_errno(EAGAIN); /* somebody keeps removing it */
}

/* Puts the target of the link fd in front of what is left to walk. */
static int walk_link(struct walk *w, int fd)
{
    char target[PATH_MAX];
    if (++w->links > MAX_LINKS)
        return set_errno(ELOOP);
    ssize_t n = readlinkat(fd, "", target, sizeof(target));
    if (n < 0)
        return -1;
    if (n == 0 || n == (ssize_t)sizeof(target))
        return set_errno(n ? ENAMETOOLONG : ENOENT);
    struct buf rest = BUF_INIT;
    buf_add(&rest, target, (size_t)n);
    buf_adds(&rest, w->rest.data + w->at);
    buf_free(&w->rest);
    w->rest = rest;
    w->at = 0;
    if (target[0] == '/')
        walk_up(w, 0);
    return 0;
}

/* Takes one component that was opened as *fd: 1 means that it is the end of the path and no directory. */
static int walk_step(struct walk *w, int *fd, bool nofollow)
{
    struct stat st;
    if (fstat(*fd, &st) < 0)
        return -1;
    if (S_ISLNK(st.st_mode) && !(nofollow && walk_is_last(w)))
        return walk_link(w, *fd);
    if (!S_ISDIR(st.st_mode)) {
        const char *more = w->rest.data + w->at;
        return *more ? set_errno(ENOTDIR) : 1;
    }
    if (w->depth == MAX_DEPTH)
        return set_errno(ENAMETOOLONG);
    w->fds[w->depth++] = take_fd(fd);
    return 0;
}

/* Walks path; the result is an O_PATH fd, and w stands in its parent (or on it, if it is a directory:
 * *is_dir). With O_CREAT wanted by the caller a missing last component gives -1 with ENOENT and w in its
 * parent. */
static int walk(struct walk *w, const char *path, bool nofollow, bool *is_dir)
{
    buf_adds(&w->rest, path);
    *is_dir = true;
    for (;;) {
        int more = walk_next(w);
        if (more < 0)
            return -1;
        if (more == 0)
            return openat(walk_here(w), ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (strcmp(w->name, ".") == 0)
            continue;
        if (strcmp(w->name, "..") == 0) {
            walk_up(w, w->depth ? w->depth - 1 : 0);
            continue;
        }
        AUTO_FD int fd = walk_open(w);
        if (fd < 0)
            return -1;
        int end = walk_step(w, &fd, nofollow);
        if (end < 0)
            return -1;
        if (end > 0) {
            *is_dir = false;
            return take_fd(&fd);
        }
    }
}

/* openat(2) in the root by walking. */
static int walk_and_open(int rootfd, const char *path, int flags, mode_t mode)
{
    AUTO_WALK struct walk w = {.root = rootfd};
    bool is_dir;
    AUTO_FD int fd = walk(&w, path, flags & O_NOFOLLOW, &is_dir);
    if (fd < 0) {
        if (errno == ENOENT && (flags & O_CREAT) && w.rest.data && walk_is_last(&w))
            return openat(walk_here(&w), w.name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
        return -1;
    }
    if (!is_dir && (flags & O_DIRECTORY))
        return set_errno(ENOTDIR);
    if (flags & O_PATH)
        return take_fd(&fd);
    if (is_dir)
        return openat(fd, ".", flags | O_CLOEXEC, mode);
    return openat(walk_here(&w), w.name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
}

/* ---- paths in a root ---- */

static bool must_walk(int error)
{
    /* EPERM: a seccomp profile of an outer container that does not know openat2(2); EAGAIN: renames */
    return error == ENOSYS || error == EPERM || error == EAGAIN;
}

static int open_in(int rootfd, const char *path, int flags, mode_t mode)
{
    int fd = open_how(rootfd, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    if (fd < 0 && must_walk(errno))
        fd = walk_and_open(rootfd, path, flags, mode);
    return fd;
}

int path_try_in(int rootfd, const char *path, int flags)
{
    return open_in(rootfd, path, flags, 0);
}

int path_open_in(int rootfd, const char *path, int flags, mode_t mode)
{
    int fd = open_in(rootfd, path, flags, mode);
    return fd >= 0 ? fd : fail(errno, "%s", path);
}

/* Where the last component of path begins, its length in *n; trailing slashes do not count. */
static size_t last_component(const char *path, size_t *n)
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    *n = end - start;
    return start;
}

static bool is_name(const char *s, size_t n)
{
    return n > 0 && n <= NAME_MAX && !(s[0] == '.' && (n == 1 || (n == 2 && s[1] == '.')));
}

/* What is usually missing is the last component alone: without a walk. -1 with EEXIST or ENOENT: walk. */
static int make_last(int rootfd, const char *path, bool directory)
{
    size_t n, start = last_component(path, &n);
    if (!is_name(path + start, n))
        return set_errno(ENOENT);
    AUTO_FREE char *dir = xstrndup(path, start), *name = xstrndup(path + start, n);
    AUTO_FD int parent = open_in(rootfd, *dir ? dir : "/", O_PATH | O_DIRECTORY, 0);
    if (parent < 0)
        return -1;
    int made = directory ? mkdirat(parent, name, 0755) : mknodat(parent, name, S_IFREG | 0644, 0);
    if (made < 0)
        return -1;
    AUTO_FD int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return -1;
    return S_ISLNK(st.st_mode) ? set_errno(EEXIST) : take_fd(&fd); /* exchanged meanwhile */
}

int path_ensure_in(int rootfd, const char *path, bool directory, bool *made)
{
    int fd = open_in(rootfd, path, O_PATH, 0);
    *made = fd < 0;
    if (fd < 0 && errno == ENOENT)
        fd = make_last(rootfd, path, directory);
    if (fd < 0 && (errno == ENOENT || errno == EEXIST)) {
        AUTO_WALK struct walk w = {.root = rootfd, .create = true, .directory = directory};
        bool is_dir;
        fd = walk(&w, path, false, &is_dir);
    }
    return fd >= 0 ? fd : fail(errno, "%s", path);
}

int path_make_in(int rootfd, const char *path, bool directory)
{
    bool made;
    return path_ensure_in(rootfd, path, directory, &made);
}

int path_parent_in(int rootfd, const char *path, char **name)
{
    size_t n, start = last_component(path, &n);
    if (!is_name(path + start, n))
        return fail(EINVAL, "%s: does not end in a name", path);
    AUTO_FREE char *dir = xstrndup(path, start);
    AUTO_FD int fd = path_make_in(rootfd, *dir ? dir : "/", true);
    TRY(fd);
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode))
        return fail(ENOTDIR, "%s", dir);
    *name = xstrndup(path + start, n);
    return take_fd(&fd);
}

char *path_clean(const char *path)
{
    struct buf out = BUF_INIT;
    while (*path) {
        path += strspn(path, "/");
        size_t n = strcspn(path, "/");
        if (n == 2 && memcmp(path, "..", 2) == 0) {
            while (out.len > 0 && out.data[--out.len] != '/')
                ;
        } else if (n > 0 && !(n == 1 && *path == '.')) {
            buf_addc(&out, '/');
            buf_add(&out, path, n);
        }
        path += n;
    }
    if (out.len == 0)
        buf_addc(&out, '/');
    out.data[out.len] = '\0';
    return buf_take(&out);
}

struct fd_path fd_path(int fd)
{
    struct fd_path p;
    snprintf(p.s, sizeof(p.s), "/proc/self/fd/%d", fd);
    return p;
}

/* ---- /proc ---- */

static int proc_fd = -1;
static bool proc_is_private;

static bool is_procfs_root(int fd)
{
    struct statfs fs;
    struct stat st;
    return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC && fstat(fd, &st) == 0 &&
           st.st_ino == PROC_ROOT_INO;
}

/* A procfs of our own that is mounted nowhere: fsopen(2). */
static int open_private_proc(void)
{
    AUTO_FD int fs = fsopen("proc", FSOPEN_CLOEXEC);
    if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    return fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

int proc_root(void)
{
    if (proc_fd >= 0)
        return proc_fd;
    AUTO_FD int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || !is_procfs_root(fd)) {
        if (fd >= 0)
            close(take_fd(&fd));
        fd = open_private_proc();
        if (fd < 0)
            return fail(errno, "/proc: no procfs is mounted there, and a private one cannot be had");
        proc_is_private = true;
    }
    return proc_fd = take_fd(&fd);
}

void proc_close(void)
{
    if (proc_fd >= 0)
        close(proc_fd);
    proc_fd = -1;
    proc_is_private = false;
}

/* Where openat2(2) is missing: every component is opened by itself, must be procfs and, except "self" and
 * "thread-self" at the start, no link. */
static int proc_walk(int root, const char *path, int flags)
{
    AUTO_FD int here = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char name[NAME_MAX + 1], target[64];
    bool first = true;
    while (here >= 0) {
        size_t n = strcspn(path, "/");
        if (n == 0 || n > NAME_MAX)
            return set_errno(n ? ENAMETOOLONG : ENOENT);
        memcpy(name, path, n);
        name[n] = '\0';
        if (strcmp(name, "..") == 0)
            return set_errno(EXDEV);
        path += n + (path[n] == '/');
        if (first && strcmp(name, "self") == 0) {
            ssize_t got = readlinkat(here, name, target, sizeof(target) - 1);
            if (got <= 0)
                return -1;
            memcpy(name, target, (size_t)got);
            name[got] = '\0';
        }
        first = false;
        int how = *path ? O_PATH | O_DIRECTORY : flags;
        int next = openat(here, name, how | O_NOFOLLOW | O_CLOEXEC);
        close(take_fd(&here));
        here = next;
        struct statfs fs;
        if (here >= 0 && (fstatfs(here, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC))
            return set_errno(EXDEV);
        if (!*path)
            break;
    }
    return take_fd(&here);
}

static int proc_open_at(int root, const char *path, int flags)
{
    int fd = open_how(root, path, flags, 0, RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS);
    if (fd < 0 && must_walk(errno)) {
        int first = errno;
        fd = proc_walk(root, path, flags);
        if (fd < 0 && first == EPERM)
            errno = EPERM;
    }
    return fd;
}

int proc_open(const char *path, int flags)
{
    int root = proc_root();
    TRY(root);
    int fd = proc_open_at(root, path, flags);
    if (fd < 0 && !proc_is_private && (errno == EXDEV || errno == EROFS)) {
        /* something is mounted over that part of the host's /proc */
        int saved = errno, own = open_private_proc();
        if (own >= 0) {
            close(proc_fd);
            proc_fd = own;
            proc_is_private = true;
            fd = proc_open_at(own, path, flags);
        } else {
            errno = saved;
        }
    }
    return fd >= 0 ? fd : fail(errno, "/proc/%s", path);
}

int proc_write(const char *path, const char *text)
{
    AUTO_FD int fd = proc_open(path, O_WRONLY);
    TRY(fd);
    /* one write(2): these files take their value whole */
    ssize_t n = write(fd, text, strlen(text));
    if (n < 0)
        return fail(errno, "/proc/%s", path);
    if ((size_t)n != strlen(text))
        return fail(EIO, "/proc/%s: short write", path);
    return 0;
}
