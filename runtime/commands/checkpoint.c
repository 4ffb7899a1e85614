/* rsbx checkpoint: writes a running container to disk. */
#include <limits.h>

#include "base/error.h"
#include "base/log.h"
#include "commands/command.h"
#include "commands/criu_options.h"
#include "container/checkpoint.h"

static struct criu_options o;
static struct option_list namespaces;
static struct opt_i64 status_fd;

static int checkpoint(struct container *c)
{
    TRY(container_checkpoint(c, &o));
    if (o.leave_running || o.pre_dump)
        return 0;
    if (container_destroy(c) < 0) /* it is on disk, whatever is left behind */
        log_warn("%s", error_text());
    error_clear();
    return 0;
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct container *c;
    (void)argc;
    if (status_fd.set && (status_fd.v < -1 || status_fd.v > INT_MAX))
        return fail(0, "--status-fd: expected a file descriptor");
    o.status_fd = status_fd.set ? (int)status_fd.v : -1;
    o.empty_ns = namespaces.v;
    o.n_empty_ns = namespaces.n;
    TRY(container_load(runtime, argv[0], true, &c));
    int r = checkpoint(c);
    container_free(c);
    return r;
}

static const struct command_option options[] = {
    CRIU_OPTIONS(o, namespaces),
    {"parent-path", 0, OPT_STRING, &o.parent_path, "DIR", "images of a pre-dump, relative to --image-path"},
    {"leave-running", 'R', OPT_FLAG, &o.leave_running, NULL, "the container goes on running"},
    {"pre-dump", 0, OPT_FLAG, &o.pre_dump, NULL, "only the memory, ahead of the checkpoint itself"},
    {"tcp-skip-in-flight", 0, OPT_FLAG, &o.tcp_skip_in_flight, NULL, "leave out TCP connections being made"},
    {"link-remap", 0, OPT_FLAG, &o.link_remap, NULL, "link unlinked files back where possible"},
    {"status-fd", 0, OPT_I64, &status_fd, "FD", "write a NUL byte there when lazy pages can be fetched"},
    {"page-server", 0, OPT_STRING, &o.page_server, "ADDRESS:PORT", "send the memory there"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_checkpoint = {
    .name = "checkpoint",
    .arguments = "ID",
    .summary = "write a running container to disk",
    .details =
        "criu(8) writes the processes of a container to a directory, from which \"rsbx restore\" makes\n"
        "them again. The container is deleted then, unless it is left running.",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .stop_after = -1,
    .run = run,
};
