/* See collect.h. */
#include "supervise/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/openat2.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"

#define WORK "/work/"

struct walk {
    const struct spec *spec;
    int to; /* the output directory */
    struct collected *out;
};

/* The place where one of the snippet's own files was bound: an empty file now. */
static bool is_mount_target(const struct spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->mounts.n; i++)
        if (str_eq(str_after(spec->mounts.v[i].destination, WORK), name))
            return true;
    return false;
}

static int open_beneath(int dir, const char *name, uint64_t flags, uint64_t mode)
{
    struct open_how how = {
        .flags = flags | O_CLOEXEC | O_NOFOLLOW,
        .mode = mode,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    return (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
}

/* The directory for a file of that name in the output directory, made if it is missing, and the file's own
 * name. Returns an fd. */
static int parent_of(int to, char *path, const char **name)
{
    AUTO_FD int dir = dup(to);
    for (char *slash; dir >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
        *slash = '\0';
        if (mkdirat(dir, path, 0755) < 0 && errno != EEXIST)
            return fail(errno, "%s", path);
        int next = open_beneath(dir, path, O_RDONLY | O_DIRECTORY, 0);
        close(dir);
        dir = next;
    }
    *name = path;
    return dir < 0 ? fail(errno, "%s", path) : take_fd(&dir);
}

/* At most *bytes of it, in a file of our own that takes the place of what is there. */
static int copy(int from, int to, const char *name, mode_t mode, uint64_t *bytes)
{
    static char data[65536];
    ssize_t n;
    uint64_t left = *bytes;
    AUTO_FREE char *path = xstrdup(name);
    const char *base = name;
    AUTO_FD int dir = parent_of(to, path, &base);
    TRY(dir);
    if (unlinkat(dir, base, 0) < 0 && errno != ENOENT)
        return fail(errno, "%s: replace it", name);
    AUTO_FD int fd = open_beneath(dir, base, O_WRONLY | O_CREAT | O_EXCL, mode & 0111 ? 0755 : 0644);
    if (fd < 0)
        return fail(errno, "%s", name);
    while (left > 0 && (n = read(from, data, left < sizeof(data) ? left : sizeof(data))) > 0) {
        if (write_fd(fd, data, (size_t)n) < 0) {
            unlinkat(dir, base, 0); /* half of it is not it */
            return fail_where("%s", name);
        }
        left -= (uint64_t)n;
    }
    *bytes -= left;
    return 0;
}

static int take_file(struct walk *w, int fd, const char *name, const struct stat *st)
{
    struct collected *out = w->out;
    uint64_t bytes = (uint64_t)st->st_size;
    if (out->n == COLLECT_FILES || bytes > COLLECT_BYTES - out->bytes) {
        out->truncated = true;
        return 0;
    }
    TRY(copy(fd, w->to, name, st->st_mode, &bytes));
    out->v = xrealloc(out->v, out->n + 1, sizeof(*out->v));
    out->v[out->n++] = (struct collected_file){xstrdup(name), bytes};
    out->bytes += bytes;
    return 0;
}

static int walk(struct walk *w, int parent, const char *prefix, unsigned depth);

static int take_entry(struct walk *w, int dir, const char *name, const char *path, unsigned depth)
{
    struct stat st;
    /* not O_RDONLY at first: opening a fifo or a device is an act */
    AUTO_FD int there = open_beneath(dir, name, O_PATH, 0);
    if (there < 0 || fstat(there, &st) < 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
        w->out->skipped++;
        return 0;
    }
    if (S_ISREG(st.st_mode) && is_mount_target(w->spec, path))
        return 0;
    AUTO_FD int fd = open_beneath(dir, name, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0 || fstat(fd, &st) < 0) {
        w->out->skipped++;
        return 0;
    }
    if (S_ISREG(st.st_mode))
        return take_file(w, fd, path, &st);
    if (depth == COLLECT_DEPTH) {
        w->out->truncated = true;
        return 0;
    }
    return walk(w, take_fd(&fd), path, depth + 1);
}

/* Takes fd over. */
static int walk(struct walk *w, int fd, const char *prefix, unsigned depth)
{
    AUTO_DIR DIR *dir = fdopendir(fd);
    struct dirent *e;
    if (!dir)
        close(fd);
    while (dir && (e = readdir(dir))) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (w->out->left_to_see == 0) {
            w->out->truncated = true;
            return 0;
        }
        w->out->left_to_see--;
        AUTO_FREE char *path = xasprintf("%s%s%s", prefix, *prefix ? "/" : "", e->d_name);
        TRY(take_entry(w, dirfd(dir), e->d_name, path, depth));
    }
    return 0;
}

int collect_files(int from, const struct spec *spec, const char *dir, struct collected *out)
{
    if (make_dirs(dir, 0755) < 0)
        return fail_where("--output-dir");
    AUTO_FD int to = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (to < 0)
        return fail(errno, "--output-dir %s", dir);
    int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* an offset of its own */
    if (fd < 0)
        return fail(errno, "--output-dir: /work");
    struct walk w = {spec, to, out};
    out->left_to_see = COLLECT_ENTRIES;
    return walk(&w, fd, "", 0) < 0 ? fail_where("--output-dir %s", dir) : 0;
}

void collected_free(struct collected *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->v[i].name);
    free(c->v);
    *c = (struct collected){0};
}

/* A name is bytes; JSON is UTF-8: what is not is shown as "?". */
static void name_json(struct json *j, const char *name)
{
    AUTO_FREE char *text = xstrdup(name);
    if (!str_is_utf8(text, strlen(text)))
        for (char *p = text; *p; p++)
            if (*p & 0x80)
                *p = '?';
    json_string(j, "name", text);
}

void collected_json(struct json *j, const struct collected *c)
{
    json_open(j, "files", '[');
    for (size_t i = 0; i < c->n; i++) {
        json_open(j, NULL, '{');
        name_json(j, c->v[i].name);
        json_uint(j, "bytes", c->v[i].bytes);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_uint(j, "files_skipped", c->skipped);
    json_bool(j, "files_truncated", c->truncated);
}
