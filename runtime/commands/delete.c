/* rsbx delete: a stopped or created container, or with --force any. */
#include <stdlib.h>

#include "base/error.h"
#include "commands/command.h"
#include "commands/match.h"

static bool force, regex;

static int delete_one(const struct runtime_options *runtime, const char *id)
{
    return container_delete(runtime, id, force);
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    (void)argc;
    return regex ? match_containers(runtime, argv[0], delete_one) : delete_one(runtime, argv[0]);
}

static const struct command_option options[] = {
    {"force", 'f', OPT_FLAG, &force, NULL, "kill it first if it runs; an unknown ID is no error"},
    {"regex", 'r', OPT_FLAG, &regex, NULL, "ID is a regular expression for several containers"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_delete = {
    .name = "delete",
    .arguments = "ID",
    .summary = "delete a container and all that belongs to it",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .stop_after = -1,
    .run = run,
};
