/* rsbx-lint: reads source text and says what it would do and what it needs. `rsbx lint` runs it, and bundles
 * that `rsbx prepare` makes run it as a hook (hook.c). */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/strings.h"
#include "base/version.h"
#include "rootfs-tools/lint/lint.h"
#include "rootfs-tools/lint/pages.h"

static const char usage[] =
    "Usage: rsbx lint [OPTIONS] FILE...\n\n"
    "Says what a program would do, with the line that does it, and refuses what is plainly hostile.\n"
    "FILE \"-\" is standard input.\n\n"
    "  --level LEVEL     refuse findings from here up: info, low, medium, high, critical (default), off\n"
    "  --deny RULE       refuse this rule, or this need (network, subprocess, ...), at any level; "
    "repeatable\n"
    "  --show LEVEL      report findings from here up (default info)\n"
    "  --language NAME   do not guess it from the file's name or its #! line\n"
    "  --json            report as JSON\n"
    "  --sarif           report as SARIF 2.1.0\n"
    "  --needs           list what the program appears to use, nothing else (with --json: as JSON)\n"
    "  --rules           print the table of rules\n"
    "  --no-comments     do not honour \"rsbx: allow RULE\" comments\n"
    "  --max-size SIZE   analyse no larger file (default 1m)\n"
    "  --max-time TIME   CPU time for each file, such as 2s (default 60ms and 1s for each megabyte)\n"
    "  --hook            be an OCI hook: state on stdin, the bundle's snippet is linted\n"
    "  --help, --version\n\n"
    "Exit code: 0 nothing refused, 1 refused, 2 wrong use or a file that cannot be read.\n";

struct options {
    enum severity level, show;
    const char *language;
    const char *deny[64];
    size_t n_deny;
    enum output output;
    bool needs, rules, hook, no_comments, colour;
    int64_t max_size;
    uint64_t max_ns;
};

enum {
    O_LEVEL = 256,
    O_DENY,
    O_SHOW,
    O_LANGUAGE,
    O_JSON,
    O_SARIF,
    O_NEEDS,
    O_RULES,
    O_PLAIN,
    O_SIZE,
    O_TIME,
    O_HOOK,
    O_HELP,
    O_VERSION
};

static const struct option long_options[] = {
    {"level", 1, NULL, O_LEVEL},       {"deny", 1, NULL, O_DENY},       {"show", 1, NULL, O_SHOW},
    {"language", 1, NULL, O_LANGUAGE}, {"json", 0, NULL, O_JSON},       {"sarif", 0, NULL, O_SARIF},
    {"needs", 0, NULL, O_NEEDS},       {"rules", 0, NULL, O_RULES},     {"no-comments", 0, NULL, O_PLAIN},
    {"max-size", 1, NULL, O_SIZE},     {"max-time", 1, NULL, O_TIME},   {"hook", 0, NULL, O_HOOK},
    {"help", 0, NULL, O_HELP},         {"version", 0, NULL, O_VERSION}, {NULL, 0, NULL, 0}};

static int parse_level(const char *option, const char *word, enum severity *out)
{
    if (severity_parse(word, out) == 0)
        return 0;
    return fail(0, "--%s: expected info, low, medium, high, critical or off, found \"%s\"", option, word);
}

static int known_rule_or_need(const char *word)
{
    for (uint32_t bit = 1; bit < NEED_OPAQUE; bit <<= 1)
        if (str_eq(need_name(bit), word))
            return 0;
    for (size_t i = 0; i < COMMON_RULES; i++)
        if (str_eq(common_rules[i].id, word))
            return 0;
    for (const struct language *l = languages; l->name; l++)
        for (size_t i = 0; i < l->n_rules; i++)
            if (str_eq(l->rules[i].id, word))
                return 0;
    return fail(0, "--deny: \"%s\" is neither a rule (see --rules) nor a need such as network", word);
}

static int set_option(struct options *o, int c)
{
    switch (c) {
    case O_LEVEL:
        return parse_level("level", optarg, &o->level);
    case O_SHOW:
        return parse_level("show", optarg, &o->show);
    case O_DENY:
        if (o->n_deny == ARRAY_LEN(o->deny))
            return fail(0, "--deny: more than %zu", o->n_deny);
        o->deny[o->n_deny++] = optarg;
        return known_rule_or_need(optarg);
    case O_LANGUAGE:
        o->language = optarg;
        return 0;
    case O_JSON:
        o->output = OUT_JSON;
        return 0;
    case O_SARIF:
        o->output = OUT_SARIF;
        return 0;
    case O_NEEDS:
        o->needs = true;
        return 0;
    case O_RULES:
        o->rules = true;
        return 0;
    case O_PLAIN:
        o->no_comments = true;
        return 0;
    case O_HOOK:
        o->hook = true;
        return 0;
    case O_TIME:
        if (parse_duration(optarg, &o->max_ns) < 0 || o->max_ns < 1000000)
            return fail(0, "--max-time: expected a time from 1ms up such as 2s, found \"%s\"", optarg);
        return 0;
    case O_SIZE:
        if (parse_size(optarg, &o->max_size) < 0 || o->max_size < 0 || o->max_size > INT32_MAX)
            return fail(0, "--max-size: expected a size up to 2g such as 4m, found \"%s\"", optarg);
        return 0;
    default:
        return fail(0, "unknown option; \"rsbx lint --help\" lists them");
    }
}

static int read_source(struct lint *l, const char *path, struct buf *text)
{
    struct stat st;
    AUTO_FD int fd =
        str_eq(path, "-") ? dup(0) : openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail(errno, "%s", path);
    if (S_ISDIR(st.st_mode))
        return fail(EISDIR, "%s", path);
    if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > l->limits.max_bytes) {
        char *reason = xasprintf("it has %lld bytes, more than %llu (--max-size)", (long long)st.st_size,
                                 (unsigned long long)l->limits.max_bytes);
        lint_refused(l, path, reason);
        free(reason);
        return 1;
    }
    return read_fd(fd, l->limits.max_bytes, text);
}

static int lint_file(struct lint *l, const struct options *o, const char *path, struct buf *text, bool alone)
{
    l->limits = default_limits;
    l->honour_comments = !o->no_comments;
    if (o->max_size)
        l->limits.max_bytes = (uint64_t)o->max_size;
    l->limits.max_ns = o->max_ns;
    int r = read_source(l, path, text);
    if (r != 0)
        return r < 0 ? -1 : 0;
    const struct language *language =
        o->language ? language_by_name(o->language) : language_of(path, buf_str(text), text->len);
    if (!language && o->language)
        return fail(0, "--language: \"%s\" is not known to rsbx-lint", o->language);
    if (!language)
        return fail(0, "%s: neither its name nor its first line says its language; use --language NAME",
                    path);
    if (alone)
        TRY(lint_confine(CONFINE_FILE, o->max_ns));
    lint_text(l, language, path, buf_str(text), text->len);
    return 0;
}

static bool is_denied(const struct options *o, const struct lint *l)
{
    for (size_t d = 0; d < o->n_deny; d++) {
        for (uint32_t bit = 1; bit < NEED_OPAQUE; bit <<= 1)
            if ((l->needs & bit) && str_eq(need_name(bit), o->deny[d]))
                return true;
        for (size_t i = 0; i < l->n_findings; i++)
            if (!l->findings[i].allowed && str_eq(l->findings[i].rule->id, o->deny[d]))
                return true;
    }
    return false;
}

static int verdict(const struct options *o, const struct report *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (is_denied(o, &r->v[i]))
            return EXIT_REFUSED;
        for (size_t k = 0; k < r->v[i].n_findings; k++)
            if (!r->v[i].findings[k].allowed && r->v[i].findings[k].severity >= o->level)
                return EXIT_REFUSED;
    }
    return EXIT_CLEAN;
}

static int lint_files(const struct options *o, char **paths, size_t n)
{
    struct report r = {
        .v = xcalloc(n, sizeof(*r.v)), .show = o->show, .source_lines = true, .colour = o->colour};
    AUTO_BUF struct buf out = BUF_INIT;
    struct buf *texts = xcalloc(n, sizeof(*texts));
    int trouble = 0;
    for (size_t i = 0; i < n; i++) {
        if (lint_file(&r.v[r.n], o, paths[i], &texts[i], n == 1) < 0) {
            fprintf(stderr, "rsbx-lint: %s\n", error_text());
            trouble = EXIT_TROUBLE;
            lint_free(&r.v[r.n]);
            continue;
        }
        r.n++;
    }
    if (o->output == OUT_SARIF)
        report_sarif(&r, &out);
    else if (o->output == OUT_JSON)
        report_json(&r, &out);
    else if (o->needs)
        report_needs_text(&r, &out);
    else
        report_text(&r, &out);
    int code = trouble ? trouble : o->needs ? EXIT_CLEAN : verdict(o, &r);
    if (write_fd(1, buf_str(&out), out.len) < 0)
        code = EXIT_TROUBLE;
    for (size_t i = 0; i < r.n; i++)
        lint_free(&r.v[i]);
    for (size_t i = 0; i < n; i++)
        buf_free(&texts[i]);
    free(texts);
    free(r.v);
    return code;
}

static int print(const char *text)
{
    return write_fd(1, text, strlen(text)) < 0 ? EXIT_TROUBLE : EXIT_CLEAN;
}

int main(int argc, char **argv)
{
    extern const char __executable_start[], etext[];
    pages_expect(__executable_start, etext);
    struct options o = {.level = SEV_CRITICAL, .show = SEV_INFO};
    AUTO_BUF struct buf out = BUF_INIT;
    int c;
    opterr = 0;
    while ((c = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (c == O_HELP || c == 'h')
            return print(usage);
        if (c == O_VERSION)
            return print("rsbx-lint version " RSBX_VERSION "\n");
        if (set_option(&o, c) < 0) {
            fprintf(stderr, "rsbx-lint: %s\n", error_text());
            return EXIT_TROUBLE;
        }
    }
    if (o.rules) {
        report_rules(&out, o.output == OUT_JSON);
        return print(buf_str(&out));
    }
    if (o.hook)
        return lint_hook(o.level);
    if (optind == argc) {
        fprintf(stderr, "rsbx-lint: no FILE; \"rsbx lint --help\" tells more\n");
        return EXIT_TROUBLE;
    }
    const char *no_colour = getenv("NO_COLOR");
    o.colour = isatty(1) && !(no_colour && no_colour[0]);
    if (optind + 1 < argc && lint_confine(CONFINE_FILES, 0) < 0) {
        fprintf(stderr, "rsbx-lint: %s\n", error_text());
        return EXIT_TROUBLE;
    }
    return lint_files(&o, argv + optind, (size_t)(argc - optind));
}
