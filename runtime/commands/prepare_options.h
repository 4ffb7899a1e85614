/* The options that `rsbx prepare FILE` and `rsbx run FILE` share, as rows for a command's option table:
 *
 *     static struct prepare_arguments arguments;
 *     static const struct command_option options[] = {PREPARE_OPTIONS(arguments), ..., {NULL, ...}};
 *     ...
 *     struct prepare_options p = {.file = argv[0], .bundle = dir};
 *     TRY(prepare_arguments_parse(&arguments, runtime, argc - 1, argv + 1, &p));
 *     TRY(prepare(&p, &result));
 */
#ifndef RSBX_COMMANDS_PREPARE_OPTIONS_H
#define RSBX_COMMANDS_PREPARE_OPTIONS_H

#include "commands/command.h"
#include "rootfs-tools/prepare.h"

struct prepare_arguments { /* as written on the command line */
    const char *memory, *cpu, *timeout, *pids, *file_size, *output, *disk, *open_files, *stack;
    const char *language, *rootfs, *lint, *seccomp, *require, *allow_degraded;
    struct option_list env, files;
    bool output_kill, network, tight, verbose;
};

#define PREPARE_OPTIONS(a)                                                                                    \
    {"memory-limit", 'm', OPT_STRING, &(a).memory, "MB", "memory of all processes together"},                 \
        {"cpu-limit", 0, OPT_STRING, &(a).cpu, "SECONDS", "CPU time of all processes together"},              \
        {"timeout", 't', OPT_STRING, &(a).timeout, "SECONDS", "wall-clock time"},                             \
        {"pids-limit", 0, OPT_STRING, &(a).pids, "N", "processes and threads"},                               \
        {"file-size-limit", 0, OPT_STRING, &(a).file_size, "MB", "size of any one file written"},             \
        {"output-limit", 0, OPT_STRING, &(a).output, "KB", "bytes kept of stdout and of stderr"},             \
        {"output-kill", 0, OPT_FLAG, &(a).output_kill, NULL, "stop the program at its output limit"},         \
        {"disk-limit", 0, OPT_STRING, &(a).disk, "MB", "size of /work and of /tmp"},                          \
        {"open-files-limit", 0, OPT_STRING, &(a).open_files, "N", "open files of each process"},              \
        {"stack-limit", 0, OPT_STRING, &(a).stack, "MB", "stack of each process"},                            \
        {"env", 'e', OPT_LIST, &(a).env, "K=V", "set an environment variable (repeatable)"},                  \
        {"file", 0, OPT_LIST, &(a).files, "NAME=PATH", "put a further file beside it (repeatable)"},          \
        {"language", 'l', OPT_STRING, &(a).language, "NAME", "instead of guessing it from the file"},         \
        {"rootfs", 0, OPT_STRING, &(a).rootfs, "NAME|DIR", "root to run in instead of the host's own"},       \
        {"lint", 0, OPT_STRING, &(a).lint, "LEVEL", "refuse at or above: off info low medium high critical"}, \
        {"seccomp", 0, OPT_STRING, &(a).seccomp, "FILE", "allow the calls that FILE adds; see run --learn"},  \
        {"require",    0,      OPT_STRING,                                                                    \
         &(a).require, "LIST", "refuse to run without: cgroup,seccomp,landlock,lint"},                        \
        {"allow-degraded", 0, OPT_STRING, &(a).allow_degraded, "LIST", "do without, although asked for"},     \
        {"tight", 0, OPT_FLAG, &(a).tight, NULL, "allow no more than lint finds that it needs"},              \
        {"network", 0, OPT_FLAG, &(a).network, NULL, "let it use the host's network"},                        \
    {                                                                                                         \
        "verbose", 'v', OPT_FLAG, &(a).verbose, NULL, "say what is done and what was used"                    \
    }

/* Fills limits, lists and words of `out` (file and bundle are the caller's) and checks them. The lists point
 * into `a`. args: what follows FILE. */
int prepare_arguments_parse(const struct prepare_arguments *a, const struct runtime_options *runtime,
                            int n_args, char **args, struct prepare_options *out);

#endif
