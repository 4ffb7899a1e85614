/* rsbx lint: runs rsbx-lint, the program that holds the grammars. The options stand here once more so that
 * --help, completion and the manual know them. */
#include "commands/command.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/helper.h"
#include "base/memory.h"

static struct {
    const char *level, *show, *language, *max_size, *max_time;
    struct option_list deny;
    bool json, sarif, needs, rules, no_comments;
} given;

static const struct command_option options[] = {
    {"level", 0, OPT_STRING, &given.level, "LEVEL",
     "refuse from here up: info, low, medium, high, critical (default), off"},
    {"deny", 0, OPT_LIST, &given.deny, "RULE", "refuse this rule or need (PY018, network) at any level"},
    {"show", 0, OPT_STRING, &given.show, "LEVEL", "report from here up (default info)"},
    {"language", 0, OPT_STRING, &given.language, "NAME", "do not guess it from the file"},
    {"json", 0, OPT_FLAG, &given.json, NULL, "report as JSON"},
    {"sarif", 0, OPT_FLAG, &given.sarif, NULL, "report as SARIF 2.1.0"},
    {"needs", 0, OPT_FLAG, &given.needs, NULL, "list what the program appears to use"},
    {"rules", 0, OPT_FLAG, &given.rules, NULL, "print the table of rules"},
    {"no-comments", 0, OPT_FLAG, &given.no_comments, NULL, "do not honour \"rsbx: allow RULE\" comments"},
    {"max-size", 0, OPT_STRING, &given.max_size, "SIZE", "analyse no larger file (default 1m)"},
    {"max-time", 0, OPT_STRING, &given.max_time, "TIME", "CPU time for each file (default by its size)"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

struct arguments {
    char **v;
    size_t n;
};

static void add(struct arguments *a, const char *option, const char *value)
{
    a->v[a->n++] = value ? xasprintf("%s%s", option, value) : xstrdup(option);
}

static void add_options(struct arguments *a)
{
    const struct {
        const char *option, *value;
    } with_value[] = {{"--level=", given.level},
                      {"--show=", given.show},
                      {"--language=", given.language},
                      {"--max-size=", given.max_size},
                      {"--max-time=", given.max_time}};
    const struct {
        const char *option;
        bool set;
    } flags[] = {{"--json", given.json},
                 {"--sarif", given.sarif},
                 {"--needs", given.needs},
                 {"--rules", given.rules},
                 {"--no-comments", given.no_comments}};
    for (size_t i = 0; i < ARRAY_LEN(with_value); i++)
        if (with_value[i].value)
            add(a, with_value[i].option, with_value[i].value);
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (flags[i].set)
            add(a, flags[i].option, NULL);
    for (size_t i = 0; i < given.deny.n; i++)
        add(a, "--deny=", given.deny.v[i]);
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct arguments a = {.v = xcalloc((size_t)argc + given.deny.n + 16, sizeof(*a.v))};
    AUTO_FREE char *program = helper_path("rsbx-lint");
    (void)runtime;
    if (!program)
        return -1;
    add(&a, "rsbx-lint", NULL);
    add_options(&a);
    add(&a, "--", NULL);
    for (int i = 0; i < argc; i++)
        add(&a, argv[i], NULL);
    execv(program, a.v);
    return fail(errno, "%s", program);
}

const struct command command_lint = {
    .name = "lint",
    .arguments = "FILE...",
    .summary = "say what a program would do, and refuse what is plainly hostile",
    .details = "Exit code: 0 nothing refused, 1 refused, 2 wrong use or a file that cannot be read.",
    .options = options,
    .min_args = 0,
    .max_args = -1,
    .stop_after = -1,
    .run = run,
    .stateless = true,
    .failure_code = 2,
};
