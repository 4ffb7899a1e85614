/* Which hierarchies this host has, found out once and cheaply.
 *
 * cgroup2 alone: one statfs(2) of /sys/fs/cgroup. v1 and hybrid: /proc/self/cgroup lists the hierarchies,
 * each is expected at /sys/fs/cgroup/NAME as everybody mounts it and confirmed by statfs(2). Only one that is
 * not there makes us parse mountinfo, which is slow on hosts with many mounts. cgroups(7). */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cgroup/internal.h"

#define ROOT "/sys/fs/cgroup"

const struct name_value controller_names_v1[] = {
    {"cpuset", CTRL_CPUSET},   {"cpu", CTRL_CPU},           {"cpuacct", CTRL_CPUACCT},
    {"memory", CTRL_MEMORY},   {"pids", CTRL_PIDS},         {"blkio", CTRL_BLKIO},
    {"hugetlb", CTRL_HUGETLB}, {"devices", CTRL_DEVICES},   {"freezer", CTRL_FREEZER},
    {"net_cls", CTRL_NET_CLS}, {"net_prio", CTRL_NET_PRIO}, {"perf_event", CTRL_PERF_EVENT},
    {"rdma", CTRL_RDMA},       {"misc", CTRL_MISC},         {NULL, 0}};

const struct name_value controller_names_v2[] = {{"cpuset", CTRL_CPUSET},
                                                 {"cpu", CTRL_CPU},
                                                 {"io", CTRL_BLKIO},
                                                 {"memory", CTRL_MEMORY},
                                                 {"hugetlb", CTRL_HUGETLB},
                                                 {"pids", CTRL_PIDS},
                                                 {"rdma", CTRL_RDMA},
                                                 {"misc", CTRL_MISC},
                                                 {"dmem", CTRL_DMEM},
                                                 {"perf_event", CTRL_PERF_EVENT},
                                                 {NULL, 0}};

static struct hosts_hierarchies host;

static long fs_type(const char *path)
{
    struct statfs st;
    return statfs(path, &st) == 0 ? (long)st.f_type : 0;
}

static unsigned controllers_from(char *list, const char *separators, const struct name_value *names)
{
    unsigned set = 0;
    for (char *save = NULL, *w = strtok_r(list, separators, &save); w;
         w = strtok_r(NULL, separators, &save)) {
        const struct name_value *found = name_find(names, w);
        if (found)
            set |= (unsigned)found->value;
    }
    return set;
}

static void read_v2_controllers(struct hierarchy *h)
{
    AUTO_BUF struct buf b = BUF_INIT;
    AUTO_FREE char *path = xasprintf("%s/cgroup.controllers", h->mount);
    h->ctrls = CTRL_UNIFIED;
    if (read_file_at(AT_FDCWD, path, 65536, &b) < 0)
        error_clear();
    else if (b.data)
        h->ctrls |= controllers_from(b.data, " \n", controller_names_v2);
}

/* One line of mountinfo: "30 22 0:27 ROOT POINT opts ... - TYPE SOURCE SUPEROPTS", proc(5). */
struct mount_line {
    char *root, *point, *type, *options;
};

static bool parse_mount_line(char *line, struct mount_line *m)
{
    char *save = NULL, *dash = strstr(line, " - ");
    if (!dash)
        return false;
    *dash = '\0';
    strtok_r(line, " ", &save);
    strtok_r(NULL, " ", &save);
    strtok_r(NULL, " ", &save);
    m->root = strtok_r(NULL, " ", &save);
    m->point = strtok_r(NULL, " ", &save);
    m->type = strtok_r(dash + 3, " ", &save);
    strtok_r(NULL, " ", &save);
    m->options = strtok_r(NULL, " ", &save);
    return m->root && m->point && m->type && m->options;
}

static bool has_option(const char *options, const char *word, size_t len)
{
    for (const char *p = options; p; p = strchr(p, ',')) {
        p += *p == ',';
        if (strncmp(p, word, len) == 0 && (p[len] == ',' || p[len] == '\0'))
            return true;
    }
    return false;
}

/* The first name of the hierarchy tells it: a controller is in one hierarchy only. */
static bool mount_is(const struct mount_line *m, const struct hierarchy *h)
{
    if (!*h->name)
        return strcmp(m->type, "cgroup2") == 0;
    return strcmp(m->type, "cgroup") == 0 && has_option(m->options, h->name, strcspn(h->name, ","));
}

/* A mount that shows only a part of the hierarchy (a container without cgroup namespace): our own path is
 * below that part. */
static void strip_root(struct hierarchy *h, const char *root)
{
    size_t n = strlen(root);
    if (n > 1 && strncmp(h->own, root, n) == 0 && (h->own[n] == '/' || !h->own[n])) {
        char *rest = xstrdup(h->own[n] ? h->own + n : "/");
        free(h->own);
        h->own = rest;
    }
}

static void find_in_mountinfo(struct hierarchy *h)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", 64 << 20, &b) < 0) {
        error_clear();
        return;
    }
    char *rest = b.data, *line;
    struct mount_line m;
    while (next_line(&rest, &line)) {
        if (!strstr(line, " - cgroup") || !parse_mount_line(line, &m) || !mount_is(&m, h))
            continue;
        h->mount = xstrdup(m.point);
        strip_root(h, m.root);
        return;
    }
}

static void locate(struct hierarchy *h)
{
    char path[PATH_MAX];
    const char *name = str_after(h->name, "name=");
    name = *h->name ? (name ? name : h->name) : "unified";
    snprintf(path, sizeof(path), ROOT "/%s", name);
    long want = *h->name ? (long)CGROUP_SUPER_MAGIC : (long)CGROUP2_SUPER_MAGIC;
    if (fs_type(path) == want)
        h->mount = xstrdup(path);
    else
        find_in_mountinfo(h);
}

/* "4:memory:/user.slice": NAME and the own path; then the mount. Hierarchies that are not mounted are
 * skipped. */
static void add_hierarchy(char *line)
{
    struct hierarchy *h = &host.v[host.n];
    strsep(&line, ":");
    char *name = strsep(&line, ":");
    if (!name || !line || host.n == MAX_HIERARCHIES || strlen(name) >= sizeof(h->name))
        return;
    *h = (struct hierarchy){.own = xstrdup(line)};
    memcpy(h->name, name, strlen(name) + 1);
    locate(h);
    if (!h->mount) {
        free(h->own);
        return;
    }
    if (!*name) {
        read_v2_controllers(h);
        host.unified = h;
    } else if (str_starts(name, "name=")) {
        h->ctrls = CTRL_NAMED;
    } else {
        h->ctrls = controllers_from(name, ",", controller_names_v1);
    }
    host.n++;
}

/* Only the mount is needed for an absolute cgroupsPath, so the own cgroup is looked up when asked for. */
static void find_pure_v2(void)
{
    struct hierarchy *h = &host.v[0];
    *h = (struct hierarchy){.mount = xstrdup(ROOT)};
    read_v2_controllers(h);
    host.n = 1;
    host.unified = h;
    host.pure_v2 = true;
}

const char *hierarchy_own(const struct hierarchy *h)
{
    if (h->own)
        return h->own;
    AUTO_BUF struct buf b = BUF_INIT;
    if (read_file_at(AT_FDCWD, "/proc/self/cgroup", 1 << 20, &b) < 0)
        return NULL;
    char *rest = b.data, *line;
    const char *own = "/";
    while (next_line(&rest, &line))
        if (str_starts(line, "0::"))
            own = line + 3;
    return host.v[0].own = xstrdup(own);
}

static int find_v1(void)
{
    AUTO_BUF struct buf b = BUF_INIT;
    TRY(read_file_at(AT_FDCWD, "/proc/self/cgroup", 1 << 20, &b));
    char *rest = b.data, *line;
    while (next_line(&rest, &line))
        add_hierarchy(line);
    return 0;
}

const struct hosts_hierarchies *host_hierarchies(void)
{
    static bool done;
    if (done)
        return &host;
    if (fs_type(ROOT) == (long)CGROUP2_SUPER_MAGIC)
        find_pure_v2();
    else if (find_v1() < 0)
        return NULL;
    done = true;
    return &host;
}

unsigned controllers_in_v2(const struct hosts_hierarchies *h)
{
    if (h->pure_v2)
        return ~0U;
    return h->unified ? h->unified->ctrls & ~(unsigned)CTRL_UNIFIED : 0;
}

static char *controllers_text(unsigned set, bool pure_v2)
{
    struct buf b = BUF_INIT;
    const struct name_value *names = pure_v2 ? controller_names_v2 : controller_names_v1;
    for (; names->name; names++)
        if (set & names->value)
            buf_printf(&b, "%s%s", b.len ? " " : "", names->name);
    return buf_take(&b);
}

/* Linux 5.7. An fd that cannot be open makes the call end before it has done anything; older kernels do not
 * get that far. */
bool cgroup_clone_into_works(void)
{
    struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = INT_MAX};
    return syscall(SYS_clone3, &args, sizeof(args)) < 0 && errno == EBADF;
}

const struct cgroup_host *cgroup_host(void)
{
    static struct cgroup_host out;
    static bool done;
    if (done)
        return &out;
    done = true;
    const struct hosts_hierarchies *h = host_hierarchies();
    if (!h) {
        error_clear();
        out.controllers = "";
        return &out;
    }
    unsigned set = 0;
    for (size_t i = 0; i < h->n; i++)
        set |= h->v[i].ctrls;
    out.v2 = h->unified != NULL;
    out.v1 = h->n > (out.v2 ? 1U : 0U);
    out.hybrid = out.v1 && out.v2;
    out.v2_mount = h->unified ? h->unified->mount : NULL;
    out.controllers = controllers_text(set, h->pure_v2);
    return &out;
}
