/* See history.h. A file's name is the time of its run in nanoseconds, so that names sort as runs do, and its
 * id. */
#include "supervise/history.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"

enum { DOCUMENT_MAX = 16 << 20, DIGITS = 20 };

static char *directory(const struct runtime_options *runtime)
{
    return runtime->cache ? xasprintf("%s/runs", runtime->cache) : NULL;
}

static int newest_first(const void *a, const void *b)
{
    return -strcmp(*(char *const *)a, *(char *const *)b);
}

/* File names, newest first. */
static char **names(const char *dir, size_t *n)
{
    char **v = xcalloc(1, sizeof(*v));
    AUTO_DIR DIR *d = dir ? opendir(dir) : NULL;
    struct dirent *e;
    *n = 0;
    while (d && (e = readdir(d))) {
        if (!str_ends(e->d_name, ".json") || strlen(e->d_name) < DIGITS + 6 || strstr(e->d_name, ".tmp"))
            continue;
        v = xrealloc(v, *n + 2, sizeof(*v));
        v[(*n)++] = xstrdup(e->d_name);
        v[*n] = NULL;
    }
    qsort(v, *n, sizeof(*v), newest_first);
    return v;
}

static void free_names(char **v)
{
    for (size_t i = 0; v[i]; i++)
        free(v[i]);
    free(v);
}

static int save(const char *dir, const char *id, const struct buf *text)
{
    struct timespec now;
    TRY(make_dirs(dir, 0700));
    clock_gettime(CLOCK_REALTIME, &now);
    AUTO_FREE char *path = xasprintf("%s/%011lld%09ld-%s.json", dir, (long long)now.tv_sec, now.tv_nsec, id);
    return write_file_atomic_at(AT_FDCWD, path, 0600, text->data, text->len);
}

static bool has_room;

static void prune(const char *dir, size_t keep)
{
    size_t n;
    char **v = names(dir, &n);
    for (size_t i = keep; i < n; i++) {
        AUTO_FREE char *path = xasprintf("%s/%s", dir, v[i]);
        unlink(path);
    }
    free_names(v);
}

void history_make_room(const struct runtime_options *runtime)
{
    AUTO_FREE char *dir = directory(runtime);
    if (dir)
        prune(dir, HISTORY_MAX - 1);
    has_room = true;
}

void history_save(const struct runtime_options *runtime, const char *id, const struct buf *text)
{
    AUTO_FREE char *dir = directory(runtime);
    AUTO_FREE char *error = xstrdup(error_text());
    if (!dir || save(dir, id, text) < 0) {
        error_receive(0, error);
        return;
    }
    if (!has_room)
        prune(dir, HISTORY_MAX);
    has_room = false;
}

/* The id in a file's name. */
static char *id_of(const char *name)
{
    const char *id = name + DIGITS + 1;
    return xstrndup(id, strlen(id) - strlen(".json"));
}

char **history_list(const struct runtime_options *runtime)
{
    size_t n;
    AUTO_FREE char *dir = directory(runtime);
    char **v = names(dir, &n);
    for (size_t i = 0; i < n; i++) {
        char *id = id_of(v[i]);
        free(v[i]);
        v[i] = id;
    }
    return v;
}

static int load_from(const char *dir, char **v, size_t n, const char *name, struct buf *out)
{
    const char *back = str_after(name, "last");
    uint64_t index = 0;
    if (back && (!*back || (*back == '-' && parse_u64(back + 1, HISTORY_MAX, &index) == 0))) {
        if (index >= n)
            return fail(0, "report: %s", n ? "no run that far back is kept" : "no run is kept yet");
        AUTO_FREE char *path = xasprintf("%s/%s", dir, v[index]);
        return read_file_at(AT_FDCWD, path, DOCUMENT_MAX, out);
    }
    for (size_t i = 0; i < n; i++) {
        AUTO_FREE char *id = id_of(v[i]);
        AUTO_FREE char *path = xasprintf("%s/%s", dir, v[i]);
        if (str_eq(id, name))
            return read_file_at(AT_FDCWD, path, DOCUMENT_MAX, out);
    }
    return fail(0, "report: no run \"%s\" is kept; \"rsbx report --list\" shows those that are", name);
}

int history_load(const struct runtime_options *runtime, const char *name, struct buf *out)
{
    struct stat st;
    if (strchr(name, '.') && stat(name, &st) == 0 && S_ISREG(st.st_mode))
        return read_file_at(AT_FDCWD, name, DOCUMENT_MAX, out);
    size_t n;
    AUTO_FREE char *dir = directory(runtime);
    char **v = names(dir, &n);
    int r = load_from(dir, v, n, name, out);
    free_names(v);
    return r;
}
