/* rsbx run: an OCI bundle, what `prepare` left, or a file.
 *
 *   run [-b DIR] ID    create, start, wait, delete, as other runtimes have it; exit codes are theirs
 *   run [-b DIR]       the snippet's bundle in DIR (default ./.rsbx), supervised
 *   run FILE           prepare in a temporary bundle, run it supervised, clean up */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "commands/command.h"
#include "commands/create_options.h"
#include "commands/foreground.h"
#include "commands/leftovers.h"
#include "commands/prepare_options.h"
#include "supervise/history.h"
#include "supervise/report.h"
#include "supervise/supervise.h"

#define PREPARED "./.rsbx"

static struct container_options oci;
static struct prepare_arguments snippet;
static bool keep, json;
static const char *report, *meta, *output_dir, *learn;
static struct learned *learned; /* with --learn */

/* ---- run ID ---- */

static int wait_and_delete(struct container *c, struct foreground *fg)
{
    int r = container_start(c);
    if (r == 0) {
        int tty = c->console_master;
        c->console_master = -1;
        container_unlock(c); /* others may kill, pause or look at it meanwhile */
        container_settle(c);
        r = foreground_wait(fg, c->pid, tty);
        TRY(container_lock(c));
        if (keep)
            return r;
    }
    AUTO_FREE char *error = r < 0 ? xstrdup(error_text()) : NULL;
    if (container_destroy(c) < 0 && r >= 0)
        return -1;
    return error ? error_receive(0, error) : r;
}

static int run_oci(const struct runtime_options *runtime, const char *id)
{
    struct container *c;
    struct foreground fg;
    oci.id = id;
    oci.stdio[0] = oci.stdio[1] = oci.stdio[2] = -1;
    oci.foreground_tty = !oci.detach;
    oci.start_at_once = true;
    if (!oci.detach && !oci.no_subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return fail(errno, "subreaper");
    if (!oci.detach)
        foreground_block_signals(&fg);
    TRY(container_create(runtime, &oci, &c));
    int r = oci.detach ? container_start(c) : wait_and_delete(c, &fg);
    if (oci.detach && r < 0) {
        AUTO_FREE char *error = xstrdup(error_text());
        container_destroy(c);
        error_receive(0, error);
    }
    container_free(c);
    return r;
}

/* ---- results ---- */

static int write_file(const char *option, const char *path, struct buf *b)
{
    if (write_file_at(AT_FDCWD, path, O_CREAT | O_TRUNC, 0644, buf_str(b), b->len) < 0)
        return fail_where("%s", option);
    return 0;
}

static int check_file(const char *option, const char *path)
{
    struct stat st;
    int error = stat(path, &st) == 0 ? 0 : errno;
    if (!error && S_ISDIR(st.st_mode))
        return fail(EISDIR, "%s: %s", option, path);
    if (error && error != ENOENT)
        return fail(error, "%s: %s", option, path);
    AUTO_FREE char *dir = xstrdup(path);
    char *slash = strrchr(dir, '/');
    if (slash)
        slash[slash == dir] = '\0';
    if (access(!error ? path : slash ? dir : ".", error ? W_OK | X_OK : W_OK) < 0)
        return fail(errno, "%s: %s", option, path);
    return 0;
}

/* Results that cannot be written are better told before a run of minutes than after it. */
static int check_files(void)
{
    if (report)
        TRY(check_file("--report", report));
    if (meta)
        TRY(check_file("--meta", meta));
    if (learn) {
        TRY(check_file("--learn", learn));
        learned = xcalloc(1, sizeof(*learned));
    }
    return output_dir && make_dirs(output_dir, 0755) < 0 ? fail_where("--output-dir") : 0;
}

static int write_report(struct buf *text)
{
    AUTO_BUF struct buf page = BUF_INIT;
    if (!str_ends(report, ".html"))
        return write_file("--report", report, text);
    struct json_value *doc = json_parse("result", text->data, text->len);
    if (!doc)
        return -1;
    const struct json_value *docs[] = {doc};
    report_html(docs, 1, &page);
    json_free(doc);
    return write_file("--report", report, &page);
}

static int write_results(const struct result *r, struct result_text *text)
{
    if (json) {
        if (write_fd(STDOUT_FILENO, text->all.data, text->short_len) < 0 ||
            write_fd(STDOUT_FILENO, RESULT_END, strlen(RESULT_END)) < 0)
            return fail_where("--json");
    }
    if (learn && r->ran)
        TRY(learn_write(learned, learn));
    if (report)
        TRY(write_report(&text->all));
    if (meta) {
        AUTO_BUF struct buf b = BUF_INIT;
        result_meta(r, &b);
        TRY(write_file("--meta", meta, &b));
    }
    return 0;
}

static int finish(const struct runtime_options *runtime, const struct result *r)
{
    struct result_text text;
    result_json(r, &text);
    history_save(runtime, r->id, &text.all);
    int failed = write_results(r, &text);
    buf_free(&text.all);
    return failed;
}

/* As a shell does: the program itself cannot say it. Who sends it one of these from outside knows. */
static bool tells_signal(int sig)
{
    return sig && sig != SIGINT && sig != SIGTERM && sig != SIGHUP && sig != SIGPIPE;
}

static void tell(const struct result *r)
{
    AUTO_FREE char *reason = result_reason(r);
    if (snippet.verbose) {
        AUTO_BUF struct buf b = BUF_INIT;
        result_table(r, &b);
        fputs(buf_str(&b), stderr);
    } else if (!json &&
               (r->judgement.unit || (r->judgement.verdict == VERDICT_SIGNAL && tells_signal(r->signal)))) {
        fprintf(stderr, "rsbx: %s\n", reason);
    }
    if (!json && (r->out.truncated || r->err.truncated) && r->judgement.verdict != VERDICT_OUTPUT)
        fprintf(stderr, "rsbx: output cut at the limit of %llu bytes; --output-limit raises it\n",
                (unsigned long long)r->limits.output);
}

/* The program saw a broken pipe, or nothing. */
static bool output_was_lost(const char *name, const struct output_result *out)
{
    return out->error && fail(out->error, "write to %s", name) < 0;
}

/* ---- run, run FILE ---- */

struct snippet_run {
    const struct runtime_options *runtime;
    const char *bundle, *id;
};

static int supervise_one(const struct snippet_run *run, const char *bundle, bool compiler, struct result *r)
{
    struct supervise_options o = {.runtime = run->runtime,
                                  .bundle = bundle,
                                  .id = run->id,
                                  .output_dir = compiler ? NULL : output_dir,
                                  .learn = compiler ? NULL : learned,
                                  .pass_input = !compiler,
                                  .pass_output = !json,
                                  .output_to_stderr = compiler,
                                  .keep_output = json || report};
    return supervise(&o, r);
}

/* A language that compiles has a bundle of its own for that; its failure is the result. */
static int run_bundle(const struct snippet_run *run)
{
    struct result r;
    AUTO_FREE char *compile = xasprintf("%s/compile", run->bundle);
    AUTO_FREE char *config = xasprintf("%s/config.json", compile);
    int failed = 0;
    bool compiled = access(config, F_OK) != 0;
    if (!compiled) {
        failed = supervise_one(run, compile, true, &r);
        compiled = failed == 0 && r.judgement.verdict == VERDICT_OK;
        if (compiled)
            result_free(&r);
    }
    if (compiled)
        failed = supervise_one(run, run->bundle, false, &r);
    if (failed < 0)
        log_current_error();
    else
        tell(&r);
    int code = result_exit_code(&r);
    if (output_was_lost("stdout", &r.out) || output_was_lost("stderr", &r.err) ||
        finish(run->runtime, &r) < 0) {
        log_current_error();
        code = 125;
    }
    result_free(&r);
    return code;
}

static int fail_with(int code)
{
    log_current_error();
    return code;
}

/* Nothing that was asked for is left out without a word: which of the two kinds of run an option is for. */
static int refuse_oci_options(void)
{
    const struct {
        bool given;
        const char *name;
    } all[] = {
        {oci.config, "--config"},
        {oci.console_socket, "--console-socket"},
        {oci.pid_file, "--pid-file"},
        {oci.pidfd_socket, "--pidfd-socket"},
        {oci.preserve_fds, "--preserve-fds"},
        {oci.no_pivot, "--no-pivot"},
        {oci.detach, "--detach"},
        {keep, "--keep"},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (all[i].given)
            return fail(0, "%s is for containers: rsbx run -b DIR ID; a snippet is run without", all[i].name);
    return 0;
}

static int refuse_snippet_options(void)
{
    static const struct prepare_arguments none;
    const char *name = json         ? "--json"
                       : report     ? "--report"
                       : meta       ? "--meta"
                       : output_dir ? "--output-dir"
                       : learn      ? "--learn"
                                    : NULL;
    if (name)
        return fail(0, "%s is for snippets: rsbx run FILE; \"rsbx events --stats\" tells of a container",
                    name);
    snippet.verbose = false; /* of which there is nothing to say */
    if (memcmp(&snippet, &none, sizeof(none)) != 0)
        return fail(0, "limits and other options of prepare are for snippets: a container has what its "
                       "config.json says");
    return 0;
}

/* What is ours below the state root goes before we do; while the program runs signals are passed on
 * (supervise/signals.h), while a root is made they are looked for. */
static sigset_t hold_signals(void)
{
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGHUP);
    sigaddset(&stop, SIGQUIT);
    sigprocmask(SIG_BLOCK, &stop, &before);
    return before;
}

static int run_prepared(const struct runtime_options *runtime, const char *bundle)
{
    if (refuse_oci_options() < 0 || check_files() < 0)
        return fail_with(125);
    struct prepare_arguments none = {.verbose = snippet.verbose};
    if (memcmp(&snippet, &none, sizeof(none)) != 0) {
        fail(0, "limits and other options of prepare cannot be given to a bundle that is made: use \"rsbx "
                "prepare\" "
                "again, or \"rsbx run FILE\"");
        return fail_with(125);
    }
    struct claim claim;
    sigset_t before = hold_signals();
    int code = claim_begin(runtime, &claim) < 0
                   ? fail_with(125)
                   : run_bundle(&(struct snippet_run){runtime, bundle, claim.id});
    claim_end(&claim);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return code;
}

static int run_claimed(const struct runtime_options *runtime, const struct claim *claim, int argc,
                       char **argv)
{
    struct prepare_options p = {.file = argv[0], .bundle = claim->bundle};
    struct prepare_result prepared;
    if (prepare_arguments_parse(&snippet, runtime, argc - 1, argv + 1, &p) < 0)
        return fail_with(125);
    if (prepare(&p, &prepared) < 0)
        return fail_with(error_errno() == ENOENT ? 127 : error_errno() == EACCES ? 126 : 125);
    int code = run_bundle(&(struct snippet_run){runtime, prepared.bundle, claim->id});
    if (prepare_remove(prepared.bundle) < 0)
        code = fail_with(125);
    prepare_result_free(&prepared);
    return code;
}

static int run_file(const struct runtime_options *runtime, int argc, char **argv)
{
    struct claim claim;
    if (refuse_oci_options() < 0 || check_files() < 0)
        return fail_with(125);
    leftovers_sweep(runtime);
    sigset_t before = hold_signals();
    int code = claim_begin(runtime, &claim) < 0 ? fail_with(125) : run_claimed(runtime, &claim, argc, argv);
    claim_end(&claim);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return code;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Where a config.json lies a name is an id, and a path a file: no id has a slash. */
static bool names_file(const char *argument)
{
    if (oci.bundle || oci.config)
        return false;
    return !is_there("config.json") || strchr(argument, '/');
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    if (argc == 0) {
        const char *bundle = oci.bundle ? oci.bundle : PREPARED;
        leftovers_sweep(runtime);
        if (is_there(bundle))
            return run_prepared(runtime, bundle);
        fail(0,
             "nothing to run: no FILE, no ID, and no bundle %s; \"rsbx run hello.py\", or \"rsbx prepare "
             "hello.py\" first",
             bundle);
        return fail_with(125);
    }
    if (names_file(argv[0]))
        return run_file(runtime, argc, argv);
    if (argc > 1)
        return fail(0, "run: too many arguments; usage: rsbx run [OPTIONS] ID");
    TRY(refuse_snippet_options());
    return run_oci(runtime, argv[0]);
}

/* 1 is a program's own code, and what other runtimes say of a container. */
static int usage_code(void)
{
    return oci.bundle || oci.config || is_there("config.json") ? 1 : 125;
}

static const struct command_option options[] = {
    CREATE_OPTIONS(oci),
    {"detach", 'd', OPT_FLAG, &oci.detach, NULL, "do not wait for the container"},
    {"keep", 0, OPT_FLAG, &keep, NULL, "do not delete the container when it has ended"},
    PREPARE_OPTIONS(snippet),
    {"json", 0, OPT_FLAG, &json, NULL, "write the result as JSON to stdout, the output inside"},
    {"report", 0, OPT_STRING, &report, "FILE", "write the result to FILE: as JSON, or FILE.html as a page"},
    {"output-dir", 0, OPT_STRING, &output_dir, "DIR", "bring the files that it leaves in /work to DIR"},
    {"learn", 0, OPT_STRING, &learn, "FILE", "let refused calls through, and write them as a --seccomp FILE"},
    {"meta", 0, OPT_STRING, &meta, "FILE", "write the result to FILE, as isolate does"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_run = {
    .name = "run",
    .arguments = "FILE [-- ARGS...] | [ID]",
    .summary = "run a file, a prepared snippet, or an OCI container",
    .details =
        "rsbx run FILE      prepares FILE and runs it in a sandbox, under limits (./FILE where a config.json "
        "lies)\n"
        "rsbx run           runs what \"rsbx prepare\" left in ./.rsbx\n"
        "rsbx run -b DIR ID creates and starts the OCI container of DIR, waits, and deletes it\n\n"
        "Exit code: the program's own; 128+n when signal n ended it; 124 time limit; 125 rsbx failed;\n"
        "126 refused by lint or not executable; 127 not found; 137 memory limit.",
    .options = options,
    .min_args = 0,
    .max_args = -1,
    .stop_after = -1,
    .run = run,
    .usage_code = usage_code,
    .enters = true,
};
