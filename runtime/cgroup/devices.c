/* linux.resources.devices: the rules in order, the last one that matches decides, for each kind of access.
 *
 * Around the document's rules stands what every container has: first "deny all"; afterwards, so that no
 * document can take it away, mknod of anything (the node is of no use without a rule) and the devices that
 * config-linux.md supplies to every container: null, zero, full, random, urandom, tty, ptmx and ptys. This is
 * what callers of OCI runtimes count on.
 *
 * A device program (v2) evaluates rules as they are. v1 knows only a default and exceptions to it, to which
 * the rules are reduced; where that would give away or take away more than was said, it is an error. An
 * update writes what is different. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cgroup/internal.h"

#define ALL_ACCESS (DEV_READ | DEV_WRITE | DEV_MKNOD)

static const struct {
    const char *path; /* left out if linux.devices makes something else of this path */
    struct device_rule rule;
} defaults[] = {
    {NULL, {true, 'c', DEV_MKNOD, -1, -1}},       {NULL, {true, 'b', DEV_MKNOD, -1, -1}},
    {"/dev/null", {true, 'c', ALL_ACCESS, 1, 3}}, {"/dev/random", {true, 'c', ALL_ACCESS, 1, 8}},
    {"/dev/full", {true, 'c', ALL_ACCESS, 1, 7}}, {"/dev/tty", {true, 'c', ALL_ACCESS, 5, 0}},
    {"/dev/zero", {true, 'c', ALL_ACCESS, 1, 5}}, {"/dev/urandom", {true, 'c', ALL_ACCESS, 1, 9}},
    {NULL, {true, 'c', ALL_ACCESS, 136, -1}},     {NULL, {true, 'c', ALL_ACCESS, 5, 2}},
};

static unsigned parse_access(const char *s, bool *valid)
{
    unsigned set = 0;
    *valid = true;
    for (; s && *s; s++) {
        if (*s == 'r')
            set |= DEV_READ;
        else if (*s == 'w')
            set |= DEV_WRITE;
        else if (*s == 'm')
            set |= DEV_MKNOD;
        else
            *valid = false;
    }
    return set;
}

int device_rules_check(const struct spec_device_cgroup_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct spec_device_cgroup *d = &list->v[i];
        bool valid;
        parse_access(d->access, &valid);
        if (!valid)
            return fail(0, "linux.resources.devices[%zu].access: \"%s\" is not made of r, w and m", i,
                        d->access);
        if (d->type && *d->type && !(strchr("abcup", d->type[0]) && !d->type[1]))
            return fail(0, "linux.resources.devices[%zu].type: \"%s\" is none of a, b, c", i, d->type);
        if ((d->major.set && (d->major.v < -1 || d->major.v > UINT32_MAX)) ||
            (d->minor.set && (d->minor.v < -1 || d->minor.v > UINT32_MAX)))
            return fail(0, "linux.resources.devices[%zu]: %lld:%lld is not a device number", i,
                        (long long)d->major.v, (long long)d->minor.v);
    }
    return 0;
}

static void add_rule(struct device_rules *r, struct device_rule rule)
{
    r->v = xrealloc(r->v, r->n + 1, sizeof(*r->v));
    r->v[r->n++] = rule;
}

static struct device_rule from_document(const struct spec_device_cgroup *d)
{
    bool valid;
    struct device_rule r = {.allow = d->allow,
                            .type = d->type && *d->type ? d->type[0] : 'a',
                            .access = d->access ? parse_access(d->access, &valid) : ALL_ACCESS,
                            .major = d->major.set ? d->major.v : -1,
                            .minor = d->minor.set ? d->minor.v : -1};
    if (r.type == 'u')
        r.type = 'c'; /* mknod(1): an unbuffered character device */
    return r;
}

static bool redefined(const struct spec_device_list *devices, const char *path)
{
    for (size_t i = 0; path && devices && i < devices->n; i++)
        if (str_eq(devices->v[i].path, path))
            return true;
    return false;
}

void device_rules_collect(const struct spec_device_cgroup_list *list, const struct spec_device_list *devices,
                          struct device_rules *out)
{
    *out = (struct device_rules){NULL, 0};
    add_rule(out, (struct device_rule){false, 'a', ALL_ACCESS, -1, -1});
    for (size_t i = 0; i < list->n; i++) {
        struct device_rule r = from_document(&list->v[i]);
        if (r.type == 'p' || !r.access)
            continue; /* FIFOs are no devices */
        bool everything = r.type == 'a' && r.major < 0 && r.minor < 0 && r.access == ALL_ACCESS;
        if (everything)
            out->n = 0; /* what came before no longer matters */
        add_rule(out, r);
    }
    for (size_t i = 0; i < ARRAY_LEN(defaults); i++)
        if (!redefined(devices, defaults[i].path))
            add_rule(out, defaults[i].rule);
}

/* ---- a default and exceptions ---- */

/* Whether every device of b is one of a's. */
static bool covers(const struct device_rule *a, const struct device_rule *b)
{
    return (a->type == 'a' || a->type == b->type) && (a->major < 0 || a->major == b->major) &&
           (a->minor < 0 || a->minor == b->minor);
}

static bool overlap(const struct device_rule *a, const struct device_rule *b)
{
    return (a->type == 'a' || b->type == 'a' || a->type == b->type) &&
           (a->major < 0 || b->major < 0 || a->major == b->major) &&
           (a->minor < 0 || b->minor < 0 || a->minor == b->minor);
}

/* Takes r's access away from the exceptions it covers. An exception that r covers only in part cannot be
 * split. */
static int subtract(struct device_rules *exceptions, const struct device_rule *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < exceptions->n; i++) {
        struct device_rule *e = &exceptions->v[i];
        if (covers(r, e))
            e->access &= ~r->access;
        else if (overlap(r, e) && e->access & r->access)
            return fail(
                0,
                "linux.resources.devices: rule \"%c %lld:%lld\" takes back a part of \"%c %lld:%lld\", "
                "which cgroup v1 cannot express",
                r->type, (long long)r->major, (long long)r->minor, e->type, (long long)e->major,
                (long long)e->minor);
        if (e->access)
            exceptions->v[kept++] = *e;
    }
    exceptions->n = kept;
    return 0;
}

static void add_exception(struct device_rules *exceptions, const struct device_rule *r)
{
    static const char both[] = "bc";
    for (const char *t = both; r->type == 'a' && *t; t++) { /* 'a' with numbers: v1 wants one of the two */
        struct device_rule one = *r;
        one.type = *t;
        add_exception(exceptions, &one);
    }
    if (r->type == 'a')
        return;
    for (size_t i = 0; i < exceptions->n; i++) {
        struct device_rule *e = &exceptions->v[i];
        if (e->type == r->type && e->major == r->major && e->minor == r->minor) {
            e->access |= r->access;
            return;
        }
    }
    add_rule(exceptions, *r);
}

int device_rules_reduce(const struct device_rules *rules, bool *default_allow, struct device_rules *out)
{
    *default_allow = false;
    *out = (struct device_rules){NULL, 0};
    for (size_t i = 0; i < rules->n; i++) {
        const struct device_rule *r = &rules->v[i];
        if (r->type == 'a' && r->major < 0 && r->minor < 0 && r->access == ALL_ACCESS) {
            *default_allow = r->allow;
            out->n = 0;
        } else if (r->allow != *default_allow) {
            add_exception(out, r);
        } else if (subtract(out, r) < 0) {
            free(out->v);
            *out = (struct device_rules){NULL, 0};
            return -1;
        }
    }
    return 0;
}

static int number(char *out, size_t size, int64_t n)
{
    return n < 0 ? snprintf(out, size, "*") : snprintf(out, size, "%lld", (long long)n);
}

/* Documentation/admin-guide/cgroup-v1/devices.rst: "a" resets to one default, then one exception a write. */
static int write_exceptions(const struct cgroup_dir *d, const char *file, const struct device_rules *list)
{
    AUTO_FD int fd = list->n ? cg_open(d, file, O_WRONLY) : -1;
    if (list->n && fd < 0)
        return fail(errno, "linux.resources.devices: open %s/%s", d->path, file);
    for (size_t i = 0; i < list->n; i++) {
        const struct device_rule *e = &list->v[i];
        char major[24], minor[24], line[80];
        number(major, sizeof(major), e->major);
        number(minor, sizeof(minor), e->minor);
        int n = snprintf(line, sizeof(line), "%c %s:%s %s%s%s", e->type, major, minor,
                         e->access & DEV_READ ? "r" : "", e->access & DEV_WRITE ? "w" : "",
                         e->access & DEV_MKNOD ? "m" : "");
        if (write(fd, line, (size_t)n) < 0)
            return fail(errno, "linux.resources.devices: write \"%s\" to %s/%s%s", line, d->path, file,
                        errno == EPERM ? " (the parent cgroup may not do that itself)" : "");
    }
    return 0;
}

static int reset_v1(const struct cgroup_dir *d, bool allow, const struct device_rules *exceptions)
{
    TRY(cg_write(d, allow ? "devices.allow" : "devices.deny", "linux.resources.devices", "a"));
    return write_exceptions(d, allow ? "devices.deny" : "devices.allow", exceptions);
}

static bool parse_device_number(const char *s, int64_t *out)
{
    uint64_t n = 0;
    bool any = str_eq(s, "*"), valid = any || (s && parse_u64(s, UINT32_MAX, &n) == 0);
    *out = any ? -1 : (int64_t)n;
    return valid;
}

/* "c 1:3 rwm", "b *:* m"; takes the line apart. */
static bool parse_exception(char *line, struct device_rule *out)
{
    const char *type = strsep(&line, " "), *major = strsep(&line, ":"), *minor = strsep(&line, " ");
    bool valid = false;
    *out = (struct device_rule){.allow = true, .type = *type};
    if ((!str_eq(type, "b") && !str_eq(type, "c")) || !parse_device_number(major, &out->major) ||
        !parse_device_number(minor, &out->minor))
        return false;
    out->access = parse_access(line, &valid);
    return valid;
}

/* What is allowed now. Not if the default is to allow: "a *:* rwm" stands there then, without the exceptions.
 */
static bool read_v1(const struct cgroup_dir *d, struct device_rules *out)
{
    AUTO_BUF struct buf b = BUF_INIT;
    struct device_rule r;
    *out = (struct device_rules){NULL, 0};
    if (cg_read(d, "devices.list", &b) < 0)
        return false;
    char *rest = b.data, *line;
    while (next_line(&rest, &line))
        if (*line && parse_exception(line, &r)) {
            add_rule(out, r);
        } else if (*line) {
            free(out->v);
            return false;
        }
    return true;
}

/* What of r's access the same entry of the list lacks. */
static unsigned lacks(const struct device_rules *list, const struct device_rule *r)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct device_rule *e = &list->v[i];
        if (e->type == r->type && e->major == r->major && e->minor == r->minor)
            return r->access & ~e->access;
    }
    return r->access;
}

static int write_missing(const struct cgroup_dir *d, const char *file, const struct device_rules *of,
                         const struct device_rules *in)
{
    struct device_rules missing = {NULL, 0};
    for (size_t i = 0; i < of->n; i++) {
        struct device_rule rule = of->v[i];
        rule.access = lacks(in, &rule);
        if (rule.access)
            add_rule(&missing, rule);
    }
    int r = write_exceptions(d, file, &missing);
    free(missing.v);
    return r;
}

/* What is used before and after is never refused: new ones are allowed first. */
static int change_v1(const struct cgroup_dir *d, const struct device_rules *have,
                     const struct device_rules *want)
{
    TRY(write_missing(d, "devices.allow", want, have));
    return write_missing(d, "devices.deny", have, want);
}

/* Of a container that runs only the difference is written. Between two defaults there is none: for the moment
 * in which nothing or everything is allowed, it stands still. */
static int apply_reduced_v1(struct cgroup *cg, const struct cgroup_dir *d, bool allow,
                            const struct device_rules *exceptions)
{
    struct device_rules have;
    if (!cg->fresh && !allow && read_v1(d, &have)) {
        int r = change_v1(d, &have, exceptions);
        free(have.v);
        return r;
    }
    bool froze = !cg->fresh && cgroup_is_frozen(cg) == 0 && cgroup_freeze(cg, true) == 0;
    if (!froze)
        error_clear();
    int r = reset_v1(d, allow, exceptions);
    if (froze && cgroup_freeze(cg, false) < 0)
        r = -1;
    return r;
}

int device_rules_apply_v1(struct cgroup *cg, const struct cgroup_dir *d, const struct device_rules *rules)
{
    bool allow;
    struct device_rules exceptions;
    TRY(device_rules_reduce(rules, &allow, &exceptions));
    int r = apply_reduced_v1(cg, d, allow, &exceptions);
    free(exceptions.v);
    return r;
}
