/* The bundle as a directory: see bundle.h. A file ".rsbx-bundle" in it marks it as ours to replace and
 * remove. */
#include "rootfs-tools/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"

#define MARK      ".rsbx-bundle"
#define MAX_FILES 256
#define MAX_BYTES (64U << 20)

static bool is_ours(const char *path)
{
    AUTO_FREE char *mark = xasprintf("%s/" MARK, path);
    struct stat st;
    return lstat(mark, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid();
}

int prepare_remove(const char *bundle)
{
    if (access(bundle, F_OK) < 0 && errno == ENOENT)
        return 0;
    if (!is_ours(bundle))
        return fail(0, "%s: not a bundle that rsbx prepared; it is left alone", bundle);
    return remove_tree_at(AT_FDCWD, bundle);
}

int bundle_begin(const char *path, struct bundle *out)
{
    *out = (struct bundle){NULL, -1, NULL, 0};
    if (rmdir(path) < 0 && errno != ENOENT) {
        if (errno == ENOTDIR)
            return fail(0, "--bundle %s: not a directory", path);
        if (errno != ENOTEMPTY && errno != EEXIST)
            return fail(errno, "make the bundle %s (--bundle DIR puts it elsewhere)", path);
        if (!is_ours(path))
            return fail(0, "--bundle %s: has other things in it than a bundle that rsbx prepared", path);
        TRY(prepare_remove(path));
    }
    if (mkdir(path, 0700) < 0)
        return fail(errno, "make the bundle %s (--bundle DIR puts it elsewhere)", path);
    out->path = realpath(path, NULL);
    out->fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (out->fd < 0 || !out->path)
        return fail(errno, "open %s", path);
    TRY(write_file_at(out->fd, MARK, O_CREAT | O_EXCL, 0600, "", 0));
    return mkdirat(out->fd, "work", 0755) < 0 ? fail(errno, "mkdir %s/work", path) : 0;
}

void bundle_end(struct bundle *b)
{
    for (size_t i = 0; i < b->n_files; i++)
        free(b->files[i]);
    free(b->files);
    free(b->path);
    if (b->fd >= 0)
        close(b->fd);
    *b = (struct bundle){NULL, -1, NULL, 0};
}

/* A relative path of plain names. */
static bool good_name(const char *name)
{
    if (!*name || strlen(name) > 1000)
        return false;
    while (*name) {
        size_t len = strcspn(name, "/");
        if (len == 0 || len > 255 || (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'))))
            return false;
        name += len;
        if (*name == '/' && !*++name)
            return false;
    }
    return true;
}

static int make_parents(int work, char *name)
{
    for (char *slash = name; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        int r = mkdirat(work, name, 0755);
        int saved = errno;
        *slash = '/';
        if (r < 0 && saved != EEXIST)
            return fail(saved, "mkdir work/%s", name);
    }
    return 0;
}

int bundle_add_snippet(struct bundle *b, const char *name, const void *text, size_t len)
{
    AUTO_FD int work = openat(b->fd, "work", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_FREE char *copy = xstrdup(name);
    if (work < 0)
        return fail(errno, "open %s/work", b->path);
    if (!good_name(name))
        return fail(0, "\"%s\" cannot be the name of a file beside the snippet", name);
    if (b->n_files == MAX_FILES)
        return fail(0, "more than %d files", MAX_FILES);
    TRY(make_parents(work, copy));
    AUTO_FD int fd = openat(work, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return errno == EEXIST ? fail(0, "two files are called %s", name)
                               : fail(errno, "create %s/work/%s", b->path, name);
    if (write_fd(fd, text, len) < 0 || fchmod(fd, 0644) < 0)
        return fail_where("%s/work/%s", b->path, name);
    b->files = xrealloc(b->files, b->n_files + 2, sizeof(*b->files));
    b->files[b->n_files++] = take_ptr(copy);
    b->files[b->n_files] = NULL;
    return 0;
}

int bundle_add_files(struct bundle *b, const struct prepare_options *options)
{
    size_t total = 0;
    for (size_t i = 0; i < options->n_files; i++) {
        const char *word = options->files[i], *equal = strchr(word, '=');
        AUTO_BUF struct buf text = BUF_INIT;
        const char *base = strrchr(word, '/');
        AUTO_FREE char *name =
            equal ? xstrndup(word, (size_t)(equal - word)) : xstrdup(base ? base + 1 : word);
        if (read_file_at(AT_FDCWD, equal ? equal + 1 : word, MAX_BYTES, &text) < 0)
            return fail_where("--file %s", word);
        total += text.len;
        if (total > MAX_BYTES)
            return fail(0, "--file: all together larger than %u bytes", MAX_BYTES);
        TRY(bundle_add_snippet(b, name, buf_str(&text), text.len));
    }
    return 0;
}

int bundle_write_config(struct bundle *b, const char *dir, const struct spec *spec, bool pretty)
{
    AUTO_BUF struct buf json = BUF_INIT;
    AUTO_FREE char *path = xasprintf("%s/config.json", dir);
    spec_encode(spec, pretty, &json);
    buf_addc(&json, '\n');
    if (write_file_at(b->fd, path, O_CREAT | O_EXCL, 0644, json.data, json.len) < 0)
        return fail_where("bundle %s", b->path);
    return 0;
}
