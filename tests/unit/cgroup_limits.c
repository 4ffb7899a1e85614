/* What linux.resources becomes in control files, on v1 or v2, whichever this host has. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cgroup/internal.h"
#include "tests/unit/spec.h"
#include "tests/unit/test.h"

static char id[64];

static struct spec *spec_with(const char *resources)
{
    return spec_with_linux("\"resources\":%s", resources);
}

static struct cgroup *make(const struct spec *s)
{
    struct cgroup_options o = {
        .manager = CGROUP_CGROUPFS, .id = id, .spec = s, .owner_uid = (uid_t)-1, .owner_gid = (gid_t)-1};
    struct cgroup *cg = NULL;
    if (cgroup_check(&o) < 0 || cgroup_create(&o, &cg) < 0)
        return NULL;
    return cg;
}

static void unmake(struct cgroup *cg)
{
    CHECK_INT(cgroup_destroy(cg), 0);
    cgroup_close(cg);
}

/* First line of the file, "-" if there is none. Static. */
static const char *value(const struct cgroup *cg, unsigned ctrl, const char *file)
{
    static char text[256];
    struct cgroup_dir *d = cgroup_dir_of(cg, cg->pure_v2 ? (unsigned)CTRL_UNIFIED : ctrl);
    AUTO_BUF struct buf b = BUF_INIT;
    if (!d || cg_read(d, file, &b) < 0)
        return "-";
    snprintf(text, sizeof(text), "%.*s", (int)strcspn(buf_str(&b), "\n"), buf_str(&b));
    return text;
}

static const struct {
    const char *resources;
    unsigned ctrl;
    const char *v1_file, *v1_value, *v2_file, *v2_value;
} rows[] = {
    {"{\"memory\":{\"limit\":33554432}}", CTRL_MEMORY, "memory.limit_in_bytes", "33554432", "memory.max",
     "33554432"},
    {"{\"memory\":{\"limit\":33554432,\"swap\":50331648}}", CTRL_MEMORY, "memory.memsw.limit_in_bytes",
     "50331648", "memory.swap.max", "16777216"},
    {"{\"memory\":{\"limit\":33554432,\"swap\":33554432}}", CTRL_MEMORY, "memory.memsw.limit_in_bytes",
     "33554432", "memory.swap.max", "0"},
    {"{\"memory\":{\"limit\":33554432,\"swap\":-1}}", CTRL_MEMORY, "memory.memsw.limit_in_bytes",
     "9223372036854771712", "memory.swap.max", "max"},
    {"{\"memory\":{\"reservation\":33554432}}", CTRL_MEMORY, "memory.soft_limit_in_bytes", "33554432",
     "memory.low", "33554432"},
    {"{\"cpu\":{\"shares\":1024}}", CTRL_CPU, "cpu.shares", "1024", "cpu.weight", "100"},
    {"{\"cpu\":{\"shares\":2}}", CTRL_CPU, "cpu.shares", "2", "cpu.weight", "1"},
    {"{\"cpu\":{\"shares\":262144}}", CTRL_CPU, "cpu.shares", "262144", "cpu.weight", "10000"},
    {"{\"cpu\":{\"quota\":5000,\"period\":50000}}", CTRL_CPU, "cpu.cfs_quota_us", "5000", "cpu.max",
     "5000 50000"},
    {"{\"cpu\":{\"quota\":5000}}", CTRL_CPU, "cpu.cfs_period_us", "100000", "cpu.max", "5000 100000"},
    {"{\"cpu\":{\"period\":50000}}", CTRL_CPU, "cpu.cfs_period_us", "50000", "cpu.max", "max 50000"},
    {"{\"cpu\":{\"quota\":5000,\"burst\":3000}}", CTRL_CPU, "cpu.cfs_burst_us", "3000", "cpu.max.burst",
     "3000"},
    {"{\"cpu\":{\"idle\":1}}", CTRL_CPU, "cpu.idle", "1", "cpu.idle", "1"},
    {"{\"cpu\":{\"cpus\":\"0\",\"mems\":\"0\"}}", CTRL_CPUSET, "cpuset.cpus", "0", "cpuset.cpus", "0"},
    {"{\"pids\":{\"limit\":7}}", CTRL_PIDS, "pids.max", "7", "pids.max", "7"},
    {"{\"pids\":{\"limit\":-1}}", CTRL_PIDS, "pids.max", "max", "pids.max", "max"},
    {"{\"pids\":{\"limit\":0}}", CTRL_PIDS, "pids.max", "1", "pids.max", "1"},
};

TEST(each_limit_reaches_its_file)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_SPEC struct spec *s = spec_with(rows[i].resources);
        struct cgroup *cg = make(s);
        CHECK(cg != NULL);
        if (!cg) {
            printf("# %s: %s\n", rows[i].resources, error_text());
            continue;
        }
        const char *got = value(cg, rows[i].ctrl, cg->pure_v2 ? rows[i].v2_file : rows[i].v1_file);
        const char *want = cg->pure_v2 ? rows[i].v2_value : rows[i].v1_value;
        if (strcmp(got, want) != 0) {
            printf("# %s: %s, expected %s\n", rows[i].resources, got, want);
            test_failed_checks++;
        }
        unmake(cg);
    }
}

static const struct {
    const char *resources, *v1_error, *v2_error; /* how the error begins; NULL: none */
} refused[] = {
    {"{\"memory\":{\"limit\":2000000,\"swap\":1000000}}",
     "linux.resources.memory.swap: memory+swap limit should be >= memory limit",
     "linux.resources.memory.swap: memory+swap limit should be >= memory limit"},
    {"{\"memory\":{\"swap\":100000000}}", "linux.resources.memory.swap: write 100000000 to ",
     "linux.resources.memory.swap: unable to set swap limit without memory limit"},
    {"{\"memory\":{\"swappiness\":30}}", NULL, "linux.resources.memory.swappiness: "},
    {"{\"memory\":{\"disableOOMKiller\":true}}", NULL, "linux.resources.memory.disableOOMKiller: "},
    {"{\"cpu\":{\"shares\":1}}", "linux.resources.cpu.shares: the minimum allowed cpu-shares is 2", NULL},
    {"{\"cpu\":{\"quota\":10}}", "linux.resources.cpu.quota: write 10 to /sys/fs/cgroup/",
     "linux.resources.cpu.quota: write 10 to /sys/fs/cgroup/"},
    {"{\"cpu\":{\"realtimeRuntime\":10}}", NULL,
     /* up to the kernel's configuration */ "linux.resources.cpu.realtimeRuntime: "},
    {"{\"cpu\":{\"cpus\":\"4000\"}}", "linux.resources.cpu.cpus: write 4000 to ",
     "linux.resources.cpu.cpus: write 4000 to "},
    {"{\"unified\":{\"memory.high\":\"max\"}}",
     "linux.resources.unified: invalid configuration: cannot use unified on cgroup v1", NULL},
    {"{\"unified\":{\"../x\":\"1\"}}", "linux.resources.unified: ", "linux.resources.unified: "},
    {"{\"unified\":{\"nosuch.max\":\"1\"}}", "linux.resources.unified: ", "linux.resources.unified: "},
    {"{\"hugepageLimits\":[{\"pageSize\":\"../2MB\",\"limit\":1}]}",
     "linux.resources.hugepageLimits[0].pageSize: ", "linux.resources.hugepageLimits[0].pageSize: "},
    {"{\"network\":{\"classID\":7}}",
     "linux.resources.network.classID: ", "linux.resources.network.classID: "},
};

TEST(what_cannot_be_is_an_error_and_leaves_nothing)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        AUTO_SPEC struct spec *s = spec_with(refused[i].resources);
        if (!s)
            continue;
        struct cgroup *cg = make(s);
        const char *want = host_hierarchies()->pure_v2 ? refused[i].v2_error : refused[i].v1_error;
        if (want && (cg || !str_starts(error_text(), want))) {
            printf("# %s: \"%s\", expected \"%s...\"\n", refused[i].resources, cg ? "success" : error_text(),
                   want);
            test_failed_checks++;
        }
        if (!want && !cg && !strstr(refused[i].resources, "realtime")) {
            printf("# %s: %s\n", refused[i].resources, error_text());
            test_failed_checks++;
        }
        if (cg)
            unmake(cg);
        struct cgroup_options o = {.manager = CGROUP_CGROUPFS, .id = id, .spec = s};
        CHECK(cgroup_find(&o, &cg) == 0 && !cgroup_exists(cg));
        cgroup_close(cg);
    }
}

TEST(unified_speaks_v2)
{
    if (!host_hierarchies()->pure_v2)
        return;
    AUTO_SPEC struct spec *s = spec_with("{\"unified\":{\"memory.high\":\"20971520\",\"pids.max\":\"9\","
                                         "\"memory.oom.group\":\"1\",\"cgroup.max.depth\":\"3\"}}");
    struct cgroup *cg = make(s);
    CHECK(cg != NULL);
    if (!cg)
        return;
    CHECK_STR(value(cg, 0, "memory.high"), "20971520");
    CHECK_STR(value(cg, 0, "pids.max"), "9");
    CHECK_STR(value(cg, 0, "memory.oom.group"), "1");
    CHECK_STR(value(cg, 0, "cgroup.max.depth"), "3");
    unmake(cg);
}

TEST(weights_follow_the_curve)
{
    static const struct {
        uint64_t shares, weight;
    } points[] = {{0, 0},         {1, 1},         {2, 1},          {3, 2},          {10, 4},
                  {100, 17},      {512, 59},      {1024, 100},     {2048, 174},     {10240, 639},
                  {102400, 4429}, {200000, 7899}, {262143, 10000}, {262144, 10000}, {1U << 30, 10000}};
    for (size_t i = 0; i < ARRAY_LEN(points); i++)
        CHECK_INT(cpu_weight_from_shares(points[i].shares), points[i].weight);
}

/* ---- devices ---- */

/* errno of opening the node that a process in the cgroup has made, 0 for success. */
static int try_device(struct cgroup *cg, unsigned major, unsigned minor, int flags)
{
    char path[128];
    snprintf(path, sizeof(path), "/dev/%s-%u-%u", id, major, minor);
    mknod(path, S_IFCHR | 0600, makedev(major, minor));
    pid_t pid = fork();
    if (pid == 0) {
        if (cgroup_join_self(cg, false) < 0)
            _exit(255);
        int fd = open(path, flags | O_NONBLOCK | O_NOCTTY);
        _exit(fd < 0 ? errno : 0);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    unlink(path);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int try_with(const char *devices, unsigned major, unsigned minor, int flags)
{
    AUTO_FREE char *r = xasprintf("{\"devices\":%s}", devices);
    AUTO_SPEC struct spec *s = spec_with(r);
    struct cgroup *cg = make(s);
    if (!cg) {
        printf("# %s: %s\n", devices, error_text());
        return -1;
    }
    int e = try_device(cg, major, minor, flags);
    unmake(cg);
    return e;
}

#define DENY_ALL "{\"allow\":false,\"access\":\"rwm\"}"
#define KMSG(allow, access)                                                                                  \
    "{\"allow\":" #allow ",\"type\":\"c\",\"major\":1,\"minor\":11,\"access\":\"" access "\"}"

TEST(only_the_devices_of_the_rules)
{
    CHECK_INT(try_with("[]", 1, 3, O_RDWR), 0);
    CHECK_INT(try_with("[]", 1, 11, O_RDONLY), EPERM); /* /dev/kmsg; the next line shows that it can open */
    CHECK_INT(try_with("[" KMSG(true, "rw") "]", 1, 11, O_RDONLY), 0);
    CHECK_INT(try_with("[" KMSG(true, "r") "]", 1, 11, O_RDONLY), 0);
    CHECK_INT(try_with("[" KMSG(true, "r") "]", 1, 11, O_RDWR), EPERM);
    CHECK_INT(try_with("[" KMSG(true, "rw") "," DENY_ALL "]", 1, 11, O_RDONLY), EPERM);
    CHECK_INT(try_with("[" DENY_ALL "," KMSG(true, "rw") "," KMSG(false, "w") "]", 1, 11, O_RDWR), EPERM);
    CHECK_INT(try_with("[" DENY_ALL "," KMSG(true, "rw") "," KMSG(false, "w") "]", 1, 11, O_RDONLY), 0);
    CHECK_INT(try_with("[{\"allow\":true,\"access\":\"rwm\"}]", 1, 11, O_RDWR), 0);
    CHECK_INT(try_with("[{\"allow\":true,\"access\":\"rwm\"}," KMSG(false, "rw") "]", 1, 11, O_RDWR), EPERM);
    CHECK_INT(try_with("[{\"allow\":true,\"type\":\"c\",\"major\":1,\"access\":\"rw\"}]", 1, 11, O_RDWR), 0);
    CHECK_INT(try_with("[{\"allow\":true,\"type\":\"b\",\"major\":1,\"minor\":11,\"access\":\"rw\"}]", 1, 11,
                       O_RDWR),
              EPERM);
}

TEST(update_changes_the_devices)
{
    AUTO_SPEC struct spec *s = spec_with("{}");
    AUTO_SPEC struct spec *more = spec_with("{\"devices\":[" KMSG(true, "rw") "]}");
    AUTO_SPEC struct spec *less = spec_with("{\"devices\":[" DENY_ALL "]}");
    struct cgroup *cg = make(s), *again;
    CHECK(cg != NULL);
    if (!cg)
        return;
    CHECK_INT(try_device(cg, 1, 11, O_RDONLY), EPERM);
    CHECK_INT(cgroup_update(cg, more->linux_->resources), 0);
    CHECK_INT(cgroup_open_sub(cg, NULL, 0, &again), 0);
    CHECK_INT(try_device(again, 1, 11, O_RDONLY), 0);
    CHECK_INT(cgroup_update(cg, less->linux_->resources), 0);
    CHECK_INT(try_device(again, 1, 11, O_RDONLY), EPERM);
    CHECK_INT(try_device(again, 1, 3, O_RDONLY), 0);
    cgroup_close(again);
    unmake(cg);
}

/* A process of the cgroup that opens /dev/null all the time and counts what is refused; shared memory. */
struct opener {
    pid_t pid;
    volatile unsigned long *opened, *refused;
};

static bool opener_start(struct cgroup *cg, struct opener *o)
{
    unsigned long *counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counts == MAP_FAILED)
        return false;
    o->opened = &counts[0], o->refused = &counts[1];
    o->pid = fork();
    if (o->pid != 0)
        return o->pid > 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (cgroup_join_self(cg, false) < 0)
        _exit(1);
    for (;;) {
        int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        ++*(fd < 0 ? o->refused : o->opened);
        if (fd >= 0)
            close(fd);
    }
}

static void opener_stop(struct opener *o)
{
    kill(o->pid, SIGKILL);
    waitpid(o->pid, NULL, 0);
    munmap((void *)(uintptr_t)o->opened, 4096);
}

static bool in_time(time_t end)
{
    return time(NULL) < end;
}

/* The same from rules to others and back, until `enough` opens were seen; those refused. */
static unsigned long refused_while_updating(struct cgroup *cg, const struct opener *o,
                                            const char *const texts[2], unsigned long enough)
{
    AUTO_SPEC struct spec *one = spec_with(texts[0]);
    AUTO_SPEC struct spec *other = spec_with(texts[1]);
    unsigned long from = *o->opened, refused_before = *o->refused;
    time_t end = time(NULL) + 30;
    for (unsigned i = 0; (*o->opened - from < enough || i < 200) && in_time(end); i++)
        CHECK_INT(cgroup_update(cg, (i % 2 ? one : other)->linux_->resources), 0);
    CHECK(*o->opened - from >= enough);
    return *o->refused - refused_before;
}

TEST(an_update_never_refuses_what_is_allowed_before_and_after)
{
    static const char *const rules[] = {"{\"devices\":[" DENY_ALL "," KMSG(true, "rw") "]}",
                                        "{\"devices\":[" DENY_ALL "," KMSG(true, "r") "]}"};
    static const char *const defaults[] = {"{\"devices\":[" DENY_ALL "]}",
                                           "{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}"};
    AUTO_SPEC struct spec *s = spec_with("{}");
    struct cgroup *cg = make(s);
    struct opener o;
    if (!cg || !opener_start(cg, &o)) {
        CHECK(cg == NULL);
        return;
    }
    while (!*o.opened)
        sched_yield();
    CHECK_INT(refused_while_updating(cg, &o, rules, 2000), 0);
    CHECK_INT(refused_while_updating(cg, &o, defaults, 2000), 0);
    /* control: all denied first, the opener meets it */
    struct cgroup_dir *d = cg->pure_v2 ? NULL : cgroup_dir_of(cg, CTRL_DEVICES);
    time_t end = time(NULL) + 30;
    while (d && !*o.refused && in_time(end)) {
        CHECK_INT(cg_write(d, "devices.deny", "test", "a"), 0);
        CHECK_INT(cg_write(d, "devices.allow", "test", "c 1:3 rwm"), 0);
    }
    CHECK(!d || *o.refused > 0);
    opener_stop(&o);
    unmake(cg);
}

TEST(rules_that_v1_cannot_express)
{
    struct device_rule all_c = {true, 'c', 7, 1, -1}, one = {false, 'c', 7, 1, 11};
    struct device_rule v[] = {{false, 'a', 7, -1, -1}, all_c, one};
    struct device_rules rules = {v, 3}, out;
    bool allow;
    CHECK_INT(device_rules_reduce(&rules, &allow, &out), -1);
    CHECK(strstr(error_text(), "cgroup v1 cannot express") != NULL);
    v[1].minor = 11;
    CHECK_INT(device_rules_reduce(&rules, &allow, &out), 0);
    CHECK(!allow && out.n == 0);
    free(out.v);
}

/* In a child that is nobody: NULL if create succeeded with no cgroup, else the error. */
static char *as_nobody(const char *resources, const char *path)
{
    int p[2];
    char text[1024] = "";
    if (pipe(p) < 0)
        return NULL;
    pid_t pid = fork();
    if (pid == 0) {
        AUTO_SPEC struct spec *s = spec_with(resources);
        s->linux_->cgroups_path = (char *)path;
        struct cgroup_options o = {.manager = CGROUP_CGROUPFS,
                                   .id = id,
                                   .spec = s,
                                   .rootless = true,
                                   .owner_uid = (uid_t)-1,
                                   .owner_gid = (gid_t)-1};
        struct cgroup *cg = NULL;
        int r = setgid(65534) < 0 || setuid(65534) < 0 ? -1 : cgroup_create(&o, &cg);
        snprintf(text, sizeof(text), "%s", r < 0 ? error_text() : cg->n ? "made one" : "none");
        _exit(write(p[1], text, strlen(text) + 1) < 0);
    }
    close(p[1]);
    ssize_t n = read(p[0], text, sizeof(text) - 1);
    close(p[0]);
    waitpid(pid, NULL, 0);
    return xstrndup(text, n > 0 ? (size_t)n : 0);
}

TEST(without_permission_only_what_was_asked_is_missed)
{
    AUTO_FREE char *none = as_nobody("{}", NULL);
    CHECK_STR(none, "none");
    AUTO_FREE char *limit = as_nobody("{\"pids\":{\"limit\":5}}", NULL);
    CHECK(strstr(limit,
                 "linux.resources.pids.limit: rootless needs no limits + no cgrouppath when no permission "
                 "is granted for cgroups: ") == limit);
    AUTO_FREE char *path = as_nobody("{}", "/rsbx-nobody");
    CHECK(strstr(path, "unable to apply cgroup configuration: mkdir ") == path);
    CHECK(strstr(path, "permission denied") != NULL);
}

int main(void)
{
    snprintf(id, sizeof(id), "rsbx-unit-%d", (int)getpid());
    const struct cgroup_host *h = cgroup_host();
    if (getuid() != 0 || (!h->v1 && !strstr(h->controllers, "memory"))) {
        printf("ok 1 # skip needs root and the memory controller\n1..1\n");
        return 0;
    }
    return test_main();
}
