/* start, kill, pause, resume, delete. */
#include "container/lifecycle.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "container/hooks.h"
#include "container/notify.h"
#include "container/state.h"
#include "linux/process.h"

#define KILL_TIMEOUT_MS 10000

int pid_file_write(const char *path, pid_t pid)
{
    AUTO_FREE char *text = xasprintf("%d", (int)pid);
    if (!path)
        return 0;
    if (write_file_atomic_at(AT_FDCWD, path, 0666, text, strlen(text)) < 0)
        return fail_where("--pid-file");
    return 0;
}

void pid_file_remove(const char *path)
{
    if (path)
        unlink(path);
}

int wait_for_end(int pidfd, int timeout_ms)
{
    struct pollfd p = {pidfd, POLLIN, 0};
    int n;
    do
        n = poll(&p, 1, timeout_ms);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail(errno, "poll");
    return n > 0 ? 0 : fail(ETIMEDOUT, "the process does not end");
}

/* ---- start ---- */

static bool has_poststart(const struct container *c)
{
    return c->spec->hooks && c->spec->hooks->poststart.n > 0;
}

/* Unlocked: hooks may use our commands, and a service that never gets ready must be possible to kill. */
static int run_poststart(struct container *c)
{
    AUTO_BUF struct buf state = BUF_INIT;
    container_state_json(c, "running", false, &state);
    container_unlock(c);
    int r = hooks_run(c, "poststart", &c->spec->hooks->poststart, buf_str(&state), NULL);
    AUTO_FREE char *text = r < 0 ? xstrdup(error_text()) : NULL;
    TRY(container_lock(c));
    if (r == 0)
        return 0;
    /* runtime-spec "Lifecycle", step 9: the container is stopped */
    if (!state_is_gone(c) && container_kill(c, SIGKILL, true) == 0)
        wait_for_end(c->pidfd, KILL_TIMEOUT_MS);
    return error_receive(0, text);
}

static int wait_until_ready(struct container *c, int notify_fd)
{
    container_unlock(c);
    int r = notify_forward(notify_fd, c->pidfd, c->pid);
    TRY(container_lock(c));
    return r;
}

/* Reads why exec failed; end of file means that it did not. */
static int wait_for_exec(struct container *c, int result)
{
    struct pollfd p[2] = {{result, POLLIN, 0}, {c->pidfd, POLLIN, 0}};
    AUTO_BUF struct buf text = BUF_INIT;
    int n;
    do
        n = poll(p, 2, -1);
    while (n < 0 && errno == EINTR);
    fcntl(result, F_SETFL, O_RDONLY); /* all of it, up to the end of file */
    if (read_fd(result, 1U << 20, &text) < 0)
        return -1;
    if (text.len == 0)
        return fail(0, "the container's init was killed before its program ran");
    const char *error = str_after(buf_str(&text), RESULT_EXEC);
    return error && !*error ? 0 : error_receive(0, error ? error : buf_str(&text));
}

static int release_init(struct container *c)
{
    if (c->exec_result >= 0) {
        AUTO_FD int early = take_fd(&c->exec_result);
        return wait_for_exec(c, early);
    }
    AUTO_FD int result = openat(c->dir_fd, RESULT_FIFO, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    AUTO_FD int start = openat(c->dir_fd, START_FIFO, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (result < 0 || start < 0)
        return fail(0, "cannot start a container that has stopped");
    TRY(write_fd(start, "0", 1));
    return wait_for_exec(c, result);
}

int container_start(struct container *c)
{
    if (c->status != STATUS_CREATED) {
        if (c->status == STATUS_STOPPED)
            return fail(0, "cannot start a container that has stopped");
        return fail(0, "cannot start an already %s container", container_status_name(c->status));
    }
    int notify = notify_listen(c->dir_fd);
    AUTO_FD int notify_fd = notify < 0 ? -1 : notify;
    if (notify < -1)
        return -1;
    TRY(release_init(c));
    c->status = STATUS_RUNNING;
    if (has_poststart(c) || notify_fd >= 0)
        container_settle(c); /* both may take long */
    if (has_poststart(c))
        TRY(run_poststart(c));
    return notify_fd >= 0 ? wait_until_ready(c, notify_fd) : 0;
}

/* ---- kill, pause, resume ---- */

static bool shares_pid_namespace(const struct container *c)
{
    const struct spec_namespace *n = c->spec ? spec_namespace(c->spec, "pid") : NULL;
    return !n || (n->path && *n->path);
}

static int signal_init(struct container *c, int sig)
{
    if (syscall(SYS_pidfd_send_signal, c->pidfd, sig, NULL, 0) < 0) {
        if (errno == ESRCH)
            return fail(0, "container not running: no such process");
        return fail(errno, "signal %d to process %d", sig, (int)c->pid);
    }
    return 0;
}

int container_kill(struct container *c, int sig, bool all)
{
    bool running = c->status == STATUS_CREATED || c->status == STATUS_RUNNING || c->status == STATUS_PAUSED;
    if (!running && !(all && c->cgroup))
        return all ? 0 : fail(0, "container not running: no such process");
    if (running && !all)
        TRY(signal_init(c, sig)); /* before the others: cgroup.kill would leave nobody to signal */
    if (c->cgroup && (all || (sig == SIGKILL && shares_pid_namespace(c))))
        TRY(cgroup_kill(c->cgroup, sig));
    if (running && all && c->pidfd >= 0 && !(c->cgroup && cgroup_path(c->cgroup)))
        syscall(SYS_pidfd_send_signal, c->pidfd, sig, NULL, 0); /* also where there is no cgroup */
    if (c->status == STATUS_PAUSED && sig == SIGKILL)
        return cgroup_freeze(c->cgroup, false); /* v1: a frozen process dies when it is thawed */
    return 0;
}

int container_pause(struct container *c)
{
    if (c->status != STATUS_RUNNING && c->status != STATUS_CREATED)
        return fail(0, "container not running: cannot pause a %s container",
                    container_status_name(c->status));
    TRY(cgroup_freeze(c->cgroup, true));
    c->status = STATUS_PAUSED;
    return 0;
}

int container_resume(struct container *c)
{
    if (c->status != STATUS_PAUSED)
        return fail(0, "container not paused: it is %s", container_status_name(c->status));
    TRY(cgroup_freeze(c->cgroup, false));
    c->status = STATUS_RUNNING;
    return 0;
}

static bool same_rule(const struct spec_device_cgroup *a, const struct spec_device_cgroup *b)
{
    return a->allow == b->allow && str_eq(a->type ? a->type : "", b->type ? b->type : "") &&
           str_eq(a->access ? a->access : "", b->access ? b->access : "") && a->major.set == b->major.set &&
           a->major.v == b->major.v && a->minor.set == b->minor.set && a->minor.v == b->minor.v;
}

static bool same_devices(const struct spec_resources *want, const struct spec_resources *have)
{
    if (!have || want->devices.n != have->devices.n)
        return false;
    for (size_t i = 0; i < want->devices.n; i++)
        if (!same_rule(&want->devices.v[i], &have->devices.v[i]))
            return false;
    return true;
}

/* Engines send the whole of config.json's resources to change one limit. Device rules that are in force
 * already are not made anew: others (of GPUs) may have added theirs, and on v1 the container would for a
 * moment have none. */
int container_update(struct container *c, const struct spec_resources *resources)
{
    struct spec_resources want = *resources;
    if (want.devices.n > 0) {
        if (faccessat(c->dir_fd, DEVICES_FILE, F_OK, 0) < 0 &&
            same_devices(&want, c->spec->linux_->resources))
            want.devices.n = 0;
        else
            TRY(write_file_at(c->dir_fd, DEVICES_FILE, O_CREAT, 0600, "", 0));
    }
    return cgroup_update(c->cgroup, &want);
}

int container_update_rdt(struct container *c, const char *l3_schema, const char *bandwidth_schema)
{
    const struct spec_intel_rdt want = {.l3_cache_schema = (char *)(uintptr_t)l3_schema,
                                        .mem_bw_schema = (char *)(uintptr_t)bandwidth_schema};
    AUTO_FREE pid_t *pids = NULL;
    size_t n = 0;
    bool had = c->intel_rdt_path != NULL;
    TRY(cgroup_pids(c->cgroup, &pids, &n));
    TRY(intel_rdt_update(c->spec, c->id, &want, pids, n, &c->intel_rdt_path));
    return had || !c->intel_rdt_path ? 0 : state_write(c); /* delete has to find it */
}

/* ---- delete ---- */

static void run_poststop(struct container *c)
{
    AUTO_BUF struct buf state = BUF_INIT;
    if (!c->spec || !c->spec->hooks)
        return;
    container_state_json(c, "stopped", false, &state);
    const struct spec_hook_list *hooks = &c->spec->hooks->poststop;
    for (size_t i = 0; i < hooks->n; i++) { /* each one runs: runtime-spec, "Lifecycle", step 12 */
        struct spec_hook_list one = {&hooks->v[i], 1};
        if (hooks_run(c, "poststop", &one, buf_str(&state), NULL) < 0)
            log_warn("%s", error_text());
    }
    error_clear();
}

static int end_processes(struct container *c, bool cgroup_gone)
{
    bool alive = c->pidfd >= 0 && c->status != STATUS_STOPPED;
    if (c->cgroup && !cgroup_gone && (alive || shares_pid_namespace(c) || c->status == STATUS_CREATING)) {
        TRY(cgroup_kill(c->cgroup, SIGKILL));
        if (cgroup_is_frozen(c->cgroup) == 1)
            TRY(cgroup_freeze(c->cgroup, false));
    }
    if (!alive)
        return 0;
    syscall(SYS_pidfd_send_signal, c->pidfd, SIGKILL, NULL, 0);
    if (wait_for_end(c->pidfd, KILL_TIMEOUT_MS) < 0)
        return fail(
            0, "process %d does not end %d seconds after SIGKILL: it may wait for a device or a file system",
            (int)c->pid, KILL_TIMEOUT_MS / 1000);
    waitpid(c->pid, NULL, WNOHANG | __WALL); /* if it is ours */
    c->status = STATUS_STOPPED;
    c->pid = 0;
    return 0;
}

int container_destroy(struct container *c)
{
    if (state_is_gone(c)) /* another command was faster; what has its name now is not ours */
        return 0;
    bool cgroup_gone = c->cgroup && cgroup_remove_empty(c->cgroup);
    TRY(end_processes(c, cgroup_gone));
    if (c->cgroup && !cgroup_gone) {
        TRY(cgroup_wait_empty(c->cgroup, KILL_TIMEOUT_MS));
        TRY(cgroup_destroy(c->cgroup));
    }
    if (c->intel_rdt_path)
        TRY(intel_rdt_remove(c->intel_rdt_path));
    TRY(state_remove(c));
    container_settle(c);
    run_poststop(c);
    return 0;
}

static bool is_cgroup_of(const struct runtime_options *runtime, const char *id, const char *path)
{
    struct container *c;
    if (container_load(runtime, id, false, &c) < 0) {
        error_clear();
        return false;
    }
    const char *own = c->cgroup && c->status != STATUS_STOPPED ? cgroup_path(c->cgroup) : NULL;
    bool same = own && strcmp(own, path) == 0;
    container_free(c);
    return same;
}

/* Whoever was killed may not have come as far as to find that the cgroup is in use: by another container, or
 * by us, where cgroupsPath says so. */
static bool cgroup_is_in_use(const struct container *c)
{
    const char *path = cgroup_path(c->cgroup);
    AUTO_FREE pid_t *pids = NULL;
    char **ids;
    size_t n = 0;
    bool found = false;
    if (!path || cgroup_pids(c->cgroup, &pids, &n) < 0 || container_list(c->runtime, &ids) < 0) {
        error_clear();
        return false;
    }
    for (size_t i = 0; i < n; i++)
        found = found || pids[i] == getpid();
    for (char **id = ids; *id; id++) {
        found = found || (n > 0 && strcmp(*id, c->id) != 0 && is_cgroup_of(c->runtime, *id, path));
        free(*id);
    }
    free(ids);
    return found;
}

static void find_cgroup(struct container *c, enum cgroup_manager manager)
{
    struct cgroup_options o = {.manager = manager,
                               .id = c->id,
                               .spec = c->spec,
                               .rootless = c->runtime->rootless,
                               .owner_uid = (uid_t)-1,
                               .owner_gid = (gid_t)-1};
    if (cgroup_find(&o, &c->cgroup) < 0)
        error_clear();
}

static void forget_cgroup(struct container *c)
{
    cgroup_close(take_ptr(c->cgroup));
}

/* Only systemd's cgroupsPath is SLICE:PREFIX:NAME; but an engine that is set up for systemd may give it to
 * the other driver, too. */
static bool path_is_for_systemd(const struct container *c)
{
    const char *path = c->spec->linux_->cgroups_path, *colon = path ? strchr(path, ':') : NULL;
    return path && *path != '/' && colon && strchr(colon + 1, ':');
}

/* The state does not say who made it: a scope of that name is ended if it is there and this container's. */
static void stop_scope(struct container *c)
{
    find_cgroup(c, CGROUP_SYSTEMD);
    if (!c->cgroup)
        return;
    if (cgroup_destroy(c->cgroup) < 0)
        log_warn("%s", error_text());
    error_clear();
    forget_cgroup(c);
}

/* A create that was killed, or a state that is damaged: the cgroup is found again from config.json. */
static int destroy_half_made(struct container *c)
{
    enum cgroup_manager manager = c->manager;
    if (c->spec && !c->cgroup) {
        if (!c->manager_known && (manager == CGROUP_SYSTEMD || path_is_for_systemd(c))) {
            stop_scope(c);
            manager = CGROUP_CGROUPFS;
        }
        find_cgroup(c, manager);
    }
    if (c->cgroup && cgroup_is_in_use(c))
        forget_cgroup(c);
    return container_destroy(c);
}

/* With --force what belongs to a container whose state cannot be read is looked for: its process where the
 * state still tells it, its cgroup from config.json. */
static int load_to_delete(const struct runtime_options *runtime, const char *id, bool force,
                          struct container **out)
{
    TRY(container_check_id(id));
    if (container_load(runtime, id, true, out) == 0)
        return 0;
    if (strstr(error_text(), "does not exist"))
        return -1;
    AUTO_FREE char *why = xstrdup(error_text());
    if (!force)
        return fail(0, "%s (delete --force removes what can be found of it)", why);
    error_clear();
    log_warn("%s: what can be found of it is removed", why);
    return container_salvage(runtime, id, out);
}

int container_delete(const struct runtime_options *runtime, const char *id, bool force)
{
    struct container *c;
    if (load_to_delete(runtime, id, force, &c) < 0) {
        if (force && strstr(error_text(), "does not exist")) {
            error_clear();
            return 0;
        }
        return -1;
    }
    int r;
    if (c->status == STATUS_CREATING || (force && !c->cgroup))
        r = destroy_half_made(c);
    else if (c->status == STATUS_STOPPED || c->status == STATUS_CREATED || force)
        r = container_destroy(c);
    else
        r = fail(0, "cannot delete container %s that is not stopped: %s", id,
                 container_status_name(c->status));
    container_free(c);
    return r;
}
