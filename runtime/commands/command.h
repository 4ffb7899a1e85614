/* A command is one file in this directory that exports one struct command, and a row in the table of main.c.
 * Its options are a table too: the parser, `--help`, the shell completions (`rsbx completion`) and the option
 * part of the man page come from it. */
#ifndef RSBX_COMMANDS_COMMAND_H
#define RSBX_COMMANDS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "container/container.h"

enum option_kind {
    OPT_FLAG,        /* bool *: --name, --name=true|false */
    OPT_STRING,      /* const char ** */
    OPT_LIST,        /* struct option_list *: repeatable, never split at commas */
    OPT_U32,         /* uint32_t * */
    OPT_U64,         /* struct opt_u64 * */
    OPT_I64,         /* struct opt_i64 * */
    OPT_SIZE,        /* struct opt_i64 *: bytes, with k, m, g suffixes, or -1 */
    OPT_DURATION,    /* uint64_t *: nanoseconds, Go syntax */
    OPT_SECONDS,     /* uint64_t *: nanoseconds, written as seconds with a fraction, or Go syntax */
    OPT_IGNORED,     /* NULL: accepted for compatibility, takes no argument */
    OPT_IGNORED_ARG, /* the same with an argument */
    OPT_HELP,        /* added to every command */
};

struct option_list {
    const char **v; /* n of them; NULL when empty */
    size_t n;
};

struct command_option {
    const char *name; /* "bundle", without dashes */
    char letter;      /* 'b' or 0 */
    enum option_kind kind;
    void *into;
    const char *arg;  /* what usage calls the argument: "DIR" */
    const char *help; /* NULL: not shown (compatibility) */
};

struct command {
    const char *name;
    const char *arguments;                /* "ID [SIGNAL]" */
    const char *summary;                  /* one line */
    const char *details;                  /* more for --help, or NULL */
    const struct command_option *options; /* ends with a NULL name */
    int min_args, max_args;               /* positional; max -1: any number */
    int stop_after; /* options are recognised after positionals, but not after this many of them (exec, run
                       FILE args); -1: always */
    /* positional arguments after options are taken out. Returns the exit code, or -1 after fail(): code 1
     * (255 for exec). */
    int (*run)(const struct runtime_options *runtime, int argc, char **argv);
    int failure_code;        /* exit code after fail(): 0 means 1 */
    int (*usage_code)(void); /* exit code when options are wrong, or NULL: failure_code */
    bool enters;             /* a process of ours goes into a container (base/seal.h) */
    bool stateless;          /* does not look at the state directory */
};

extern const struct command *const commands[];       /* NULL-terminated, main.c */
extern const struct command_option global_options[]; /* main.c */

/* Parses argv (argv[0] is the command's name) by the table: --x, -x, single-dash long names (-no-subreaper),
 * --x=y,
 * --x y, -xVALUE, options between positionals, "--" ends them. On return *argc/argv hold the positionals
 * only. who and arguments are a command's, for errors. -1 after fail(); 1 when --help was asked for. */
int options_parse(const struct command_option *options, int stop_after, const char *who,
                  const char *arguments, int *argc, char **argv);

void print_usage(const struct command *command, bool to_stderr);

#endif
