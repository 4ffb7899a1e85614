/* A run's result for people and for programs that know isolate: see result.h. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/os_text.h"
#include "supervise/result.h"

const char *signal_name(int sig)
{
    static char text[24];
    const char *abbreviation = signal_abbreviation(sig);
    if (abbreviation)
        snprintf(text, sizeof(text), "SIG%s", abbreviation);
    else
        snprintf(text, sizeof(text), "SIG%d", sig);
    return text;
}

char *result_reason(const struct result *r)
{
    const struct judgement *v = &r->judgement;
    char a[32], b[32];
    switch (v->verdict) {
    case VERDICT_WALL:
        return xasprintf("stopped: wall-clock limit of %g s reached", (double)v->limit / 1000);
    case VERDICT_CPU:
        return xasprintf("stopped: CPU limit of %g s reached (used %.2f s)", (double)v->limit / 1000,
                         (double)v->observed / 1000);
    case VERDICT_MEMORY:
        return xasprintf("stopped: memory limit of %s reached (peak %s)", human_size(v->limit, a, sizeof(a)),
                         human_size(v->observed, b, sizeof(b)));
    case VERDICT_PIDS:
        return xasprintf("failed: limit of %llu processes reached", (unsigned long long)v->limit);
    case VERDICT_OUTPUT:
        return xasprintf("stopped: output limit of %s reached", human_size(v->limit, a, sizeof(a)));
    case VERDICT_FILE_SIZE:
        return xasprintf("failed: file size limit of %s reached", human_size(v->limit, a, sizeof(a)));
    case VERDICT_DISK:
        return xasprintf("failed: disk limit of %s reached", human_size(v->limit, a, sizeof(a)));
    case VERDICT_REFUSED:
        return xasprintf("refused by lint");
    case VERDICT_SIGNAL:
        return xasprintf("ended by %s", signal_name(r->signal));
    default:
        return NULL;
    }
}

/* ---- isolate(1), META-FILES ---- */

static const char *isolate_status(enum verdict v)
{
    switch (v) {
    case VERDICT_OK:
        return NULL;
    case VERDICT_WALL:
    case VERDICT_CPU:
        return "TO";
    case VERDICT_SIGNAL:
    case VERDICT_MEMORY:
    case VERDICT_OUTPUT:
    case VERDICT_FILE_SIZE:
        return "SG";
    case VERDICT_REFUSED:
    case VERDICT_INTERNAL:
        return "XX";
    default:
        return "RE";
    }
}

static void isolate_message(const struct result *r, struct buf *out)
{
    switch (r->judgement.verdict) {
    case VERDICT_OK:
        return;
    case VERDICT_CPU:
        buf_adds(out, "message:Time limit exceeded\n");
        return;
    case VERDICT_WALL:
        buf_adds(out, "message:Time limit exceeded (wall clock)\n");
        return;
    case VERDICT_REFUSED:
    case VERDICT_INTERNAL:
        buf_printf(out, "message:%.*s\n", r->error ? (int)strcspn(r->error, "\n") : 0,
                   r->error ? r->error : "");
        return;
    default:
        if (r->signal)
            buf_printf(out, "message:Caught fatal signal %d\n", r->signal);
        else
            buf_printf(out, "message:Exited with error status %d\n", r->exit_code);
    }
}

void result_meta(const struct result *r, struct buf *out)
{
    const struct usage *u = &r->usage;
    const char *status = isolate_status(r->judgement.verdict);
    enum verdict v = r->judgement.verdict;
    if (r->ran) {
        buf_printf(out, "time:%.3f\ntime-wall:%.3f\n", (double)u->cpu_ns / 1e9, (double)u->wall_ns / 1e9);
        buf_printf(out, "max-rss:%llu\n", (unsigned long long)u->memory_peak / 1024);
        if (u->cgroup_memory)
            buf_printf(out, "cg-mem:%llu\n", (unsigned long long)u->memory_peak / 1024);
        if (u->oom_kills > 0)
            buf_adds(out, "cg-oom-killed:1\n");
        if (r->signal)
            buf_printf(out, "exitsig:%d\n", r->signal);
        else
            buf_printf(out, "exitcode:%d\n", r->exit_code);
        if (v == VERDICT_WALL || v == VERDICT_CPU || v == VERDICT_OUTPUT || v == VERDICT_MEMORY)
            buf_adds(out, "killed:1\n");
    }
    if (status)
        buf_printf(out, "status:%s\n", status);
    isolate_message(r, out);
}

/* ---- people ---- */

static void row(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "  %-9s %s\n", name, value);
}

static void refused_row(const struct result *r, struct buf *out)
{
    AUTO_BUF struct buf b = BUF_INIT;
    for (size_t i = 0; i < r->refused.n; i++)
        buf_printf(&b, "%s%s (%llu)", i ? ", " : "", r->refused.v[i].name,
                   (unsigned long long)r->refused.v[i].count);
    if (b.len)
        row(out, "refused", buf_str(&b));
}

static void degraded_row(const struct result *r, struct buf *out)
{
    AUTO_BUF struct buf b = BUF_INIT;
    for (size_t i = 0; i < r->degraded.n; i++)
        buf_printf(&b, "%s%s", i ? ", " : "", r->degraded.v[i]);
    if (b.len)
        row(out, "degraded", buf_str(&b));
}

static void memory_row(const struct result *r, struct buf *out)
{
    char a[32], b[32], c[32];
    AUTO_FREE char *text =
        r->limits.memory
            ? xasprintf("%s peak, %s average, limit %s", human_size(r->usage.memory_peak, a, sizeof(a)),
                        human_size(r->usage.memory_average, b, sizeof(b)),
                        human_size(r->limits.memory, c, sizeof(c)))
            : xasprintf("%s peak, %s average", human_size(r->usage.memory_peak, a, sizeof(a)),
                        human_size(r->usage.memory_average, b, sizeof(b)));
    row(out, "memory", text);
}

void result_table(const struct result *r, struct buf *out)
{
    const struct usage *u = &r->usage;
    char a[32], b[32];
    AUTO_FREE char *reason = result_reason(r);
    AUTO_FREE char *verdict =
        xasprintf("%s%s%s", verdict_name(r->judgement.verdict), reason ? ": " : "", reason ? reason : "");
    AUTO_FREE char *end =
        r->signal ? xasprintf("signal %s", signal_name(r->signal)) : xasprintf("exit code %d", r->exit_code);
    AUTO_FREE char *wall = xasprintf("%.3f s", (double)u->wall_ns / 1e9);
    AUTO_FREE char *cpu =
        xasprintf("%.3f s user, %.3f s system", (double)u->user_ns / 1e9, (double)u->system_ns / 1e9);
    AUTO_FREE char *pids = xasprintf("%llu peak", (unsigned long long)u->pids_peak);
    AUTO_FREE char *io = xasprintf("%s read, %s written", human_size(u->read_bytes, a, sizeof(a)),
                                   human_size(u->written_bytes, b, sizeof(b)));
    row(out, "verdict", verdict);
    if (r->ran) {
        row(out, "end", end);
        row(out, "wall", wall);
        row(out, "cpu", cpu);
        memory_row(r, out);
        row(out, "processes", pids);
        row(out, "disk", io);
    }
    if (r->out.truncated || r->err.truncated)
        row(out, "output", "cut at the limit");
    refused_row(r, out);
    degraded_row(r, out);
}
