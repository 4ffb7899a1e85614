/* rsbx start: lets a created container's program run. */
#include "base/error.h"
#include "commands/command.h"

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct container *c;
    (void)argc;
    TRY(container_load(runtime, argv[0], true, &c));
    int r = container_start(c);
    container_free(c);
    return r;
}

static const struct command_option options[] = {
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_start = {
    .name = "start",
    .arguments = "ID",
    .summary = "run the program of a created container",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .stop_after = -1,
    .run = run,
};
