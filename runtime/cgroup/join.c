/* Processes into a cgroup: a container's first by itself, later ones by exec, also into a sub-cgroup.
 *
 * On v1 the parent opens each `tasks` file and the new process writes "0" into it: a thread that moves only
 * itself is spared the kernel's lock over all forks of the host (cgroup_threadgroup_rwsem). On v2 clone3(2)
 * has put it there already. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cgroup/internal.h"

void cgroup_close_join_fds(struct cgroup *cg)
{
    for (size_t i = 0; i < cg->n; i++) {
        if (cg->v[i].join_fd >= 0)
            close(cg->v[i].join_fd);
        cg->v[i].join_fd = -1;
    }
}

int cgroup_open_for_join(struct cgroup *cg)
{
    if (cg->joins_only && systemd_is_user(cg))
        return 0; /* a user may not move a process out of the session: its manager may (cgroup_adopt) */
    for (size_t i = 0; i < cg->n; i++) {
        struct cgroup_dir *d = &cg->v[i];
        if (d->ctrls & CTRL_UNIFIED || d->left_out)
            continue;
        d->join_fd = cg_open(d, "tasks", O_WRONLY);
        if (d->join_fd < 0)
            return fail(errno, "open %s/tasks", d->path);
    }
    struct cgroup_dir *u = cgroup_unified(cg);
    if (u) { /* a kernel that cannot clone into it says so then: trying costs half a clone */
        cg->clone_fd = open(u->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (cg->clone_fd < 0)
            return fail(errno, "open %s", u->path);
    }
    return 0;
}

int cgroup_clone_fd(const struct cgroup *cg)
{
    return cg->clone_fd;
}

int cgroup_join_self(struct cgroup *cg, bool into_cgroup)
{
    for (size_t i = 0; i < cg->n; i++) {
        struct cgroup_dir *d = &cg->v[i];
        if (cg->joins_only && systemd_is_user(cg))
            continue;
        if (d->ctrls & CTRL_UNIFIED) {
            if (!into_cgroup)
                TRY(cg_write(d, "cgroup.procs", "join", "0"));
            continue;
        }
        if (d->join_fd < 0)
            continue; /* left out */
        if (write(d->join_fd, "0", 1) < 0)
            return fail(errno, "join %s%s", d->path,
                        errno == ENOSPC ? " (its cpuset has no cpus or mems)" : "");
    }
    cgroup_close_join_fds(cg);
    return 0;
}

int cgroup_adopt(struct cgroup *cg, pid_t pid)
{
    cgroup_close_join_fds(cg);
    if (cg->manager == CGROUP_SYSTEMD && !cg->joins_only)
        return systemd_start(cg, pid);
    if (cg->manager == CGROUP_SYSTEMD && systemd_is_user(cg))
        return systemd_attach(cg, pid);
    return 0;
}

/* ---- exec into it ---- */

/* By the name of a hierarchy, or on v1 of one of its controllers. */
static bool is_called(const struct cgroup_dir *d, const char *name)
{
    const struct name_value *c = name_find(controller_names_v1, name);
    return (c && d->ctrls & c->value && !(d->ctrls & CTRL_UNIFIED)) || strcmp(name, d->name) == 0;
}

/* One --cgroup argument: "PATH", or on v1 "CTRL[,CTRL]:PATH". */
static int sub_path_for(const char *const *paths, size_t n, const struct cgroup_dir *d, const char **out)
{
    *out = NULL;
    for (size_t i = 0; i < n; i++) {
        const char *colon = paths[i] ? strchr(paths[i], ':') : NULL;
        const char *path = paths[i] ? paths[i] : "";
        if (!colon) {
            if (n != 1)
                return fail(0, "invalid --cgroup argument: %s (missing <controller>: prefix)", path);
            *out = path;
            return 0;
        }
        AUTO_FREE char *list = xstrndup(path, (size_t)(colon - path));
        for (char *save = NULL, *w = strtok_r(list, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
            if (is_called(d, w))
                *out = colon + 1;
        }
    }
    return 0;
}

/* Every controller named must be one that the container is in. */
static int check_sub_args(const struct cgroup *cg, const char *const *paths, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *colon = paths[i] ? strchr(paths[i], ':') : NULL;
        if (paths[i] && cgroup_path_climbs(colon ? colon + 1 : paths[i]))
            return fail(0, "bad sub cgroup path: %s", paths[i]);
        if (!colon)
            continue;
        AUTO_FREE char *list = xstrndup(paths[i], (size_t)(colon - paths[i]));
        if (!*list)
            return fail(0, "invalid --cgroup argument: %s (empty <controller> prefix)", paths[i]);
        for (char *save = NULL, *w = strtok_r(list, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
            bool found = false;
            for (size_t k = 0; k < cg->n && !found; k++)
                found = is_called(&cg->v[k], w);
            if (!found)
                return fail(0, "invalid --cgroup argument: %s (the container has no %s controller)", paths[i],
                            w);
        }
    }
    return 0;
}

struct first_busy {
    char *path;
};

static int find_busy(const char *path, void *arg)
{
    struct first_busy *f = arg;
    const struct cgroup_dir d = {.path = (char *)path};
    AUTO_BUF struct buf b = BUF_INIT;
    if (!f->path && cg_read(&d, "cgroup.procs", &b) == 0 && b.len > 0)
        f->path = xstrdup(path);
    return 0;
}

/* A container that manages cgroups itself (systemd inside) has handed controllers down: its own cgroup takes
 * no processes any more, so we go where there are some. */
static char *where_processes_may_be(char *path)
{
    const struct cgroup_dir d = {.path = path};
    AUTO_BUF struct buf b = BUF_INIT;
    if (cg_read(&d, "cgroup.subtree_control", &b) < 0 || b.len <= 1)
        return path;
    struct first_busy f = {NULL};
    if (cg_walk(path, find_busy, &f) < 0 || !f.path)
        return path;
    free(path);
    return f.path;
}

int cgroup_open_sub(const struct cgroup *cg, const char *const *paths, size_t n, struct cgroup **out)
{
    TRY(check_sub_args(cg, paths, n));
    struct cgroup *sub = cgroup_alloc(cg->manager, cg->id);
    sub->pure_v2 = cg->pure_v2;
    sub->rootless = cg->rootless;
    sub->joins_only = true;
    systemd_copy(cg, sub);
    if (n == 1 && paths[0] && !strchr(paths[0], ':'))
        sub->sub_path = xasprintf("%s%s", *paths[0] && *paths[0] != '/' ? "/" : "", paths[0]);
    for (size_t i = 0; i < cg->n; i++) {
        const struct cgroup_dir *d = &cg->v[i];
        const char *rest = NULL;
        struct buf b = BUF_INIT;
        if (d->left_out)
            continue;
        buf_adds(&b, d->path);
        if (sub_path_for(paths, n, d, &rest) < 0) {
            buf_free(&b);
            cgroup_close(sub);
            return -1;
        }
        if (rest)
            cgroup_add_path(&b, rest);
        bool itself = strcmp(buf_str(&b), d->path) == 0;
        char *path = buf_take(&b);
        /* The extra cgroup2 of a hybrid host has no sub-cgroups to speak of. */
        if (!itself && d->ctrls & CTRL_UNIFIED && !cg->pure_v2 && access(path, F_OK) < 0)
            path[strlen(d->path)] = '\0';
        if (itself && cg->pure_v2)
            path = where_processes_may_be(path);
        cgroup_add_dir(sub, d->name, d->ctrls, path);
    }
    if (cgroup_open_for_join(sub) < 0) {
        cgroup_close(sub);
        return -1;
    }
    *out = sub;
    return 0;
}
