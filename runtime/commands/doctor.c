/* rsbx doctor: tries what a sandbox needs, and says for each thing what works, what is degraded without it,
 * and the command that mends it. A row is one function. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/seccomp.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/helper.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/os_text.h"
#include "base/strings.h"
#include "commands/command.h"
#include "rootfs-tools/language.h"
#include "spec/json.h"
#include "linux/landlock.h"

enum level { GOOD, DEGRADED, BROKEN };

struct check {
    enum level level;
    struct buf found; /* what there is */
    const char *without, *fix;
};

static bool json;

static long number_in(const char *path, long otherwise)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (access(path, R_OK) == 0 && read_file_at(AT_FDCWD, path, 4096, &b) == 0)
        return strtol(b.data, NULL, 10);
    error_clear();
    return otherwise;
}

/* ---- rows ---- */

static void check_kernel(const struct runtime_options *r, struct check *c)
{
    struct utsname u;
    uint64_t v[2];
    (void)r;
    if (uname(&u) < 0 || !scan_numbers(u.release, ".", v, 2))
        return;
    uint64_t major = v[0], minor = v[1];
    buf_printf(&c->found, "Linux %s (%s)", u.release, u.machine);
    if (major < 5 || (major == 5 && minor < 10)) {
        c->level = DEGRADED;
        c->without = "rsbx is tested on Linux 5.10 and newer";
        c->fix = "use a newer kernel";
    }
}

/* The errno of what a child does. */
static int try_in_child(int (*what)(void))
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(what() < 0 ? errno & 127 : 0);
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
        return EAGAIN;
    return WEXITSTATUS(status);
}

/* What AppArmor's restriction takes away is what comes after the user namespace. */
static int enter_user_namespace(void)
{
    return unshare(CLONE_NEWUSER) < 0 || unshare(CLONE_NEWNS | CLONE_NEWPID) < 0 ? -1 : 0;
}

static int map_own_id(void)
{
    AUTO_FREE char *line = xasprintf("1000 %u 1", geteuid());
    TRY(enter_user_namespace());
    int fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
    return fd < 0 || write(fd, line, strlen(line)) < 0 ? -1 : 0;
}

static int mount_proc(void)
{
    return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static int mount_proc_in_namespace(void)
{
    TRY(enter_user_namespace());
    errno = try_in_child(mount_proc); /* the first process of the new pid namespace */
    return errno ? -1 : 0;
}

static void check_user_namespaces(const struct runtime_options *r, struct check *c)
{
    int error = try_in_child(enter_user_namespace);
    (void)r;
    if (error == 0) {
        buf_adds(&c->found, "can be made");
        return;
    }
    buf_printf(&c->found, "cannot be made: %s", errno_text(error));
    c->level = BROKEN;
    c->without = geteuid() == 0 ? "no snippet runs; containers do, in which root is root of the host"
                                : "an ordinary user cannot run anything";
    if (number_in("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 1)
        c->fix = "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
    else if (number_in("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
        c->fix = "sudo sysctl -w kernel.unprivileged_userns_clone=1";
    else if (number_in("/proc/sys/user/max_user_namespaces", 1) == 0)
        c->fix = "sudo sysctl -w user.max_user_namespaces=15000";
    else
        c->fix = "in a container: let its seccomp profile allow unshare and clone (docker run "
                 "--security-opt seccomp=unconfined --security-opt apparmor=unconfined)";
}

static void check_id_maps(const struct runtime_options *r, struct check *c)
{
    (void)r;
    int error = geteuid() == 0 ? try_in_child(map_own_id) : 0;
    if (error && try_in_child(enter_user_namespace) == 0) {
        buf_printf(&c->found, "cannot be written: %s", errno_text(error));
        c->level = BROKEN;
        c->without = "root in a container may not give a user namespace its id: no snippet runs";
        c->fix = "docker run --cap-add SETFCAP";
        return;
    }
    if (geteuid() == 0) {
        buf_adds(&c->found, "not needed for root");
        return;
    }
    if (access("/usr/bin/newuidmap", X_OK) == 0 && access("/etc/subuid", R_OK) == 0) {
        buf_adds(&c->found, "newuidmap and /etc/subuid are there");
        return;
    }
    buf_adds(&c->found, access("/usr/bin/newuidmap", X_OK) ? "no newuidmap" : "no /etc/subuid");
    c->level = DEGRADED;
    c->without = "containers have one user id; snippets need no more";
    c->fix = "sudo apt-get install uidmap && sudo usermod --add-subuids 100000-165535 --add-subgids "
             "100000-165535 $USER";
}

static void check_proc(const struct runtime_options *r, struct check *c)
{
    int error = try_in_child(mount_proc_in_namespace);
    (void)r;
    if (error == 0 || try_in_child(enter_user_namespace)) {
        buf_adds(&c->found, error ? "unknown without user namespaces" : "can be mounted for a pid namespace");
        return;
    }
    buf_printf(&c->found, "cannot be mounted for a pid namespace: %s", errno_text(error));
    c->level = BROKEN;
    c->without = "no snippet runs: a /proc with parts masked, as containers have it, forbids a whole one";
    c->fix = "docker run --security-opt systempaths=unconfined, podman run --security-opt unmask=ALL";
}

static const char *own_v2_path(struct buf *b)
{
    const struct cgroup_host *h = cgroup_host();
    AUTO_BUF struct buf text = BUF_INIT;
    if (!h->v2_mount || read_file_at(AT_FDCWD, "/proc/self/cgroup", 1 << 16, &text) < 0)
        return NULL;
    const char *line = strstr(text.data, "0::");
    if (!line)
        return NULL;
    line += 3;
    buf_printf(b, "%s%.*s", h->v2_mount, (int)strcspn(line, "\n"), line);
    return buf_str(b);
}

/* Whether a cgroup can be made with that controller, in either version. */
static bool controller_usable(const char *name)
{
    AUTO_FREE char *v1 = xasprintf("/sys/fs/cgroup/%s", name);
    AUTO_BUF struct buf v2 = BUF_INIT;
    if (cgroup_host()->v1 && access(v1, W_OK) == 0)
        return true;
    const char *own = cgroup_host()->v2 && !cgroup_host()->v1 ? own_v2_path(&v2) : NULL;
    error_clear();
    if (!own)
        return false;
    const char *base = geteuid() == 0 ? cgroup_host()->v2_mount : own;
    AUTO_FREE char *file = xasprintf("%s/cgroup.controllers", base);
    AUTO_FREE char *procs = xasprintf("%s/cgroup.procs", base);
    AUTO_BUF struct buf list = BUF_INIT;
    bool there = access(procs, W_OK) == 0 && read_file_at(AT_FDCWD, file, 4096, &list) == 0 &&
                 strstr(buf_str(&list), name);
    error_clear();
    return there;
}

static void check_cgroup(const struct runtime_options *r, struct check *c)
{
    static const char *const wanted[] = {"memory", "pids", "cpu"};
    const struct cgroup_host *h = cgroup_host();
    size_t usable = 0;
    (void)r;
    buf_printf(&c->found, "%s;", h->hybrid ? "hybrid" : h->v1 ? "version 1" : h->v2 ? "version 2" : "none");
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        bool can = controller_usable(wanted[i]);
        usable += can;
        buf_printf(&c->found, " %s %s%s", wanted[i], can ? "yes" : "no",
                   i + 1 < ARRAY_LEN(wanted) ? "," : "");
    }
    if (usable == ARRAY_LEN(wanted))
        return;
    c->level = DEGRADED;
    c->without = "memory, CPU and process limits are held by rlimits and by looking at /proc";
    c->fix =
        geteuid() != 0 && h->v2
            ? "systemd-run --user --scope -p Delegate=yes rsbx run FILE"
            : "mount the cgroup file systems writable (in a container: --privileged or a delegated cgroup)";
}

static void check_clone_into(const struct runtime_options *r, struct check *c)
{
    (void)r;
    bool can = cgroup_host()->v2 && cgroup_clone_into_works();
    buf_adds(&c->found, can ? "processes are born in their cgroup" : "processes move into their cgroup");
    if (!can && !cgroup_host()->v1) {
        c->level = DEGRADED;
        c->without = "starting takes some milliseconds more";
        c->fix = "Linux 5.7";
    }
}

static bool seccomp_action(uint32_t action)
{
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static void check_seccomp(const struct runtime_options *r, struct check *c)
{
    (void)r;
    if (!seccomp_action(SECCOMP_RET_ERRNO)) {
        buf_adds(&c->found, "not in this kernel");
        c->level = BROKEN;
        c->without = "snippets would have every system call; they are not run";
        c->fix = "a kernel with CONFIG_SECCOMP_FILTER";
    } else if (!seccomp_action(SECCOMP_RET_USER_NOTIF)) {
        buf_adds(&c->found, "filters");
        c->level = DEGRADED;
        c->without = "refused system calls are not named in the result";
        c->fix = "Linux 5.0";
    } else {
        buf_adds(&c->found, "filters, and refused calls are named");
    }
}

static void check_landlock(const struct runtime_options *r, struct check *c)
{
    int version = landlock_version();
    (void)r;
    if (version > 0) {
        buf_printf(&c->found, "version %d", version);
        return;
    }
    buf_adds(&c->found, "not there");
    c->level = DEGRADED;
    c->without = "snippets have one wall less around files";
    c->fix = "Linux 5.19 with landlock in its lsm= list (CONFIG_LSM)";
}

static bool has_call(long number)
{
    return syscall(number, -1, NULL, -1, NULL, 0) >= 0 || errno != ENOSYS;
}

static void check_calls(const struct runtime_options *r, struct check *c)
{
    static const struct {
        const char *name;
        long number;
    } calls[] = {{"openat2", 437},   {"pidfd_open", 434},    {"fsopen", 430},
                 {"open_tree", 428}, {"mount_setattr", 442}, {"pidfd_getfd", 438}};
    (void)r;
    for (size_t i = 0; i < ARRAY_LEN(calls); i++)
        if (!has_call(calls[i].number))
            buf_printf(&c->found, "%s%s", c->found.len ? ", " : "missing: ", calls[i].name);
    if (c->found.len) {
        c->level = DEGRADED;
        c->without = "slower ways are taken, or an error says what cannot be done";
        c->fix = "Linux 5.12; in a container: a newer libseccomp outside";
    } else {
        buf_adds(&c->found, "openat2, pidfds, the mount calls");
    }
}

static void check_helper(struct check *c, const char *name, const char *without)
{
    AUTO_FREE char *path = helper_path(name);
    if (path) {
        buf_adds(&c->found, path);
        return;
    }
    error_clear();
    buf_printf(&c->found, "%s is not installed", name);
    c->level = DEGRADED;
    c->without = without;
    c->fix = "make install";
}

static void check_lint(const struct runtime_options *r, struct check *c)
{
    (void)r;
    check_helper(c, "rsbx-lint", "snippets are not looked at before they run");
}

static void check_directories(const struct runtime_options *r, struct check *c)
{
    const char *const dirs[] = {r->root, r->cache};
    for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
        if (dirs[i] && make_dirs(dirs[i], 0700) == 0 && access(dirs[i], W_OK) == 0) {
            buf_printf(&c->found, "%s%s", c->found.len ? ", " : "", dirs[i]);
            continue;
        }
        error_clear();
        buf_printf(&c->found, "%scannot write %s", c->found.len ? ", " : "", dirs[i] ? dirs[i] : "a cache");
        c->level = BROKEN;
        c->without = "nothing can be run";
        c->fix = "rsbx --root DIR --cache DIR, or set XDG_RUNTIME_DIR and XDG_CACHE_HOME";
    }
}

static bool on_path(const char *program)
{
    const char *path = getenv("PATH");
    AUTO_FREE char *copy = xstrdup(path ? path : "/usr/local/bin:/usr/bin:/bin");
    char *save = NULL;
    if (program[0] == '/')
        return access(program, X_OK) == 0;
    for (char *dir = strtok_r(copy, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
        AUTO_FREE char *file = xasprintf("%s/%s", dir, program);
        if (access(file, X_OK) == 0)
            return true;
    }
    return false;
}

static void check_languages(const struct runtime_options *r, struct check *c)
{
    size_t n = 0, missing = 0;
    (void)r;
    for (size_t i = 0; languages[i]; i++) {
        bool found = false;
        for (const char *const *p = languages[i]->programs; p && *p && !found; p++)
            found = on_path(*p);
        if (found)
            buf_printf(&c->found, "%s%s", n++ ? ", " : "", languages[i]->name);
        else
            missing++;
    }
    if (missing) {
        c->level = n ? GOOD : BROKEN;
        buf_printf(&c->found, "%s(%zu more: \"rsbx languages\" tells how to get them)", n ? " " : "none ",
                   missing);
    }
    if (!n) {
        c->without = "there is nothing to run a snippet with";
        c->fix = "sudo apt-get install python3";
    }
}

static const struct {
    const char *name;
    void (*check)(const struct runtime_options *r, struct check *c);
} rows[] = {
    {"kernel", check_kernel},
    {"user namespaces", check_user_namespaces},
    {"proc", check_proc},
    {"id maps", check_id_maps},
    {"cgroups", check_cgroup},
    {"clone into cgroup", check_clone_into},
    {"seccomp", check_seccomp},
    {"landlock", check_landlock},
    {"system calls", check_calls},
    {"lint", check_lint},
    {"directories", check_directories},
    {"languages", check_languages},
};

static const char *const words[] = {"ok", "degraded", "broken"};

static void text_row(const char *name, struct check *c, struct buf *out)
{
    buf_printf(out, "%-9s %-18s %s\n", words[c->level], name, buf_str(&c->found));
    if (c->without)
        buf_printf(out, "%29s%s\n", "", c->without);
    if (c->fix)
        buf_printf(out, "%29smend: %s\n", "", c->fix);
}

static void json_row(struct json *j, const char *name, struct check *c)
{
    json_open(j, NULL, '{');
    json_string(j, "name", name);
    json_string(j, "status", words[c->level]);
    json_string(j, "found", buf_str(&c->found));
    json_string(j, "without", c->without);
    json_string(j, "fix", c->fix);
    json_close(j, '}');
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    (void)argc, (void)argv;
    AUTO_BUF struct buf out = BUF_INIT;
    struct json j;
    enum level worst = GOOD;
    if (json) {
        json_begin(&j, &out, true);
        json_open(&j, NULL, '[');
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct check c = {.found = BUF_INIT};
        rows[i].check(runtime, &c);
        if (json)
            json_row(&j, rows[i].name, &c);
        else
            text_row(rows[i].name, &c, &out);
        worst = c.level > worst ? c.level : worst;
        buf_free(&c.found);
    }
    if (json) {
        json_close(&j, ']');
        json_end(&j);
        buf_addc(&out, '\n');
    }
    TRY(write_fd(STDOUT_FILENO, buf_str(&out), out.len));
    return worst == BROKEN;
}

static const struct command_option options[] = {
    {"json", 0, OPT_FLAG, &json, NULL, "as JSON"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_doctor = {
    .name = "doctor",
    .arguments = "",
    .summary = "say what this host has and lacks for sandboxes, and how to mend it",
    .details = "Exit code: 0 snippets can be run (perhaps degraded), 1 they cannot.",
    .options = options,
    .min_args = 0,
    .max_args = 0,
    .stop_after = -1,
    .run = run,
    .stateless = true,
};
