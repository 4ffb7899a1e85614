/* linux.intelRdt: cache and memory bandwidth classes in the resctrl file system (resctrl.rst of the kernel,
 * config-linux.md "IntelRdt").
 *
 * A class of service is a directory: closID, or the container's id when there is none. Ours are removed with
 * the container, those with a closID stay. enableMonitoring makes mon_groups/ID below it, which goes with the
 * container in any case. The kernel explains refusals in info/last_cmd_status. */
#include "linux/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "linux/intelrdt.h"

#define RESCTRL_MAGIC 0x7655821
#define MAX_FILE      (1 << 16)

static const char default_root[] = "/sys/fs/resctrl";
const char *intel_rdt_root = default_root;

bool intel_rdt_enabled(void)
{
    struct statfs fs;
    if (statfs(intel_rdt_root, &fs) < 0)
        return false;
    return intel_rdt_root != default_root || fs.f_type == RESCTRL_MAGIC;
}

/* ---- check ---- */

static bool clos_is_valid(const char *id)
{
    static const char *const taken[] = {".", "..", "info", "mon_groups", "mon_data"};
    if (strcmp(id, "/") == 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(taken); i++)
        if (strcmp(id, taken[i]) == 0)
            return false;
    return *id && !strpbrk(id, "/\n");
}

static int check_line(const char *line, const char *field)
{
    if (strchr(line, '\n'))
        return fail(0, "linux.intelRdt.%s: must not contain newlines", field);
    return 0;
}

static bool is_set(const char *s)
{
    return s && *s;
}

static int check_schemas(const struct spec_intel_rdt *r)
{
    if (is_set(r->l3_cache_schema))
        TRY(check_line(r->l3_cache_schema, "l3CacheSchema"));
    if (is_set(r->mem_bw_schema)) {
        TRY(check_line(r->mem_bw_schema, "memBwSchema"));
        if (!str_starts(r->mem_bw_schema, "MB:"))
            return fail(0, "linux.intelRdt.memBwSchema: must start with MB:");
    }
    for (size_t i = 0; i < r->schemata.n; i++)
        TRY(check_line(r->schemata.v[i], "schemata"));
    return 0;
}

static int check_enabled(void)
{
    if (intel_rdt_enabled())
        return 0;
    return fail(0,
                "linux.intelRdt: there is no resctrl file system at %s: mount it, on a machine that has it",
                intel_rdt_root);
}

int intel_rdt_check(const struct spec *spec)
{
    const struct spec_intel_rdt *r = spec->linux_ ? spec->linux_->intel_rdt : NULL;
    if (!r)
        return 0;
    TRY(check_enabled());
    if (r->clos_id && *r->clos_id && !clos_is_valid(r->clos_id))
        return fail(0, "linux.intelRdt.closID: \"%s\" is not the name of a class", r->clos_id);
    return check_schemas(r);
}

/* ---- schemata ---- */

static bool has_schemata(const struct spec_intel_rdt *r)
{
    return is_set(r->l3_cache_schema) || is_set(r->mem_bw_schema) || r->schemata.n > 0;
}

/* Value of domain `id` in the domains of a schemata line ("0=7ff;1= 70"); masks are hexadecimal and padded as
 * the kernel likes, bandwidths decimal. */
static bool find_domain(const char *domains, unsigned long id, int base, unsigned long *value)
{
    while (*domains) {
        char *end;
        unsigned long found = strtoul(domains, &end, 10);
        if (end == domains || *end != '=')
            return false;
        domains = end + 1;
        *value = strtoul(domains, &end, base);
        if (end == domains)
            return false;
        if (found == id)
            return true;
        domains = end + strspn(end, "; \t");
        if (*domains == '\n')
            return false;
    }
    return false;
}

/* Does the file's text say what the wanted line says, for each domain that it names? */
static bool line_matches(const char *text, const char *wanted)
{
    const char *colon = strchr(wanted, ':');
    if (!colon)
        return false;
    size_t name = (size_t)(colon - wanted);
    int base = strncmp(wanted, "MB", 2) == 0 ? 10 : 16;
    for (const char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        line += strspn(line, " \t");
        if (strncmp(line, wanted, name + 1) != 0)
            continue;
        for (const char *d = colon + 1; *d;) {
            unsigned long id = strtoul(d, NULL, 10), want, have;
            if (!find_domain(d, id, base, &want) || !find_domain(line + name + 1, id, base, &have) ||
                want != have)
                return false;
            d += strcspn(d, ";");
            d += strspn(d, "; ");
        }
        return true;
    }
    return false;
}

static int compare_schemata(int group, const struct spec_intel_rdt *r)
{
    AUTO_BUF struct buf text = BUF_INIT;
    TRY(read_file_at(group, "schemata", MAX_FILE, &text));
    if (is_set(r->l3_cache_schema) && !line_matches(buf_str(&text), r->l3_cache_schema))
        return fail(0, "linux.intelRdt.l3CacheSchema: the class %s exists with other values", r->clos_id);
    if (is_set(r->mem_bw_schema) && !line_matches(buf_str(&text), r->mem_bw_schema))
        return fail(0, "linux.intelRdt.memBwSchema: the class %s exists with other values", r->clos_id);
    for (size_t i = 0; i < r->schemata.n; i++)
        if (!line_matches(buf_str(&text), r->schemata.v[i]))
            return fail(0, "linux.intelRdt.schemata[%zu]: the class %s exists with other values", i,
                        r->clos_id);
    return 0;
}

/* A refused write, with the kernel's own words. */
static int write_group(int group, const char *file, const char *text)
{
    if (write_file_at(group, file, 0, 0, text, strlen(text)) == 0)
        return 0;
    int number = error_errno();
    AUTO_FREE char *status = xasprintf("%s/info/last_cmd_status", intel_rdt_root);
    AUTO_BUF struct buf said = BUF_INIT;
    if (read_file_at(AT_FDCWD, status, 4096, &said) < 0)
        error_clear();
    said.len = strcspn(buf_str(&said), "\n");
    return fail(number, "linux.intelRdt: write %s: the kernel says \"%.*s\"", file, (int)said.len,
                buf_str(&said));
}

static int write_schemata(int group, const struct spec_intel_rdt *r)
{
    AUTO_BUF struct buf first = BUF_INIT, last = BUF_INIT;
    if (is_set(r->l3_cache_schema))
        buf_printf(&first, "%s\n", r->l3_cache_schema);
    if (is_set(r->mem_bw_schema))
        buf_printf(&first, "%s\n", r->mem_bw_schema);
    for (size_t i = 0; i < r->schemata.n; i++)
        buf_printf(&last, "%s\n", r->schemata.v[i]);
    if (first.len)
        TRY(write_group(group, "schemata", first.data));
    return last.len ? write_group(group, "schemata", last.data) : 0;
}

/* ---- groups ---- */

static int make_group(const char *path, bool *made)
{
    *made = mkdir(path, 0755) == 0;
    if (*made || errno == EEXIST)
        return 0;
    if (errno == ENOSPC)
        return fail(0, "linux.intelRdt: %s: the hardware has no more groups", path);
    return fail(errno, "linux.intelRdt: mkdir %s", path);
}

/* Makes or finds the class; *made when it was not there. */
static int open_class(const struct spec_intel_rdt *r, const char *path, bool *made)
{
    bool named = is_set(r->clos_id);
    *made = false;
    if (!named || has_schemata(r))
        TRY(make_group(path, made));
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return fail(0, "linux.intelRdt.closID: there is no class \"%s\", and no schema to make one with",
                    r->clos_id);
    return fd < 0 ? fail(errno, "linux.intelRdt: open %s", path) : fd;
}

static int add_task(const char *path, pid_t pid)
{
    char text[16];
    snprintf(text, sizeof(text), "%d", (int)pid);
    AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(errno, "linux.intelRdt: open %s", path);
    return write_group(fd, "tasks", text);
}

static int fill_class(const struct spec_intel_rdt *r, int group, const char *path, pid_t pid, bool made)
{
    if (is_set(r->clos_id) && !made)
        TRY(compare_schemata(group, r));
    else
        TRY(write_schemata(group, r));
    return add_task(path, pid);
}

/* The monitoring group of the container below its class. */
static int add_monitoring(const char *monitor, pid_t pid)
{
    bool made;
    TRY(make_group(monitor, &made));
    if (!made)
        return fail(0, "linux.intelRdt.enableMonitoring: %s exists already", monitor);
    if (add_task(monitor, pid) == 0)
        return 0;
    rmdir(monitor);
    return -1;
}

/* Directory of the class; the container's monitoring group lies in mon_groups below it. */
static char *class_path(const struct spec_intel_rdt *r, const char *id)
{
    const char *name = !is_set(r->clos_id) ? id : strcmp(r->clos_id, "/") == 0 ? "." : r->clos_id;
    return xasprintf("%s/%s", intel_rdt_root, name);
}

int intel_rdt_join(const struct spec *spec, const char *id, const char *created_path, pid_t pid)
{
    const struct spec_intel_rdt *r = spec->linux_ ? spec->linux_->intel_rdt : NULL;
    if (!r)
        return created_path ? add_task(created_path, pid) : 0;
    AUTO_FREE char *path = class_path(r, id);
    TRY(add_task(path, pid));
    AUTO_FREE char *monitor = xasprintf("%s/mon_groups/%s", path, id);
    return r->enable_monitoring ? add_task(monitor, pid) : 0;
}

int intel_rdt_apply(const struct spec *spec, const char *id, pid_t pid, char **created_path)
{
    const struct spec_intel_rdt *r = spec->linux_ ? spec->linux_->intel_rdt : NULL;
    *created_path = NULL;
    if (!r)
        return 0;
    TRY(intel_rdt_check(spec));
    bool named = is_set(r->clos_id), made;
    AUTO_FREE char *path = class_path(r, id);
    AUTO_FREE char *monitor = xasprintf("%s/mon_groups/%s", path, id);
    AUTO_FD int fd = open_class(r, path, &made);
    if (fd < 0)
        return -1;
    if (!named && !made)
        return fail(0, "linux.intelRdt: %s exists already", path);
    if (fill_class(r, fd, path, pid, made) < 0 ||
        (r->enable_monitoring && add_monitoring(monitor, pid) < 0)) {
        if (made)
            rmdir(path);
        return -1;
    }
    if (!named)
        *created_path = take_ptr(path); /* the kernel takes the monitoring group away with its class */
    else if (r->enable_monitoring)
        *created_path = take_ptr(monitor);
    return 0;
}

/* A class of the container's own, for one that was made without. */
static int make_late_class(const char *path, const struct spec_intel_rdt *want, const pid_t *pids, size_t n)
{
    bool made;
    TRY(make_group(path, &made));
    if (!made)
        return fail(0, "linux.intelRdt: %s exists already", path);
    AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int r = fd < 0 ? fail(errno, "linux.intelRdt: open %s", path) : write_schemata(fd, want);
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = add_task(path, pids[i]);
        if (r < 0 && error_errno() == ESRCH) /* it ended meanwhile */
            r = 0;
    }
    if (r < 0)
        rmdir(path);
    return r;
}

int intel_rdt_update(const struct spec *spec, const char *id, const struct spec_intel_rdt *want,
                     const pid_t *pids, size_t n, char **created_path)
{
    static const struct spec_intel_rdt none;
    const struct spec_intel_rdt *r = spec->linux_ ? spec->linux_->intel_rdt : NULL;
    TRY(check_enabled());
    TRY(check_schemas(want));
    AUTO_FREE char *path = class_path(r ? r : &none, id);
    if (!r && !*created_path) {
        TRY(make_late_class(path, want, pids, n));
        *created_path = take_ptr(path);
        return 0;
    }
    AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? fail(errno, "linux.intelRdt: open %s", path) : write_schemata(fd, want);
}

int intel_rdt_remove(const char *created_path)
{
    if (!created_path || rmdir(created_path) == 0 || errno == ENOENT)
        return 0;
    return fail(errno, "remove %s", created_path);
}
