/* cgroup2: controllers turned on from the top down to a cgroup, and a cgroup given to its owner. */
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

static unsigned controllers_of(const char *path, const char *file)
{
    AUTO_BUF struct buf b = BUF_INIT;
    const struct cgroup_dir d = {.path = (char *)path};
    unsigned set = 0;
    if (cg_read(&d, file, &b) < 0)
        return 0;
    for (char *save = NULL, *w = strtok_r(b.data, " \n", &save); w; w = strtok_r(NULL, " \n", &save)) {
        const struct name_value *found = name_find(controller_names_v2, w);
        if (found)
            set |= (unsigned)found->value;
    }
    return set;
}

/* Turns the controllers in `set` on for the children of path: all at once, or one by one if one is refused.
 * Returns the errno of the last refusal. */
static int enable_in(const char *path, unsigned set)
{
    AUTO_BUF struct buf all = BUF_INIT;
    const struct cgroup_dir d = {.path = (char *)path};
    AUTO_FD int fd = cg_open(&d, "cgroup.subtree_control", O_WRONLY);
    if (fd < 0)
        return errno;
    for (const struct name_value *c = controller_names_v2; c->name; c++)
        if (set & c->value)
            buf_printf(&all, "+%s ", c->name);
    if (write(fd, buf_str(&all), all.len) >= 0)
        return 0;
    int err = errno;
    for (const struct name_value *c = controller_names_v2; c->name; c++) {
        char word[32];
        int n = snprintf(word, sizeof(word), "+%s", c->name);
        if (set & c->value && write(fd, word, (size_t)n) < 0)
            err = errno;
    }
    return err;
}

static int missing_controller(const struct spec_resources *r, unsigned missing, const char *path, int err)
{
    const char *name = "?";
    for (const struct name_value *c = controller_names_v2; c->name; c++)
        if (missing & c->value) {
            name = c->name;
            missing = (unsigned)c->value;
            break;
        }
    const char *why = "the parent cgroup does not have it; see cgroup.controllers there";
    if (err == EBUSY)
        why = "a cgroup above it has processes and so cannot hand controllers down: move them to a cgroup of "
              "their own first";
    else if (cgroup_is_permission(err))
        why = "no permission to write cgroup.subtree_control above it: get a delegated cgroup";
    return fail(err, "%s: the %s controller is not available in %s (%s)", resources_path_of(r, missing), name,
                path, why);
}

/* Turns on what the host has and the cgroup lacks, top to bottom; an error only if a limit needs it. */
int cgroup_enable_controllers(const struct cgroup_dir *d, const struct hierarchy *h,
                              const struct spec_resources *r, unsigned which)
{
    unsigned want = h->ctrls & which & ~(unsigned)CTRL_UNIFIED, need = resources_need(r, true) & which;
    if (!want && !need)
        return 0;
    unsigned have = controllers_of(d->path, "cgroup.controllers");
    int err = 0;
    if (want & ~have) {
        AUTO_FREE char *path = xstrdup(d->path);
        for (char *slash = path + strlen(h->mount); slash; slash = strchr(slash + 1, '/')) {
            *slash = '\0';
            unsigned on = controllers_of(path, "cgroup.subtree_control");
            unsigned can = controllers_of(path, "cgroup.controllers") & want & ~on;
            int e = can ? enable_in(path, can) : 0;
            err = e ? e : err;
            *slash = '/';
        }
        have = controllers_of(d->path, "cgroup.controllers");
    }
    if (need & ~have)
        return missing_controller(r, need & ~have, d->path, err);
    return 0;
}

/* ---- delegation ---- */

static bool writable_cgroup_mount(const struct spec *spec)
{
    for (size_t i = 0; i < spec->mounts.n; i++) {
        const struct spec_mount *m = &spec->mounts.v[i];
        if (!str_eq(m->type, "cgroup") || !str_eq(m->destination, "/sys/fs/cgroup"))
            continue;
        for (size_t k = 0; k < m->options.n; k++)
            if (strcmp(m->options.v[k], "ro") == 0)
                return false;
        return true;
    }
    return false;
}

/* config-linux.md, "Cgroup ownership": the container's root owns its cgroup if the cgroup is its whole view
 * and it may write there. */
int cgroup_delegate(const struct cgroup_dir *d, const struct cgroup_options *o)
{
    static const char fallback[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
    const struct spec_namespace *ns = spec_namespace(o->spec, "cgroup");
    if (o->owner_uid == (uid_t)-1 || !ns || ns->path || !writable_cgroup_mount(o->spec))
        return 0;
    AUTO_BUF struct buf b = BUF_INIT;
    if (read_file_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", 65536, &b) < 0) {
        error_clear();
        buf_adds(&b, fallback);
    }
    gid_t gid = (gid_t)-1; /* the group stays: the specification speaks of the user alone */
    if (chown(d->path, o->owner_uid, gid) < 0)
        return fail(errno, "chown %s to uid %u", d->path, o->owner_uid);
    char *rest = b.data, *line;
    while (next_line(&rest, &line)) {
        AUTO_FREE char *path = xasprintf("%s/%s", d->path, line);
        if (chown(path, o->owner_uid, gid) < 0 && errno != ENOENT)
            return fail(errno, "chown %s to uid %u", path, o->owner_uid);
    }
    return 0;
}
