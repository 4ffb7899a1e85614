/* The option parser: one table drives it for every command (see command.h). */
#include "commands/command.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"

static const struct command_option help_option = {"help", 'h', OPT_HELP, NULL, NULL, "show this help"};

static bool takes_argument(const struct command_option *o)
{
    return o->kind != OPT_FLAG && o->kind != OPT_IGNORED && o->kind != OPT_HELP;
}

static const struct command_option *find_long(const struct command_option *options, const char *name,
                                              size_t len)
{
    for (const struct command_option *o = options; o->name; o++)
        if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
            return o;
    return len == 4 && strncmp(name, "help", 4) == 0 ? &help_option : NULL;
}

static const struct command_option *find_letter(const struct command_option *options, char letter)
{
    for (const struct command_option *o = options; o->name; o++)
        if (o->letter == letter)
            return o;
    return letter == 'h' ? &help_option : NULL;
}

static int bad_value(const struct command_option *o, const char *value, const char *expected)
{
    return fail(0, "--%s: expected %s, found \"%s\"", o->name, expected, value);
}

static int parse_seconds(const char *value, uint64_t *ns)
{
    if (parse_duration(value, ns) == 0)
        return 0;
    AUTO_BUF struct buf b = BUF_INIT;
    buf_printf(&b, "%ss", value);
    return parse_duration(buf_str(&b), ns);
}

static int set_flag(const struct command_option *o, const char *value)
{
    if (!value || str_eq(value, "true") || str_eq(value, "1"))
        *(bool *)o->into = true;
    else if (str_eq(value, "false") || str_eq(value, "0"))
        *(bool *)o->into = false;
    else
        return bad_value(o, value, "true or false");
    return 0;
}

static int add_to_list(struct option_list *list, const char *value)
{
    list->v = xrealloc(list->v, list->n + 1, sizeof(*list->v));
    list->v[list->n++] = value;
    return 0;
}

static int set_value(const struct command_option *o, const char *value)
{
    uint64_t u;
    switch (o->kind) {
    case OPT_FLAG:
        return set_flag(o, value);
    case OPT_STRING:
        *(const char **)o->into = value;
        return 0;
    case OPT_LIST:
        return add_to_list(o->into, value);
    case OPT_U32:
        if (parse_u64(value, UINT32_MAX, &u) < 0)
            return bad_value(o, value, "an unsigned integer");
        *(uint32_t *)o->into = (uint32_t)u;
        return 0;
    case OPT_U64: {
        struct opt_u64 *out = o->into;
        out->set = true;
        return parse_u64(value, UINT64_MAX, &out->v) < 0 ? bad_value(o, value, "an unsigned integer") : 0;
    }
    case OPT_I64: {
        struct opt_i64 *out = o->into;
        out->set = true;
        return parse_i64(value, INT64_MIN, INT64_MAX, &out->v) < 0 ? bad_value(o, value, "an integer") : 0;
    }
    case OPT_SIZE: {
        struct opt_i64 *out = o->into;
        out->set = true;
        return parse_size(value, &out->v) < 0 ? bad_value(o, value, "a size such as 512m, or -1") : 0;
    }
    case OPT_DURATION:
        return parse_duration(value, o->into) < 0 ? bad_value(o, value, "a duration such as 5s or 100ms") : 0;
    case OPT_SECONDS:
        return parse_seconds(value, o->into) < 0 ? bad_value(o, value, "seconds such as 2 or 0.5") : 0;
    case OPT_IGNORED:
    case OPT_IGNORED_ARG:
    case OPT_HELP:
        return 0;
    }
    return 0;
}

static const char *option_name(const void *options, size_t i)
{
    return ((const struct command_option *)options)[i].name;
}

static int unknown_option(const struct command_option *options, const char *who, const char *word,
                          bool passed_on)
{
    AUTO_FREE char *name =
        xstrndup(word + (word[1] == '-' ? 2 : 1), strcspn(word + 2, "=") + (word[1] != '-'));
    const char *meant = str_meant(name, option_name, options);
    if (meant)
        return fail(0, "unknown option \"%s\"; did you mean --%s? \"rsbx %s%s--help\" lists all", word, meant,
                    who, *who ? " " : "");
    if (passed_on)
        return fail(
            0, "unknown option \"%s\"; see \"rsbx %s --help\"; what is meant for the program goes after --",
            word, who);
    return fail(0, "unknown option \"%s\"; see \"rsbx %s%s--help\"", word, who, *who ? " " : "");
}

/* argv[*i] is an option; moves *i to its argument if that is a word of its own. 1: help. */
static int parse_one(const struct command_option *options, const char *who, int argc, char **argv, int *i,
                     bool passed_on)
{
    const char *word = argv[*i];
    const char *name = word + (word[1] == '-' ? 2 : 1);
    const char *value = strchr(name, '=');
    size_t len = value ? (size_t)(value - name) : strlen(name);
    if (value)
        value++;
    const struct command_option *o = find_long(options, name, len);
    if (!o && word[1] != '-') { /* -b DIR, -bDIR, -dt */
        o = find_letter(options, name[0]);
        value = name[1] ? name + 1 + (name[1] == '=') : NULL;
        while (o && value && !takes_argument(o) && o->kind != OPT_HELP && name[1] != '=') {
            TRY(set_value(o, NULL));
            o = find_letter(options, *value);
            name = value;
            value = name[1] ? name + 1 : NULL;
        }
    }
    if (!o)
        return unknown_option(options, who, word, passed_on);
    if (o->kind == OPT_HELP)
        return 1;
    if (takes_argument(o) && !value) {
        if (*i + 1 >= argc) /* podman probes for this wording */
            return fail(0, "option \"--%s\" requires an argument", o->name);
        value = argv[++*i];
    }
    return set_value(o, value);
}

int options_parse(const struct command_option *options, int stop_after, const char *who,
                  const char *arguments, int *argc, char **argv)
{
    int kept = 1;
    bool parsing = true;
    for (int i = 1; i < *argc; i++) {
        if (parsing && stop_after >= 0 && kept - 1 >= stop_after)
            parsing = false;
        if (parsing && strcmp(argv[i], "--") == 0) {
            parsing = false;
            continue;
        }
        if (!parsing || argv[i][0] != '-' || !argv[i][1]) {
            argv[kept++] = argv[i];
            continue;
        }
        int r = parse_one(options, who, *argc, argv, &i, kept > 1 && strstr(arguments, "-- ARGS"));
        if (r != 0)
            return r;
    }
    argv[kept] = NULL;
    *argc = kept;
    return 0;
}

static void print_option(FILE *out, const struct command_option *o)
{
    char left[64];
    int n = o->letter ? snprintf(left, sizeof(left), "-%c, --%s", o->letter, o->name)
                      : snprintf(left, sizeof(left), "    --%s", o->name);
    if (o->arg && n > 0 && (size_t)n < sizeof(left))
        snprintf(left + n, sizeof(left) - (size_t)n, " %s", o->arg);
    fprintf(out, "  %-32s %s\n", left, o->help);
}

void print_usage(const struct command *command, bool to_stderr)
{
    FILE *out = to_stderr ? stderr : stdout;
    fprintf(out, "Usage: rsbx %s [OPTIONS] %s\n\n%s\n", command->name, command->arguments, command->summary);
    if (command->details)
        fprintf(out, "\n%s\n", command->details);
    fputs("\nOptions:\n", out);
    for (const struct command_option *o = command->options; o->name; o++)
        if (o->help)
            print_option(out, o);
    print_option(out, &help_option);
}
