/* rsbx prepare: a snippet becomes a bundle, by default in ./.rsbx, which `rsbx run` then runs. Here are also
 * the options that `rsbx run FILE` shares with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strings.h"
#include "commands/prepare_options.h"
#include "rootfs-tools/language.h"

#define KB 1024ULL
#define MB (1024ULL * KB)

/* A number in units, with a fraction; or in bytes with a suffix (64k, 256m, 1g). "unlimited" and 0: no limit.
 */
static int parse_bytes(const char *option, const char *word, uint64_t unit, uint64_t *out)
{
    int64_t n;
    uint64_t whole;
    if (!word)
        return 0;
    if (str_eq(word, "unlimited")) {
        *out = 0;
        return 0;
    }
    if (parse_u64(word, INT64_MAX / unit, &whole) == 0) {
        *out = whole * unit;
        return 0;
    }
    if (parse_size(word, &n) < 0 || n < 0 ||
        (strspn(word, "0123456789.") == strlen(word) && n > INT64_MAX / (int64_t)unit))
        return fail(0, "--%s: expected a number of %s, or a size like 64m, found \"%s\"", option,
                    unit == MB ? "MB" : "KB", word);
    if (strspn(word, "0123456789.") == strlen(word)) { /* "1.5": parse_size cut the fraction of a byte */
        char *end;
        double units = strtod(word, &end);
        if (end == word)
            return fail(0, "--%s: expected a number, found \"%s\"", option, word);
        *out = (uint64_t)(units * (double)unit);
        return 0;
    }
    *out = (uint64_t)n;
    return 0;
}

static int parse_seconds(const char *option, const char *word, uint64_t *ms)
{
    char with_unit[64];
    uint64_t ns;
    if (!word)
        return 0;
    if (str_eq(word, "unlimited")) {
        *ms = 0;
        return 0;
    }
    snprintf(with_unit, sizeof(with_unit), "%.32ss", word);
    if (parse_duration(word, &ns) < 0 && parse_duration(with_unit, &ns) < 0)
        return fail(0, "--%s: expected a number of seconds, or a time like 500ms, found \"%s\"", option,
                    word);
    *ms = (ns + 999999) / 1000000;
    return 0;
}

static int parse_count(const char *option, const char *word, uint64_t max, uint64_t *out)
{
    if (!word)
        return 0;
    if (str_eq(word, "unlimited"))
        *out = 0;
    else if (parse_u64(word, max, out) < 0)
        return fail(0, "--%s: expected a number up to %llu, found \"%s\"", option, (unsigned long long)max,
                    word);
    return 0;
}

int prepare_arguments_parse(const struct prepare_arguments *a, const struct runtime_options *runtime,
                            int n_args, char **args, struct prepare_options *out)
{
    struct snippet_limits l = SNIPPET_LIMITS_DEFAULT;
    TRY(parse_bytes("memory-limit", a->memory, MB, &l.memory));
    TRY(parse_seconds("cpu-limit", a->cpu, &l.cpu_ms));
    TRY(parse_seconds("timeout", a->timeout, &l.wall_ms));
    TRY(parse_count("pids-limit", a->pids, 4194304, &l.pids));
    TRY(parse_bytes("file-size-limit", a->file_size, MB, &l.file_size));
    TRY(parse_bytes("output-limit", a->output, KB, &l.output));
    TRY(parse_bytes("disk-limit", a->disk, MB, &l.disk));
    TRY(parse_count("open-files-limit", a->open_files, 1048576, &l.open_files));
    TRY(parse_bytes("stack-limit", a->stack, MB, &l.stack));
    if (a->memory && l.memory && l.memory < 4 * MB)
        return fail(0, "--memory-limit: nothing can start with less than 4 MB");
    out->limits = l;
    out->cache = runtime->cache;
    out->language = a->language;
    out->rootfs = a->rootfs;
    out->lint = a->lint;
    out->seccomp = a->seccomp;
    out->require = a->require;
    out->allow_degraded = a->allow_degraded;
    out->env = a->env.v, out->n_env = a->env.n;
    out->files = a->files.v, out->n_files = a->files.n;
    out->args = (const char *const *)args, out->n_args = (size_t)n_args;
    out->output_kill = a->output_kill;
    out->network = a->network;
    out->tight = a->tight;
    out->verbose = a->verbose;
    return 0;
}

static struct prepare_arguments arguments;
static const char *bundle = ".rsbx";

static const struct command_option options[] = {
    {"bundle", 'b', OPT_STRING, &bundle, "DIR", "where the bundle goes (default .rsbx)"},
    PREPARE_OPTIONS(arguments),
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct prepare_options p = {.file = argv[0], .bundle = bundle, .lasting = true};
    struct prepare_result result;
    TRY(prepare_arguments_parse(&arguments, runtime, argc - 1, argv + 1, &p));
    TRY(prepare(&p, &result));
    if (arguments.verbose)
        fprintf(stderr, "rsbx: %s is %s\nrsbx: root %s, %s in %.1f ms\nrsbx: bundle %s\n", argv[0],
                result.language->title, result.rootfs, result.root_made ? "made" : "found",
                (double)result.root_ns / 1e6, result.bundle);
    prepare_result_free(&result);
    return 0;
}

const struct command command_prepare = {
    .name = "prepare",
    .arguments = "FILE|DIR [-- ARGS...]",
    .summary = "make a bundle from a snippet",
    .details =
        "The language is found out from the file's name or its #! line. The interpreter is the host's own: "
        "it is\n"
        "copied once, with its libraries and nothing else, into a read-only root that all snippets share.\n"
        "\"rsbx run\" then runs the bundle; so does any other OCI runtime.",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .stop_after = -1,
    .run = run,
    .stateless = true,
};
