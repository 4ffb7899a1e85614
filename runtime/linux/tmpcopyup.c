/* tmpcopyup: what the image has at a mount point is copied into the new tmpfs before that is attached. By
 * fds, without following a link; owner, mode, times and links are kept. */
#include "linux/mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"

enum {
    MAX_DEPTH = 64,
    RECORDED = -2 /* failed, and the error says where; -1 is errno alone */
};

static int copy_directory(int from, int to, unsigned depth);

/* Owner before mode: chown(2) clears the set-user-ID bit. */
static int copy_attributes(int to, const char *name, const struct stat *st)
{
    struct timespec times[2] = {st->st_atim, st->st_mtim};
    if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    if (!S_ISLNK(st->st_mode) && fchmodat(to, name, st->st_mode & 07777, 0) < 0)
        return -1;
    return utimensat(to, name, times, AT_SYMLINK_NOFOLLOW);
}

static int copy_file(int from, int to, const char *name, const struct stat *st)
{
    AUTO_FD int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    AUTO_FD int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (in < 0 || out < 0)
        return -1;
    for (off_t left = st->st_size; left > 0;) {
        ssize_t n = sendfile(out, in, NULL, (size_t)left);
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        left -= n;
    }
    return 0;
}

static int copy_link(int from, int to, const char *name)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);
    if (n < 0)
        return -1;
    target[n] = '\0';
    return symlinkat(target, to, name);
}

static int copy_subdirectory(int from, int to, const char *name, unsigned depth)
{
    AUTO_FD int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (in < 0 || mkdirat(to, name, 0700) < 0)
        return -1;
    AUTO_FD int out = openat(to, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (out < 0)
        return -1;
    return copy_directory(in, out, depth + 1);
}

static int copy_entry(int from, int to, const char *name, unsigned depth)
{
    struct stat st;
    int ret;
    TRY(fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW));
    switch (st.st_mode & S_IFMT) {
    case S_IFDIR:
        ret = copy_subdirectory(from, to, name, depth);
        break;
    case S_IFREG:
        ret = copy_file(from, to, name, &st);
        break;
    case S_IFLNK:
        ret = copy_link(from, to, name);
        break;
    case S_IFSOCK:
        return 0; /* nobody listens on it */
    default:
        ret = mknodat(to, name, st.st_mode, st.st_rdev);
    }
    return ret < 0 ? ret : copy_attributes(to, name, &st);
}

static int copy_directory(int from, int to, unsigned depth)
{
    if (depth > MAX_DEPTH) {
        errno = ELOOP;
        return -1;
    }
    AUTO_FD int again = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_DIR DIR *dir = again < 0 ? NULL : fdopendir(again);
    if (!dir)
        return -1;
    again = -1; /* dir owns it */
    struct dirent *d;
    while (errno = 0, (d = readdir(dir))) {
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        int ret = copy_entry(dirfd(dir), to, d->d_name, depth);
        if (ret < 0) {
            ret == RECORDED ? fail_where("%s", d->d_name) : fail(errno, "%s", d->d_name);
            return RECORDED;
        }
    }
    return errno ? -1 : 0;
}

int copy_up(int from, int to)
{
    struct stat st;
    int ret = copy_directory(from, to, 0);
    if (ret < 0)
        return ret == RECORDED ? -1 : fail(errno, "read the directory");
    if (fstat(from, &st) < 0 || fchownat(to, ".", st.st_uid, st.st_gid, 0) < 0)
        return fail(errno, "owner of the directory");
    return 0;
}
