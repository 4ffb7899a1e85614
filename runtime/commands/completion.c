/* rsbx completion: writes a shell's completion script, from the same tables that the parser uses. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/strings.h"
#include "commands/command.h"

static bool takes_argument(const struct command_option *o)
{
    return o->kind != OPT_FLAG && o->kind != OPT_IGNORED && o->kind != OPT_HELP;
}

static bool takes_id(const struct command *c)
{
    return strncmp(c->arguments, "ID", 2) == 0 || strncmp(c->arguments, "[ID", 3) == 0;
}

/* Prints text for the inside of a word quoted with '...'; what zsh's _arguments would read is escaped too. */
static void print_quoted(const char *text, bool zsh)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (zsh && strchr("[]:\\", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void print_option_words(const struct command_option *options, bool only_with_argument)
{
    for (const struct command_option *o = options; o->name; o++) {
        if (!o->help || (only_with_argument && !takes_argument(o)))
            continue;
        printf(" --%s", o->name);
        if (o->letter)
            printf(" -%c", o->letter);
    }
}

static void bash(void)
{
    fputs("# bash completion for rsbx\n"
          "_rsbx() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} command= i words=\n"
          "    local with_argument=\"",
          stdout);
    print_option_words(global_options, true);
    fputs(" \"\n    COMPREPLY=()\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        case ${COMP_WORDS[i]} in\n"
          "        -*) [[ $with_argument == *\" ${COMP_WORDS[i]} \"* ]] && ((i++)) ;;\n"
          "        *) command=${COMP_WORDS[i]} && break ;;\n"
          "        esac\n"
          "    done\n"
          "    case $command in\n"
          "    '')\n        words=\"",
          stdout);
    print_option_words(global_options, false);
    fputs(" --help", stdout);
    for (size_t i = 0; commands[i]; i++)
        printf(" %s", commands[i]->name);
    fputs("\"\n        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n        return\n        ;;\n",
          stdout);
    for (size_t i = 0; commands[i]; i++) {
        printf("    %s) words=\"", commands[i]->name);
        print_option_words(commands[i]->options, false);
        printf(" --help\"%s ;;\n",
               takes_id(commands[i]) ? " && [[ $cur != -* ]] && words=$(rsbx list -q 2>/dev/null)" : "");
    }
    fputs("    esac\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
          "    [[ $cur == -* ]] || COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
          "}\n"
          "complete -o filenames -F _rsbx rsbx\n",
          stdout);
}

static void zsh_options(const struct command_option *options)
{
    for (const struct command_option *o = options; o->name; o++) {
        if (!o->help)
            continue;
        printf(" \\\n            '%s--%s[", o->kind == OPT_LIST ? "*" : "", o->name);
        print_quoted(o->help, true);
        fputs("]", stdout);
        if (takes_argument(o)) {
            putchar(':');
            print_quoted(o->arg ? o->arg : "value", true);
            fputs(":_files", stdout);
        }
        putchar('\'');
    }
}

static void zsh(void)
{
    fputs(
        "#compdef rsbx\n"
        "_rsbx_ids() { local -a ids; ids=(${(f)\"$(rsbx list -q 2>/dev/null)\"}); _describe container ids }\n"
        "_rsbx() {\n"
        "    local state line\n"
        "    local -a commands\n"
        "    commands=(\n",
        stdout);
    for (size_t i = 0; commands[i]; i++) {
        printf("        '%s:", commands[i]->name);
        print_quoted(commands[i]->summary, true);
        fputs("'\n", stdout);
    }
    fputs("    )\n    _arguments -C", stdout);
    zsh_options(global_options);
    fputs(" \\\n            '1: :->command' '*:: :->rest'\n"
          "    case $state in\n"
          "    command) _describe command commands ;;\n"
          "    rest)\n        case $words[1] in\n",
          stdout);
    for (size_t i = 0; commands[i]; i++) {
        printf("        %s) _arguments", commands[i]->name);
        zsh_options(commands[i]->options);
        printf(" \\\n            %s ;;\n",
               takes_id(commands[i]) ? "'1:container:_rsbx_ids' '*:file:_files'" : "'*:file:_files'");
    }
    fputs("        esac\n        ;;\n    esac\n}\n_rsbx \"$@\"\n", stdout);
}

static void fish_options(const char *command, const struct command_option *options)
{
    for (const struct command_option *o = options; o->name; o++) {
        if (!o->help)
            continue;
        printf("complete -c rsbx -n '%s %s' -l %s",
               command ? "__fish_seen_subcommand_from" : "__fish_use_subcommand", command ? command : "",
               o->name);
        if (o->letter)
            printf(" -s %c", o->letter);
        printf("%s -d '", takes_argument(o) ? " -r" : "");
        for (const char *p = o->help; *p; p++)
            printf("%s%c", *p == '\'' || *p == '\\' ? "\\" : "", *p);
        puts("'");
    }
}

static void fish(void)
{
    puts("# fish completion for rsbx");
    fish_options(NULL, global_options);
    for (size_t i = 0; commands[i]; i++) {
        printf("complete -c rsbx -n __fish_use_subcommand -f -a %s -d '", commands[i]->name);
        for (const char *p = commands[i]->summary; *p; p++)
            printf("%s%c", *p == '\'' || *p == '\\' ? "\\" : "", *p);
        puts("'");
        if (takes_id(commands[i]))
            printf(
                "complete -c rsbx -n '__fish_seen_subcommand_from %s' -f -a '(rsbx list -q 2>/dev/null)'\n",
                commands[i]->name);
        fish_options(commands[i]->name, commands[i]->options);
    }
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    (void)runtime, (void)argc;
    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
        if (str_eq(argv[0], shells[i].shell)) {
            shells[i].print();
            return 0;
        }
    return fail(0, "completion: expected bash, zsh or fish, found \"%s\"", argv[0]);
}

static const struct command_option options[] = {
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_completion = {
    .name = "completion",
    .arguments = "bash|zsh|fish",
    .summary = "write a completion script for a shell",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .stop_after = -1,
    .run = run,
    .stateless = true,
};
