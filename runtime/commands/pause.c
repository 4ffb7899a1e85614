/* rsbx pause: stop all processes of a container. */
#include "base/error.h"
#include "commands/command.h"

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct container *c;
    (void)argc;
    TRY(container_load(runtime, argv[0], true, &c));
    int r = container_pause(c);
    container_free(c);
    return r;
}

static const struct command_option options[] = {
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_pause = {
    .name = "pause",
    .arguments = "ID",
    .summary = "stop all processes of a container",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .stop_after = -1,
    .run = run,
};
