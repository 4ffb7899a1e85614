/* Describes a root file system in text, one line an entry, in byte order of names within a directory:
 *
 *     d 0755 usr/lib
 *     f 0644 1234 <sha256> usr/lib/os.py
 *     l python3.11 usr/bin/python3
 *
 * Blanks, control characters and backslashes in names are written as \ooo. Times and owners are left out:
 * equal contents make an equal manifest. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "rootfs-tools/root_store.h"

#define MAX_DEPTH 100

static void add_name(struct buf *out, const char *name)
{
    for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
        if (*p <= ' ' || *p == '\\' || *p == 0x7f)
            buf_printf(out, "\\%03o", *p);
        else
            buf_addc(out, (char)*p);
    }
}

static int hash_file(int dir, const char *name, const struct stat *st, char hex[SHA256_HEX])
{
    struct sha256 s;
    sha256_init(&s);
    AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return fail(errno, "open %s", name);
    if (st->st_size > 0) {
        void *bytes = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes == MAP_FAILED)
            return fail(errno, "map %s", name);
        sha256_update(&s, bytes, (size_t)st->st_size);
        munmap(bytes, (size_t)st->st_size);
    }
    sha256_hex(&s, hex);
    return 0;
}

static int describe_directory(int fd, const char *path, int depth, struct buf *out, uint64_t *size);

static int describe(int dir, const char *name, const char *path, int depth, struct buf *out, uint64_t *size)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(errno, "%s", path);
    if (S_ISREG(st.st_mode)) {
        char hex[SHA256_HEX];
        if (hash_file(dir, name, &st, hex) < 0)
            return fail_where("%s", path);
        *size += (uint64_t)st.st_size;
        buf_printf(out, "f %04o %lld %s ", st.st_mode & 07777, (long long)st.st_size, hex);
    } else if (S_ISLNK(st.st_mode)) {
        char target[4096];
        ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);
        if (n < 0)
            return fail(errno, "%s", path);
        target[n] = '\0';
        buf_adds(out, "l ");
        add_name(out, target);
        buf_addc(out, ' ');
    } else if (S_ISDIR(st.st_mode)) {
        buf_printf(out, "d %04o ", st.st_mode & 07777);
    } else {
        return fail(0, "%s: neither a file, a directory nor a symbolic link", path);
    }
    add_name(out, path);
    buf_addc(out, '\n');
    if (!S_ISDIR(st.st_mode))
        return 0;
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? fail(errno, "open %s", path) : describe_directory(fd, path, depth + 1, out, size);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes the fd. */
static int describe_directory(int fd, const char *path, int depth, struct buf *out, uint64_t *size)
{
    AUTO_DIR DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return fail(errno, "%s", path);
    }
    if (depth > MAX_DEPTH)
        return fail(0, "%s: too many directories deep", path);
    char **names = NULL;
    size_t n = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        names = xrealloc(names, n + 1, sizeof(*names));
        names[n++] = xstrdup(e->d_name);
    }
    if (n)
        qsort(names, n, sizeof(*names), compare);
    int r = 0;
    for (size_t i = 0; i < n; i++) {
        AUTO_FREE char *below = *path ? xasprintf("%s/%s", path, names[i]) : xstrdup(names[i]);
        if (r == 0)
            r = describe(dirfd(dir), names[i], below, depth, out, size);
        free(names[i]);
    }
    free(names);
    return r;
}

int root_manifest(int root_fd, struct buf *out, uint64_t *size)
{
    int fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *size = 0;
    return fd < 0 ? fail(errno, "open the root") : describe_directory(fd, "", 0, out, size);
}
