/* rsbx steps (test builds only): the names of all steps, for tests that make each of them fail. */
#ifdef RSBX_TEST_STEPS
#include "container/checkpoint.h"
#include "container/steps.h"
#include "commands/command.h"

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    (void)runtime, (void)argc, (void)argv;
    create_print_steps();
    init_print_steps();
    exec_print_steps();
    restore_print_steps();
    return 0;
}

static const struct command_option options[] = {
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_steps = {
    .name = "steps",
    .arguments = "",
    .summary = "list the steps that RSBX_FAIL_AT and RSBX_KILL_AT know",
    .options = options,
    .stop_after = -1,
    .run = run,
    .stateless = true,
};
#endif
