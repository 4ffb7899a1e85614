/* rsbx restore: makes a container out of what `checkpoint` wrote. */
#include <errno.h>
#include <sys/prctl.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "commands/command.h"
#include "commands/criu_options.h"
#include "commands/foreground.h"
#include "container/checkpoint.h"

static struct container_options container;
static struct criu_options o = {.status_fd = -1};
static struct option_list namespaces;

static int wait_and_delete(struct container *c, struct foreground *fg)
{
    int tty = c->console_master;
    c->console_master = -1;
    container_unlock(c); /* others may kill, pause or look at it meanwhile */
    int code = foreground_wait(fg, c->pid, tty);
    TRY(container_lock(c));
    TRY(container_destroy(c));
    return code;
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct container *c;
    struct foreground fg;
    (void)argc;
    container.id = argv[0];
    container.stdio[0] = container.stdio[1] = container.stdio[2] = -1;
    container.foreground_tty = !container.detach;
    o.empty_ns = namespaces.v;
    o.n_empty_ns = namespaces.n;
    if (!container.detach && !container.no_subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return fail(errno, "subreaper");
    if (!container.detach)
        foreground_block_signals(&fg);
    TRY(container_restore(runtime, &container, &o, &c));
    int r = container.detach ? 0 : wait_and_delete(c, &fg);
    container_free(c);
    return r;
}

static const struct command_option options[] = {
    {"bundle", 'b', OPT_STRING, &container.bundle, "DIR",
     "bundle directory (default: the working directory)"},
    {"console-socket", 0, OPT_STRING, &container.console_socket, "SOCKET",
     "send the terminal's master there"},
    {"detach", 'd', OPT_FLAG, &container.detach, NULL, "do not wait for the container"},
    {"pid-file", 0, OPT_STRING, &container.pid_file, "FILE", "write the process id to FILE"},
    {"no-subreaper", 0, OPT_FLAG, &container.no_subreaper, NULL, "do not become a subreaper"},
    {"no-pivot", 0, OPT_FLAG, &container.no_pivot, NULL, NULL},             /* criu pivots as it will */
    {"no-new-keyring", 0, OPT_FLAG, &container.no_new_keyring, NULL, NULL}, /* conmon sends it */
    {"preserve-fds", 0, OPT_IGNORED_ARG, NULL, "N", NULL},                  /* conmon, too */
    CRIU_OPTIONS(o, namespaces),
    {"tcp-close", 0, OPT_FLAG, &o.tcp_close, NULL, "TCP connections are closed instead of restored"},
    {"lsm-profile", 0, OPT_STRING, &o.lsm_profile, "TYPE:NAME",
     "AppArmor profile or SELinux label to restore"},
    {"lsm-mount-context", 0, OPT_STRING, &o.lsm_mount_context, "LABEL", "SELinux label of mounts to restore"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_restore = {
    .name = "restore",
    .arguments = "ID",
    .summary = "make a container out of a checkpoint",
    .details =
        "The container is that of BUNDLE/config.json, with the processes that \"rsbx checkpoint\" wrote\n"
        "to the directory of images. It runs when this command returns, or this command waits for it.",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .stop_after = -1,
    .run = run,
    .enters = true,
};
