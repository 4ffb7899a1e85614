/* A process that joins a running container: the runtime's side and the new process's side. What is applied
 * comes from our own copy of config.json and the given process, never from inside the container. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/seal.h"
#include "base/strings.h"
#include "container/console.h"
#include "container/lifecycle.h"
#include "container/setup.h"
#include "container/state.h"
#include "container/sync.h"

/* ---- the new process ---- */

static int wait_for_go(struct setup *s)
{
    return sync_expect(s->sync[1], SYNC_GO);
}

static int join_cgroup(struct setup *s)
{
    return cgroup_join_self(s->cgroup, s->into_cgroup);
}

static int join_late(struct setup *s)
{
    TRY(namespaces_late(&s->ns, s->spec));
    return (s->ns.all & CLONE_NEWUSER) ? userns_become_root() : 0;
}

/* Without a mount namespace there is none to join, which would have given us the container's root. */
static int enter_root(struct setup *s)
{
    if (s->ns.all & CLONE_NEWNS)
        return 0;
    if (fchdir(s->rootfs.root_fd) < 0 || chroot(".") < 0 || chdir("/") < 0)
        return fail(errno, "chroot to %s", s->c->rootfs);
    return 0;
}

static int keyring(struct setup *s)
{
    if (s->c->no_new_keyring)
        return 0;
    return keyring_new(s->c->id, s->process->selinux_label,
                       s->runtime->nested || (s->ns.all & CLONE_NEWUSER));
}

static int console(struct setup *s)
{
    AUTO_FD int master = -1;
    if (!s->process->terminal)
        return 0;
    TRY(console_open(-1, s->process, &master, &s->console_slave));
    if (s->console_socket >= 0)
        return console_send(s->console_socket, master);
    return sync_send(s->sync[1], SYNC_CONSOLE, 0, NULL, master);
}

static int final_affinity(struct setup *s)
{
    const struct spec_cpu_affinity *a = s->process->exec_cpu_affinity;
    return affinity_apply(a ? a->final : NULL);
}

static int report_ready(struct setup *s)
{
    prctl(PR_SET_PDEATHSIG, 0); /* as init does */
    TRY(sync_send(s->sync[1], SYNC_READY, 0, NULL, -1));
    return sync_expect(s->sync[1], SYNC_GO);
}

static const struct step exec_steps[] = {
    {"signals", step_credentials_prepare},
    {"go", wait_for_go},
    {"join cgroup", join_cgroup},
    {"join namespaces", join_late},
    {"root", enter_root},
    {"keyring", keyring},
    {"console", console},
    {"session", step_session},
    {"stdio", step_stdio},
    {"labels", step_labels}, /* through the handle on /proc that is closed next */
    {"close fds", step_close_fds},
    {"cpu affinity", final_affinity},
    {"scheduling", step_scheduling},
    {"landlock", step_landlock},
    {"limits (privileged)", step_rlimits_early},
    {"working directory", step_working_directory}, /* a profile may deny getcwd(2) */
    {"seccomp (privileged)", step_seccomp_early},
    {"bounding set", step_bounding_set},
    {"user", step_user},
    {"working directory of the user", step_working_directory_again},
    {"capabilities", step_capabilities},
    {"no new privileges", step_no_new_privileges},
    {"environment", step_environment},
    {"program", step_find_program},
    {"limits", step_rlimits},
    {"ready", report_ready},
    {"seccomp", step_seccomp},
    {"exec", step_exec},
};

int exec_main(void *arg)
{
    struct setup *s = arg;
    steps_run("exec", exec_steps, ARRAY_LEN(exec_steps), s);
    sync_send(s->sync[1], SYNC_ERROR, error_errno(), error_text(), -1);
    return 255;
}

/* ---- the runtime ---- */

static int check_state(const struct container *c, const struct exec_options *o)
{
    if (c->status == STATUS_STOPPED || c->status == STATUS_CREATING)
        return fail(0, "cannot exec in a stopped container");
    if (c->status == STATUS_PAUSED && !o->ignore_paused)
        return fail(0, "cannot exec in a paused container (use --ignore-paused to override)");
    if (o->process->args.n == 0)
        return fail(0, "process.args: missing");
    if (!o->process->terminal && o->console_socket)
        return fail(0, "cannot use console socket if runc will not detach or allocate tty");
    if (o->process->terminal && o->detach && !o->console_socket)
        return fail(
            0,
            "cannot allocate tty if runc will detach without setting console socket; use --console-socket");
    return 0;
}

/* criu restores into a time namespace that config.json does not know of. */
static int join_time(struct setup *s)
{
    struct stat own, theirs;
    AUTO_FREE char *path = xasprintf("/proc/%d/ns/time", (int)s->c->pid);
    if (stat("/proc/self/ns/time", &own) < 0 || stat(path, &theirs) < 0)
        return errno == ENOENT ? 0 : fail(errno, "%s", path);
    if (own.st_ino != theirs.st_ino)
        s->ns.all |= CLONE_NEWTIME;
    return 0;
}

static int exec_check(struct setup *s)
{
    const struct exec_options *o = s->exec;
    TRY(check_state(s->c, o));
    TRY(rlimits_check(s->process, "process"));
    TRY(scheduling_check(s->process, "process"));
    TRY(affinity_check(s->process->exec_cpu_affinity, "process"));
    TRY(lsm_check(s->process, "process"));
    TRY(check_preserved_fds(s));
    TRY(namespaces_plan_join(s->spec, s->c->pidfd, &s->ns));
    if (!(s->ns.all & CLONE_NEWNS)) {
        s->rootfs.root_fd = open(s->c->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (s->rootfs.root_fd < 0)
            return fail(errno, "root %s", s->c->rootfs);
    }
    return s->c->restored ? join_time(s) : 0;
}

static int exec_sockets(struct setup *s)
{
    if (s->exec->console_socket && (s->console_socket = connect_unix(s->exec->console_socket)) < 0)
        return fail_where("--console-socket");
    if (s->exec->pidfd_socket && (s->pidfd_socket = connect_unix(s->exec->pidfd_socket)) < 0)
        return fail_where("--pidfd-socket");
    return 0;
}

static int exec_seccomp(struct setup *s)
{
    const struct spec_seccomp *profile = s->spec->linux_->seccomp;
    if (!profile)
        return 0;
    AUTO_FREE char *cache = s->runtime->cache ? xasprintf("%s/seccomp", s->runtime->cache) : NULL;
    TRY(seccomp_compile(profile, cache, &s->seccomp));
    if (s->seccomp.notify && !profile->listener_path)
        return fail(0, "linux.seccomp.listenerPath: missing, and a rule is SCMP_ACT_NOTIFY");
    return 0;
}

static int exec_cgroup(struct setup *s)
{
    return cgroup_open_sub(s->c->cgroup, s->exec->cgroups, s->exec->n_cgroups, &s->cgroup);
}

static int initial_affinity(struct setup *s)
{
    const struct spec_cpu_affinity *a = s->process->exec_cpu_affinity;
    return affinity_apply(a ? a->initial : NULL); /* of the runtime: what it makes inherits it */
}

static int exec_process(struct setup *s)
{
    /* no process of the container may look into the one that joins (CVE-2016-9962) */
    if (prctl(PR_SET_DUMPABLE, 0) < 0)
        return fail(errno, "prctl");
    s->limits_from_inside = limits_from_inside(s);
    TRY(sync_pair(s->sync));
    TRY(namespaces_clone(&s->ns, cgroup_clone_fd(s->cgroup), &s->into_cgroup, exec_main, s, &s->pid,
                         &s->pidfd));
    close(s->sync[1]);
    s->sync[1] = -1;
    TRY(cgroup_adopt(s->cgroup, s->pid)); /* systemd moves what a user may not */
    if (s->process->oom_score_adj.set && oom_score_adj_apply(s->pid, s->process->oom_score_adj.v) < 0) {
        if (!s->runtime->rootless)
            return -1;
        error_clear();
    }
    TRY(intel_rdt_join(s->spec, s->c->id, s->c->intel_rdt_path, s->pid));
    return s->pidfd_socket >= 0 ? send_fd(s->pidfd_socket, s->pidfd, "exec", 4) : 0;
}

static int go(struct setup *s)
{
    return sync_go(s->sync[0]);
}

static int wait_for_ready(struct setup *s)
{
    for (;;) {
        int fd = -1, number;
        int type = sync_receive(s->sync[0], &number, NULL, &fd);
        if (type < 0)
            return -1;
        if (type == SYNC_READY)
            return 0;
        if (type == SYNC_CONSOLE)
            s->c->console_master = fd;
        else if (type == SYNC_LISTENER)
            TRY(take_listener(s, number));
        else
            return fail(0, "sync socket: unexpected frame %d", type);
    }
}

static int exec_rlimits(struct setup *s)
{
    return s->limits_from_inside ? 0 : rlimits_apply(s->pid, s->process, "process");
}

/* After GO only an error or, when exec has happened, the end of file. A listener comes when the filter is
 * loaded late. */
static int wait_for_exec(struct setup *s)
{
    TRY(go(s));
    seal_release(); /* the process has closed it long ago */
    for (;;) {
        int number;
        int type = sync_receive(s->sync[0], &number, NULL, NULL);
        if (type == SYNC_LISTENER)
            TRY(take_listener(s, number));
        else if (type < 0 && str_starts(error_text(), SYNC_ENDED))
            break;
        else
            return -1;
    }
    error_clear();
    return 0;
}

static int exec_pid_file(struct setup *s)
{
    return pid_file_write(s->exec->pid_file, s->pid);
}

static const struct step join_steps[] = {
    {"check", exec_check},
    {"seal", step_seal},
    {"sockets", exec_sockets},
    {"compile seccomp", exec_seccomp},
    {"cgroup", exec_cgroup},
    {"cpu affinity", initial_affinity},
    {"process", exec_process},
    {"go", go},
    {"exec", wait_for_ready},
    {"rlimits", exec_rlimits},
    {"exec (program)", wait_for_exec},
    {"pid file", exec_pid_file},
};

void exec_print_steps(void)
{
    steps_print("join", join_steps, ARRAY_LEN(join_steps));
    steps_print("exec", exec_steps, ARRAY_LEN(exec_steps));
}

/* What a process object leaves out is the container's, as with runc: above all what confines it. */
static void inherit_from_config(struct spec_process *merged, const struct spec_process *base)
{
    if (!base)
        return;
    if (!merged->capabilities)
        merged->capabilities = base->capabilities;
    if (merged->rlimits.n == 0)
        merged->rlimits = base->rlimits;
    if (!merged->apparmor_profile || !*merged->apparmor_profile)
        merged->apparmor_profile = base->apparmor_profile;
    if (!merged->selinux_label || !*merged->selinux_label)
        merged->selinux_label = base->selinux_label;
    if (!merged->scheduler)
        merged->scheduler = base->scheduler;
    if (!merged->io_priority)
        merged->io_priority = base->io_priority;
    if (!merged->exec_cpu_affinity)
        merged->exec_cpu_affinity = base->exec_cpu_affinity;
}

int container_exec(struct container *c, const struct exec_options *options, pid_t *pid)
{
    struct setup s;
    struct spec_process merged = *options->process;
    if (!c->spec)
        return fail(0, "cannot exec in a stopped container");
    inherit_from_config(&merged, c->spec->process);
    setup_init(&s, c->runtime, c);
    s.exec = options;
    s.spec = c->spec;
    s.process = &merged;
    s.preserve_fds = options->preserve_fds;
    memcpy(s.stdio, options->stdio, sizeof(s.stdio));
    int r = steps_run("join", join_steps, ARRAY_LEN(join_steps), &s);
    if (r < 0 && s.pid > 0) {
        kill(s.pid, SIGKILL);
        while (waitpid(s.pid, NULL, __WALL) < 0 && errno == EINTR)
            ;
    }
    if (s.cgroup)
        cgroup_close(s.cgroup);
    *pid = s.pid;
    s.ns.joined_pidfd = -1; /* the container's own */
    setup_close(&s);
    return r;
}
