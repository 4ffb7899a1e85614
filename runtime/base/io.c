/* Whole files and whole writes: see io.h. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"

static ssize_t read_some(int fd, void *to, size_t len)
{
    ssize_t n;
    do
        n = read(fd, to, len);
    while (n < 0 && errno == EINTR);
    return n;
}

int read_to_end(int fd, size_t max, struct buf *out)
{
    char first[4000]; /* most files are small: no memory is taken that they do not fill */
    size_t start = out->len;
    ssize_t n = read_some(fd, first, sizeof(first));
    if (n >= 0)
        buf_add(out, first, (size_t)n);
    while (n > 0 && out->len - start <= max) {
        buf_reserve(out, 1);
        n = read_some(fd, out->data + out->len, out->cap - out->len - 1);
        out->len += n > 0 ? (size_t)n : 0;
        if (out->len + 1 == out->cap)
            buf_reserve(out, out->cap);
    }
    if (n < 0)
        return -1;
    out->data[out->len] = '\0';
    errno = EFBIG;
    return out->len - start > max ? -1 : 0;
}

int read_fd(int fd, size_t max, struct buf *out)
{
    if (read_to_end(fd, max, out) == 0)
        return 0;
    return errno == EFBIG ? fail(0, "larger than %zu bytes", max) : fail(errno, "read");
}

int read_file_at(int dirfd, const char *path, size_t max, struct buf *out)
{
    AUTO_FD int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(errno, "open %s", path);
    if (read_fd(fd, max, out) < 0)
        return fail_where("%s", path);
    return 0;
}

int write_fd(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(errno, "write");
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int write_file_at(int dirfd, const char *path, int flags, mode_t mode, const void *data, size_t len)
{
    AUTO_FD int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | flags, mode);
    if (fd < 0)
        return fail(errno, "open %s", path);
    ssize_t n;
    do
        n = write(fd, data, len);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail(errno, "write %s", path);
    if ((size_t)n < len && write_fd(fd, (const char *)data + n, len - (size_t)n) < 0)
        return fail_where("%s", path);
    return 0;
}

int write_file_atomic_at(int dirfd, const char *path, mode_t mode, const void *data, size_t len)
{
    AUTO_FREE char *tmp = xasprintf("%s.tmp%d", path, (int)getpid());
    unlinkat(dirfd, tmp, 0); /* left by an earlier process with this pid that was killed */
    if (write_file_at(dirfd, tmp, O_CREAT | O_EXCL, mode, data, len) < 0) {
        unlinkat(dirfd, tmp, 0);
        return -1;
    }
    if (renameat(dirfd, tmp, dirfd, path) < 0) {
        int saved = errno;
        unlinkat(dirfd, tmp, 0);
        return fail(saved, "rename %s to %s", tmp, path);
    }
    return 0;
}

int make_dirs(const char *path, mode_t mode)
{
    AUTO_FREE char *copy = xstrdup(path);
    for (char *slash = copy + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(copy, mode) < 0 && errno != EEXIST)
            return fail(errno, "mkdir %s", copy);
        *slash = '/';
    }
    if (mkdir(copy, mode) < 0 && errno != EEXIST)
        return fail(errno, "mkdir %s", copy);
    return 0;
}

static int remove_entry(int dirfd, const char *name, dev_t dev);

static int remove_children(int fd, dev_t dev)
{
    AUTO_DIR DIR *dir = fdopendir(fd);
    if (!dir) {
        int saved = errno;
        close(fd);
        return fail(saved, "opendir");
    }
    struct dirent *e;
    while ((e = readdir(dir))) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        TRY(remove_entry(dirfd(dir), e->d_name, dev));
    }
    return 0;
}

static int remove_entry(int dirfd, const char *name, dev_t dev)
{
    if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return fail(errno, "remove %s", name);
    int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(errno, "remove %s", name);
    struct stat st;
    if (fstat(fd, &st) < 0 || (dev && st.st_dev != dev)) {
        close(fd);
        return fail(0, "remove %s: something is mounted there", name);
    }
    if (remove_children(fd, st.st_dev) < 0)
        return fail_where("%s", name);
    if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return fail(errno, "rmdir %s", name);
    return 0;
}

int remove_tree_at(int dirfd, const char *name)
{
    return remove_entry(dirfd, name, 0);
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

uint64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

uint64_t boot_ns(void)
{
    return clock_ns(CLOCK_BOOTTIME);
}
