/* The life of a struct cgroup: where it is, making it in every hierarchy or in none, joining, saving,
 * loading.
 *
 * On v1 the parent opens each `tasks` file and the new process writes "0" into it: a thread that moves only
 * itself is spared the kernel's lock over all forks of the host (cgroup_threadgroup_rwsem). On v2 clone3(2)
 * has put it there already. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/os_text.h"
#include "base/strings.h"
#include "cgroup/internal.h"

/* ---- where ---- */

/* True if a path has ".." as a component. */
bool cgroup_path_climbs(const char *path)
{
    for (const char *p = path; *p; p += strcspn(p, "/")) {
        p += strspn(p, "/");
        if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || !p[2]))
            return true;
    }
    return false;
}

/* Adds the components of path to b, each after one slash, without "." */
void cgroup_add_path(struct buf *b, const char *path)
{
    for (const char *p = path; *p;) {
        p += strspn(p, "/");
        size_t n = strcspn(p, "/");
        if (n > 0 && !(n == 1 && *p == '.')) {
            buf_addc(b, '/');
            buf_add(b, p, n);
        }
        p += n;
    }
}

static const char *cgroups_path(const struct cgroup_options *o)
{
    const struct spec_linux *l = o->spec ? o->spec->linux_ : NULL;
    return l && l->cgroups_path && *l->cgroups_path ? l->cgroups_path : NULL;
}

/* An absolute cgroupsPath counts from the mount, a relative one from our own cgroup; on v2 from the parent of
 * our own, since a cgroup with processes (ours) cannot hand controllers down. Without one: /ID, or for others
 * than root beside our own cgroup, where delegation usually allows it. NULL after fail(). */
static char *path_in(const struct cgroup_options *o, const struct hierarchy *h)
{
    AUTO_BUF struct buf b = BUF_INIT;
    const char *path = cgroups_path(o);
    buf_adds(&b, h->mount);
    if (path ? *path != '/' : o->rootless) {
        const char *own = hierarchy_own(h);
        if (!own)
            return NULL;
        AUTO_FREE char *base = xstrdup(own);
        char *slash = strrchr(base, '/');
        if (h->ctrls & CTRL_UNIFIED && slash)
            *slash = '\0';
        cgroup_add_path(&b, base);
    }
    cgroup_add_path(&b, path ? path : o->id);
    return buf_take(&b);
}

const struct spec_resources *resources_of(const struct cgroup_options *o)
{
    return o->spec && o->spec->linux_ ? o->spec->linux_->resources : NULL;
}

int cgroup_check(const struct cgroup_options *o)
{
    if (o->manager == CGROUP_DISABLED)
        return 0;
    const char *path = cgroups_path(o);
    if (o->manager == CGROUP_SYSTEMD)
        TRY(systemd_check(o));
    else if (path && cgroup_path_climbs(path))
        return fail(0, "linux.cgroupsPath: \"%s\" must not contain \"..\"", path);
    const struct hosts_hierarchies *h = host_hierarchies();
    if (!h)
        return -1;
    return resources_check(resources_of(o), h->pure_v2, controllers_in_v2(h));
}

/* ---- the struct ---- */

struct cgroup *cgroup_alloc(enum cgroup_manager manager, const char *id)
{
    struct cgroup *cg = xcalloc(1, sizeof(*cg));
    cg->manager = manager;
    cg->id = xstrdup(id ? id : "");
    cg->clone_fd = -1;
    cg->device_prog_fd = -1;
    return cg;
}

void cgroup_close(struct cgroup *cg)
{
    if (!cg)
        return;
    cgroup_close_join_fds(cg);
    for (size_t i = 0; i < cg->n; i++) {
        free(cg->v[i].path);
        cg_close_kept(&cg->v[i]);
    }
    if (cg->clone_fd >= 0)
        close(cg->clone_fd);
    if (cg->device_prog_fd >= 0)
        close(cg->device_prog_fd);
    systemd_free(cg->systemd);
    free(cg->sub_path);
    free(cg->id);
    free(cg);
}

void cgroup_keep_open(struct cgroup *cg)
{
    for (size_t i = 0; i < cg->n; i++)
        if (!cg->v[i].kept)
            cg->v[i].kept = xcalloc(1, sizeof(*cg->v[i].kept));
}

/* Most hybrid hosts have all controllers in v1, and most commands need none: what the cgroup2 of a loaded one
 * has beside is looked up only when it matters. Whether it was not known. */
static bool ask_unified(struct cgroup *cg)
{
    bool asked = false;
    for (size_t i = 0; i < cg->n; i++) {
        if (!(cg->v[i].ctrls & CTRL_UNASKED))
            continue;
        const struct hosts_hierarchies *hosts = host_hierarchies();
        if (!hosts)
            error_clear();
        cg->v[i].ctrls = hosts && hosts->unified ? hosts->unified->ctrls : CTRL_UNIFIED;
        asked = true;
    }
    return asked;
}

static struct cgroup_dir *find_dir(const struct cgroup *cg, unsigned ctrl)
{
    for (size_t i = 0; i < cg->n; i++)
        if (cg->v[i].ctrls & ctrl && !cg->v[i].left_out)
            return (struct cgroup_dir *)&cg->v[i];
    return NULL;
}

struct cgroup_dir *cgroup_dir_of(const struct cgroup *cg, unsigned ctrl)
{
    struct cgroup_dir *d = find_dir(cg, ctrl);
    return !d && ask_unified((struct cgroup *)cg) ? find_dir(cg, ctrl) : d;
}

struct cgroup_dir *cgroup_unified(const struct cgroup *cg)
{
    return cgroup_dir_of(cg, CTRL_UNIFIED);
}

struct cgroup_dir *cgroup_add_dir(struct cgroup *cg, const char *name, unsigned ctrls, char *path)
{
    struct cgroup_dir *d = &cg->v[cg->n++];
    *d = (struct cgroup_dir){.path = path, .ctrls = cg->pure_v2 ? ~0U : ctrls, .join_fd = -1};
    snprintf(d->name, sizeof(d->name), "%s", name);
    snprintf(d->mount_options, sizeof(d->mount_options), "none,%s", name);
    return d;
}

/* ---- making ---- */

/* A cpuset of v1 takes no process until it has cpus and mems; they are its parent's unless asked otherwise.
 * A parent that another runtime made a moment ago may not have them yet: then it gets them here. */
static int copy_cpuset(const char *path, size_t mount_len)
{
    static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
    AUTO_FREE char *parent_path = xstrdup(path);
    *strrchr(parent_path, '/') = '\0';
    const struct cgroup_dir parent = {.path = parent_path}, child = {.path = (char *)path};
    bool filled = strlen(parent_path) <= mount_len;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        AUTO_BUF struct buf b = BUF_INIT;
        if (cg_read(&parent, files[i], &b) < 0)
            return fail(errno, "read %s/%s", parent_path, files[i]);
        if (!filled && strspn(buf_str(&b), " \n") == b.len) {
            TRY(copy_cpuset(parent_path, mount_len));
            filled = true;
            i--;
            continue;
        }
        TRY(cg_write(&child, files[i], "cpuset", "%s", buf_str(&b)));
    }
    return 0;
}

/* On cgroup2 an empty cpuset has its parent's by itself. */
static int fill_cpuset(const struct cgroup_dir *d, size_t mount_len)
{
    return d->ctrls & CTRL_CPUSET && !(d->ctrls & CTRL_UNIFIED) ? copy_cpuset(d->path, mount_len) : 0;
}

static int make_one(struct cgroup_dir *d, const char *path)
{
    if (mkdir(path, 0755) < 0)
        return -1;
    d->made++;
    return 0;
}

/* The directory with the parents that are missing. -1 with errno set and no fail(). */
static int make_levels_once(struct cgroup_dir *d, size_t mount_len)
{
    if (make_one(d, d->path) == 0)
        return 0;
    if (errno == EEXIST) {
        d->existed = true;
        return 0;
    }
    if (errno != ENOENT)
        return -1;
    for (char *slash = d->path + mount_len + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        int r = make_one(d, d->path);
        bool made = r == 0;
        if (r < 0 && errno == EEXIST)
            r = 0;
        if (made && fill_cpuset(d, mount_len) < 0)
            error_clear(); /* the leaf's copy will say it */
        *slash = '/';
        TRY(r);
    }
    return make_one(d, d->path) == 0 || errno == EEXIST ? 0 : -1;
}

/* A parent without containers may be removed by others between two steps: then again. */
static int make_levels(struct cgroup_dir *d, size_t mount_len)
{
    int r = -1;
    errno = ENOENT;
    for (int tries = 0; r < 0 && errno == ENOENT && tries < 5; tries++)
        r = make_levels_once(d, mount_len);
    return r;
}

static void undo(struct cgroup *cg)
{
    for (size_t i = 0; i < cg->n; i++) {
        struct cgroup_dir *d = &cg->v[i];
        for (; d->made > 0; d->made--) {
            if (rmdir(d->path) < 0)
                break;
            *strrchr(d->path, '/') = '\0';
        }
    }
}

bool cgroup_is_permission(int err)
{
    return err == EACCES || err == EPERM || err == EROFS;
}

static int refuse_used(const struct cgroup_dir *d)
{
    AUTO_FREE pid_t *pids = NULL;
    size_t n = 0;
    if (dir_pids(d->path, &pids, &n) == 0 && n > 0)
        return fail(0, "container's cgroup is not empty: %zu process(es) found in %s", n, d->path);
    return 0;
}

/* Of the hierarchy in which the directory is; 0: it is not mounted. Not at the same place in both lists:
 * those without permission are left out. */
static size_t mount_len_of(const struct cgroup_dir *d, const struct hosts_hierarchies *hosts)
{
    for (size_t i = 0; i < hosts->n; i++)
        if (strcmp(hosts->v[i].name, d->name) == 0)
            return strlen(hosts->v[i].mount);
    return 0;
}

/* A frozen cgroup, or one below a frozen one, would hold the new process for ever. One that we made at the
 * top cannot be frozen. */
static int refuse_frozen(const struct cgroup *cg, const struct hosts_hierarchies *hosts)
{
    for (size_t i = 0; i < cg->n; i++) {
        const struct cgroup_dir *d = &cg->v[i];
        if (!(d->ctrls & (CTRL_FREEZER | CTRL_UNIFIED)) || d->left_out)
            continue;
        bool at_top = strchr(d->path + mount_len_of(d, hosts) + 1, '/') == NULL;
        if ((d->existed || !at_top) && cgroup_dir_frozen(d) == 1)
            return fail(0, "container's cgroup unexpectedly frozen: %s", d->path);
    }
    return 0;
}

/* On v1 each hierarchy costs some 30 us a container, cpuset 150. Those that no limit needs are not made if
 * the container cannot see any: it has no mount of cgroups. */
static bool may_leave_out(const struct cgroup_options *o, const struct hierarchy *h, bool unified)
{
    unsigned seldom = CTRL_CPUSET | CTRL_NET_CLS | CTRL_NET_PRIO | CTRL_PERF_EVENT | CTRL_HUGETLB |
                      CTRL_RDMA | CTRL_MISC | (unified ? (unsigned)CTRL_FREEZER : 0);
    if (h->ctrls & ~seldom || h->ctrls & resources_need(resources_of(o), false))
        return false;
    for (size_t i = 0; i < o->spec->mounts.n; i++)
        if (str_starts(o->spec->mounts.v[i].type ? o->spec->mounts.v[i].type : "", "cgroup") ||
            str_starts(o->spec->mounts.v[i].destination, "/sys/fs/cgroup"))
            return false;
    return true;
}

static int no_permission(const struct cgroup_options *o, const struct cgroup_dir *d, bool pure_v2, int err)
{
    const struct spec_resources *r = resources_of(o);
    unsigned need = resources_need(r, pure_v2) & (pure_v2 ? ~0U : d->ctrls);
    if (o->rootless && !cgroups_path(o) && !need)
        return 0;
    if (!o->rootless || !need)
        return fail(err, "unable to apply cgroup configuration: mkdir %s", d->path);
    return fail(
        err,
        "%s: rootless needs no limits + no cgrouppath when no permission is granted for cgroups: mkdir "
        "%s (get a delegated cgroup with \"systemd-run --user --scope -p Delegate=yes\" or use "
        "--systemd-cgroup)",
        resources_path_of(r, need), d->path);
}

/* Makes the directory in one hierarchy; leaves it out where that is allowed. */
static int make_in(struct cgroup *cg, const struct cgroup_options *o, const struct hierarchy *h)
{
    char *path = path_in(o, h);
    if (!path)
        return -1;
    struct cgroup_dir *d = cgroup_add_dir(cg, h->name, h->ctrls, path);
    d->left_out = !cg->pure_v2 && may_leave_out(o, h, host_hierarchies()->unified);
    if (d->left_out)
        return 0;
    if (make_levels(d, strlen(h->mount)) < 0) {
        int err = errno;
        /* The extra cgroup2 of a hybrid host only makes things faster, if no limit needs a controller of it.
         */
        bool optional =
            d->ctrls & CTRL_UNIFIED && !cg->pure_v2 && !(d->ctrls & resources_need(resources_of(o), false));
        if (!cgroup_is_permission(err) && !optional)
            return fail(err, "unable to apply cgroup configuration: mkdir %s", d->path);
        if (!optional)
            TRY(no_permission(o, d, cg->pure_v2, err));
        log_debug("cgroup: %s left out: %s", d->path, errno_text(err));
        undo(&(struct cgroup){.n = 1, .v = {*d}});
        free(d->path);
        cg->n--;
        return 0;
    }
    return d->existed ? refuse_used(d) : fill_cpuset(d, strlen(h->mount));
}

/* ---- create ---- */

/* Where none could be made, an update must not make some later. */
static void forget_left_out(struct cgroup *cg)
{
    while (cg->n > 0)
        free(cg->v[--cg->n].path);
}

/* A hybrid host: what no v1 hierarchy has and a limit needs is turned on in the extra cgroup2. */
static int enable_in_unified(struct cgroup *cg, const struct hosts_hierarchies *hosts,
                             const struct spec_resources *r)
{
    struct cgroup_dir *u = cgroup_unified(cg);
    if (!u || !hosts->unified) /* unmounted meanwhile, or not in our mount namespace */
        return 0;
    return cgroup_enable_controllers(u, hosts->unified, r,
                                     controllers_in_v2(hosts) & resources_need(r, false));
}

static int build(struct cgroup *cg, const struct cgroup_options *o, const struct hosts_hierarchies *hosts)
{
    const struct spec_resources *r = resources_of(o);
    for (size_t i = 0; i < hosts->n; i++)
        TRY(make_in(cg, o, &hosts->v[i]));
    if (!cgroup_dir_of(cg, ~0U))
        forget_left_out(cg);
    TRY(refuse_frozen(cg, hosts));
    struct cgroup_dir *u = cgroup_unified(cg);
    if (cg->pure_v2) {
        if (!u)
            return 0; /* rootless without limits */
        TRY(cgroup_enable_controllers(u, hosts->unified, r, ~0U));
        TRY(resources_apply_v2(cg, r));
        TRY(cgroup_delegate(u, o));
    } else {
        TRY(enable_in_unified(cg, hosts, r));
        TRY(resources_apply_v1(cg, r));
    }
    return cgroup_open_for_join(cg);
}

int cgroup_create(const struct cgroup_options *o, struct cgroup **out)
{
    const struct hosts_hierarchies *hosts = NULL;
    struct cgroup *cg = cgroup_alloc(o->manager, o->id);
    int r = 0;
    cg->rootless = o->rootless;
    if (o->manager != CGROUP_DISABLED)
        r = (hosts = host_hierarchies()) ? 0 : -1;
    if (hosts) {
        cg->pure_v2 = hosts->pure_v2;
        cg->fresh = true;
        cg->spec_devices = o->spec && o->spec->linux_ ? &o->spec->linux_->devices : NULL;
        cg->devices_later = o->devices_later;
        r = o->manager == CGROUP_SYSTEMD ? systemd_prepare(o, cg) : build(cg, o, hosts);
        cg->spec_devices = NULL;
        cg->fresh = cg->devices_later = false;
    }
    if (r < 0) {
        undo(cg);
        cgroup_close(cg);
        return -1;
    }
    *out = cg;
    return 0;
}

int cgroup_limit_devices(struct cgroup *cg, const struct cgroup_options *o)
{
    if (!cg->pure_v2 || cg->manager != CGROUP_CGROUPFS || !cgroup_unified(cg))
        return 0;
    cg->fresh = true;
    cg->spec_devices = o->spec && o->spec->linux_ ? &o->spec->linux_->devices : NULL;
    int r = devices_apply_v2(cg, resources_of(o));
    cg->spec_devices = NULL;
    cg->fresh = false;
    return r;
}

int cgroup_settle_in(struct cgroup *cg, const struct cgroup_options *o, const char *path, pid_t pid)
{
    const struct hosts_hierarchies *hosts = host_hierarchies();
    if (!hosts)
        return -1;
    if (*path != '/' || cgroup_path_climbs(path))
        return fail(0, "systemd: \"%s\" is not the path of a cgroup", path);
    for (size_t i = 0; i < hosts->n; i++) {
        struct buf b = BUF_INIT;
        buf_adds(&b, hosts->v[i].mount);
        cgroup_add_path(&b, path);
        struct cgroup_dir *d = cgroup_add_dir(cg, hosts->v[i].name, hosts->v[i].ctrls, buf_take(&b));
        if (cg->pure_v2 || d->ctrls & CTRL_NAMED)
            continue;
        if (make_levels(d, strlen(hosts->v[i].mount)) < 0)
            return fail(errno, "unable to apply cgroup configuration: mkdir %s", d->path);
        if (!d->existed)
            TRY(fill_cpuset(d, strlen(hosts->v[i].mount)));
        TRY(cg_write(d, "cgroup.procs", "unable to apply cgroup configuration", "%d", (int)pid));
    }
    struct cgroup_dir *u = cgroup_unified(cg);
    cg->fresh = true;
    cg->spec_devices = o->spec && o->spec->linux_ ? &o->spec->linux_->devices : NULL;
    int r = 0;
    if (cg->pure_v2)
        r = cgroup_enable_controllers(u, hosts->unified, resources_of(o), ~0U) < 0 ||
                    resources_apply_v2(cg, resources_of(o)) < 0 || cgroup_delegate(u, o) < 0
                ? -1
                : 0;
    else
        r = enable_in_unified(cg, hosts, resources_of(o)) < 0 ? -1 : resources_apply_v1(cg, resources_of(o));
    cg->spec_devices = NULL;
    cg->fresh = false;
    return r;
}

int cgroup_find(const struct cgroup_options *o, struct cgroup **out)
{
    struct cgroup *cg = cgroup_alloc(o->manager, o->id);
    const struct hosts_hierarchies *hosts = o->manager == CGROUP_DISABLED ? NULL : host_hierarchies();
    cg->rootless = o->rootless;
    *out = cg;
    if (o->manager == CGROUP_DISABLED)
        return 0;
    if (!hosts) {
        cgroup_close(cg);
        return -1;
    }
    cg->pure_v2 = hosts->pure_v2;
    if (o->manager == CGROUP_SYSTEMD) {
        if (systemd_prepare(o, cg) == 0)
            return 0;
        cgroup_close(cg);
        return -1;
    }
    for (size_t i = 0; i < hosts->n; i++) {
        char *path = path_in(o, &hosts->v[i]);
        if (!path) {
            cgroup_close(cg);
            return -1;
        }
        cgroup_add_dir(cg, hosts->v[i].name, hosts->v[i].ctrls, path);
    }
    return 0;
}

/* ---- update ---- */

/* Makes the hierarchies that were left out and are needed now, and moves the container there. */
static int make_left_out(struct cgroup *cg, const struct hosts_hierarchies *hosts,
                         const struct spec_resources *r)
{
    unsigned need = resources_need(r, false);
    ask_unified(cg);
    for (size_t i = 0; i < cg->n; i++) {
        struct cgroup_dir *d = &cg->v[i];
        if (!d->left_out || !(d->ctrls & need))
            continue;
        size_t mount_len = mount_len_of(d, hosts);
        if (!mount_len || make_levels(d, mount_len) < 0)
            return fail(errno, "mkdir %s", d->path);
        TRY(fill_cpuset(d, mount_len));
        TRY(cgroup_move_all(cg, d));
        d->left_out = false;
    }
    return 0;
}

int cgroup_update(struct cgroup *cg, const struct spec_resources *r)
{
    if (cg->manager == CGROUP_DISABLED)
        return fail(0, "update: the container was made without a cgroup (--cgroup-manager disabled)");
    const struct hosts_hierarchies *hosts = host_hierarchies();
    if (!hosts)
        return -1;
    TRY(resources_check(r, cg->pure_v2, controllers_in_v2(hosts)));
    if (!cg->n)
        return fail(0, "update: the container has no cgroup of its own");
    if (r && r->memory)
        TRY(memory_check_before_update(cg, r->memory));
    if (cg->manager == CGROUP_SYSTEMD)
        TRY(systemd_update(cg, r));
    if (!cg->pure_v2) {
        TRY(make_left_out(cg, hosts, r));
        TRY(enable_in_unified(cg, hosts, r));
        return resources_apply_v1(cg, r);
    }
    if (!hosts->unified)
        return fail(0, "update: cgroup2 is not mounted");
    TRY(cgroup_enable_controllers(cgroup_unified(cg), hosts->unified, r, ~0U));
    return resources_apply_v2(cg, r);
}

/* ---- on disk ---- */

void cgroup_save(const struct cgroup *cg, struct json *j)
{
    static const char *const managers[] = {"cgroupfs", "systemd", "disabled"};
    json_open(j, "cgroup", '{');
    json_string(j, "manager", managers[cg->manager]);
    json_string(j, "id", cg->id);
    json_bool(j, "v2", cg->pure_v2);
    json_bool(j, "rootless", cg->rootless);
    json_open(j, "directories", '[');
    for (size_t i = 0; i < cg->n; i++) {
        json_open(j, NULL, '{');
        json_string(j, "hierarchy", cg->v[i].name);
        json_string(j, "path", cg->v[i].path);
        if (cg->v[i].left_out)
            json_bool(j, "leftOut", true);
        json_close(j, '}');
    }
    json_close(j, ']');
    if (cg->systemd)
        systemd_save(cg, j);
    json_close(j, '}');
}

static unsigned ctrls_of_name(const char *name)
{
    if (!*name)
        return CTRL_UNIFIED | CTRL_UNASKED;
    if (str_starts(name, "name="))
        return CTRL_NAMED;
    unsigned set = 0;
    AUTO_FREE char *copy = xstrdup(name);
    for (char *save = NULL, *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
        const struct name_value *c = name_find(controller_names_v1, w);
        set |= c ? (unsigned)c->value : 0;
    }
    return set;
}

int cgroup_load(const struct json_value *object, struct cgroup **out)
{
    const char *manager = json_get_string(object, "manager");
    enum cgroup_manager m = CGROUP_CGROUPFS;
    if (str_eq(manager, "systemd"))
        m = CGROUP_SYSTEMD;
    else if (str_eq(manager, "disabled"))
        m = CGROUP_DISABLED;
    else if (!str_eq(manager, "cgroupfs"))
        return fail(0, "state: cgroup.manager: \"%s\" is not known", manager ? manager : "");
    struct cgroup *cg = cgroup_alloc(m, json_get_string(object, "id"));
    cg->pure_v2 = json_get_bool(object, "v2", false);
    cg->rootless = json_get_bool(object, "rootless", false);
    const struct json_value *dirs = json_get(object, "directories");
    for (size_t i = 0; dirs && i < json_length(dirs) && cg->n < MAX_HIERARCHIES; i++) {
        const char *name = json_get_string(json_at(dirs, i), "hierarchy");
        const char *path = json_get_string(json_at(dirs, i), "path");
        if (!name || !path || *path != '/' || cgroup_path_climbs(path)) {
            cgroup_close(cg);
            return fail(0, "state: cgroup.directories[%zu] is damaged", i);
        }
        struct cgroup_dir *d = cgroup_add_dir(cg, name, cg->pure_v2 ? 0 : ctrls_of_name(name), xstrdup(path));
        /* An update may have made it since the state was written. */
        d->left_out = json_get_bool(json_at(dirs, i), "leftOut", false) && access(path, F_OK) < 0;
    }
    if (m == CGROUP_SYSTEMD && systemd_load(object, cg) < 0) {
        cgroup_close(cg);
        return -1;
    }
    *out = cg;
    return 0;
}

/* ---- for others ---- */

void cgroup_mount_info(const struct cgroup *cg, struct cgroup_mounts *out)
{
    *out = (struct cgroup_mounts){.unified = cg->pure_v2};
    for (size_t i = 0; i < cg->n; i++) {
        const struct cgroup_dir *d = &cg->v[i];
        if (d->ctrls & CTRL_UNIFIED) {
            out->unified_path = d->path;
            continue;
        }
        if (d->left_out)
            continue;
        const char *name = str_after(d->name, "name=");
        out->v1[out->n_v1].name = name ? name : d->name;
        out->v1[out->n_v1].options = name ? d->mount_options : d->name;
        out->v1[out->n_v1].path = d->path;
        out->n_v1++;
    }
    if (cg->manager == CGROUP_DISABLED)
        out->unified = cgroup_host()->v2 && !cgroup_host()->v1;
}

const char *cgroup_path(const struct cgroup *cg)
{
    const struct cgroup_dir *d = cgroup_dir_of(cg, CTRL_MEMORY);
    if (!d)
        d = cgroup_dir_of(cg, ~0U);
    return d ? d->path : NULL;
}

bool cgroup_exists(const struct cgroup *cg)
{
    for (size_t i = 0; i < cg->n; i++)
        if (access(cg->v[i].path, F_OK) == 0)
            return true;
    return false;
}
