/* See supervise.h. */
#include "supervise/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/version.h"
#include "container/hooks.h"
#include "linux/namespaces.h"
#include "spec/snippet.h"
#include "supervise/history.h"
#include "supervise/observe.h"
#include "supervise/output.h"
#include "supervise/scratch.h"
#include "supervise/signals.h"
#include "supervise/walls.h"

#define MS 1000000ULL

enum { DRAIN_MS = 200, END_MS = 10000, OBSERVE_MS = 300, LINT_MAX = 4 << 20, CONFIG_MAX = 16 << 20 };

struct job {
    const struct supervise_options *o;
    struct result *r;
    struct container *c;
    struct sampler sampler;
    struct stream in, out, err;
    struct scratch scratch;
    bool has_pid1;       /* the bundle has a process 1 of ours (rootfs-tools/pid1) */
    int report, reports; /* pipe from it: our end, its end until it has it */
    uid_t user;          /* the program's, on the host; 0: as we are */
    int signals;         /* signalfd */
    unsigned interrupts; /* SIGINT and the like that came */
    int last_signal;
    char *lint_level, *require, *allow; /* lists of walls: walls.h */
    struct loaded_config config;        /* the bundle's, until it is created */
    struct spec_hook *lint_hook;        /* of the document that is being created, or NULL */
    struct hook_run lint;
    char *lint_error; /* why it could not be started, or NULL */
    struct runtime_options without_cgroup;
    enum verdict killed_for;
    uint64_t killed_ns;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- pipes ---- */

static int make_pipe(int *ours, int *theirs, bool we_write)
{
    int p[2];
    if (pipe2(p, O_CLOEXEC) < 0)
        return fail(errno, "pipe");
    *ours = p[we_write];
    *theirs = p[!we_write];
    return fcntl(*ours, F_SETFL, O_NONBLOCK) < 0 ? fail(errno, "fcntl") : 0;
}

static void set_output(struct job *job, struct stream *s, int to)
{
    const struct limits *l = &job->r->limits;
    s->to = job->o->pass_output ? (job->o->output_to_stderr ? STDERR_FILENO : to) : -1;
    s->to_ours = true;
    s->limit = l->output;
    if (job->o->keep_output)
        s->keep = l->output && l->output < KEEP_MAX ? (size_t)l->output : KEEP_MAX;
    s->tail = xcalloc(1, STREAM_TAIL);
}

/* Pipes belong to the program's user, for it may open them again: /dev/stderr. Which id of the host that is
 * only we can tell the kernel. */
static void own_pipes(const struct job *job, const int theirs[3])
{
    struct stat st;
    for (int i = 0; i < 3; i++) /* stdin may be the host's /dev/null */
        if (fstat(theirs[i], &st) == 0 && S_ISFIFO(st.st_mode) && fchown(theirs[i], job->user, (gid_t)-1) < 0)
            log_debug("pipe %d keeps its owner", i);
}

static int make_pipes(struct job *job, int theirs[3])
{
    if (job->o->pass_input) {
        TRY(make_pipe(&job->in.to, &theirs[0], true));
        job->in.from = STDIN_FILENO;
    } else {
        theirs[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (theirs[0] < 0)
            return fail(errno, "open /dev/null");
    }
    TRY(make_pipe(&job->out.from, &theirs[1], false));
    TRY(make_pipe(&job->err.from, &theirs[2], false));
    if (job->user != 0)
        own_pipes(job, theirs);
    set_output(job, &job->out, STDOUT_FILENO);
    set_output(job, &job->err, STDERR_FILENO);
    return 0;
}

/* ---- begin ---- */

static char *now_text(void)
{
    struct timespec now;
    struct tm tm;
    char text[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    return xasprintf("%s.%03ldZ", text, now.tv_nsec / 1000000);
}

static void take_annotations(struct result *r, const struct spec *spec)
{
    const char *words[] = {spec_annotation(spec, SNIPPET_NAME), spec_annotation(spec, SNIPPET_LANGUAGE),
                           spec_annotation(spec, SNIPPET_STAGE)};
    r->file = words[0] ? xstrdup(words[0]) : NULL;
    r->language = words[1] ? xstrdup(words[1]) : NULL;
    r->stage = xstrdup(words[2] ? words[2] : "run");
    const char *degraded = spec_annotation(spec, SNIPPET_DEGRADED);
    AUTO_FREE char *copy = xstrdup(degraded ? degraded : "");
    char *save = NULL;
    for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save))
        result_add_degraded(r, w);
}

static int read_bundle(struct job *job)
{
    AUTO_FREE char *path = xasprintf("%s/config.json", job->o->bundle);
    struct buf *text = &job->config.text;
    TRY(read_file_at(AT_FDCWD, path, CONFIG_MAX, text));
    struct spec *spec = job->config.spec = spec_decode(path, buf_str(text), text->len);
    if (!spec)
        return -1;
    take_annotations(job->r, spec);
    const char *level = spec_annotation(spec, SNIPPET_LINT_LEVEL);
    job->lint_level = level ? xstrdup(level) : NULL;
    const char *require = spec_annotation(spec, SNIPPET_REQUIRE),
               *allow = spec_annotation(spec, SNIPPET_ALLOW);
    job->require = require ? xstrdup(require) : NULL;
    job->allow = allow ? xstrdup(allow) : NULL;
    job->has_pid1 =
        str_eq(spec_annotation(spec, SNIPPET_INIT), "1") && spec->process && spec->process->args.n > 3;
    if (geteuid() == 0 && spec->process && spec->linux_)
        job->user = id_to_host(&spec->linux_->uid_mappings, spec->process->user.uid);
    return limits_from_spec(spec, &job->r->limits);
}

/* What lint found stands in the bundle, whether it let the program start or not. */
static void read_lint(struct job *job)
{
    AUTO_FREE char *path = xasprintf("%s/lint.json", job->o->bundle);
    if (access(path, F_OK) == 0 && read_file_at(AT_FDCWD, path, LINT_MAX, &job->r->lint) < 0)
        error_clear();
}

/* Lint needs the bundle alone, so it runs while the container is made, not in the middle of that: the program
 * is not started before it has ended. Other runtimes run the hook. */
static void take_lint_hook(struct job *job, struct spec *spec)
{
    job->lint_hook = NULL;
    if (!spec->hooks || spec->hooks->prestart.n != 1)
        return;
    struct spec_hook *hook = &spec->hooks->prestart.v[0];
    if (!str_ends(hook->path, "/rsbx-lint") || hook->args.n < 2 || !str_eq(hook->args.v[1], "--hook"))
        return;
    job->lint_hook = hook;
    spec->hooks->prestart.n = 0;
}

static void start_lint(const struct spec *spec, void *arg)
{
    struct job *job = arg;
    struct json j;
    AUTO_BUF struct buf state = BUF_INIT;
    if (!job->lint_hook || job->lint.pid > 0) /* there already: this is the second try (create()) */
        return;
    json_begin(&j, &state, false);
    json_open(&j, NULL, '{');
    json_string(&j, "ociVersion", OCI_VERSION);
    json_string(&j, "id", job->r->id);
    json_string(&j, "status", "creating");
    json_string(&j, "bundle", job->o->bundle);
    json_close(&j, '}');
    json_end(&j);
    if (hook_start(spec, job->lint_hook, buf_str(&state), environ, &job->lint) < 0)
        job->lint_error = xstrdup(error_text());
    error_clear();
}

static int finish_lint(struct job *job)
{
    if (job->lint_error)
        return fail(0, "error running prestart hook #0: %s", job->lint_error);
    if (job->lint.pid > 0 && hook_wait(&job->lint) < 0)
        return fail_where("error running prestart hook #0");
    return 0;
}

/* We keep the clock, and want to hear how the program ended. */
static void adjust(struct spec *spec, void *arg)
{
    struct job *job = arg;
    if (job->o->runtime->manager == CGROUP_DISABLED || job->without_cgroup.manager == CGROUP_DISABLED)
        walls_without_cgroup(spec, &job->r->limits);
    take_lint_hook(job, spec);
    refused_adjust(spec);
    if (job->o->learn)
        learn_adjust(spec);
    if (!job->has_pid1)
        return;
    char fd[16];
    int n = snprintf(fd, sizeof(fd), "%d", job->reports);
    spec->process->args.v[1] = arena_strndup(&spec->arena, "0", 1);
    spec->process->args.v[2] = arena_strndup(&spec->arena, fd, (size_t)n);
}

/* Where no cgroup can be made the limits are held by rlimits and by looking at /proc (limits.h), and the
 * result says so. */
static void adjust_without_cgroup(struct spec *spec, void *arg)
{
    adjust(spec, arg);
    if (spec->linux_ && spec->linux_->resources)
        *spec->linux_->resources = (struct spec_resources){0};
}

static int create(struct job *job, const int stdio[3])
{
    const struct runtime_options *runtime = job->o->runtime;
    struct container_options co = {.id = job->r->id,
                                   .bundle = job->o->bundle,
                                   .loaded = &job->config,
                                   .held_until_started = true,
                                   .stdio = {stdio[0], stdio[1], stdio[2]},
                                   .want_listener = true,
                                   .die_with_caller = true,
                                   .keep_fd = job->has_pid1 ? job->reports : 0,
                                   .adjust_arg = job,
                                   .adjust = adjust,
                                   .sealed = start_lint};
    int r = container_create(runtime, &co, &job->c);
    int e = error_errno();
    bool of_cgroup = str_starts(error_text(), "cgroup: ") || str_starts(error_text(), "devices: ");
    /* not even root has them in a container that sees its cgroups read-only */
    bool may_lack =
        runtime->rootless || e == EROFS || e == EACCES || e == EPERM || list_has_word(job->allow, "cgroup");
    if (r == 0 || !may_lack || !of_cgroup)
        return r;
    log_debug("%s", error_text());
    error_clear();
    job->without_cgroup = *runtime;
    job->without_cgroup.manager = CGROUP_DISABLED;
    co.adjust = adjust_without_cgroup;
    return container_create(&job->without_cgroup, &co, &job->c);
}

static int begin(struct job *job)
{
    int theirs[3] = {-1, -1, -1};
    AUTO_FREE char *lint = xasprintf("%s/lint.json", job->o->bundle);
    TRY(read_bundle(job));
    unlink(lint); /* an earlier run's */
    int r = make_pipes(job, theirs);
    if (r == 0 && job->has_pid1)
        r = make_pipe(&job->report, &job->reports, false);
    if (r == 0)
        r = create(job, theirs);
    close_fd(&job->reports);
    for (size_t i = 0; i < 3; i++)
        if (theirs[i] >= 0)
            close(theirs[i]);
    return r;
}

/* memory.oom.group: the kernel ends all of them, not the one that it likes least (cgroup-v2.rst). On v1 the
 * supervisor does that when it sees the counter. */
static void group_oom(const struct container *c)
{
    const char *path = c->cgroup ? cgroup_path(c->cgroup) : NULL;
    if (!path)
        return;
    AUTO_FREE char *file = xasprintf("%s/memory.oom.group", path);
    if (access(file, W_OK) == 0 && write_file_at(AT_FDCWD, file, 0, 0, "1", 1) < 0)
        error_clear();
}

/* Before it starts, where something is demanded. */
static int check_walls(struct job *job)
{
    struct usage now = {0};
    if (!job->require)
        return 0;
    usage_read(job->c->cgroup, 0, true, &now);
    walls_note(job->r, job->c, &now);
    return walls_check(job->r, job->c, job->require);
}

static void open_scratch(struct job *job)
{
    if (job->r->limits.disk || job->r->limits.file_size || job->o->output_dir)
        scratch_open(&job->scratch, job->c->spec, job->c->pid);
}

/* What need not wait for its end, and would be waited for then: the program has begun, and takes its time to
 * get going. */
static void while_it_starts(struct job *job)
{
    struct usage ignored = {0};
    container_settle(job->c);
    if (job->c->cgroup) {
        cgroup_keep_open(job->c->cgroup);
        usage_read(job->c->cgroup, 0, false, &ignored); /* opens them all */
    }
    history_make_room(job->o->runtime);
}

static int start(struct job *job)
{
    struct container *c = job->c;
    group_oom(c);
    job->r->refused.listener = c->seccomp_listener;
    job->r->refused.learn = job->o->learn;
    job->r->refused.profile = c->spec->linux_ ? c->spec->linux_->seccomp : NULL;
    TRY(check_walls(job));
    TRY(finish_lint(job));
    open_scratch(job); /* before it starts, it cannot have ended */
    TRY(container_start(c));
    sampler_begin(&job->sampler, c->cgroup, c->pid);
    job->sampler.own_pids = job->has_pid1;
    job->r->ran = true;
    if (job->scratch.n == 0) /* to others than root the root of an init is closed until it executes */
        open_scratch(job);
    container_unlock(c); /* others may kill, pause or look at it meanwhile */
    while_it_starts(job);
    return 0;
}

/* ---- the loop ---- */

static void kill_for(struct job *job, enum verdict why)
{
    if (job->killed_for == VERDICT_OK) {
        job->killed_for = why;
        job->killed_ns = now_ns();
    }
    if (container_kill(job->c, SIGKILL, true) < 0)
        error_clear();
}

static void handle_signal(struct job *job)
{
    struct signalfd_siginfo info;
    if (read(job->signals, &info, sizeof(info)) != sizeof(info))
        return;
    int sig = (int)info.ssi_signo;
    bool ends = signal_interrupts(sig);
    job->interrupts += ends;
    job->last_signal = sig;
    job->r->interrupted |= ends;
    /* The kernel does not deliver a signal to a pid namespace's init that has left it at its default
     * (pid_namespaces(7)); what the default would do is done here. Our own process 1 passes it on. */
    if (ends && (job->interrupts > 1 || (!job->has_pid1 && signal_is_default(job->c->pid, sig))))
        kill_for(job, VERDICT_SIGNAL);
    else
        syscall(SYS_pidfd_send_signal, job->c->pidfd, sig, NULL, 0);
}

static void check_limits(struct job *job, uint64_t now)
{
    static const enum verdict verdicts[] = {
        [LIMIT_WALL] = VERDICT_WALL, [LIMIT_CPU] = VERDICT_CPU, [LIMIT_MEMORY] = VERDICT_MEMORY};
    if (job->killed_for != VERDICT_OK)
        return;
    if (job->r->limits.output_kill && (stream_truncated(&job->out) || stream_truncated(&job->err))) {
        kill_for(job, VERDICT_OUTPUT);
        return;
    }
    uint64_t limit = limits_next(&job->r->limits, &job->sampler), sample = sampler_next(&job->sampler);
    if (now < limit && now < sample)
        return;
    sampler_look(&job->sampler);
    if (job->sampler.usage.wall_ns > OBSERVE_MS * MS) /* for `rsbx state` and `rsbx top` */
        observe_sampled(job->c, &job->sampler);
    enum limit_hit hit = limits_check(&job->r->limits, &job->sampler, now);
    if (hit != LIMIT_NONE)
        kill_for(job, verdicts[hit]);
}

static uint64_t next_event(const struct job *job)
{
    if (job->killed_for != VERDICT_OK)
        return job->killed_ns + END_MS * MS;
    uint64_t next = limits_next(&job->r->limits, &job->sampler), sample = sampler_next(&job->sampler);
    if (sample < next)
        next = sample;
    const struct refused *f = &job->r->refused;
    return f->listener >= 0 && f->next_ns && f->next_ns < next ? f->next_ns : next;
}

struct waiting { /* who polls what */
    struct pollfd p[8];
    size_t n, in, n_in, out, n_out, err, n_err, listener;
};

static void collect(struct job *job, uint64_t now, struct waiting *w)
{
    struct refused *f = &job->r->refused;
    w->p[0] = (struct pollfd){job->c->pidfd, POLLIN, 0};
    w->p[1] = (struct pollfd){job->signals, POLLIN, 0};
    w->n = 2;
    w->in = w->n;
    w->n += w->n_in = stream_poll(&job->in, &w->p[w->n]);
    w->out = w->n;
    w->n += w->n_out = stream_poll(&job->out, &w->p[w->n]);
    w->err = w->n;
    w->n += w->n_err = stream_poll(&job->err, &w->p[w->n]);
    w->listener = 0;
    if (f->listener >= 0 && now >= f->next_ns) {
        w->listener = w->n;
        w->p[w->n++] = (struct pollfd){f->listener, POLLIN, 0};
    }
}

static void serve(struct job *job, const struct waiting *w, uint64_t now)
{
    struct refused *f = &job->r->refused;
    if (w->p[1].revents)
        handle_signal(job);
    stream_move(&job->in, &w->p[w->in], w->n_in);
    stream_move(&job->out, &w->p[w->out], w->n_out);
    stream_move(&job->err, &w->p[w->err], w->n_err);
    if (w->listener && w->p[w->listener].revents & POLLIN)
        refused_answer(f, now);
    else if (w->listener && w->p[w->listener].revents)
        f->listener = -1; /* POLLHUP: nobody is left under the filter; the container owns the fd */
}

static int loop(struct job *job)
{
    for (;;) {
        struct waiting w;
        uint64_t now = now_ns(), next = next_event(job);
        uint64_t left = next > now ? next - now : 0;
        struct timespec timeout = {(time_t)(left / 1000000000), (long)(left % 1000000000)};
        collect(job, now, &w);
        int n = ppoll(w.p, w.n, &timeout, NULL);
        if (n < 0 && errno != EINTR)
            return fail(errno, "poll");
        now = now_ns();
        if (n > 0) {
            serve(job, &w, now);
            if (w.p[0].revents)
                return 0;
        }
        check_limits(job, now);
        if (job->killed_for != VERDICT_OK && now > job->killed_ns + END_MS * MS)
            return fail(0, "process %d does not end after SIGKILL", (int)job->c->pid);
    }
}

/* ---- the end ---- */

static void take_output(struct stream *s, struct output_result *out)
{
    stream_tail(s, &out->tail);
    out->data = s->kept;
    s->kept = (struct buf)BUF_INIT;
    out->bytes = s->total;
    out->truncated = stream_truncated(s);
    out->error = s->error;
}

/* How the program ended, by what process 1 says; how that ended, where it was killed before it could. */
static int end_of_program(const struct job *job, int *status)
{
    struct pid1_report report;
    if (job->report < 0 || read(job->report, &report, sizeof(report)) != (ssize_t)sizeof(report))
        return 0;
    *status = report.status;
    if (report.exec_errno == 0)
        return 0;
    job->r->ran = false;
    const char *program = job->c->spec->process->args.v[3];
    if (report.exec_errno == ENOENT)
        return fail(ENOENT, "executable file not found: \"%s\"", program);
    return fail(report.exec_errno, "exec \"%s\"", program);
}

static int collect_output(struct job *job)
{
    int work = scratch_at(&job->scratch, "/work");
    if (!job->o->output_dir)
        return 0;
    job->r->collect = true;
    if (work < 0)
        return fail(0, "--output-dir: /work of the program cannot be opened");
    return collect_files(work, job->c->spec, job->o->output_dir, &job->r->files);
}

static int finish(struct job *job)
{
    struct result *r = job->r;
    struct rusage usage = {0};
    int status = 0;
    while (wait4(job->c->pid, &status, __WALL, &usage) < 0 && errno == EINTR)
        ;
    if (!spec_namespace(job->c->spec, "pid") && container_kill(job->c, SIGKILL, true) < 0)
        error_clear();
    TRY(end_of_program(job, &status));
    sampler_end(&job->sampler, &usage);
    uint64_t deadline = now_ns() + DRAIN_MS * MS;
    stream_drain(&job->out, deadline);
    stream_drain(&job->err, deadline);
    take_output(&job->out, &r->out);
    take_output(&job->err, &r->err);
    walls_note(r, job->c, &job->sampler.usage);
    r->usage = job->sampler.usage;
    r->history = take_ptr(job->sampler.history);
    r->n_history = job->sampler.n;
    r->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    r->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    struct ending e = {job->killed_for,
                       status,
                       &r->usage,
                       &r->limits,
                       job->out.total > job->err.total ? job->out.total : job->err.total,
                       false,
                       false};
    if (job->killed_for == VERDICT_OK && status != 0) {
        e.file_full = r->limits.file_size && scratch_has_file(&job->scratch, r->limits.file_size);
        e.disk_full = scratch_is_full(&job->scratch);
    }
    r->judgement = judge(&e);
    if (r->judgement.verdict == VERDICT_SIGNAL && job->killed_for == VERDICT_SIGNAL)
        r->signal = job->last_signal; /* the kill stood for the signal that came */
    return collect_output(job);
}

static int run(struct job *job)
{
    if (begin(job) < 0 || start(job) < 0)
        return -1;
    TRY(loop(job));
    TRY(finish(job));
    read_lint(job);
    return 0;
}

static void record_failure(struct job *job)
{
    struct result *r = job->r;
    AUTO_FREE char *error = xstrdup(error_text());
    read_lint(job);
    r->error = r->ran ? NULL : result_lint_refusal(r, job->lint_level);
    r->judgement = (struct judgement){.verdict = r->error ? VERDICT_REFUSED : VERDICT_INTERNAL};
    if (!r->error) {
        r->failure_code = strstr(error, "executable file not found") ? 127
                          : strstr(error, "exec \"")                 ? 126
                                                                     : 125;
        bool of_host = !r->ran && (str_starts(error, "process: ") || str_starts(error, "prepare process: "));
        r->error = xasprintf("%s%s", error, of_host ? "; \"rsbx doctor\" says what this host lacks" : "");
    }
    error_receive(0, r->error);
}

int supervise(const struct supervise_options *options, struct result *out)
{
    struct job *job = xcalloc(1, sizeof(*job));
    *out = (struct result){.exit_code = -1, .refused.listener = -1};
    job->o = options;
    job->r = out;
    job->in.from = job->in.to = job->out.from = job->out.to = job->err.from = job->err.to = -1;
    job->report = job->reports = -1;
    out->id = xstrdup(options->id);
    out->started = now_text();
    job->signals = signals_open(false);
    int r = job->signals < 0 ? -1 : run(job);
    hook_abandon(&job->lint);
    if (r < 0)
        record_failure(job);
    scratch_close(&job->scratch);
    close_fd(&job->report);
    if (job->c) {
        AUTO_FREE char *error = r < 0 ? xstrdup(error_text()) : NULL;
        if ((container_lock(job->c) < 0 || container_destroy(job->c) < 0) && r == 0) {
            r = -1;
            record_failure(job);
        } else if (error) {
            error_receive(0, error);
        }
        container_free(job->c);
    }
    out->refused.profile = NULL;
    out->refused.listener = -1;
    stream_free(&job->in);
    stream_free(&job->out);
    stream_free(&job->err);
    sampler_free(&job->sampler);
    signals_close(job->signals);
    if (job->config.spec)
        spec_free(job->config.spec);
    buf_free(&job->config.text);
    free(job->lint_level);
    free(job->lint_error);
    free(job->require);
    free(job->allow);
    free(job);
    return r;
}
