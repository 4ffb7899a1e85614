/* As an OCI hook: the state is on stdin, the snippet in the bundle that it names. The text is read and the
 * report's file opened first; then this process gives up everything but reading its memory and writing to
 * what it has open, because what it parses was written by the adversary. Comments in the text allow nothing
 * here. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/strings.h"
#include "rootfs-tools/lint/lint.h"
#include "spec/json.h"
#include "spec/snippet.h"

#define MAX_DOCUMENT (16u << 20)

struct job {
    struct json_value *state, *config;
    const struct json_value *annotations;
    int bundle, report;
    const char *source, *name;
    const struct language *language;
    struct buf text;
};

static struct json_value *parse(const char *name, struct buf *b)
{
    return json_parse(name, buf_str(b), b->len);
}

static int open_bundle(struct job *job)
{
    AUTO_BUF struct buf b = BUF_INIT;
    TRY(read_fd(0, MAX_DOCUMENT, &b));
    job->state = parse("the state on stdin", &b);
    if (!job->state)
        return -1;
    const char *path = json_get_string(job->state, "bundle");
    if (!path)
        return fail(0, "the state on stdin: bundle: expected a path; rsbx-lint --hook is an OCI hook");
    job->bundle = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return job->bundle < 0 ? fail(errno, "%s", path) : 0;
}

static int read_config(struct job *job)
{
    AUTO_BUF struct buf b = BUF_INIT;
    TRY(read_file_at(job->bundle, "config.json", MAX_DOCUMENT, &b));
    job->config = parse("config.json", &b);
    if (!job->config)
        return -1;
    job->annotations = json_get(job->config, "annotations");
    job->source = json_get_string(job->annotations, SNIPPET_SOURCE);
    job->name = json_get_string(job->annotations, SNIPPET_NAME);
    if (!job->source)
        return fail(0, "config.json: annotations.%s: expected the snippet's path in the bundle",
                    SNIPPET_SOURCE);
    if (!job->name)
        job->name = job->source;
    return 0;
}

/* 1: too large. The bundle is prepare's, but its snippet must not lead anywhere else. */
static int read_snippet(struct job *job)
{
    struct stat st;
    AUTO_FD int fd = openat(job->bundle, job->source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail(errno, "%s", job->source);
    if (!S_ISREG(st.st_mode))
        return fail(0, "%s: expected a file", job->source);
    if ((uint64_t)st.st_size > default_limits.max_bytes)
        return 1;
    TRY(read_fd(fd, default_limits.max_bytes, &job->text));
    return 0;
}

/* A language rsbx-lint does not know is no error: the finding "not analysed" says so, and the level decides.
 */
static void find_language(struct job *job)
{
    const char *name = json_get_string(job->annotations, SNIPPET_LANGUAGE);
    job->language =
        name ? language_by_name(name) : language_of(job->name, buf_str(&job->text), job->text.len);
}

static int prepare(struct job *job, bool *too_large)
{
    TRY(open_bundle(job));
    TRY(read_config(job));
    int r = read_snippet(job);
    TRY(r);
    *too_large = r > 0;
    find_language(job);
    job->report =
        openat(job->bundle, "lint.json", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (job->report < 0 && errno != EROFS && errno != EACCES)
        return fail(errno, "lint.json");
    return lint_confine(CONFINE_HOOK, 0);
}

static int judge(struct job *job, bool too_large, enum severity level)
{
    struct lint l = {.limits = default_limits};
    AUTO_BUF struct buf json = BUF_INIT;
    AUTO_BUF struct buf text = BUF_INIT;
    bool refused = false;
    l.language = job->language;
    if (too_large || !job->language) {
        lint_refused(&l, job->name,
                     too_large ? "it is larger than a megabyte" : "no grammar for its language");
    } else {
        lint_text(&l, job->language, job->name, buf_str(&job->text), job->text.len);
    }
    for (size_t i = 0; i < l.n_findings; i++)
        refused |= l.findings[i].severity >= level;
    struct report r = {.v = &l, .n = 1, .show = SEV_INFO};
    report_json(&r, &json);
    r.show = level < SEV_MEDIUM ? level : SEV_MEDIUM;
    report_text(&r, &text);
    if (job->report >= 0)
        TRY(write_fd(job->report, buf_str(&json), json.len));
    TRY(write_fd(2, buf_str(&text), text.len));
    return refused ? EXIT_REFUSED : EXIT_CLEAN;
}

int lint_hook(enum severity level)
{
    static struct job job = {.bundle = -1, .report = -1, .text = BUF_INIT};
    bool too_large = false;
    int r = prepare(&job, &too_large) < 0 ? -1 : judge(&job, too_large, level);
    if (r < 0) {
        fprintf(stderr, "rsbx-lint: %s\n", error_text());
        r = EXIT_TROUBLE;
    }
    fflush(NULL);
    _exit(r);
}
