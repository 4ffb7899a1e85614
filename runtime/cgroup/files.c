/* Control files: open, one read or write, close; those that are read again and again stay open. Errors name
 * the JSON path and the whole file path. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cgroup/internal.h"

#define CG_FILE_MAX (64U << 20) /* cgroup.procs of millions of processes */

int cg_open(const struct cgroup_dir *d, const char *file, int flags)
{
    char path[PATH_MAX];
    size_t n = strlen(d->path), len = strlen(file);
    if (n + 1 + len >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(path, d->path, n);
    path[n] = '/';
    memcpy(path + n + 1, file, len + 1);
    return open(path, flags | O_CLOEXEC);
}

bool cg_has(const struct cgroup_dir *d, const char *file)
{
    char path[PATH_MAX];
    return snprintf(path, sizeof(path), "%s/%s", d->path, file) < (int)sizeof(path) &&
           access(path, F_OK) == 0;
}

/* A sentence for the errors that people meet, "" for others. */
static const char *write_hint(int err, const char *file)
{
    if (err == EBUSY && (strstr(file, "memory.limit") || strstr(file, "memory.memsw")))
        return " (more is in use already)";
    if (err == EINVAL && strstr(file, "memsw.limit"))
        return " (memory+swap must not be below the memory limit)";
    if (err == EINVAL && strstr(file, "memory.limit"))
        return " (the memory limit must not be above memory+swap)";
    return "";
}

int cg_write(const struct cgroup_dir *d, const char *file, const char *where, const char *fmt, ...)
{
    AUTO_BUF struct buf value = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&value, fmt, ap);
    va_end(ap);
    AUTO_FD int fd = cg_open(d, file, O_WRONLY);
    if (fd < 0)
        return fail(errno, "%s: open %s/%s", where, d->path, file);
    ssize_t n;
    do
        n = write(fd, value.data, value.len);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail(errno, "%s: write %s to %s/%s%s", where, buf_str(&value), d->path, file,
                    write_hint(errno, file));
    return 0;
}

/* An fd of the file, at its beginning, for the caller to close unless *kept. */
static int open_to_read(const struct cgroup_dir *d, const char *file, bool *kept)
{
    struct kept_files *k = d->kept;
    *kept = false;
    for (size_t i = 0; k && i < k->n; i++) {
        if (strcmp(k->v[i].name, file) != 0)
            continue;
        *kept = true;
        return lseek(k->v[i].fd, 0, SEEK_SET) < 0 ? -1 : k->v[i].fd;
    }
    int fd = cg_open(d, file, O_RDONLY);
    size_t len = strlen(file);
    if (fd < 0 || !k || len >= sizeof(k->v->name))
        return fd;
    k->v = xrealloc(k->v, k->n + 1, sizeof(*k->v));
    memcpy(k->v[k->n].name, file, len + 1);
    k->v[k->n++].fd = fd;
    *kept = true;
    return fd;
}

static void close_read(int fd, bool kept)
{
    int error = errno;
    if (!kept)
        close(fd);
    errno = error;
}

void cg_close_kept(struct cgroup_dir *d)
{
    for (size_t i = 0; d->kept && i < d->kept->n; i++)
        close(d->kept->v[i].fd);
    if (d->kept)
        free(d->kept->v);
    free(d->kept);
    d->kept = NULL;
}

int cg_read(const struct cgroup_dir *d, const char *file, struct buf *out)
{
    bool kept;
    int fd = open_to_read(d, file, &kept);
    if (fd < 0)
        return -1;
    buf_clear(out);
    int r = read_to_end(fd, CG_FILE_MAX, out);
    close_read(fd, kept);
    return r;
}

static uint64_t value_of(const char *text)
{
    uint64_t v = 0;
    if (strcmp(text, "max") == 0 || text[0] == '-')
        return UINT64_MAX;
    if (parse_u64(text, UINT64_MAX, &v) < 0)
        return 0;
    return v;
}

int cg_read_u64(const struct cgroup_dir *d, const char *file, uint64_t *out)
{
    bool kept;
    int fd = open_to_read(d, file, &kept);
    if (fd < 0)
        return -1;
    char text[64];
    ssize_t n = read(fd, text, sizeof(text) - 1);
    close_read(fd, kept);
    if (n < 0)
        return -1;
    text[n] = '\0';
    text[strcspn(text, "\n")] = '\0';
    *out = value_of(text);
    return 0;
}

bool next_line(char **text, char **line)
{
    if (!*text || !**text)
        return false;
    *line = strsep(text, "\n");
    return true;
}

int cg_read_key(const struct cgroup_dir *d, const char *file, const char *key, uint64_t *out)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (cg_read(d, file, &b) < 0)
        return -1;
    char *rest = b.data, *line;
    while (next_line(&rest, &line)) {
        char *space = strchr(line, ' ');
        if (!space)
            continue;
        *space = '\0';
        if (strcmp(line, key) == 0) {
            *out = value_of(space + 1);
            return 0;
        }
    }
    errno = ENOENT;
    return -1;
}

/* Depth is bounded: the kernel's default cgroup.max.depth is "max", but a path has an end. */
static int walk(const char *path, int (*fn)(const char *path, void *arg), void *arg, unsigned depth)
{
    AUTO_DIR DIR *dir = opendir(path);
    if (!dir)
        return errno == ENOENT ? 0 : -1;
    struct dirent *e;
    while (depth < 256 && (e = readdir(dir))) {
        if (e->d_type != DT_DIR || strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        AUTO_FREE char *child = xasprintf("%s/%s", path, e->d_name);
        TRY(walk(child, fn, arg, depth + 1));
    }
    return fn(path, arg);
}

int cg_walk(const char *path, int (*fn)(const char *path, void *arg), void *arg)
{
    return walk(path, fn, arg, 0);
}

/* ---- values that depend on each other, and those alike in v1 and v2 ---- */

struct cg_setting cg_setting(const char *file, const char *where, int64_t value)
{
    struct cg_setting s = {.file = file, .where = where};
    snprintf(s.text, sizeof(s.text), "%lld", (long long)value);
    return s;
}

int cg_settle(const struct cgroup_dir *d, struct cg_setting *s, size_t n)
{
    size_t left = n, before;
    do {
        before = left;
        for (size_t i = 0; i < n; i++) {
            if (s[i].done)
                continue;
            if (cg_write(d, s[i].file, s[i].where, "%s", s[i].text) == 0) {
                s[i].done = true;
                left--;
            } else if (error_errno() != EINVAL && error_errno() != EBUSY) {
                return -1;
            }
        }
    } while (left > 0 && left < before);
    if (left > 0)
        return -1;
    if (n > 0)
        error_clear();
    return 0;
}

int cg_hugepages(const struct cgroup_dir *d, const struct spec_hugepage_limit_list *list, const char *suffix)
{
    for (size_t i = 0; i < list->n; i++) {
        const char *size = list->v[i].page_size;
        unsigned long long limit = list->v[i].limit;
        AUTO_FREE char *file = xasprintf("hugetlb.%s.%s", size, suffix);
        AUTO_FREE char *reserved = xasprintf("hugetlb.%s.rsvd.%s", size, suffix);
        AUTO_FREE char *where = xasprintf("linux.resources.hugepageLimits[%zu]", i);
        TRY(cg_write(d, file, where, "%llu", limit));
        /* Reservations are counted since Linux 5.7; without, the other limit still holds. */
        if (cg_write(d, reserved, where, "%llu", limit) < 0) {
            if (error_errno() != ENOENT)
                return -1;
            error_clear();
        }
    }
    return 0;
}

int cg_rdma(const struct cgroup_dir *d, const struct spec_rdma_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct spec_rdma *r = &list->v[i];
        AUTO_BUF struct buf b = BUF_INIT;
        AUTO_FREE char *where = xasprintf("linux.resources.rdma.%s", r->name);
        if (r->hca_handles.set)
            buf_printf(&b, " hca_handle=%u", r->hca_handles.v);
        if (r->hca_objects.set)
            buf_printf(&b, " hca_object=%u", r->hca_objects.v);
        TRY(cg_write(d, "rdma.max", where, "%s%s", r->name, buf_str(&b)));
    }
    return 0;
}
