/* rsbx ps: the processes of a container, as a table of ps(1) or as JSON. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "commands/command.h"

#define PS_OUTPUT_MAX (16U << 20)

static const char *format;

static void print_json(const pid_t *pids, size_t n)
{
    putchar('[');
    for (size_t i = 0; i < n; i++)
        printf("%s%d", i ? "," : "", (int)pids[i]);
    puts("]");
}

static int run_ps(int argc, char **argv, struct buf *out)
{
    int ends[2], status;
    pid_t pid;
    posix_spawn_file_actions_t files;
    char **args = xcalloc((size_t)argc + 3, sizeof(*args));
    args[0] = xstrdup("ps");
    args[1] = argc ? argv[0] : xstrdup("-ef");
    for (int i = 1; i < argc; i++)
        args[i + 1] = argv[i];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(errno, "pipe");
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], 1);
    int error = posix_spawnp(&pid, "ps", &files, NULL, args, environ);
    posix_spawn_file_actions_destroy(&files);
    close(ends[1]);
    AUTO_FD int in = ends[0];
    free(args);
    if (error)
        return fail(error, "ps (Debian package procps)");
    int r = read_fd(in, PS_OUTPUT_MAX, out);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (r == 0 && status != 0)
        return fail(0, "ps failed");
    return r;
}

/* Index of the column PID in the heading, -1. */
static int pid_column(const char *heading)
{
    AUTO_FREE char *copy = xstrdup(heading);
    char *rest = copy, *word;
    for (int i = 0; (word = strsep(&rest, " \t"));) {
        if (!*word)
            continue;
        if (str_eq(word, "PID"))
            return i;
        i++;
    }
    return -1;
}

static bool is_ours(const char *line, int column, const pid_t *pids, size_t n)
{
    AUTO_FREE char *copy = xstrdup(line);
    char *rest = copy, *word;
    uint64_t pid = 0;
    for (int i = 0; (word = strsep(&rest, " \t"));) {
        if (!*word)
            continue;
        if (i++ == column && parse_u64(word, INT32_MAX, &pid) == 0)
            break;
    }
    for (size_t i = 0; i < n; i++)
        if ((uint64_t)pids[i] == pid)
            return true;
    return false;
}

static int print_table(int argc, char **argv, const pid_t *pids, size_t n)
{
    AUTO_BUF struct buf out = BUF_INIT;
    int column = -1;
    TRY(run_ps(argc, argv, &out));
    char *rest = out.data;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (column < 0) {
            column = pid_column(line);
            if (column < 0)
                return fail(0, "ps prints no PID column with these options");
            puts(line);
        } else if (*line && is_ours(line, column, pids, n)) {
            puts(line);
        }
    }
    return 0;
}

static int processes_of(const struct container *c, pid_t **pids, size_t *n)
{
    if (c->status == STATUS_STOPPED || c->status == STATUS_CREATING)
        return fail(0, "container not running");
    if (cgroup_path(c->cgroup))
        return cgroup_pids(c->cgroup, pids, n);
    *pids = xcalloc(*n = 1, sizeof(**pids)); /* without a cgroup only init is known */
    **pids = c->pid;
    return 0;
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct container *c;
    AUTO_FREE pid_t *pids = NULL;
    size_t n = 0;
    if (format && !str_eq(format, "table") && !str_eq(format, "json"))
        return fail(0, "--format: expected table or json, found \"%s\"", format);
    TRY(container_load(runtime, argv[0], false, &c));
    int r = processes_of(c, &pids, &n);
    container_free(c);
    TRY(r);
    if (!str_eq(format, "json"))
        return print_table(argc - 1, argv + 1, pids, n);
    print_json(pids, n);
    return 0;
}

static const struct command_option options[] = {
    {"format", 'f', OPT_STRING, &format, "table|json", "how to print"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_ps = {
    .name = "ps",
    .arguments = "ID [PS OPTIONS]",
    .summary = "list the processes of a container",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .stop_after = 1,
    .run = run,
};
