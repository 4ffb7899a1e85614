/* The systemd driver against a systemd that runs: the system's for root, the user's manager for others.
 * Skipped elsewhere; tests/vm/run --systemd has one. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
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
static bool user;

static struct spec *spec_with(const char *rest)
{
    return spec_with_linux("\"cgroupsPath\":\"%s:rsbxtest:%s\",%s", user ? "user.slice" : "system-rsbx.slice",
                           id, rest);
}

static struct cgroup_options options(const struct spec *s)
{
    return (struct cgroup_options){.manager = CGROUP_SYSTEMD,
                                   .id = id,
                                   .spec = s,
                                   .rootless = user,
                                   .owner_uid = (uid_t)-1,
                                   .owner_gid = (gid_t)-1};
}

/* A property of the scope as systemctl shows it. Static. */
static const char *show(const char *property)
{
    static char line[512];
    AUTO_FREE char *command =
        xasprintf("systemctl %s show -p %s --value rsbxtest-%s.scope", user ? "--user" : "", property, id);
    FILE *f = popen(command, "r");
    line[0] = '\0';
    if (f && fgets(line, sizeof(line), f))
        line[strcspn(line, "\n")] = '\0';
    if (f)
        pclose(f);
    return line;
}

static pid_t enter(struct cgroup *cg)
{
    pid_t pid = fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    if (cgroup_adopt(cg, pid) < 0) {
        printf("# %s\n", error_text());
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return -1;
    }
    return pid;
}

static struct cgroup *make(const struct spec *s, pid_t *pid)
{
    struct cgroup_options o = options(s);
    struct cgroup *cg = NULL;
    if (!s || cgroup_check(&o) < 0 || cgroup_create(&o, &cg) < 0) {
        printf("# %s\n", error_text());
        return NULL;
    }
    *pid = enter(cg);
    if (*pid > 0)
        return cg;
    cgroup_close(cg);
    return NULL;
}

static void unmake(struct cgroup *cg, pid_t pid)
{
    CHECK_INT(cgroup_kill(cg, SIGKILL), 0);
    waitpid(pid, NULL, 0);
    CHECK_INT(cgroup_wait_empty(cg, 5000), 0);
    if (cgroup_destroy(cg) < 0) {
        printf("# %s\n", error_text());
        test_failed_checks++;
    }
    CHECK(!cgroup_exists(cg));
    CHECK_STR(show("LoadState"), "not-found");
    cgroup_close(cg);
}

static const char *value(const struct cgroup *cg, const char *file)
{
    static char text[128];
    AUTO_BUF struct buf b = BUF_INIT;
    if (cg_read(cgroup_unified(cg), file, &b) < 0)
        return "-";
    snprintf(text, sizeof(text), "%.*s", (int)strcspn(buf_str(&b), "\n"), buf_str(&b));
    return text;
}

TEST(a_scope_with_limits)
{
    AUTO_SPEC struct spec *s =
        spec_with("\"resources\":{\"memory\":{\"limit\":67108864,\"swap\":67108864,\"reservation\":33554432},"
                  "\"cpu\":{\"shares\":512,\"quota\":25500,\"period\":100000},\"pids\":{\"limit\":9},"
                  "\"unified\":{\"memory.high\":\"50331648\"}}");
    pid_t pid = 0;
    struct cgroup *cg = make(s, &pid);
    CHECK(cg != NULL);
    if (!cg)
        return;
    CHECK(strstr(cgroup_path(cg), user ? "/user.slice/rsbxtest-" : "/system-rsbx.slice/rsbxtest-") != NULL);
    AUTO_FREE pid_t *pids = NULL;
    size_t n = 0;
    CHECK(cgroup_pids(cg, &pids, &n) == 0 && n == 1 && pids[0] == pid);
    CHECK_STR(show("MemoryMax"), "67108864");
    CHECK_STR(show("MemoryLow"), "33554432");
    CHECK_STR(show("MemoryHigh"), "50331648");
    CHECK_STR(show("MemorySwapMax"), "0");
    CHECK_STR(show("CPUWeight"), "59");
    CHECK_STR(show("CPUQuotaPerSecUSec"), "260ms");
    CHECK_STR(show("TasksMax"), "9");
    CHECK_STR(show("Delegate"), "yes");
    CHECK_STR(show("DevicePolicy"), "strict");
    CHECK_STR(value(cg, "memory.max"), "67108864");
    CHECK_STR(value(cg, "memory.high"), "50331648");
    CHECK_STR(value(cg, "pids.max"), "9");
    CHECK_STR(value(cg, "cpu.max"), "25500 100000");
    unmake(cg, pid);
}

TEST(update_reaches_systemd_and_the_kernel)
{
    AUTO_SPEC struct spec *s = spec_with("\"resources\":{\"memory\":{\"limit\":67108864}}");
    AUTO_SPEC struct spec *up =
        spec_with("\"resources\":{\"memory\":{\"limit\":50331648},\"pids\":{\"limit\":"
                  "5},\"cpu\":{\"quota\":50000,\"period\":100000}}");
    pid_t pid = 0;
    struct cgroup *cg = make(s, &pid);
    CHECK(cg != NULL);
    if (!cg)
        return;
    if (cgroup_update(cg, up->linux_->resources) < 0) {
        printf("# %s\n", error_text());
        test_failed_checks++;
    }
    CHECK_STR(show("MemoryMax"), "50331648");
    CHECK_STR(show("TasksMax"), "5");
    CHECK_STR(show("CPUQuotaPerSecUSec"), "500ms");
    CHECK_STR(value(cg, "memory.max"), "50331648");
    CHECK_STR(value(cg, "cpu.max"), "50000 100000");
    unmake(cg, pid);
}

TEST(annotations_become_properties)
{
    AUTO_FREE char *text = xasprintf(
        "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"cgroupsPath\":\"%s:rsbxtest:%s\"},"
        "\"annotations\":{\"org.systemd.property.CollectMode\":\"'inactive-or-failed'\","
        "\"org.systemd.property.TimeoutStopUSec\":\"uint64 7000000\","
        "\"org.systemd.property.RuntimeMaxSec\":\"1000\",\"org.systemd.property.Before\":"
        "\"['sleep.target', 'umount.target']\"}}",
        user ? "user.slice" : "system-rsbx.slice", id);
    AUTO_SPEC struct spec *s = spec_decode("test", text, strlen(text));
    pid_t pid = 0;
    struct cgroup *cg = make(s, &pid);
    CHECK(cg != NULL);
    if (!cg)
        return;
    CHECK_STR(show("CollectMode"), "inactive-or-failed");
    CHECK_STR(show("TimeoutStopUSec"), "7s");
    CHECK_STR(show("RuntimeMaxUSec"), "16min 40s");
    CHECK(strstr(show("Before"), "sleep.target") != NULL);
    unmake(cg, pid);
}

TEST(a_wrong_annotation_is_an_error)
{
    AUTO_FREE char *text = xasprintf(
        "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"linux\":{\"cgroupsPath\":\"%s:rsbxtest:%s\"},"
        "\"annotations\":{\"org.systemd.property.CollectMode\":\"nonsense here\"}}",
        user ? "user.slice" : "system-rsbx.slice", id);
    AUTO_SPEC struct spec *s = spec_decode("test", text, strlen(text));
    struct cgroup_options o = options(s);
    struct cgroup *cg = NULL;
    CHECK_INT(cgroup_create(&o, &cg), 0);
    CHECK_INT(enter(cg), -1);
    CHECK(strstr(error_text(), "org.systemd.property.CollectMode=nonsense here") != NULL);
    CHECK_INT(cgroup_destroy(cg), 0);
    cgroup_close(cg);
}

TEST(found_and_loaded_and_joined)
{
    AUTO_SPEC struct spec *s = spec_with("\"resources\":{}");
    pid_t pid = 0;
    struct cgroup *cg = make(s, &pid), *back = NULL, *sub = NULL, *found = NULL;
    CHECK(cg != NULL);
    if (!cg)
        return;
    AUTO_BUF struct buf b = BUF_INIT;
    struct json j;
    json_begin(&j, &b, false);
    json_open(&j, NULL, '{');
    cgroup_save(cg, &j);
    json_close(&j, '}');
    json_end(&j);
    struct json_value *v = json_parse("state", b.data, b.len);
    CHECK_INT(cgroup_load(json_get(v, "cgroup"), &back), 0);
    json_free(v);
    CHECK_INT(cgroup_open_sub(back, NULL, 0, &sub), 0);
    pid_t second = fork();
    if (second == 0) {
        if (cgroup_join_self(sub, false) < 0)
            fprintf(stderr, "# %s\n", error_text());
        pause();
        _exit(0);
    }
    CHECK_INT(cgroup_adopt(sub, second), 0);
    size_t n = 0;
    for (int i = 0; i < 1000 && n < 2; i++) { /* it joins by itself */
        AUTO_FREE pid_t *pids = NULL;
        CHECK_INT(cgroup_pids(cg, &pids, &n), 0);
        usleep(5000);
    }
    CHECK_INT(n, 2);
    struct cgroup_options o = options(s);
    CHECK_INT(cgroup_find(&o, &found), 0);
    CHECK_INT(cgroup_destroy(found), 0); /* with processes in it: they are killed */
    waitpid(pid, NULL, 0);
    waitpid(second, NULL, 0);
    CHECK_INT(cgroup_wait_empty(cg, 5000), 0);
    CHECK_STR(show("LoadState"), "not-found");
    cgroup_close(found);
    cgroup_close(sub);
    cgroup_close(back);
    cgroup_close(cg);
}

TEST(the_scope_of_another_container_stays)
{
    AUTO_SPEC struct spec *s = spec_with("\"resources\":{}");
    pid_t pid = 0;
    struct cgroup *cg = make(s, &pid), *found = NULL, *second = NULL;
    CHECK(cg != NULL);
    if (!cg)
        return;
    struct cgroup_options o = options(s);
    o.id = "another"; /* with the same cgroupsPath */
    CHECK_INT(cgroup_find(&o, &found), 0);
    CHECK_INT(cgroup_destroy(found), 0);
    cgroup_close(found);
    CHECK_STR(show("ActiveState"), "active");
    CHECK_INT(cgroup_create(&o, &second), 0);
    CHECK_INT(enter(second), -1);
    CHECK_INT(cgroup_destroy(second), 0); /* as a create that failed does */
    cgroup_close(second);
    CHECK_STR(show("ActiveState"), "active");
    unmake(cg, pid);
}

TEST(paths_that_are_not_slices)
{
    static const char *const wrong[] = {"/a/b", "a:b", "x:y:z", "a/b.slice:y:z", "-a.slice:y:z", ":y:"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        AUTO_SPEC struct spec *s = spec_with_linux("\"cgroupsPath\":\"%s\"", wrong[i]);
        struct cgroup_options o = options(s);
        CHECK_INT(cgroup_check(&o), -1);
        CHECK(str_starts(error_text(), "linux.cgroupsPath: "));
    }
}

int main(void)
{
    user = getuid() != 0;
    snprintf(id, sizeof(id), "t%d", (int)getpid());
    if (access("/run/systemd/system", F_OK) < 0) {
        printf("ok 1 # skip systemd is not running here\n1..1\n");
        return 0;
    }
    return test_main();
}
