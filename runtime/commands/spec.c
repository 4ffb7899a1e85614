/* rsbx spec: writes a config.json to start from. */
#include "commands/command.h"

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    (void)runtime, (void)argc, (void)argv;
    return 0;
}

static const struct command_option options[] = {
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_spec = {
    .name = "spec",
    .arguments = "",
    .summary = "write a config.json to start from",
    .options = options,
    .stop_after = -1,
    .run = run,
};
