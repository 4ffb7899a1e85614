/* Finding, describing and freeing containers. */
#include "container/container.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/version.h"
#include "container/state.h"
#include "spec/json.h"

int container_check_id(const char *id)
{
    bool ok = *id && !str_eq(id, ".") && !str_eq(id, "..") && strlen(id) <= 1024;
    for (const char *p = id; *p; p++)
        ok = ok && (isalnum((unsigned char)*p) || strchr("_+.-", *p));
    return ok ? 0
              : fail(0, "invalid id format: \"%s\": letters, digits and _ + . - only, not \".\" or \"..\"",
                     id);
}

const char *container_status_name(enum container_status status)
{
    static const char *const names[] = {"creating", "created", "running", "paused", "stopped"};
    return names[status];
}

static struct container *with_id(const struct runtime_options *runtime, const char *id)
{
    struct container *c = xcalloc(1, sizeof(*c));
    c->runtime = runtime;
    c->manager = runtime->manager;
    c->id = xstrdup(id);
    c->pidfd = c->dir_fd = c->console_master = c->seccomp_listener = c->exec_result = -1;
    return c;
}

static int load(const struct runtime_options *runtime, const char *id, bool lock, bool with_spec,
                struct container **out)
{
    TRY(container_check_id(id));
    struct container *c = with_id(runtime, id);
    if (state_read(c, lock, with_spec) < 0) {
        container_free(c);
        return -1;
    }
    *out = c;
    return 0;
}

int container_load(const struct runtime_options *runtime, const char *id, bool lock, struct container **out)
{
    return load(runtime, id, lock, true, out);
}

int container_look(const struct runtime_options *runtime, const char *id, struct container **out)
{
    return load(runtime, id, false, false, out);
}

int container_salvage(const struct runtime_options *runtime, const char *id, struct container **out)
{
    TRY(container_check_id(id));
    struct container *c = with_id(runtime, id);
    if (state_salvage(c) < 0) {
        container_free(c);
        return -1;
    }
    *out = c;
    return 0;
}

int container_load_made(const struct runtime_options *runtime, const char *id, struct container **out)
{
    TRY(container_load(runtime, id, false, out));
    if ((*out)->status == STATUS_RUNNING)
        return 0;
    container_free(*out);
    TRY(container_load(runtime, id, true, out));
    container_unlock(*out);
    return 0;
}

void container_unlock(struct container *c)
{
    flock(c->dir_fd, LOCK_UN);
}

int container_lock(struct container *c)
{
    int r;
    do
        r = flock(c->dir_fd, LOCK_EX);
    while (r < 0 && errno == EINTR);
    return r < 0 ? fail(errno, "lock container %s", c->id) : 0;
}

void container_settle(struct container *c)
{
    for (size_t i = 0; i < c->n_trees; i++)
        close(c->trees[i]);
    free(c->trees);
    c->trees = NULL;
    c->n_trees = 0;
}

void container_free(struct container *c)
{
    container_settle(c);
    const int fds[] = {c->pidfd, c->dir_fd, c->console_master, c->seccomp_listener, c->exec_result};
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    if (c->cgroup)
        cgroup_close(c->cgroup);
    if (c->spec)
        spec_free(c->spec);
    free(c->id);
    free(c->bundle);
    free(c->rootfs);
    free(c->created);
    free(c->intel_rdt_path);
    for (size_t i = 0; i < ARRAY_LEN(c->stdio); i++)
        free(c->stdio[i]);
    free(c);
}

void container_state_json(const struct container *c, const char *status, bool pretty, struct buf *out)
{
    struct json j;
    json_begin(&j, out, pretty);
    json_open(&j, NULL, '{');
    json_string(&j, "ociVersion", OCI_VERSION);
    json_string(&j, "id", c->id);
    json_string(&j, "status", status);
    if (c->pid > 0)
        json_int(&j, "pid", c->pid);
    json_string(&j, "bundle", c->bundle);
    if (c->spec && c->spec->annotations.n > 0) {
        json_open(&j, "annotations", '{');
        for (size_t i = 0; i < c->spec->annotations.n; i++)
            json_string(&j, c->spec->annotations.v[i].key, c->spec->annotations.v[i].value);
        json_close(&j, '}');
    }
    json_close(&j, '}');
    json_end(&j);
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int container_list(const struct runtime_options *runtime, char ***ids)
{
    size_t n = 0;
    *ids = xcalloc(1, sizeof(**ids));
    AUTO_DIR DIR *dir = opendir(runtime->root);
    if (!dir)
        return errno == ENOENT ? 0 : fail(errno, "state directory %s", runtime->root);
    struct dirent *e;
    while ((e = readdir(dir))) {
        if (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN)
            continue;
        if (container_check_id(e->d_name) < 0) {
            error_clear();
            continue;
        }
        *ids = xrealloc(*ids, n + 2, sizeof(**ids));
        (*ids)[n++] = xstrdup(e->d_name);
    }
    (*ids)[n] = NULL;
    if (n > 1)
        qsort(*ids, n, sizeof(**ids), compare_ids);
    return 0;
}
