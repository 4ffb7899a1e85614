/* rsbx state: one container as the specification's state object, with its usage. */
#include <stdio.h>

#include "base/error.h"
#include "commands/command.h"
#include "commands/describe.h"

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct container *c;
    struct json j;
    AUTO_BUF struct buf b = BUF_INIT;
    (void)argc;
    TRY(container_load(runtime, argv[0], false, &c));
    json_begin(&j, &b, true);
    json_open(&j, NULL, '{');
    describe_container(c, &j);
    describe_usage(c, &j);
    json_close(&j, '}');
    json_end(&j);
    container_free(c);
    return fputs(buf_str(&b), stdout) < 0 ? fail(0, "write to stdout") : 0;
}

static const struct command_option options[] = {
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_state = {
    .name = "state",
    .arguments = "ID",
    .summary = "show the state and usage of a container",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .stop_after = -1,
    .run = run,
};
