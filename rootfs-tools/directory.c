/* See directory.h. */
#include "rootfs-tools/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "rootfs-tools/language.h"

enum { MAX_DEPTH = 16, MAX_FOUND = 257 }; /* one more than a bundle takes, which then says so */

struct reading {
    const char *path;
    struct directory_snippet *out;
    char *only;      /* the only file at the top that is of a language */
    unsigned n_main; /* main.* and the like */
    unsigned n_known;
};

static void note_top_file(struct reading *r, const char *name)
{
    static const char *const mains[] = {"main.", "Main.", "index.", "__main__."};
    if (!language_by_extension(name))
        return;
    r->n_known++;
    free(r->only);
    r->only = xstrdup(name);
    for (size_t i = 0; i < ARRAY_LEN(mains); i++) {
        const char *rest = str_after(name, mains[i]);
        if (!rest || strchr(rest, '.'))
            continue;
        r->n_main++;
        free(r->out->main);
        r->out->main = xasprintf("%s/%s", r->path, name);
    }
}

static int read_level(struct reading *r, int parent, const char *prefix, unsigned depth);

static int take_entry(struct reading *r, int dir, const char *prefix, const char *name, unsigned depth)
{
    struct stat st;
    struct directory_snippet *out = r->out;
    AUTO_FREE char *path = xasprintf("%s%s%s", prefix, *prefix ? "/" : "", name);
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(errno, "%s/%s", r->path, path);
    if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH)
        return read_level(r, dir, path, depth + 1);
    if (!S_ISREG(st.st_mode))
        return fail(0, "%s/%s: %s; a snippet's directory holds files and directories", r->path, path,
                    S_ISLNK(st.st_mode)   ? "is a symbolic link"
                    : S_ISDIR(st.st_mode) ? "is too deep"
                                          : "is not a regular file");
    if (strchr(path, '='))
        return fail(0, "%s/%s: \"=\" cannot be in a name here", r->path, path);
    if (depth == 0)
        note_top_file(r, name);
    if (out->n == MAX_FOUND)
        return 0;
    out->files = xrealloc(out->files, out->n + 1, sizeof(*out->files));
    out->files[out->n++] = xasprintf("%s=%s/%s", path, r->path, path);
    return 0;
}

static int read_level(struct reading *r, int parent, const char *prefix, unsigned depth)
{
    const char *name = strrchr(prefix, '/');
    name = name ? name + 1 : *prefix ? prefix : ".";
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    AUTO_DIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *e;
    if (!dir)
        return fail(errno, "%s/%s", r->path, prefix);
    while ((e = readdir(dir)))
        if (e->d_name[0] != '.')
            TRY(take_entry(r, fd, prefix, e->d_name, depth));
    return 0;
}

/* The main file is the snippet itself, not one beside it. */
static void take_out_main(struct directory_snippet *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (str_eq(strchr(d->files[i], '=') + 1, d->main)) {
            free(d->files[i]);
            d->files[i] = d->files[--d->n];
            return;
        }
}

static int choose_main(struct reading *r)
{
    if (r->n_main > 1)
        return fail(
            0,
            "%s: several files are called main or index: name the one to run, and give the others by --file",
            r->path);
    if (r->n_main == 0 && r->n_known == 1)
        r->out->main = xasprintf("%s/%s", r->path, r->only);
    if (!r->out->main)
        return fail(0,
                    "%s: no main.EXT, index.EXT or __main__.py in this directory: name the file to run, and "
                    "give the others by --file",
                    r->path);
    take_out_main(r->out);
    return 0;
}

int directory_read(const char *path, struct directory_snippet *out)
{
    AUTO_FREE char *trimmed = xstrdup(path);
    size_t n = strlen(trimmed);
    while (n > 1 && trimmed[n - 1] == '/')
        trimmed[--n] = '\0';
    *out = (struct directory_snippet){0};
    struct reading r = {.path = trimmed, .out = out};
    AUTO_FD int fd = open(trimmed, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd < 0 ? fail(errno, "%s", path) : read_level(&r, fd, "", 0);
    if (result == 0)
        result = choose_main(&r);
    free(r.only);
    if (result < 0)
        directory_free(out);
    return result;
}

void directory_free(struct directory_snippet *d)
{
    for (size_t i = 0; i < d->n; i++)
        free(d->files[i]);
    free(d->files);
    free(d->main);
    *d = (struct directory_snippet){0};
}
