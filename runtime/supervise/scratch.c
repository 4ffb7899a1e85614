/* See scratch.h. Nothing is followed: names come from the program. */
#include "supervise/scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/magic.h>
#include <linux/openat2.h>

#include "base/auto.h"
#include "base/strings.h"

enum { MAX_ENTRIES = 5000, MAX_DEPTH = 16 };

static bool is_writable_tmpfs(const struct spec_mount *m)
{
    if (!str_eq(m->type, "tmpfs"))
        return false;
    for (size_t i = 0; i < m->options.n; i++)
        if (str_eq(m->options.v[i], "ro"))
            return false;
    return true;
}

void scratch_open(struct scratch *s, const struct spec *spec, pid_t pid)
{
    char path[40];
    snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
    AUTO_FD int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; root >= 0 && i < spec->mounts.n && s->n < SCRATCH_MAX; i++) {
        const struct spec_mount *m = &spec->mounts.v[i];
        struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
                               .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS};
        struct statfs fs;
        if (!is_writable_tmpfs(m))
            continue;
        int fd = (int)syscall(SYS_openat2, root, m->destination, &how, sizeof(how));
        if (fd < 0)
            continue;
        if (fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC)
            s->path[s->n] = m->destination, s->fd[s->n++] = fd;
        else
            close(fd);
    }
}

static bool search(int parent, const char *name, uint64_t size, unsigned depth, unsigned *left)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    AUTO_DIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *e;
    struct stat st;
    while (dir && *left > 0 && (e = readdir(dir))) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        --*left;
        if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (S_ISREG(st.st_mode) && (uint64_t)st.st_size == size)
            return true;
        if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH && search(dirfd(dir), e->d_name, size, depth + 1, left))
            return true;
    }
    return false;
}

bool scratch_has_file(const struct scratch *s, uint64_t size)
{
    unsigned left = MAX_ENTRIES;
    for (size_t i = 0; i < s->n; i++)
        if (search(s->fd[i], ".", size, 0, &left))
            return true;
    return false;
}

bool scratch_is_full(const struct scratch *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct statfs fs;
        if (fstatfs(s->fd[i], &fs) < 0 || fs.f_blocks == 0)
            continue;
        if (fs.f_bfree == 0 || (fs.f_files > 0 && fs.f_ffree == 0))
            return true;
    }
    return false;
}

int scratch_at(const struct scratch *s, const char *path)
{
    for (size_t i = 0; i < s->n; i++)
        if (str_eq(s->path[i], path))
            return s->fd[i];
    return -1;
}

void scratch_close(struct scratch *s)
{
    for (size_t i = 0; i < s->n; i++)
        close(s->fd[i]);
    s->n = 0;
}
