/* rsbx report: of a run that is kept, or of two side by side. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "commands/command.h"
#include "commands/describe.h"
#include "spec/snippet.h"
#include "supervise/history.h"
#include "supervise/report.h"

enum { RUNS_MAX = 2 };

static const char *html, *svg, *csv;
static bool json, list;

static int write_to(const char *option, const char *path, struct buf *b)
{
    if (write_file_at(AT_FDCWD, path, O_CREAT | O_TRUNC, 0644, buf_str(b), b->len) < 0)
        return fail_where("%s", option);
    return 0;
}

static int print_list(const struct runtime_options *runtime)
{
    char **ids = history_list(runtime);
    for (size_t i = 0; ids[i]; i++) {
        puts(ids[i]);
        free(ids[i]);
    }
    free(ids);
    return 0;
}

static int print(const struct json_value *const *docs, size_t n, struct buf *text)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (json)
        return write_fd(STDOUT_FILENO, buf_str(text), text->len);
    if (html) {
        report_html(docs, n, &b);
        return write_to("--html", html, &b);
    }
    if (svg) {
        report_svg(docs[0], &b);
        return write_to("--svg", svg, &b);
    }
    if (csv) {
        report_csv(docs[0], &b);
        return write_to("--csv", csv, &b);
    }
    report_text(docs, n, &b);
    return write_fd(STDOUT_FILENO, buf_str(&b), b.len);
}

/* A container that is there still, as a run without an end. */
static int describe_running(const struct runtime_options *runtime, const char *name, struct buf *out)
{
    struct container *c;
    struct json j;
    TRY(container_load(runtime, name, false, &c));
    const char *file = c->spec ? spec_annotation(c->spec, SNIPPET_NAME) : NULL;
    json_begin(&j, out, false);
    json_open(&j, NULL, '{');
    json_string(&j, "id", name);
    json_string(&j, "file", file);
    json_string(&j, "started", c->created);
    json_string(&j, "status", container_status_name(c->status));
    describe_usage(c, &j);
    json_close(&j, '}');
    json_end(&j);
    container_free(c);
    return 0;
}

static int load(const struct runtime_options *runtime, const char *name, struct buf *out)
{
    if (history_load(runtime, name, out) == 0)
        return 0;
    AUTO_FREE char *error = xstrdup(error_text());
    if (container_check_id(name) == 0 && describe_running(runtime, name, out) == 0)
        return 0;
    return error_receive(0, error);
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct buf text[RUNS_MAX] = {BUF_INIT};
    struct json_value *docs[RUNS_MAX] = {NULL};
    size_t n = 0;
    int r = 0;
    if (list)
        return print_list(runtime);
    if (argc > RUNS_MAX)
        return fail(0, "report: at most two runs can be compared");
    do {
        const char *name = argc ? argv[n] : "last";
        r = load(runtime, name, &text[n]);
        if (r == 0 && !(docs[n] = json_parse(name, text[n].data, text[n].len)))
            r = fail_where("report: not what \"rsbx run --report FILE.json\" wrote");
        else if (r == 0 && !json_get_string(docs[n], "id"))
            r = fail(0, "report: %s: not what \"rsbx run --report FILE.json\" wrote", name);
    } while (r == 0 && ++n < (size_t)argc);
    if (r == 0)
        r = print((const struct json_value *const *)docs, n, &text[0]);
    for (size_t i = 0; i < RUNS_MAX; i++) {
        json_free(docs[i]);
        buf_free(&text[i]);
    }
    return r;
}

static const struct command_option options[] = {
    {"html", 0, OPT_STRING, &html, "FILE", "write one self-contained page"},
    {"svg", 0, OPT_STRING, &svg, "FILE", "write the charts"},
    {"csv", 0, OPT_STRING, &csv, "FILE", "write the samples"},
    {"json", 0, OPT_FLAG, &json, NULL, "write the result as it was kept"},
    {"list", 0, OPT_FLAG, &list, NULL, "list the runs that are kept, newest first"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_report = {
    .name = "report",
    .arguments = "[last | ID | FILE.json] [OTHER]",
    .summary = "show what a finished run used, and why it ended",
    .details = "The last 20 runs of snippets are kept. ID may also be a container that is there still. Two "
               "runs are laid side\n"
               "by side. FILE.json is what run --report wrote.",
    .options = options,
    .min_args = 0,
    .max_args = 2,
    .stop_after = -1,
    .run = run,
};
