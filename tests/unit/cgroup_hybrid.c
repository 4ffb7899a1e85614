/* Hosts with v1 hierarchies and a cgroup2 that has controllers, too: directories that look like it take the
 * place of those that the machine has. tests/vm/hybrid.bats has real ones. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cgroup/internal.h"
#include "tests/unit/spec.h"
#include "tests/unit/test.h"

static char dir[64] = "/tmp/rsbx-unit-XXXXXX";
static struct hosts_hierarchies *host, machine; /* what is found once is kept in one struct: ours to change */

static struct hierarchy *add_mount(const char *name, unsigned ctrls)
{
    static char mounts[4][128], root[] = "/";
    struct hierarchy *h = &host->v[host->n];
    *h = (struct hierarchy){.ctrls = ctrls, .own = root, .mount = mounts[host->n++]};
    snprintf(h->name, sizeof(h->name), "%s", name);
    snprintf(h->mount, sizeof(mounts[0]), "%s/%s", dir, *name ? name : "unified");
    if (mkdir(h->mount, 0700) < 0 && errno != EEXIST)
        printf("# %s: %s\n", h->mount, strerror(errno));
    return h;
}

/* v1 has the devices, cgroup2 has these controllers. */
static void hybrid(unsigned in_v2)
{
    host->n = 0;
    host->pure_v2 = false;
    add_mount("devices", CTRL_DEVICES);
    host->unified = add_mount("", CTRL_UNIFIED | in_v2);
}

/* A file below dir with this text; its directory is made. */
static void file(const char *path, const char *text)
{
    AUTO_FREE char *full = xasprintf("%s/%s", dir, path);
    char *slash = strrchr(full, '/');
    *slash = '\0';
    if (mkdir(full, 0700) < 0)
        CHECK_INT(errno, EEXIST);
    *slash = '/';
    CHECK_INT(write_file_at(AT_FDCWD, full, O_CREAT | O_TRUNC, 0600, text, strlen(text)), 0);
}

static struct spec *spec_with(const char *resources)
{
    return spec_with_linux("\"cgroupsPath\":\"/c\",\"resources\":%s", resources);
}

TEST(cgroup2_fills_its_cpusets_itself)
{
    hybrid(CTRL_CPUSET);
    file("devices/c/devices.allow", "");
    file("devices/c/devices.deny", "");
    file("devices/c/tasks", "");
    AUTO_SPEC struct spec *s = spec_with("{}");
    struct cgroup_options o = {.id = "c", .spec = s, .owner_uid = (uid_t)-1, .owner_gid = (gid_t)-1};
    struct cgroup *cg = NULL;
    CHECK_INT(cgroup_create(&o, &cg), 0);
    if (!cg) {
        printf("# %s\n", error_text());
        return;
    }
    CHECK(cgroup_dir_of(cg, CTRL_CPUSET) == cgroup_unified(cg));
    AUTO_FREE char *cpus = xasprintf("%s/unified/c/cpuset.cpus", dir);
    CHECK(access(cpus, F_OK) < 0);
    cgroup_close(cg);
}

/* The container's cgroup as a later command finds it. */
static struct cgroup *loaded(bool v2)
{
    AUTO_FREE char *text = xasprintf("{\"manager\":\"cgroupfs\",\"id\":\"c\",\"v2\":%s,\"directories\":["
                                     "{\"hierarchy\":\"devices\",\"path\":\"%s/devices/c\"},"
                                     "{\"hierarchy\":\"\",\"path\":\"%s/unified/c\"}]}",
                                     v2 ? "true" : "false", dir, dir);
    struct json_value *v = json_parse("state", text, strlen(text));
    struct cgroup *cg = NULL;
    if (!v || cgroup_load(v, &cg) < 0)
        printf("# %s\n", error_text());
    json_free(v);
    return cg;
}

TEST(numbers_come_from_where_the_limits_are)
{
    hybrid(CTRL_MEMORY | CTRL_PIDS | CTRL_CPU | CTRL_CPUSET | CTRL_BLKIO);
    file("devices/c/tasks", "");
    file("unified/c/cpu.stat", "usage_usec 7\nuser_usec 4\nsystem_usec 3\nnr_periods 9\n");
    file("unified/c/cpuset.cpus.effective", "0-1\n");
    file("unified/c/memory.current", "8192\n");
    file("unified/c/memory.peak", "12288\n");
    file("unified/c/memory.max", "16384\n");
    file("unified/c/memory.stat", "file 4096\npgfault 5\n");
    file("unified/c/memory.events", "max 6\noom_kill 2\n");
    file("unified/c/memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=11\n");
    file("unified/c/pids.current", "3\n");
    file("unified/c/pids.peak", "4\n");
    file("unified/c/pids.max", "10\n");
    file("unified/c/pids.events", "max 1\n");
    file("unified/c/io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n");
    struct cgroup *cg = loaded(false);
    CHECK(cg != NULL);
    if (!cg)
        return;
    struct cgroup_stats s;
    CHECK_INT(cgroup_stats_quick(cg, &s), 0);
    CHECK_INT(s.cpu.total_ns, 7000);
    CHECK(s.memory.set && s.memory.usage == 8192 && s.memory.max_usage == 12288);
    CHECK(s.pids.set && s.pids.current == 3 && s.pids.peak == 4);
    CHECK(s.blkio.set && s.blkio.service_bytes.n == 3);
    cgroup_stats_free(&s);
    CHECK_INT(cgroup_stats(cg, &s), 0);
    CHECK(s.cpu.user_ns == 4000 && s.cpu.periods == 9);
    CHECK(s.memory.limit == 16384 && s.memory.cache == 4096 && s.memory.failcnt == 6 &&
          s.memory.oom_kills == 2 && s.memory.psi.some_total == 11);
    CHECK_INT(s.pids.limit, 10);
    CHECK_STR(s.cpuset.cpus, "0-1");
    cgroup_stats_free(&s);
    CHECK_INT(cgroup_oom_kills(cg), 2);
    CHECK_INT(cgroup_pids_refused(cg), 1);
    AUTO_FD int oom = cgroup_oom_fd(cg);
    CHECK(oom >= 0);
    const struct spec_memory less = {.limit = {true, 8192}, .check_before_update = {true, true}};
    CHECK_INT(memory_check_before_update(cg, &less), -1);
    error_clear();
    CHECK(str_ends(cgroup_path(cg), "/unified/c"));
    const char *const sub = "memory:/x";
    struct cgroup *joins = NULL; /* cgroup2 has no sub-cgroups by controller */
    CHECK(cgroup_open_sub(cg, &sub, 1, &joins) < 0 && strstr(error_text(), "has no memory controller"));
    error_clear();
    cgroup_close(cg);
}

TEST(numbers_of_a_controller_that_is_not_turned_on_are_not_known)
{
    hybrid(CTRL_MEMORY | CTRL_PIDS);
    file("unified/c/memory.current", "");
    AUTO_FREE char *rm = xasprintf("rm %s/unified/c/*", dir);
    CHECK_INT(system(rm), 0);
    struct cgroup *cg = loaded(false);
    struct cgroup_stats s;
    CHECK(cg && cgroup_stats_usage(cg, &s) == 0);
    if (!cg)
        return;
    CHECK(!s.memory.set && s.memory.oom_kills == -1);
    CHECK(s.pids.set && s.pids.current == 0); /* counted one by one */
    CHECK_INT(cgroup_pids_refused(cg), -1);
    cgroup_stats_free(&s);
    cgroup_close(cg);
}

TEST(an_update_without_cgroup2_says_what_is_missing)
{
    hybrid(CTRL_MEMORY);
    host->unified = NULL;
    host->n = 1;
    AUTO_SPEC struct spec *s = spec_with("{\"memory\":{\"limit\":4194304}}");
    for (int v2 = 0; v2 < 2; v2++) {
        struct cgroup *cg = loaded(v2);
        CHECK(cg && cgroup_update(cg, s->linux_->resources) < 0);
        CHECK(strstr(error_text(), v2 ? "cgroup2 is not mounted" : "is the memory controller mounted") !=
              NULL);
        error_clear();
        cgroup_close(cg);
    }
}

/* A hierarchy before the freezer in which nothing may be made: places in the two lists differ. What stands
 * where its mount ends is taken from the freezer's path, which tells whether one above may be frozen. */
TEST(below_a_frozen_one_is_refused_also_when_a_hierarchy_is_left_out)
{
    const struct hierarchy *freezer = NULL;
    for (size_t i = 0; i < machine.n; i++)
        if (machine.v[i].ctrls & CTRL_FREEZER && !(machine.v[i].ctrls & CTRL_UNIFIED))
            freezer = &machine.v[i];
    AUTO_FREE char *parent = freezer ? xasprintf("%s%s", freezer->mount, strrchr(dir, '/')) : NULL;
    if (!parent || mkdir(parent, 0755) < 0) {
        printf("# no freezer here\n");
        return;
    }
    const struct cgroup_dir p = {.path = parent};
    CHECK_INT(cg_write(&p, "freezer.state", "freezer", "FROZEN"), 0);
    host->n = 0;
    host->unified = NULL;
    struct hierarchy *closed = add_mount("blkio", CTRL_BLKIO), *f = add_mount("freezer", CTRL_FREEZER);
    size_t len = strlen(parent) + 1;
    memset(closed->mount, '/', len);
    memcpy(closed->mount, "/sys", 4); /* where nobody makes directories */
    closed->mount[len] = '\0';
    snprintf(f->mount, 128, "%s", freezer->mount);
    f->own = strrchr(dir, '/');
    AUTO_SPEC struct spec *s = spec_with("{}");
    s->linux_->cgroups_path = NULL;
    struct cgroup_options o = {
        .id = "child", .spec = s, .rootless = true, .owner_uid = (uid_t)-1, .owner_gid = (gid_t)-1};
    struct cgroup *cg = NULL;
    CHECK_INT(cgroup_create(&o, &cg), -1);
    if (!strstr(error_text(), "unexpectedly frozen")) {
        printf("# \"%s\"\n", error_text());
        test_failed_checks++;
    }
    error_clear();
    if (cg)
        CHECK_INT(cgroup_destroy(cg), 0);
    cgroup_close(cg);
    CHECK_INT(cg_write(&p, "freezer.state", "freezer", "THAWED"), 0);
    CHECK_INT(rmdir(parent), 0);
}

int main(void)
{
    host = (struct hosts_hierarchies *)host_hierarchies();
    if (!host || !mkdtemp(dir)) {
        printf("Bail out! no directory in /tmp\n");
        return 1;
    }
    machine = *host;
    int r = test_main();
    *host = machine;
    AUTO_FREE char *rm = xasprintf("rm -r %s", dir);
    return system(rm) != 0 || r;
}
