/* rsbx kill: a signal to a container's init, or to all its processes. */
#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/os_text.h"
#include "base/strings.h"
#include "commands/command.h"
#include "commands/match.h"

static bool all, regex;

/* signal(7); those that have no abbreviation */
static const struct name_value extra[] = {{"RTMIN", 34},    {"RTMAX", 64}, {"IOT", SIGABRT},
                                          {"CLD", SIGCHLD}, {"IO", SIGIO}, {NULL, 0}};

static int parse_signal(const char *text)
{
    uint64_t n;
    const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
    if (parse_u64(text, 64, &n) == 0)
        return (int)n;
    for (int sig = 1; sig < NSIG; sig++) {
        const char *known = signal_abbreviation(sig);
        if (known && strcasecmp(known, name) == 0)
            return sig;
    }
    for (const struct name_value *v = extra; v->name; v++)
        if (strcasecmp(v->name, name) == 0)
            return (int)v->value;
    if (strncasecmp(name, "RTMIN+", 6) == 0 && parse_u64(name + 6, 30, &n) == 0)
        return 34 + (int)n;
    if (strncasecmp(name, "RTMAX-", 6) == 0 && parse_u64(name + 6, 30, &n) == 0)
        return 64 - (int)n;
    return fail(0, "unknown signal \"%s\": expected a name such as TERM or a number from 0 to 64", text);
}

static int signal_number;

static int kill_one(const struct runtime_options *runtime, const char *id)
{
    struct container *c;
    TRY(container_load(runtime, id, true, &c));
    int r = container_kill(c, signal_number, all);
    container_free(c);
    return r;
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    signal_number = parse_signal(argc > 1 ? argv[1] : "TERM");
    if (signal_number < 0)
        return -1;
    return regex ? match_containers(runtime, argv[0], kill_one) : kill_one(runtime, argv[0]);
}

static const struct command_option options[] = {
    {"all", 'a', OPT_FLAG, &all, NULL, "to all processes of the container"},
    {"regex", 'r', OPT_FLAG, &regex, NULL, "ID is a regular expression for several containers"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_kill = {
    .name = "kill",
    .arguments = "ID [SIGNAL]",
    .summary = "send a signal to a container (default TERM)",
    .options = options,
    .min_args = 1,
    .max_args = 2,
    .stop_after = 1,
    .run = run,
};
