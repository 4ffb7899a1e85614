/* rsbx: global options, then a table of commands. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/seal.h"
#include "base/strings.h"
#include "base/version.h"
#include "commands/command.h"

#define COMMAND(name) extern const struct command command_##name;
#include "commands/table.h"
#undef COMMAND

#define COMMAND(name) &command_##name,
const struct command *const commands[] = {
#include "commands/table.h"
    NULL};
#undef COMMAND

static struct {
    const char *root, *cache, *log, *log_format, *manager, *rootless, *ignored;
    bool debug, systemd, version;
} global;

const struct command_option global_options[] = {
    {"root", 0, OPT_STRING, &global.root, "DIR",
     "state directory (default /run/rsbx, or $XDG_RUNTIME_DIR/rsbx)"},
    {"cache", 0, OPT_STRING, &global.cache, "DIR",
     "interpreter roots and compiled filters (default /var/cache/rsbx, or $XDG_CACHE_HOME/rsbx)"},
    {"log", 0, OPT_STRING, &global.log, "FILE",
     "append the log to FILE, or send it to journald:NAME or syslog:NAME"},
    {"log-format", 0, OPT_STRING, &global.log_format, "text|json", "format of the log file"},
    {"log-level", 0, OPT_STRING, &global.ignored, "LEVEL", NULL},
    {"debug", 0, OPT_FLAG, &global.debug, NULL, "say what is done, with microseconds for each step"},
    {"cgroup-manager", 0, OPT_STRING, &global.manager, "NAME", "cgroupfs (default), systemd, or disabled"},
    {"systemd-cgroup", 's', OPT_FLAG, &global.systemd, NULL, "the same as --cgroup-manager systemd"},
    {"rootless", 0, OPT_STRING, &global.rootless, "true|false|auto",
     "ignore cgroup permission errors (default auto)"},
    {"version", 'v', OPT_FLAG, &global.version, NULL, "show the version"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

static void print_global_usage(FILE *out)
{
    fputs("Usage: rsbx [GLOBAL OPTIONS] COMMAND [OPTIONS] [ARGUMENTS]\n\n"
          "Runs untrusted snippets and OCI containers.\n\n"
          "  rsbx run hello.py --memory-limit 256 --cpu-limit 3 --timeout 5\n\n"
          "Commands:\n",
          out);
    for (size_t i = 0; commands[i]; i++)
        fprintf(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\nGlobal options:\n", out);
    for (const struct command_option *o = global_options; o->name; o++)
        if (o->help)
            fprintf(out, "      --%-16s %-18s %s\n", o->name, o->arg ? o->arg : "", o->help);
    fputs("\n\"rsbx COMMAND --help\" tells more. Manual: rsbx(1).\n", out);
}

static void print_version(void)
{
    const struct scmp_version *v = seccomp_version();
    printf("rsbx version %s\ncommit: %s\nspec: %s\nlibseccomp: %u.%u.%u\n+SECCOMP +CAP +CGROUP +APPARMOR "
           "+SELINUX\n",
           RSBX_VERSION, RSBX_COMMIT, OCI_VERSION, v->major, v->minor, v->micro);
}

/* Root in a user namespace, as under rootless podman, is not root on the host. The number is that of the
 * initial namespace, PROC_USER_INIT_INO of the kernel. */
static bool root_on_host(void)
{
    struct stat st;
    return geteuid() == 0 && (stat("/proc/self/ns/user", &st) < 0 || st.st_ino == 0xEFFFFFFDU);
}

static const char *directory_below(const char *variable, const char *fallback)
{
    const char *dir = getenv(variable);
    return dir && dir[0] == '/' ? xasprintf("%s/rsbx", dir) : fallback;
}

static const char *default_cache(bool root)
{
    if (root)
        return "/var/cache/rsbx";
    const char *home = getenv("HOME");
    return directory_below("XDG_CACHE_HOME",
                           home && home[0] == '/' ? xasprintf("%s/.cache/rsbx", home) : NULL);
}

static const char *absolute(const char *path)
{
    AUTO_FREE char *cwd = getcwd(NULL, 0);
    return xasprintf("%s/%s", cwd ? cwd : "", path);
}

/* /tmp is everybody's: who made the directory before us could put bundles of theirs into our hands. */
static int own_directory(const char *path)
{
    struct stat st;
    if (mkdir(path, 0700) == 0)
        return 0;
    if (errno != EEXIST || lstat(path, &st) < 0)
        return fail(errno, "mkdir %s; XDG_RUNTIME_DIR or --root DIR puts the state elsewhere", path);
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 022)
        return fail(0,
                    "%s: refused, it is not a directory that only we can write to; XDG_RUNTIME_DIR or --root "
                    "DIR puts "
                    "the state elsewhere",
                    path);
    return 0;
}

static int choose_root(bool root, bool makes, const char **out)
{
    if (global.root) {
        *out = global.root[0] == '/' ? global.root : absolute(global.root);
        return str_eq(global.root, "/") ? fail(0, "--root: \"/\" cannot be the state directory") : 0;
    }
    *out = root ? "/run/rsbx" : directory_below("XDG_RUNTIME_DIR", NULL);
    if (*out)
        return 0;
    *out = xasprintf("/tmp/rsbx-%u", (unsigned)geteuid());
    return makes ? own_directory(*out) : 0;
}

static int choose_runtime(const struct command *command, struct runtime_options *r)
{
    static const struct name_value managers[] = {
        {"cgroupfs", CGROUP_CGROUPFS}, {"systemd", CGROUP_SYSTEMD}, {"disabled", CGROUP_DISABLED}, {NULL, 0}};
    bool root = root_on_host();
    r->nested = !root;
    r->manager = global.systemd ? CGROUP_SYSTEMD : CGROUP_CGROUPFS;
    if (global.manager) {
        const struct name_value *m = name_find(managers, global.manager);
        if (!m)
            return fail(0, "--cgroup-manager: expected cgroupfs, systemd or disabled, found \"%s\"",
                        global.manager);
        r->manager = (enum cgroup_manager)m->value;
    }
    if (!global.rootless || str_eq(global.rootless, "auto"))
        r->rootless = !root;
    else if (str_eq(global.rootless, "true") || str_eq(global.rootless, "false"))
        r->rootless = str_eq(global.rootless, "true");
    else
        return fail(0, "--rootless: expected true, false or auto, found \"%s\"", global.rootless);
    /* Root of a whole nested system has no XDG_RUNTIME_DIR; a user's engine passes the user's on. */
    if (!root && geteuid() == 0 && !getenv("XDG_RUNTIME_DIR"))
        root = true;
    r->cache = default_cache(root);
    if (global.cache)
        r->cache = global.cache[0] == '/' ? global.cache : absolute(global.cache);
    return choose_root(root, !command->stateless, &r->root);
}

static int choose_log(void)
{
    if (global.log_format && !str_eq(global.log_format, "text") && !str_eq(global.log_format, "json"))
        return fail(0, "--log-format: expected text or json, found \"%s\"", global.log_format);
    return log_open(global.log, str_eq(global.log_format, "json") ? LOG_JSON : LOG_TEXT, global.debug);
}

static int report_failure(const struct command *command)
{
    log_current_error();
    return command && command->failure_code ? command->failure_code : 1;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct runtime_options runtime = {0};
    int r =
        options_parse(command->options, command->stop_after, command->name, command->arguments, &argc, argv);
    if (r > 0) {
        print_usage(command, false);
        return 0;
    }
    if (r < 0 || choose_runtime(command, &runtime) < 0) {
        int code = report_failure(command);
        return command->usage_code ? command->usage_code() : code;
    }
    argc--;
    argv++;
    if (argc < command->min_args || (command->max_args >= 0 && argc > command->max_args)) {
        fail(0, "%s: %s; usage: rsbx %s [OPTIONS] %s", command->name,
             argc < command->min_args ? "an argument is missing" : "too many arguments", command->name,
             command->arguments);
        return report_failure(command);
    }
    r = command->run(&runtime, argc, argv);
    return r < 0 ? report_failure(command) : r;
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static const char *command_name(const void *of, size_t i)
{
    (void)of;
    return commands[i] ? commands[i]->name : NULL;
}

static int unknown_command(const char *name)
{
    const char *meant = str_meant(name, command_name, NULL);
    if (meant)
        fail(0, "unknown command \"%s\"; did you mean %s? \"rsbx --help\" lists the commands", name, meant);
    else if (access(name, F_OK) == 0)
        fail(0, "unknown command \"%s\"; \"rsbx run %s\" runs the file", name, name);
    else
        fail(0, "unknown command \"%s\"; \"rsbx --help\" lists the commands", name);
    return report_failure(NULL);
}

static int global_help(int argc, char **argv)
{
    const struct command *command = argc > 2 ? find_command(argv[2]) : NULL;
    if (command)
        print_usage(command, false);
    else
        print_global_usage(stdout);
    return 0;
}

/* What the caller closed must not become a file of ours, which a container would get as its stdio. */
static bool open_stdio(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return false;
    return true;
}

/* A reader that is gone and a caller's limit of file sizes are errors of write(2); and what a caller does
 * with its children is nothing to us, who wait for ours. Containers and hooks get the default. */
static void set_signals(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
}

int main(int argc, char **argv)
{
    if (!open_stdio())
        return 1; /* there is nowhere to say it */
    seal_remember(argc, argv);
    set_signals();
    int r = options_parse(global_options, 1, "", "", &argc, argv);
    if (r < 0 || choose_log() < 0)
        return report_failure(NULL);
    if (r > 0)
        return global_help(0, NULL);
    if (global.version) {
        print_version();
        return 0;
    }
    if (argc < 2) {
        print_global_usage(stderr);
        return 1;
    }
    if (str_eq(argv[1], "help"))
        return global_help(argc, argv);
    const struct command *command = find_command(argv[1]);
    if (!command)
        return unknown_command(argv[1]);
    if (command->enters)
        seal_in_place();
    return run_command(command, argc - 1, argv + 1);
}
