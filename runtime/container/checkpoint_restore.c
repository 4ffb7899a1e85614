/* Making a container out of criu's images, top to bottom: as create.c does, but the processes are made by
 * criu(8). It runs in a mount namespace of its own, where the container's root is mounted for it, and in the
 * container's cgroup; the restored init is its sibling, our child. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/protobuf.h"
#include "base/strings.h"
#include "container/checkpoint.h"
#include "container/checkpoint_criu.h"
#include "container/console.h"
#include "container/hooks.h"
#include "container/notify.h"
#include "container/setup.h"
#include "container/sync.h"
#include "spec/json.h"

#define CRIU_ROOT_DIR "criu-root" /* in the state directory */

static const struct criu_options *options_of(const struct setup *s)
{
    return s->restore->options;
}

static struct criu *criu_of(struct setup *s)
{
    return s->restore->criu;
}

/* ---- a process for what must not happen in ours ---- */

static int run_apart(int (*what)(struct setup *s), struct setup *s)
{
    int sync[2], status;
    TRY(sync_pair(sync));
    AUTO_FD int ours = sync[0];
    pid_t pid = fork();
    if (pid == 0) {
        int r = what(s);
        if (r < 0)
            sync_send(sync[1], SYNC_ERROR, error_errno(), error_text(), -1);
        else
            sync_send(sync[1], SYNC_READY, 0, NULL, -1);
        _exit(r < 0);
    }
    close(sync[1]);
    if (pid < 0)
        return fail(errno, "fork");
    int r = sync_expect(ours, SYNC_READY);
    while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR)
        ;
    return r;
}

static int own_mounts(void)
{
    if (unshare(CLONE_NEWNS) < 0)
        return fail(errno, "mount namespace");
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        return fail(errno, "make / a slave of the host's");
    return 0;
}

/* ---- before criu ---- */

static int start_options(struct setup *s)
{
    const struct criu_options *o = options_of(s);
    struct criu *k = criu_of(s);
    TRY(criu_init(k, CRIU_RESTORE, s->c, o));
    criu_flag(k, CRIU_EVASIVE_DEVICES, true);
    criu_flag(k, CRIU_RST_SIBLING, true);
    criu_flag(k, CRIU_SKIP_FILE_RWX_CHECK, true); /* the files for stdio may have other permissions */
    criu_flag(k, CRIU_TCP_CLOSE, o->tcp_close);
    if (o->lsm_profile && *o->lsm_profile)
        pb_string(&k->opts, CRIU_LSM_PROFILE, o->lsm_profile);
    if (o->lsm_mount_context && *o->lsm_mount_context)
        pb_string(&k->opts, CRIU_LSM_MOUNT_CONTEXT, o->lsm_mount_context);
    return 0;
}

/* Where the container's root is mounted, as criu wants it: a mount, with nothing over its parent. */
static char *root_for_criu(const struct setup *s)
{
    return xasprintf("%s/%s/" CRIU_ROOT_DIR, s->runtime->root, s->c->id);
}

static int make_directories(struct setup *s)
{
    if (mkdirat(s->c->dir_fd, CRIU_ROOT_DIR, 0700) < 0)
        return fail(errno, CRIU_ROOT_DIR);
    return notify_make_dir(s->c->dir_fd); /* the images may have a mount of it */
}

static int make_places_apart(struct setup *s)
{
    if (unshare(CLONE_NEWNS) < 0)
        return fail(errno, "mount namespace");
    return rootfs_make_places(&s->rootfs);
}

/* By the host's root even for a container with a user namespace: what is made are places, not content. */
static int make_places(struct setup *s)
{
    struct rootfs *r = &s->rootfs;
    r->own_mount_ns = s->ns.all & CLONE_NEWNS;
    r->own_net_ns = true;
    r->cgroups = &s->cgroup_mounts;
    TRY(rootfs_prepare(r));
    return r->own_mount_ns ? run_apart(make_places_apart, s) : 0;
}

/* criu closes it when it has taken it. */
static void inherit_fd(struct criu *k, const char *key, int fd)
{
    AUTO_BUF struct buf b = BUF_INIT;
    pb_string(&b, 1, key);
    pb_uint(&b, 2, (uint64_t)(CRIU_FIRST_PASSED + k->n_pass));
    pb_message(&k->opts, CRIU_INHERIT_FD, &b);
    k->pass[k->n_pass++] = fd;
}

static int inherit_stdio(struct criu *k, const char *was, int fd)
{
    static const char *const names[] = {"stdin", "stdout", "stderr"};
    const char *fifo = str_after(was, DESCRIPTOR_FIFO);
    bool file = !fifo && str_starts(was, "file[");
    if (file && k->stdio[fd] >= 0 && lseek(k->stdio[fd], 0, SEEK_CUR) < 0)
        return fail(0,
                    "%s was a file at the checkpoint, and criu restores it to a file or a device such as "
                    "/dev/null only, not to a pipe or socket",
                    names[fd]);
    if (file || fifo || str_starts(was, "pipe:"))
        inherit_fd(k, fifo ? fifo : was, k->stdio[fd]);
    return 0;
}

/* Our stdin, stdout and stderr take the place of those that the container had. */
static int stdio(struct setup *s)
{
    struct criu *k = criu_of(s);
    AUTO_BUF struct buf b = BUF_INIT;
    TRY(read_file_at(k->images, DESCRIPTORS_FILE, 1U << 20, &b));
    struct json_value *list = json_parse(DESCRIPTORS_FILE, buf_str(&b), b.len);
    if (!list)
        return -1;
    int r = 0;
    for (int i = 0; i < 3 && r == 0; i++) {
        const char *was = json_as_string(json_at(list, (size_t)i));
        k->stdio[i] = s->stdio[i] >= 0 ? s->stdio[i] : i;
        if (fcntl(k->stdio[i], F_GETFD) < 0)
            k->stdio[i] = -1;
        r = was ? inherit_stdio(k, was, i) : 0;
    }
    json_free(list);
    return r;
}

/* A namespace with a path is joined: criu has one way for the network's and the pids', and one for others. */
static int namespaces(struct setup *s)
{
    struct criu *k = criu_of(s);
    for (unsigned i = 0; i < s->ns.n_join; i++) {
        int flag = s->ns.join[i].flag;
        const struct namespace_type *t = namespace_types;
        while (t->flag != flag)
            t++;
        if (flag == CLONE_NEWCGROUP || flag == CLONE_NEWNS)
            return fail(0, "linux.namespaces: criu cannot restore into an existing %s namespace", t->name);
        if (flag != CLONE_NEWNET && flag != CLONE_NEWPID) {
            criu_pair(k, CRIU_JOIN_NS, t->file, s->ns.join[i].path);
            continue;
        }
        inherit_fd(k, flag == CLONE_NEWNET ? "extRootNetNS" : "extRootPidNS", s->ns.join[i].fd);
    }
    return 0;
}

static int describe(struct setup *s)
{
    struct criu *k = criu_of(s);
    AUTO_FREE char *root = root_for_criu(s);
    TRY(stdio(s));
    TRY(namespaces(s));
    pb_string(&k->opts, CRIU_ROOT, (s->ns.all & CLONE_NEWNS) ? root : s->c->rootfs);
    criu_external_mounts(k, s->c, -1);
    return 0;
}

/* ---- criu ---- */

static int enter(void *arg)
{
    struct setup *s = arg;
    TRY(cgroup_join_self(s->cgroup, false));
    if (!(s->ns.all & CLONE_NEWNS))
        return 0;
    TRY(own_mounts());
    AUTO_FREE char *root = root_for_criu(s);
    if (mount(s->c->rootfs, root, NULL, MS_BIND | MS_REC, NULL) < 0)
        return fail(errno, "bind %s on %s", s->c->rootfs, root);
    return 0;
}

static int bring_loopback_up(struct setup *s)
{
    AUTO_FREE char *path = xasprintf("/proc/%d/ns/net", (int)s->pid);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
        return fail(errno, "%s", path);
    return loopback_up();
}

/* As create does between the making of the namespaces and the pivot. */
static int on_namespaces(struct setup *s, pid_t pid)
{
    s->pid = s->c->pid = pid;
    if (s->ns.new_flags & CLONE_NEWNET)
        TRY(run_apart(bring_loopback_up, s));
    TRY(step_net_devices(s));
    const struct spec_hooks *hooks = s->spec->hooks;
    if (!hooks || hooks->prestart.n + hooks->create_runtime.n == 0)
        return 0;
    AUTO_BUF struct buf state = BUF_INIT;
    container_state_json(s->c, "creating", false, &state);
    TRY(hooks_run(s->c, "prestart", &hooks->prestart, buf_str(&state), NULL));
    return hooks_run(s->c, "createRuntime", &hooks->create_runtime, buf_str(&state), NULL);
}

static int on_terminal(struct setup *s, int master)
{
    if (master < 0)
        return fail(0, "criu sent no terminal");
    if (s->console_socket >= 0)
        return console_send(s->console_socket, master);
    s->c->console_master = fcntl(master, F_DUPFD_CLOEXEC, 3);
    return s->c->console_master < 0 ? fail(errno, "terminal") : 0;
}

static int on_restore(void *arg, const char *script, pid_t pid, int fd)
{
    struct setup *s = arg;
    if (str_eq(script, "setup-namespaces"))
        return on_namespaces(s, pid);
    if (str_eq(script, "orphan-pts-master"))
        return on_terminal(s, fd);
    return 0;
}

static int start(struct setup *s)
{
    struct criu *k = criu_of(s);
    k->enter = enter;
    k->notify = on_restore;
    k->arg = s;
    TRY(criu_start(k));
    return cgroup_adopt(s->cgroup, k->pid);
}

/* Where the images' cgroups are now: those that criu itself is in. */
static int cgroup_roots(struct setup *s)
{
    struct criu *k = criu_of(s);
    AUTO_FREE char *path = xasprintf("/proc/%d/cgroup", (int)k->pid);
    AUTO_BUF struct buf b = BUF_INIT;
    TRY(read_file_at(AT_FDCWD, path, 1U << 20, &b));
    char *save = NULL, *more;
    for (char *l = strtok_r(b.data, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
        char *controllers = strchr(l, ':'), *where = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!where)
            continue;
        *where++ = '\0';
        controllers++;
        do {
            if ((more = strchr(controllers, ',')))
                *more = '\0';
            criu_pair(k, CRIU_CG_ROOT, controllers, where);
            controllers = more ? more + 1 : NULL;
        } while (controllers);
    }
    return 0;
}

static int restore(struct setup *s)
{
    struct criu *k = criu_of(s);
    TRY(cgroup_roots(s));
    pid_t pid;
    int r = criu_finish(k, &pid);
    s->pid = r == 0 ? pid : 0; /* criu has ended those that it could not restore */
    TRY(r);
    if (s->pid <= 0)
        return fail(0, "criu did not tell the process id");
    s->pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
    if (s->pidfd < 0)
        return fail(errno, "the restored process %d", (int)s->pid);
    step_note_process(s);
    s->c->restored = true;
    unlinkat(s->c->dir_fd, CRIU_ROOT_DIR, AT_REMOVEDIR);
    return intel_rdt_apply(s->spec, s->c->id, s->pid, &s->c->intel_rdt_path);
}

static const struct step restore_steps[] = {
    {"config", step_load_config},
    {"check", step_check},
    {"sockets", step_sockets},
    {"images", start_options},
    {"state", step_state},
    {"cgroup", step_cgroup},
    {"directories", make_directories},
    {"places", make_places},
    {"describe", describe},
    {"criu", start},
    {"restore", restore},
    {"save state", step_save_state},
    {"pid file", step_pid_file},
};

void restore_print_steps(void)
{
    steps_print("restore", restore_steps, ARRAY_LEN(restore_steps));
}

int container_restore(const struct runtime_options *runtime, const struct container_options *options,
                      const struct criu_options *criu, struct container **out)
{
    AUTO_CRIU struct criu k = CRIU_NONE;
    const struct restore restore_of = {criu, &k};
    const struct step_table table = {"restore", restore_steps, ARRAY_LEN(restore_steps)};
    TRY(container_make(runtime, options, &table, &restore_of, out));
    (*out)->status = STATUS_RUNNING;
    return 0;
}
