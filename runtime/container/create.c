/* Making a container, the runtime's side: what is checked, made and waited for, top to bottom. Whatever
 * fails, all that was made is undone. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/seal.h"
#include "base/strings.h"
#include "container/console.h"
#include "container/hooks.h"
#include "container/lifecycle.h"
#include "container/notify.h"
#include "container/setup.h"
#include "container/state.h"
#include "container/sync.h"
#include "linux/paths.h"
#include "spec/snippet.h"

#include <sched.h>

#define CONFIG_MAX (16U << 20)

/* ---- before anything is made ---- */

static int resolve_bundle(struct setup *s)
{
    char path[PATH_MAX];
    const char *bundle = s->create->bundle ? s->create->bundle : ".";
    if (!realpath(bundle, path))
        return fail(errno, "bundle %s", bundle);
    s->c->bundle = xstrdup(path);
    s->rootfs.bundle = s->c->bundle;
    return 0;
}

static struct spec *read_config(struct setup *s)
{
    struct loaded_config *loaded = s->create->loaded;
    if (loaded && loaded->spec) {
        struct spec *spec = take_ptr(loaded->spec);
        s->config_text = loaded->text;
        loaded->text = (struct buf)BUF_INIT;
        return spec;
    }
    AUTO_FREE char *path =
        s->create->config ? xstrdup(s->create->config) : xasprintf("%s/config.json", s->c->bundle);
    if (read_file_at(AT_FDCWD, path, CONFIG_MAX, &s->config_text) < 0)
        return NULL;
    return spec_decode(s->create->config ? path : "config.json", buf_str(&s->config_text),
                       s->config_text.len);
}

int step_load_config(struct setup *s)
{
    TRY(resolve_bundle(s));
    struct spec *spec = read_config(s);
    if (!spec)
        return -1;
    if (s->create->adjust)
        s->create->adjust(spec, s->create->adjust_arg);
    for (size_t i = 0; i < spec->warnings.n; i++)
        log_warn("%s", spec->warnings.v[i]);
    s->c->spec = spec;
    s->spec = s->rootfs.spec = spec;
    s->process = spec->process;
    if (spec->root && spec->root->path)
        s->c->rootfs = spec->root->path[0] == '/' ? xstrdup(spec->root->path)
                                                  : xasprintf("%s/%s", s->c->bundle, spec->root->path);
    return 0;
}

static int check_terminal(const struct setup *s)
{
    const struct container_options *o = s->create;
    if (!s->process->terminal && o->console_socket)
        return fail(
            0,
            "cannot use console socket if runc will not detach or allocate tty: process.terminal is false");
    if (s->process->terminal && o->detach && !o->console_socket)
        return fail(
            0,
            "cannot allocate tty if runc will detach without setting console socket; use --console-socket");
    return 0;
}

static int check_process(const struct setup *s)
{
    const struct spec_process *p = s->process;
    if (!p || p->args.n == 0)
        return fail(0, "config.json: process.args: missing");
    TRY(check_terminal(s));
    TRY(capabilities_check(p->capabilities, "process", false));
    TRY(rlimits_check(p, "process"));
    TRY(scheduling_check(p, "process"));
    TRY(affinity_check(p->exec_cpu_affinity, "process"));
    return lsm_check(p, "process");
}

static struct cgroup_options cgroup_options_of(const struct setup *s)
{
    uint32_t uid = id_to_host(&s->spec->linux_->uid_mappings, 0),
             gid = id_to_host(&s->spec->linux_->gid_mappings, 0);
    return (struct cgroup_options){
        .manager = s->runtime->manager,
        .id = s->c->id,
        .spec = s->spec,
        .rootless = s->runtime->rootless,
        .owner_uid = (s->ns.all & CLONE_NEWUSER) ? uid : (uid_t)-1,
        .owner_gid = (s->ns.all & CLONE_NEWUSER) ? gid : (gid_t)-1,
    };
}

static int check_user_namespace(const struct setup *s)
{
    const struct spec_linux *l = s->spec->linux_;
    bool maps = l->uid_mappings.n > 0 || l->gid_mappings.n > 0;
    if (maps && !(s->ns.all & CLONE_NEWUSER))
        return fail(0, "linux.uidMappings: mappings without a user namespace");
    if ((s->ns.new_flags & CLONE_NEWUSER) && (l->uid_mappings.n == 0 || l->gid_mappings.n == 0))
        return fail(0, "linux.uidMappings, linux.gidMappings: a new user namespace needs both");
    return 0;
}

/* The filter stands before startContainer hooks run, and needs no_new_privs. */
static int check_exec_once(const struct setup *s)
{
    const char *value = spec_annotation(s->spec, SNIPPET_EXEC_ONCE);
    if (!value || str_eq(value, "0"))
        return 0;
    if (!str_eq(value, "1"))
        return fail(0, "annotations[\"" SNIPPET_EXEC_ONCE "\"]: expected 0 or 1, found \"%s\"", value);
    if (!s->process->no_new_privileges)
        return fail(0, "annotations[\"" SNIPPET_EXEC_ONCE "\"]: needs process.noNewPrivileges");
    if (s->spec->hooks && s->spec->hooks->start_container.n > 0)
        return fail(0, "annotations[\"" SNIPPET_EXEC_ONCE "\"]: hooks.startContainer could not run");
    return 0;
}

int step_check(struct setup *s)
{
    TRY(check_process(s));
    TRY(namespaces_plan(s->spec, &s->ns));
    TRY(check_user_namespace(s));
    TRY(rootfs_check(s->spec));
    TRY(sysctl_check(s->spec));
    TRY(net_devices_check(s->spec));
    TRY(intel_rdt_check(s->spec));
    TRY(check_exec_once(s));
    if (s->spec->linux_->memory_policy)
        TRY(memory_policy_check(s->spec->linux_->memory_policy));
    if (s->spec->linux_->personality)
        TRY(personality_check(s->spec->linux_->personality));
    if (s->spec->linux_->seccomp)
        TRY(seccomp_check(s->spec->linux_->seccomp));
    struct cgroup_options o = cgroup_options_of(s);
    return cgroup_check(&o);
}

/* Is somebody in the container the host user who owns our binary? Then it could be written to through
 * /proc/PID/exe. */
int step_seal(struct setup *s)
{
    uid_t owner;
    const struct spec_id_mapping_list *maps = &s->spec->linux_->uid_mappings;
    bool reachable = !(s->ns.all & CLONE_NEWUSER) || maps->n == 0;
    TRY(seal_owner(&owner));
    for (size_t i = 0; i < maps->n; i++)
        reachable =
            reachable || (owner >= maps->v[i].host_id && owner - maps->v[i].host_id < maps->v[i].size);
    if (reachable)
        TRY(seal_self());
    if (s->create && s->create->sealed)
        s->create->sealed(s->spec, s->create->adjust_arg);
    return 0;
}

/* The fds that the caller wants passed on have to be there, and not be one of ours. */
static int check_fds(struct setup *s)
{
    uint64_t pid, n;
    const char *fds = getenv("LISTEN_FDS"), *who = getenv("LISTEN_PID");
    if (fds && who && parse_u64(who, INT_MAX, &pid) == 0 && (pid_t)pid == getpid() &&
        parse_u64(fds, 1000, &n) == 0)
        s->listen_fds = (unsigned)n;
    s->preserve_fds = s->create->preserve_fds;
    TRY(check_preserved_fds(s)); /* before the sum, which may not fit */
    s->preserve_fds += s->listen_fds;
    return check_preserved_fds(s);
}

int step_sockets(struct setup *s)
{
    const struct container_options *o = s->create;
    if (o->console_socket) {
        s->console_socket = connect_unix(o->console_socket);
        if (s->console_socket < 0)
            return fail_where("--console-socket");
    }
    if (o->pidfd_socket) {
        s->pidfd_socket = connect_unix(o->pidfd_socket);
        if (s->pidfd_socket < 0)
            return fail_where("--pidfd-socket");
    }
    return 0;
}

static int compile_seccomp(struct setup *s)
{
    const struct spec_seccomp *profile = s->spec->linux_->seccomp;
    if (!profile)
        return 0;
    AUTO_FREE char *cache = s->runtime->cache ? xasprintf("%s/seccomp", s->runtime->cache) : NULL;
    TRY(seccomp_compile(profile, cache, &s->seccomp));
    if (s->seccomp.notify && !profile->listener_path && !s->create->want_listener)
        return fail(0, "linux.seccomp.listenerPath: missing, and a rule is SCMP_ACT_NOTIFY");
    return 0;
}

/* ---- what is made ---- */

int step_state(struct setup *s)
{
    struct container *c = s->c;
    c->dir_fd = state_make_dir(s->runtime, c->id);
    if (c->dir_fd < 0)
        return -1;
    s->made_state_dir = true;
    c->owner = geteuid();
    c->no_new_keyring = s->create->no_new_keyring;
    TRY(state_write_creating(c));
    TRY(write_file_at(c->dir_fd, CONFIG_FILE, O_CREAT | O_EXCL, 0600, buf_str(&s->config_text),
                      s->config_text.len));
    if (mkfifoat(c->dir_fd, START_FIFO, 0600) < 0 || mkfifoat(c->dir_fd, RESULT_FIFO, 0600) < 0)
        return fail(errno, "fifo in %s/%s", s->runtime->root, c->id);
    /* for reading and writing: opening does not wait for the other side, and there is no end of file */
    s->start_fifo = openat(c->dir_fd, START_FIFO, O_RDWR | O_CLOEXEC);
    s->result_fifo = openat(c->dir_fd, RESULT_FIFO, O_RDWR | O_CLOEXEC);
    return s->start_fifo < 0 || s->result_fifo < 0 ? fail(errno, "fifo in %s/%s", s->runtime->root, c->id)
                                                   : 0;
}

static int make_notify_socket(struct setup *s)
{
    const char *socket = getenv("NOTIFY_SOCKET");
    if (!socket || !*socket)
        return 0;
    s->notify_dir = xasprintf("%s/%s/notify", s->runtime->root, s->c->id);
    s->rootfs.notify_dir = s->notify_dir;
    return notify_make_dir(s->c->dir_fd);
}

int step_cgroup(struct setup *s)
{
    struct cgroup_options o = cgroup_options_of(s);
    o.devices_later = !s->restore;
    TRY(cgroup_create(&o, &s->c->cgroup));
    s->made_cgroup = true;
    s->cgroup = s->c->cgroup;
    cgroup_mount_info(s->cgroup, &s->cgroup_mounts);
    return 0;
}

static int prepare_rootfs(struct setup *s)
{
    struct rootfs *r = &s->rootfs;
    r->own_user_ns = s->ns.all & CLONE_NEWUSER;
    r->own_cgroup_ns = s->ns.all & CLONE_NEWCGROUP;
    r->own_mount_ns = s->ns.all & CLONE_NEWNS;
    r->new_mount_ns = s->ns.new_flags & CLONE_NEWNS;
    r->own_net_ns = s->ns.all & CLONE_NEWNET;
    r->own_pid_ns = s->ns.all & CLONE_NEWPID;
    r->no_pivot = s->create->no_pivot;
    r->cgroups = &s->cgroup_mounts;
    return rootfs_prepare(r);
}

/* Maps of ids, moving by systemd and network devices have to be there first. A process that is not dumpable
 * takes no oom_score_adj from a user. */
static bool may_run_ahead(const struct setup *s)
{
    return !(s->ns.all & CLONE_NEWUSER) && s->runtime->manager != CGROUP_SYSTEMD && !s->runtime->rootless &&
           s->spec->linux_->net_devices.n == 0;
}

static int make_process(struct setup *s)
{
    s->runs_ahead = may_run_ahead(s);
    s->limits_from_inside = limits_from_inside(s);
    TRY(sync_pair(s->sync));
    int cgroup_fd = cgroup_clone_fd(s->cgroup);
    TRY(namespaces_clone(&s->ns, cgroup_fd, &s->into_cgroup, init_main, s, &s->pid, &s->pidfd));
    close(s->sync[1]);
    s->sync[1] = -1;
    return 0;
}

static int prepare_process(struct setup *s)
{
    const struct spec_process *p = s->process;
    if (s->ns.new_flags & CLONE_NEWUSER)
        TRY(userns_write_maps(s->pid, s->spec, geteuid() == 0));
    TRY(cgroup_adopt(s->cgroup, s->pid));
    if (p->oom_score_adj.set && oom_score_adj_apply(s->pid, p->oom_score_adj.v) < 0) {
        if (!s->runtime->rootless)
            return -1;
        log_warn("%s", error_text()); /* lowering it takes CAP_SYS_RESOURCE on the host */
        error_clear();
    }
    return intel_rdt_apply(s->spec, s->c->id, s->pid, &s->c->intel_rdt_path);
}

int step_net_devices(struct setup *s)
{
    if (s->spec->linux_->net_devices.n == 0)
        return 0;
    /* one that init joins: it may be on the way there still */
    int joined = namespaces_joined(&s->ns, CLONE_NEWNET);
    if (joined >= 0)
        return net_devices_move(s->spec, joined);
    AUTO_FREE char *path = xasprintf("/proc/%d/ns/net", (int)s->pid);
    AUTO_FD int netns = open(path, O_RDONLY | O_CLOEXEC);
    if (netns < 0)
        return fail(errno, "%s", path);
    return net_devices_move(s->spec, netns);
}

/* As with the pid file: whoever gets it may join the namespaces at once, which init must have done before. */
static int send_pidfd(struct setup *s)
{
    if (s->pidfd_socket < 0)
        return 0;
    return send_fd(s->pidfd_socket, s->pidfd, "init", 4);
}

static int go(struct setup *s)
{
    return sync_go(s->sync[0]);
}

static int first_go(struct setup *s)
{
    return s->runs_ahead ? 0 : go(s);
}

static int limit_devices(struct setup *s)
{
    struct cgroup_options o = cgroup_options_of(s);
    return cgroup_limit_devices(s->cgroup, &o);
}

/* When init ends without a word, its exit status and the cgroup tell why. */
static int explain_end(struct setup *s)
{
    int status;
    if (!strstr(error_text(), SYNC_ENDED))
        return -1;
    if (cgroup_oom_kills(s->cgroup) > 0)
        return fail(0, "container init was OOM-killed (memory limit too low?)");
    while (waitpid(s->pid, &status, __WALL) < 0 && errno == EINTR)
        ;
    s->pid = 0;
    if (WIFSIGNALED(status))
        return fail(0, SYNC_ENDED ": killed by signal %d (%s)", WTERMSIG(status),
                    strsignal(WTERMSIG(status)));
    return -1;
}

/* For an init that runs ahead, through its socket. */
static int loopback(struct setup *s)
{
    AUTO_FD int fd = -1;
    if (!s->runs_ahead || !(s->ns.new_flags & CLONE_NEWNET))
        return 0;
    int type = sync_receive(s->sync[0], NULL, NULL, &fd);
    if (type < 0)
        return explain_end(s);
    return type == SYNC_LOOPBACK ? loopback_up_through(fd)
                                 : fail(0, "sync socket: unexpected frame %d", type);
}

/* For a checkpoint: what of the container's stdio comes from outside (/proc/PID/fd/N as it is now). */
static void note_stdio(struct setup *s)
{
    char target[PATH_MAX];
    for (int i = 0; i < 3 && !s->process->terminal; i++) {
        ssize_t n = readlink(fd_path(s->stdio[i] >= 0 ? s->stdio[i] : i).s, target, sizeof(target) - 1);
        if (n > 0)
            s->c->stdio[i] = xstrndup(target, (size_t)n);
    }
}

void step_note_process(struct setup *s)
{
    struct container *c = s->c;
    c->pid = s->pid;
    c->pidfd = fcntl(s->pidfd, F_DUPFD_CLOEXEC, 3);
    c->start_time = process_start_time(s->pid);
    c->created_ns = boot_ns();
    note_stdio(s);
}

/* The next frame; takes the console's master on the way. */
static int receive(struct setup *s, int *number)
{
    int type, fd = -1;
    while ((type = sync_receive(s->sync[0], number, NULL, &fd)) == SYNC_CONSOLE)
        s->c->console_master = fd;
    return type < 0 ? explain_end(s) : type;
}

static int expect(struct setup *s, enum sync_type want)
{
    int type = receive(s, NULL);
    if (type < 0)
        return -1;
    return type == (int)want ? 0 : fail(0, "sync socket: unexpected frame %d", type);
}

static int wait_for_rootfs(struct setup *s)
{
    step_note_process(s);
    return stops_for_hooks(s) ? expect(s, SYNC_ROOTFS) : 0;
}

static int run_hooks(struct setup *s)
{
    AUTO_BUF struct buf state = BUF_INIT;
    if (!stops_for_hooks(s))
        return 0;
    container_state_json(s->c, "creating", false, &state);
    TRY(hooks_run(s->c, "prestart", &s->spec->hooks->prestart, buf_str(&state), NULL));
    TRY(hooks_run(s->c, "createRuntime", &s->spec->hooks->create_runtime, buf_str(&state), NULL));
    return go(s);
}

/* ---- while init works: what it would wait for otherwise ---- */

/* Of a container that is started in any case, nobody has to know when it was ready: what would be done then
 * is done now, unless it can fail, or gives away what init must have set up first. */
static bool may_save_early(const struct setup *s)
{
    const struct container_options *o = s->create;
    return (o->start_at_once || o->held_until_started) && !s->notify_dir && !o->pid_file &&
           !o->pidfd_socket && !stops_for_hooks(s);
}

static bool may_release_early(const struct setup *s)
{
    return s->create->start_at_once && may_save_early(s) && !s->seccomp.notify && s->limits_from_inside;
}

static int save_state_early(struct setup *s)
{
    return may_save_early(s) ? step_save_state(s) : 0;
}

/* What container_start() says is said, too. The fd for what comes back is opened while init cannot have
 * ended, and outlives ours. */
static int release_early(struct setup *s)
{
    if (!may_release_early(s) || sync_send_go(s->sync[0]) < 0)
        return 0; /* an init that has ended says why to the step that waits for it */
    s->released = true;
    s->c->exec_result = openat(s->c->dir_fd, RESULT_FIFO, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    return s->c->exec_result < 0 ? fail(errno, "result fifo") : write_fd(s->start_fifo, "0", 1);
}

int take_listener(struct setup *s, int number)
{
    const struct spec_seccomp *profile = s->spec->linux_->seccomp;
    AUTO_FD int listener = (int)syscall(SYS_pidfd_getfd, s->pidfd, number, 0);
    if (listener < 0)
        return fail(errno, "take the seccomp listener");
    if (profile->listener_path) {
        AUTO_BUF struct buf state = BUF_INIT;
        container_state_json(s->c, s->exec ? container_status_name(s->c->status) : "creating", false, &state);
        TRY(seccomp_send_listener(profile, listener, s->pid, buf_str(&state)));
    } else {
        s->c->seccomp_listener = take_fd(&listener);
    }
    return go(s);
}

/* Only when init is ready, or all but: small limits would get in the way of what it had to do. */
static int apply_rlimits(struct setup *s)
{
    return s->limits_from_inside || s->released ? 0 : rlimits_apply(s->pid, s->process, "process");
}

/* Where the filter comes last (noNewPrivileges) there is nothing between the listener and being ready, so
 * init need not wait twice if its state is saved. */
static int take_listener_and_release(struct setup *s, int number)
{
    TRY(take_listener(s, number));
    if (!may_save_early(s) || !s->process->no_new_privileges)
        return 0;
    TRY(apply_rlimits(s));
    TRY(go(s));
    s->released = true;
    return 0;
}

static int wait_for_ready(struct setup *s)
{
    int number;
    int type = receive(s, &number);
    if (type == SYNC_LISTENER)
        return take_listener_and_release(s, number) < 0 ? -1 : expect(s, SYNC_READY);
    if (type < 0)
        return -1;
    return type == SYNC_READY ? 0 : fail(0, "sync socket: unexpected frame %d", type);
}

int step_save_state(struct setup *s)
{
    s->c->created = timestamp_now();
    s->c->status = STATUS_CREATED;
    return state_write(s->c);
}

int step_pid_file(struct setup *s)
{
    TRY(pid_file_write(s->create->pid_file, s->pid));
    s->made_pid_file = true;
    return 0;
}

static int save_state_late(struct setup *s)
{
    return may_save_early(s) ? 0 : step_save_state(s);
}

static int release(struct setup *s)
{
    return s->released ? 0 : go(s);
}

static const struct step create_steps[] = {
    {"config", step_load_config},
    {"check", step_check},
    {"seal", step_seal},
    {"file descriptors", check_fds},
    {"sockets", step_sockets},
    {"compile seccomp", compile_seccomp},
    {"state", step_state},
    {"notify socket", make_notify_socket},
    {"cgroup", step_cgroup},
    {"prepare rootfs", prepare_rootfs},
    {"process", make_process},
    {"prepare process", prepare_process},
    {"network devices", step_net_devices},
    {"go", first_go},
    {"devices", limit_devices},
    {"loopback", loopback},
    {"root", wait_for_rootfs},
    {"hooks", run_hooks},
    {"save state early", save_state_early},
    {"release early", release_early},
    {"init", wait_for_ready},
    {"rlimits", apply_rlimits},
    {"save state", save_state_late},
    {"pid file", step_pid_file},
    {"send pidfd", send_pidfd},
    {"release", release},
};

void create_print_steps(void)
{
    steps_print("create", create_steps, ARRAY_LEN(create_steps));
}

void setup_init(struct setup *s, const struct runtime_options *runtime, struct container *c)
{
    memset(s, 0, sizeof(*s));
    s->runtime = runtime;
    s->c = c;
#ifdef RSBX_TEST_STEPS
    s->kill_switch = steps_kill_switch();
#endif
    s->log_open = true;
    s->sync[0] = s->sync[1] = s->console_socket = s->pidfd_socket = s->start_fifo = s->result_fifo = -1;
    s->console_slave = s->pidfd = s->ns.joined_pidfd = -1;
    s->stdio[0] = s->stdio[1] = s->stdio[2] = -1;
    s->rootfs.root_fd = s->rootfs.userns_fd = -1;
}

void setup_close(struct setup *s)
{
    const int fds[] = {s->sync[0],    s->sync[1],     s->console_socket, s->pidfd_socket,
                       s->start_fifo, s->result_fifo, s->console_slave,  s->pidfd};
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    seal_release();
    namespaces_close(&s->ns);
    rootfs_close(&s->rootfs);
    seccomp_free(&s->seccomp);
    buf_free(&s->config_text);
    free(s->notify_dir);
}

/* Undoes what was made; the current error stays the one that people see. */
static void undo(struct setup *s)
{
    AUTO_FREE char *text = xstrdup(error_text());
    int number = error_errno();
    struct container *c = s->c;
    if (s->pid > 0) {
        kill(s->pid, SIGKILL);
        while (waitpid(s->pid, NULL, __WALL) < 0 && errno == EINTR)
            ;
    }
    if (c->intel_rdt_path)
        intel_rdt_remove(c->intel_rdt_path);
    if (s->made_cgroup) {
        cgroup_kill(c->cgroup, SIGKILL);
        cgroup_destroy(c->cgroup);
    }
    if (s->made_state_dir) {
        state_remove(c);
        if (s->made_pid_file)
            pid_file_remove(s->create->pid_file);
    }
    error_receive(number, text);
}

int container_make(const struct runtime_options *runtime, const struct container_options *options,
                   const struct step_table *table, const struct restore *restore, struct container **out)
{
    struct setup s;
    TRY(container_check_id(options->id));
    struct container *c = xcalloc(1, sizeof(*c));
    c->runtime = runtime;
    c->manager = runtime->manager;
    c->id = xstrdup(options->id);
    c->pidfd = c->dir_fd = c->console_master = c->seccomp_listener = c->exec_result = -1;
    setup_init(&s, runtime, c);
    s.create = options;
    s.restore = restore;
    memcpy(s.stdio, options->stdio, sizeof(s.stdio));
    int r = steps_run(table->name, table->steps, table->n, &s);
    if (r < 0)
        undo(&s);
    else
        c->n_trees = rootfs_take_trees(&s.rootfs, &c->trees);
    setup_close(&s); /* it reads the container's spec: before that goes */
    if (r < 0)
        container_free(c);
    else
        *out = c;
    return r;
}

int container_create(const struct runtime_options *runtime, const struct container_options *options,
                     struct container **out)
{
    static const struct step_table table = {"create", create_steps, ARRAY_LEN(create_steps)};
    return container_make(runtime, options, &table, NULL, out);
}
