/* What is written to control files that no test host has, on a directory that looks like a cgroup. Also the
 * difference that an update of device rules writes on v1. */
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

/* A control file with this text; NULL: none. */
static void control_file(const char *name, const char *text)
{
    AUTO_FREE char *path = xasprintf("%s/%s", dir, name);
    unlink(path);
    if (text)
        CHECK_INT(write_file_at(AT_FDCWD, path, O_CREAT | O_EXCL, 0600, text, strlen(text)), 0);
}

/* What the file holds now. Static. */
static const char *held(const char *name)
{
    static char text[512];
    const struct cgroup_dir d = {.path = dir};
    AUTO_BUF struct buf b = BUF_INIT;
    if (cg_read(&d, name, &b) < 0)
        return "-";
    snprintf(text, sizeof(text), "%s", buf_str(&b));
    return text;
}

/* The container's cgroup: that directory with these controllers. */
static struct cgroup *cgroup_with(unsigned ctrls)
{
    struct cgroup *cg = cgroup_alloc(CGROUP_CGROUPFS, "test");
    cg->pure_v2 = ctrls & CTRL_UNIFIED;
    cgroup_add_dir(cg, cg->pure_v2 ? "" : "test", ctrls, xstrdup(dir));
    return cg;
}

static int apply(unsigned ctrls, const char *resources)
{
    AUTO_SPEC struct spec *s = spec_with_linux("\"resources\":%s", resources);
    if (!s)
        return -1;
    struct cgroup *cg = cgroup_with(ctrls);
    const struct spec_resources *r = s->linux_->resources;
    int e = resources_check(r, cg->pure_v2, cg->pure_v2 ? ~0U : 0);
    if (e == 0)
        e = cg->pure_v2 ? limits_apply_v2(cgroup_unified(cg), r, ~0U) : resources_apply_v1(cg, r);
    cgroup_close(cg);
    return e;
}

static const struct {
    unsigned ctrl;
    const char *resources, *file, *want;
} rows[] = {
    {CTRL_BLKIO, "{\"blockIO\":{\"leafWeight\":300}}", "blkio.leaf_weight", "300"},
    {CTRL_BLKIO, "{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":16,\"leafWeight\":301}]}}",
     "blkio.leaf_weight_device", "8:16 301"},
    {CTRL_BLKIO, "{\"blockIO\":{\"weight\":302}}", "blkio.bfq.weight", "302"},
    {CTRL_BLKIO, "{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":303}]}}",
     "blkio.bfq.weight_device", "8:0 303"},
    {CTRL_UNIFIED, "{\"blockIO\":{\"weight\":304}}", "io.bfq.weight", "default 304"},
    {CTRL_UNIFIED, "{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":305}]}}",
     "io.bfq.weight", "8:0 305"},
    {CTRL_UNIFIED, "{\"blockIO\":{\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":4096}]}}",
     "io.max", "8:0 wbps=4096"},
    {CTRL_UNIFIED, "{\"blockIO\":{\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":0}]}}",
     "io.max", "8:0 riops=max"},
    {CTRL_NET_CLS, "{\"network\":{\"classID\":1048577}}", "net_cls.classid", "1048577"},
    {CTRL_NET_PRIO, "{\"network\":{\"priorities\":[{\"name\":\"eth0\",\"priority\":500}]}}",
     "net_prio.ifpriomap", "eth0 500"},
    {CTRL_RDMA, "{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":10000}}}", "rdma.max",
     "mlx5_1 hca_handle=3 hca_object=10000"},
    {CTRL_RDMA, "{\"rdma\":{\"mlx4_0\":{\"hcaObjects\":1000}}}", "rdma.max", "mlx4_0 hca_object=1000"},
    {CTRL_UNIFIED, "{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3}}}", "rdma.max", "mlx5_1 hca_handle=3"},
    {CTRL_HUGETLB, "{\"hugepageLimits\":[{\"pageSize\":\"64KB\",\"limit\":65536}]}",
     "hugetlb.64KB.limit_in_bytes", "65536"},
    {CTRL_CPU, "{\"cpu\":{\"realtimeRuntime\":950000}}", "cpu.rt_runtime_us", "950000"},
    {CTRL_CPU, "{\"cpu\":{\"realtimePeriod\":1000000}}", "cpu.rt_period_us", "1000000"},
    {CTRL_MEMORY, "{\"memory\":{\"kernelTCP\":1048576}}", "memory.kmem.tcp.limit_in_bytes", "1048576"},
};

TEST(values_reach_their_files)
{
    control_file("devices.list", "");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        control_file(rows[i].file, "");
        if (apply(rows[i].ctrl, rows[i].resources) < 0 || strcmp(held(rows[i].file), rows[i].want) != 0) {
            printf("# %s: %s holds \"%s\", not \"%s\" (%s)\n", rows[i].resources, rows[i].file,
                   held(rows[i].file), rows[i].want, error_text());
            test_failed_checks++;
        }
        control_file(rows[i].file, NULL);
        /* control: without the file it is an error that names the property */
        CHECK(apply(rows[i].ctrl, rows[i].resources) < 0 &&
              strstr(error_text(), "linux.resources.") == error_text() && error_errno() == ENOENT);
        error_clear();
    }
}

TEST(kernels_with_cfq_have_weights_of_their_own)
{
    control_file("blkio.weight", "");
    control_file("blkio.weight_device", "");
    CHECK_INT(apply(CTRL_BLKIO, "{\"blockIO\":{\"weight\":400,\"weightDevice\":[{\"major\":8,\"minor\":0,"
                                "\"weight\":401}]}}"),
              0);
    CHECK_STR(held("blkio.weight"), "400");
    CHECK_STR(held("blkio.weight_device"), "8:0 401");
    control_file("blkio.weight", NULL);
    control_file("blkio.weight_device", NULL);
    control_file("io.weight", "");
    CHECK_INT(apply(CTRL_UNIFIED, "{\"blockIO\":{\"weight\":1000}}"), 0);
    CHECK_STR(held("io.weight"), "default 10000");
}

TEST(what_cgroup2_does_not_have_is_an_error)
{
    static const char *const refused[][2] = {
        {"{\"blockIO\":{\"leafWeight\":300}}", "linux.resources.blockIO.leafWeight: cgroup2 has no leaf"},
        {"{\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":16,\"leafWeight\":301}]}}",
         "linux.resources.blockIO.weightDevice[0].leafWeight: cgroup2 has no leaf"},
        {"{\"network\":{\"classID\":7}}", "linux.resources.network.classID: cgroup2 has no network"},
        {"{\"network\":{\"priorities\":[{\"name\":\"eth0\",\"priority\":5}]}}",
         "linux.resources.network.priorities: cgroup2 has no network"},
    };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        CHECK_INT(apply(CTRL_UNIFIED, refused[i][0]), -1);
        if (!str_starts(error_text(), refused[i][1])) {
            printf("# \"%s\", not \"%s...\"\n", error_text(), refused[i][1]);
            test_failed_checks++;
        }
    }
    error_clear();
}

/* ---- device rules on v1 ---- */

#define NULL_AND_ALL                                                                                         \
    "c *:* m\nb *:* m\nc 1:3 rwm\nc 1:8 rwm\nc 1:7 rwm\nc 5:0 rwm\nc 1:5 rwm\nc 1:9 rwm\n"                   \
    "c 136:* rwm\nc 5:2 rwm\n"

/* An update from what devices.list says: to the rules. */
static int update_devices(const char *list, const char *devices)
{
    AUTO_FREE char *resources = xasprintf("{\"devices\":%s}", devices);
    control_file("devices.list", list);
    control_file("devices.allow", "");
    control_file("devices.deny", "");
    return apply(CTRL_DEVICES, resources);
}

TEST(an_update_writes_only_what_is_different)
{
    CHECK_INT(update_devices("c 1:11 rw\nc 10:229 rw\n" NULL_AND_ALL,
                             "[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"c\","
                             "\"major\":1,\"minor\":11,\"access\":\"r\"},{\"allow\":true,\"type\":\"b\","
                             "\"major\":8,\"access\":\"rw\"}]"),
              0);
    CHECK_STR(held("devices.allow"), "b 8:* rw");
    CHECK_STR(held("devices.deny"), "c 1:11 wc 10:229 rw");
    CHECK_INT(update_devices("c 1:11 r\n" NULL_AND_ALL,
                             "[{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":11,\"access\":\"r\"}]"),
              0);
    CHECK_STR(held("devices.allow"), "");
    CHECK_STR(held("devices.deny"), "");
}

TEST(new_devices_are_allowed_before_others_are_denied)
{
    AUTO_FREE char *deny = xasprintf("%s/devices.deny", dir);
    static const char one[] = "[{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":11,\"access\":\"r\"}]";
    CHECK_INT(update_devices("c 10:* rwm\n" NULL_AND_ALL, one), 0);
    CHECK_STR(held("devices.deny"), "c 10:* rwm");
    /* where the second step fails the first is seen to be done */
    control_file("devices.allow", "");
    unlink(deny);
    CHECK_INT(apply(CTRL_DEVICES, "{\"devices\":[{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":11,"
                                  "\"access\":\"r\"}]}"),
              -1);
    CHECK(strstr(error_text(), "devices.deny") != NULL);
    error_clear();
    CHECK_STR(held("devices.allow"), "c 10:11 r");
}

TEST(between_two_defaults_all_is_written)
{
    CHECK_INT(update_devices("a *:* rwm\n", "[{\"allow\":true,\"type\":\"c\",\"major\":1,\"access\":\"r\"}]"),
              0);
    CHECK(str_starts(held("devices.deny"), "a"));
    CHECK(strstr(held("devices.allow"), "c 1:3 rwm") != NULL);
    CHECK_INT(update_devices(NULL_AND_ALL, "[{\"allow\":true,\"access\":\"rwm\"},{\"allow\":false,\"type\":"
                                           "\"c\",\"major\":1,\"minor\":11,\"access\":\"rwm\"}]"),
              0);
    CHECK(str_starts(held("devices.allow"), "a"));
    CHECK_STR(held("devices.deny"), "c 1:11 rw"); /* mknod of anything is every container's */
}

/* What a supervisor reads again and again is opened once: the numbers are there also when the names are not.
 */
TEST(files_of_statistics_stay_open)
{
    static const char *const files[][2] = {
        {"cpu.stat", "usage_usec 7\n"}, {"memory.current", "8192\n"},
        {"memory.peak", "8192\n"},      {"memory.max", "max\n"},
        {"memory.stat", "file 4096\n"}, {"memory.events", "oom_kill 0\n"},
        {"memory.swap.current", "0\n"}, {"memory.swap.max", "max\n"},
        {"memory.swap.peak", "0\n"},    {"memory.pressure", ""},
        {"pids.current", "3\n"},        {"pids.peak", "4\n"},
        {"pids.max", "max\n"},          {"io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n"},
        {"cpu.pressure", ""},           {"io.pressure", ""},
    };
    struct cgroup *cg = cgroup_with(CTRL_UNIFIED);
    struct cgroup_stats s;
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        control_file(files[i][0], files[i][1]);
    cgroup_keep_open(cg);
    CHECK_INT(cgroup_stats_usage(cg, &s), 0);
    cgroup_stats_free(&s);
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        control_file(files[i][0], NULL);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(i ? cgroup_stats_usage(cg, &s) : cgroup_stats_quick(cg, &s), 0);
        CHECK_INT(s.cpu.total_ns, 7000);
        CHECK_INT(s.memory.usage, 8192);
        CHECK(s.pids.current == 3 && s.pids.peak == 4);
        CHECK_INT(s.blkio.service_bytes.n, 3);
        CHECK_INT(s.memory.cache, i ? 4096 : 0);
        CHECK_INT(s.memory.oom_kills, i ? 0 : -1);
        cgroup_stats_free(&s);
    }
    cgroup_close(cg);
}

int main(void)
{
    if (!mkdtemp(dir)) {
        printf("Bail out! no directory in /tmp\n");
        return 1;
    }
    int r = test_main();
    AUTO_FREE char *rm = xasprintf("rm -r %s", dir);
    return system(rm) != 0 || r;
}
