/* rsbx exec: another process in a running container. Without --detach it passes signals on and ends as the
 * process did. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "commands/command.h"
#include "commands/foreground.h"
#include "linux/process.h"

static struct {
    const char *process, *cwd, *user, *apparmor, *label;
    struct option_list env, gids, caps, cgroups;
    bool tty, no_new_privs;
    struct exec_options exec;
} o;

/* UID[:GID], decimal and nothing else: "1" must never become root (CVE-2026-30892). */
static int parse_user(const char *text, struct spec_user *user)
{
    AUTO_FREE char *copy = xstrdup(text);
    char *gid = strchr(copy, ':');
    uint64_t u, g = user->gid;
    if (gid)
        *gid++ = '\0';
    if (parse_u64(copy, UINT32_MAX - 1, &u) < 0 || (gid && parse_u64(gid, UINT32_MAX - 1, &g) < 0))
        return fail(0, "--user: expected UID or UID:GID as decimal numbers, found \"%s\"", text);
    user->uid = (uint32_t)u;
    user->gid = (uint32_t)g;
    return 0;
}

static int parse_gids(struct arena *arena, struct spec_user *user)
{
    struct u32_list *list = &user->additional_gids;
    uint32_t *v = arena_alloc(arena, (list->n + o.gids.n) * sizeof(*v) + 1);
    if (list->n)
        memcpy(v, list->v, list->n * sizeof(*v));
    list->v = v;
    for (size_t i = 0; i < o.gids.n; i++) {
        uint64_t gid;
        if (parse_u64(o.gids.v[i], UINT32_MAX - 1, &gid) < 0)
            return fail(0, "--additional-gids: expected a number, found \"%s\"", o.gids.v[i]);
        list->v[list->n++] = (uint32_t)gid;
    }
    return 0;
}

static void append(struct arena *arena, struct strings *list, const char *const *more, size_t n)
{
    char **v = arena_alloc(arena, (list->n + n + 1) * sizeof(*v));
    if (list->n)
        memcpy(v, list->v, list->n * sizeof(*v));
    for (size_t i = 0; i < n; i++)
        v[list->n + i] = (char *)(uintptr_t)more[i];
    list->v = v;
    list->n += n;
}

/* --cap: into every set that lets the process have it, never into the inheritable one (CVE-2022-29162).
 * Ambient only where the container's own process has ambient capabilities. */
static void add_capabilities(struct arena *arena, struct spec_process *p)
{
    struct spec_capabilities *caps = arena_alloc(arena, sizeof(*caps));
    if (p->capabilities)
        *caps = *p->capabilities;
    append(arena, &caps->bounding, o.caps.v, o.caps.n);
    append(arena, &caps->effective, o.caps.v, o.caps.n);
    append(arena, &caps->permitted, o.caps.v, o.caps.n);
    append(arena, &caps->inheritable, NULL, 0);
    append(arena, &caps->ambient, NULL, 0);
    p->capabilities = caps;
}

/* The container's own process with what the command line changes. */
static int process_from_options(struct container *c, int argc, char **argv, struct spec_process *p)
{
    struct arena *arena = &c->spec->arena;
    *p = *c->spec->process;
    if (argc == 0)
        return fail(0, "exec: a command is missing (or --process FILE)");
    p->terminal = o.tty;
    p->console_size = NULL;
    p->args = (struct strings){argv, (size_t)argc};
    if (o.cwd)
        p->cwd = (char *)(uintptr_t)o.cwd;
    append(arena, &p->env, o.env.v, o.env.n);
    if (o.user)
        TRY(parse_user(o.user, &p->user));
    TRY(parse_gids(arena, &p->user));
    add_capabilities(arena, p);
    if (o.no_new_privs)
        p->no_new_privileges = true;
    if (o.apparmor)
        p->apparmor_profile = (char *)(uintptr_t)o.apparmor;
    if (o.label)
        p->selinux_label = (char *)(uintptr_t)o.label;
    return capabilities_check(p->capabilities, "process", true);
}

static struct spec *load_process(void)
{
    AUTO_BUF struct buf text = BUF_INIT;
    if (read_file_at(AT_FDCWD, o.process, 1U << 20, &text) < 0)
        return NULL;
    return spec_decode_process(o.process, buf_str(&text), text.len);
}

static int exec_in(struct container *c, const struct spec_process *p)
{
    pid_t pid = -1;
    struct foreground fg;
    o.exec.process = p;
    o.exec.cgroups = o.cgroups.v;
    o.exec.n_cgroups = o.cgroups.n;
    o.exec.stdio[0] = o.exec.stdio[1] = o.exec.stdio[2] = -1;
    if (!o.exec.detach)
        foreground_block_signals(&fg);
    TRY(container_exec(c, &o.exec, &pid));
    if (o.exec.detach)
        return 0;
    int tty = c->console_master;
    c->console_master = -1;
    return foreground_wait(&fg, pid, tty);
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct container *c;
    AUTO_SPEC struct spec *loaded = NULL;
    struct spec_process from_options, *p = &from_options;
    TRY(container_load_made(runtime, argv[0], &c));
    int r = 0;
    if (!c->spec || !c->spec->process)
        r = fail(0, "cannot exec in a stopped container");
    else if (o.process)
        r = (loaded = load_process())
                ? capabilities_check((p = loaded->process)->capabilities, "process", false)
                : -1;
    else
        r = process_from_options(c, argc - 1, argv + 1, p);
    if (r == 0)
        r = exec_in(c, p);
    container_free(c);
    return r;
}

static const struct command_option options[] = {
    {"process", 'p', OPT_STRING, &o.process, "FILE", "process object (JSON) instead of a command"},
    {"detach", 'd', OPT_FLAG, &o.exec.detach, NULL, "do not wait for the process"},
    {"tty", 't', OPT_FLAG, &o.tty, NULL, "give it a terminal"},
    {"user", 'u', OPT_STRING, &o.user, "UID[:GID]", "user, as numbers"},
    {"additional-gids", 'g', OPT_LIST, &o.gids, "GID", "additional group (repeatable)"},
    {"cwd", 0, OPT_STRING, &o.cwd, "DIR", "working directory"},
    {"env", 'e', OPT_LIST, &o.env, "K=V", "environment variable (repeatable)"},
    {"cap", 'c', OPT_LIST, &o.caps, "CAP", "additional capability (repeatable)"},
    {"no-new-privs", 0, OPT_FLAG, &o.no_new_privs, NULL, "set no_new_privs"},
    {"apparmor", 0, OPT_STRING, &o.apparmor, "PROFILE", "AppArmor profile"},
    {"process-label", 0, OPT_STRING, &o.label, "LABEL", "SELinux label"},
    {"cgroup", 0, OPT_LIST, &o.cgroups, "[CONTROLLER:]PATH", "sub-cgroup to run in (repeatable)"},
    {"ignore-paused", 0, OPT_FLAG, &o.exec.ignore_paused, NULL,
     "also in a paused container: it runs when resumed"},
    {"console-socket", 0, OPT_STRING, &o.exec.console_socket, "SOCKET", "send the terminal's master there"},
    {"pid-file", 0, OPT_STRING, &o.exec.pid_file, "FILE", "write the process id to FILE"},
    {"pidfd-socket", 0, OPT_STRING, &o.exec.pidfd_socket, "SOCKET", "send a pidfd of the process there"},
    {"preserve-fds", 0, OPT_U32, &o.exec.preserve_fds, "N", "pass on N file descriptors, from 3"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_exec = {
    .name = "exec",
    .arguments = "ID COMMAND [ARGS...]",
    .summary = "run another process in a running container",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .stop_after = 1,
    .run = run,
    .enters = true,
    .failure_code = 255,
};
