/* rsbx create: everything up to the point where the program would run. */
#include "base/error.h"
#include "commands/command.h"
#include "commands/create_options.h"

static struct container_options o;

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct container *c;
    (void)argc;
    o.id = argv[0];
    o.detach = true;
    o.stdio[0] = o.stdio[1] = o.stdio[2] = -1;
    TRY(container_create(runtime, &o, &c));
    container_free(c);
    return 0;
}

static const struct command_option options[] = {
    CREATE_OPTIONS(o),
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_create = {
    .name = "create",
    .arguments = "ID",
    .summary = "create a container",
    .details = "Makes the container of BUNDLE/config.json up to the point where its program would run; "
               "\"rsbx start ID\"\n"
               "runs it.",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .stop_after = -1,
    .run = run,
    .enters = true,
};
