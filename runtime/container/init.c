/* What happens in the new process, top to bottom. It starts in its new namespaces with the host's view of
 * files, and ends as the container's program. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "container/console.h"
#include "container/hooks.h"
#include "container/setup.h"
#include "container/state.h"
#include "container/sync.h"
#include "linux/paths.h"
#include "spec/snippet.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static int wait_for_id_maps(struct setup *s)
{
    if (!s->runs_ahead)
        TRY(sync_expect(s->sync[1], SYNC_GO));
    if (!(s->ns.all & CLONE_NEWUSER))
        return 0;
    TRY(userns_become_root());
    /* /proc/self/timens_offsets of a process that is not dumpable belongs to the host's root */
    if ((s->ns.new_flags & CLONE_NEWTIME) && prctl(PR_SET_DUMPABLE, 1) < 0)
        return fail(errno, "prctl");
    return 0;
}

static int join_namespaces(struct setup *s)
{
    return namespaces_join(&s->ns);
}

static int join_cgroup(struct setup *s)
{
    return cgroup_join_self(s->cgroup, s->into_cgroup);
}

static int late_namespaces(struct setup *s)
{
    TRY(namespaces_late(&s->ns, s->spec));
    /* nobody in a shared pid namespace may look into us (CVE-2016-9962) */
    if (prctl(PR_SET_DUMPABLE, 0) < 0)
        return fail(errno, "prctl");
    return 0;
}

static int keyring(struct setup *s)
{
    if (s->create->no_new_keyring)
        return 0;
    return keyring_new(s->c->id, s->process->selinux_label,
                       s->runtime->nested || (s->ns.all & CLONE_NEWUSER));
}

static int names(struct setup *s)
{
    const char *host = s->spec->hostname, *domain = s->spec->domainname;
    if (host && *host && sethostname(host, strlen(host)) < 0)
        return fail(errno, "hostname");
    if (domain && *domain && setdomainname(domain, strlen(domain)) < 0)
        return fail(errno, "domainname");
    return 0;
}

static int loopback(struct setup *s)
{
    if (!(s->ns.new_flags & CLONE_NEWNET))
        return 0;
    if (!s->runs_ahead)
        return loopback_up();
    /* the runtime has the time: it takes as long as half of the mounts */
    AUTO_FD int fd = loopback_socket();
    return fd < 0 ? -1 : sync_send(s->sync[1], SYNC_LOOPBACK, 0, NULL, fd);
}

static int propagation(struct setup *s)
{
    return s->rootfs.own_mount_ns ? rootfs_make_private(&s->rootfs) : 0;
}

static int bind_root(struct setup *s)
{
    return rootfs_bind_root(&s->rootfs);
}

static int mounts(struct setup *s)
{
    return rootfs_mounts(&s->rootfs);
}

static int devices(struct setup *s)
{
    return rootfs_devices(&s->rootfs);
}

static int make_working_directory(struct setup *s)
{
    int fd = path_make_in(s->rootfs.root_fd, s->process->cwd, true);
    if (fd >= 0)
        close(fd);
    else
        error_clear(); /* a read-only root: the step that enters it says what is wrong */
    return 0;
}

static int console(struct setup *s)
{
    AUTO_FD int master = -1;
    if (!s->process->terminal)
        return 0;
    TRY(console_open(s->rootfs.root_fd, s->process, &master, &s->console_slave));
    if (s->rootfs.own_mount_ns)
        TRY(rootfs_console(&s->rootfs, s->console_slave));
    if (s->console_socket >= 0)
        return console_send(s->console_socket, master);
    return sync_send(s->sync[1], SYNC_CONSOLE, 0, NULL, master);
}

bool stops_for_hooks(const struct setup *s)
{
    const struct spec_hooks *hooks = s->spec->hooks;
    /* createContainer's may run what the image brings: not before the device rules hold */
    return hooks && hooks->prestart.n + hooks->create_runtime.n + hooks->create_container.n > 0;
}

static int runtime_hooks(struct setup *s)
{
    if (!stops_for_hooks(s))
        return 0;
    TRY(sync_send(s->sync[1], SYNC_ROOTFS, 0, NULL, -1));
    return sync_expect(s->sync[1], SYNC_GO);
}

static int container_hooks(struct setup *s, const char *kind, const struct spec_hook_list *hooks,
                           const char *status, char **environment)
{
    AUTO_BUF struct buf state = BUF_INIT;
    if (hooks->n == 0)
        return 0;
    s->c->pid = getpid();
    container_state_json(s->c, status, false, &state);
    return hooks_run(s->c, kind, hooks, buf_str(&state), environment);
}

static int create_container_hooks(struct setup *s)
{
    if (!s->spec->hooks)
        return 0;
    return container_hooks(s, "createContainer", &s->spec->hooks->create_container, "creating", NULL);
}

static int sysctls(struct setup *s)
{
    return sysctl_apply(s->spec);
}

static int pivot(struct setup *s)
{
    TRY(rootfs_pivot(&s->rootfs));
    return rootfs_propagation(&s->rootfs);
}

static int readonly_and_masked(struct setup *s)
{
    return s->rootfs.own_mount_ns ? rootfs_readonly(&s->rootfs) : 0;
}

static int report_ready(struct setup *s)
{
    /* from here the end of the sync socket tells that the runtime died: after GO it may end at any moment.
     * With die_with_caller it may not: the signal that step_user() asked for stays, through exec too. */
    if (!s->create->die_with_caller)
        prctl(PR_SET_PDEATHSIG, 0);
    TRY(sync_send(s->sync[1], SYNC_READY, 0, NULL, -1));
    TRY(sync_expect(s->sync[1], SYNC_GO)); /* state is saved, limits are set */
    close(s->sync[1]);
    s->sync[1] = -1;
    s->log_open = false;
    return 0;
}

/* One read(2): the one system call that a profile cannot well do without. */
static int wait_for_start(struct setup *s)
{
    char byte;
    ssize_t n;
    do
        n = read(s->start_fifo, &byte, 1);
    while (n < 0 && errno == EINTR);
    if (n != 1)
        return fail(errno, "start fifo");
    return 0;
}

static int start_container_hooks(struct setup *s)
{
    if (!s->spec->hooks)
        return 0;
    return container_hooks(s, "startContainer", &s->spec->hooks->start_container, "created", s->env);
}

static int no_exec_after_start(struct setup *s)
{
    return str_eq(spec_annotation(s->spec, SNIPPET_EXEC_ONCE), "1") ? exec_once_prepare(&s->exec_once) : 0;
}

static int seccomp_with_listener(struct setup *s)
{
    return s->seccomp.notify ? step_seccomp(s) : 0;
}

static int seccomp_late(struct setup *s)
{
    return s->seccomp.notify ? 0 : step_seccomp(s);
}

static const struct step init_steps[] = {
    {"signals", step_credentials_prepare},
    {"namespaces", join_namespaces},
    {"id maps", wait_for_id_maps},
    {"join cgroup", join_cgroup},
    {"cgroup and time namespaces", late_namespaces},
    {"keyring", keyring},
    {"hostname", names},
    {"loopback", loopback},
    {"propagation", propagation},
    {"root", bind_root},
    {"mounts", mounts},
    {"devices", devices},
    {"make working directory", make_working_directory},
    {"console", console},
    {"runtime hooks", runtime_hooks},
    {"createContainer hooks", create_container_hooks},
    {"sysctl", sysctls},
    {"pivot", pivot},
    {"masked paths", readonly_and_masked},
    {"session", step_session},
    {"stdio", step_stdio},
    {"labels", step_labels}, /* through the handle on /proc that is closed next */
    {"close fds", step_close_fds},
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
    {"exec once", no_exec_after_start},
    {"seccomp (listener)", seccomp_with_listener},
    {"ready", report_ready},
};

/* A profile may refuse write(2): said before it is loaded. That the start fifo is closed tells that the
 * container runs: exec closes both in an order of its own, and whoever sees the end of the other may look at
 * once. */
static int announce_exec(struct setup *s)
{
    close(s->start_fifo);
    return write(s->result_fifo, RESULT_EXEC, 1) == 1 ? 0 : fail(errno, "result fifo");
}

/* After `start`; an error goes to it through the result fifo. */
static const struct step start_steps[] = {
    {"wait for start", wait_for_start},
    {"startContainer hooks", start_container_hooks},
    {"announce exec", announce_exec},
    {"seccomp", seccomp_late},
    {"exec", step_exec},
};

int init_main(void *arg)
{
    struct setup *s = arg;
    if (steps_run("init", init_steps, ARRAY_LEN(init_steps), s) < 0) {
        sync_send(s->sync[1], SYNC_ERROR, error_errno(), error_text(), -1);
        return 255;
    }
    steps_run("start", start_steps, ARRAY_LEN(start_steps), s);
    const char *text = error_text();
    ssize_t ignored = write(s->result_fifo, text, strlen(text));
    (void)ignored;
    return 255;
}

void init_print_steps(void)
{
    steps_print("init", init_steps, ARRAY_LEN(init_steps));
    steps_print("start", start_steps, ARRAY_LEN(start_steps));
}
