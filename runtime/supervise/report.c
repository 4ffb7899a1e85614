/* See report.h. Everything that came from the program goes through html_escape(). */
#include "supervise/report.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/strings.h"
#include "supervise/screen.h"
#include "supervise/usage.h"

#define MIB 1048576.0

enum {
    TEXT_COLUMN = 52,
    TABLE_ROWS = 25,
    CHARTS = 5,
    RUNS_MAX = 8,
    OUTPUT_PART = 16384,
    FINDINGS_SHOWN = 10
};

static const char style[] =
    ":root{--text:#1c1e21;--bg:#fff;--card:#f5f6f8;--grid:#d9dce1;--line:#1565c0;--area:#cfe0f5;--limit:#"
    "b71c1c;"
    "--good:#1b5e20;--bad:#b71c1c;color-scheme:light dark}"
    "@media(prefers-color-scheme:dark){:root{--text:#e6e8eb;--bg:#15171a;--card:#1f2226;--grid:#3a3f46;"
    "--line:#7ab8ff;--area:#1d3a5c;--limit:#ff8a80;--good:#9ccc65;--bad:#ff8a80}}"
    "*{box-sizing:border-box}body{margin:0 auto;padding:16px;max-width:1400px;background:var(--bg);"
    "color:var(--text);font:16px/1.5 system-ui,sans-serif}"
    ".runs{display:grid;gap:24px;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr))}"
    ".charts{display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr))}"
    ".charts svg,pre,.card{background:var(--card);border-radius:8px;width:100%;padding:8px}"
    "h1,h2{overflow-wrap:anywhere}h1{font-size:1.4rem;margin:.2em 0}h2{font-size:1.1rem;margin:1.2em 0 .4em}"
    "@media(max-width:600px){.charts text{font-size:21px}.charts svg{overflow:visible}}"
    "th[scope=row]{white-space:nowrap;width:8em}"
    ".verdict{font-size:1.2rem;font-weight:600}.ok{color:var(--good)}.bad{color:var(--bad)}"
    ".wide{overflow-x:auto}summary{cursor:pointer;margin-top:.6em}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:4px 10px 4px "
    "0;vertical-align:top;"
    "border-bottom:1px solid var(--grid);overflow-wrap:anywhere}th{font-weight:600}"
    ".compare{table-layout:fixed}.compare td:first-child{width:6.5em}details th,.lint th,.lint "
    "td:not(:last-child){white-space:nowrap}h3{font-size:1rem;margin:1.2em 0 .4em}"
    ".mark{font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:3px}"
    "pre{overflow:auto;max-height:320px;padding:12px;white-space:pre-wrap;overflow-wrap:anywhere;margin:0}";

static const struct json_value *at(const struct json_value *doc, const char *a, const char *b, const char *c)
{
    const struct json_value *v = json_get(doc, a);
    if (v && b)
        v = json_get(v, b);
    return v && c ? json_get(v, c) : v;
}

static double number(const struct json_value *doc, const char *a, const char *b, const char *c)
{
    return json_as_double(at(doc, a, b, c), 0);
}

static const char *word(const struct json_value *doc, const char *key)
{
    const char *s = json_get_string(doc, key);
    return s ? s : "";
}

/* ---- figures: the same rows for people on a terminal and in a browser ---- */

static void size_text(double bytes, struct buf *out)
{
    char text[32];
    buf_adds(out, human_size((uint64_t)bytes, text, sizeof(text)));
}

static void row_verdict(const struct json_value *d, struct buf *out)
{
    const char *verdict = *word(d, "verdict") ? word(d, "verdict") : word(d, "status"),
               *reason = word(d, "reason");
    bool said = str_starts(reason, verdict); /* "refused by lint" */
    buf_printf(out, "%s%s%s", said ? "" : verdict, *reason && !said ? ": " : "", reason);
}

static const char *signal_of(const struct json_value *d)
{
    const struct json_value *signal = json_get(d, "signal");
    return signal ? json_get_string(signal, "name") : NULL;
}

/* A container that is there still has no verdict; a run without an end was none. */
static bool has_run(const struct json_value *d)
{
    return !*word(d, "verdict") || signal_of(d) || json_get_int(d, "exit_code", -1) >= 0;
}

static void row_end(const struct json_value *d, struct buf *out)
{
    const char *name = signal_of(d);
    int64_t code = json_get_int(d, "exit_code", -1);
    if (name)
        buf_printf(out, "signal %s", name);
    else if (code >= 0)
        buf_printf(out, "exit code %lld", (long long)code);
    else
        buf_adds(out, *word(d, "verdict") ? "did not run" : "runs still");
}

static void add_seconds_limit(const struct json_value *d, const char *name, struct buf *out)
{
    double limit = number(d, "limits", name, NULL);
    if (limit > 0)
        buf_printf(out, ", limit %.6g s", limit / 1000);
}

static void row_wall(const struct json_value *d, struct buf *out)
{
    buf_printf(out, "%.3f s", number(d, "usage", "wall_ms", NULL) / 1000);
    add_seconds_limit(d, "wall_ms", out);
}

static void row_cpu(const struct json_value *d, struct buf *out)
{
    buf_printf(out, "%.3f s user, %.3f s system", number(d, "usage", "cpu", "user_ms") / 1000,
               number(d, "usage", "cpu", "system_ms") / 1000);
    add_seconds_limit(d, "cpu_ms", out);
}

static void row_memory(const struct json_value *d, struct buf *out)
{
    size_text(number(d, "usage", "memory", "peak"), out);
    buf_adds(out, " peak, ");
    size_text(number(d, "usage", "memory", "average"), out);
    buf_adds(out, " average");
    double limit = number(d, "limits", "memory_bytes", NULL);
    if (limit > 0) {
        buf_adds(out, ", limit ");
        size_text(limit, out);
    }
}

static void row_pids(const struct json_value *d, struct buf *out)
{
    buf_printf(out, "%.0f at most", number(d, "usage", "pids", "peak"));
    double limit = number(d, "limits", "pids", NULL);
    if (limit > 0)
        buf_printf(out, ", limit %.0f", limit);
}

static void row_io(const struct json_value *d, struct buf *out)
{
    size_text(number(d, "usage", "io", "read_bytes"), out);
    buf_adds(out, " read, ");
    size_text(number(d, "usage", "io", "written_bytes"), out);
    buf_adds(out, " written");
}

static void row_refused(const struct json_value *d, struct buf *out)
{
    const struct json_value *list = json_get(d, "refused");
    for (size_t i = 0; i < json_length(list); i++)
        buf_printf(out, "%s%s (%lld)", i ? ", " : "", word(json_at(list, i), "syscall"),
                   (long long)json_get_int(json_at(list, i), "count", 0));
    if (!json_length(list))
        buf_adds(out, "none");
}

static void row_degraded(const struct json_value *d, struct buf *out)
{
    const struct json_value *list = json_get(d, "degraded");
    for (size_t i = 0; i < json_length(list); i++)
        buf_printf(out, "%s%s", i ? ", " : "", json_as_string(json_at(list, i)));
    if (!json_length(list))
        buf_adds(out, "nothing");
}

static const struct {
    const char *name;
    void (*add)(const struct json_value *d, struct buf *out);
    bool of_run; /* says nothing of what did not run */
} figures[] = {
    {"Verdict", row_verdict, false}, {"End", row_end, false},        {"Wall clock", row_wall, true},
    {"CPU", row_cpu, true},          {"Memory", row_memory, true},   {"Processes", row_pids, true},
    {"Disk", row_io, true},          {"Refused", row_refused, true}, {"Degraded", row_degraded, false}};

static void add_figure(size_t i, const struct json_value *d, struct buf *out)
{
    if (figures[i].of_run && !has_run(d))
        buf_addc(out, '-');
    else
        figures[i].add(d, out);
}

static const char *title_of(const struct json_value *d)
{
    return *word(d, "file") ? word(d, "file") : word(d, "id");
}

/* Names come from outside: nothing in them may speak to the terminal. */
static void text_cell(const char *text, bool last, struct buf *out)
{
    buf_addc(out, ' ');
    screen_text(text, last ? 200 : TEXT_COLUMN, !last, out);
}

void report_text(const struct json_value *const *docs, size_t n, struct buf *out)
{
    buf_printf(out, "%-11s", "");
    for (size_t k = 0; k < n; k++)
        text_cell(title_of(docs[k]), k + 1 == n, out);
    for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
        buf_printf(out, "\n%-11s", figures[i].name);
        for (size_t k = 0; k < n; k++) {
            AUTO_BUF struct buf b = BUF_INIT;
            add_figure(i, docs[k], &b);
            text_cell(buf_str(&b), k + 1 == n, out);
        }
    }
    buf_addc(out, '\n');
}

/* ---- charts ---- */

static void make_charts(const struct json_value *d, struct chart out[CHARTS])
{
    const struct json_value *s = json_get(d, "samples");
    struct chart all[CHARTS] = {
        {.title = "Memory",
         .unit = "MiB",
         .column = COLUMN_MEMORY,
         .divisor = MIB,
         .limit = number(d, "limits", "memory_bytes", NULL) / MIB,
         .average = number(d, "usage", "memory", "average") / MIB,
         .peak = number(d, "usage", "memory", "peak") / MIB},
        {.title = "CPU", .unit = "% of one CPU", .column = COLUMN_CPU, .rate = true, .divisor = 10},
        {.title = "Processes",
         .unit = "tasks",
         .least_top = 2, /* no halves of one */
         .steps = true,
         .column = COLUMN_PIDS,
         .divisor = 1,
         .limit = number(d, "limits", "pids", NULL),
         .peak = number(d, "usage", "pids", "peak")},
        {.title = "Disk reads", .unit = "MiB/s", .column = COLUMN_READ, .rate = true, .divisor = MIB},
        {.title = "Disk writes", .unit = "MiB/s", .column = COLUMN_WRITTEN, .rate = true, .divisor = MIB}};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        all[i].samples = s;
    memcpy(out, all, sizeof(all));
}

/* Runs that are compared have the same axes. */
static void same_axes(struct chart charts[][CHARTS], size_t n)
{
    for (size_t i = 0; i < CHARTS; i++) {
        double top = 0, span = 0;
        for (size_t k = 0; k < n; k++) {
            double its_top = chart_top(&charts[k][i]), its_span = chart_span(&charts[k][i]);
            top = its_top > top ? its_top : top;
            span = its_span > span ? its_span : span;
        }
        for (size_t k = 0; k < n; k++) {
            charts[k][i].top = top;
            charts[k][i].span = span;
        }
    }
}

void report_svg(const struct json_value *d, struct buf *out)
{
    struct chart charts[CHARTS];
    size_t n = CHARTS;
    make_charts(d, charts);
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 %zu\" width=\"640\" "
               "height=\"%zu\"><rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>",
               n * 190, n * 190);
    for (size_t i = 0; i < n; i++)
        chart_svg(&charts[i], (double)i * 190, out);
    buf_adds(out, "</svg>\n");
}

void report_csv(const struct json_value *d, struct buf *out)
{
    const struct json_value *s = json_get(d, "samples");
    buf_adds(out, "time_ms,memory_bytes,cpu_ms,pids,read_bytes,written_bytes\n");
    for (size_t i = 0; i < json_length(s); i++)
        for (size_t k = 0; k < 6; k++)
            buf_printf(out, "%.15g%c", json_as_double(json_at(json_at(s, i), k), 0), k == 5 ? '\n' : ',');
}

/* ---- page ---- */

/* Of one run, or of several with a column for each. */
static void html_figures(const struct json_value *const *docs, size_t n, struct buf *out)
{
    buf_printf(out, "<h2>Usage</h2>%s",
               n > 1 ? "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Usage\"><table "
                       "class=\"compare\">"
                     : "<table>");
    if (n > 1) {
        buf_adds(out, "<tr><td></td>");
        for (size_t k = 0; k < n; k++) {
            buf_adds(out, "<th scope=\"col\">");
            html_escape(title_of(docs[k]), out);
            buf_adds(out, "</th>");
        }
        buf_adds(out, "</tr>");
    }
    for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
        buf_printf(out, "<tr><th scope=\"row\">%s</th>", figures[i].name);
        for (size_t k = 0; k < n; k++) {
            AUTO_BUF struct buf b = BUF_INIT;
            add_figure(i, docs[k], &b);
            buf_adds(out, "<td>");
            html_escape(buf_str(&b), out);
            buf_adds(out, "</td>");
        }
        buf_adds(out, "</tr>");
    }
    buf_printf(out, "</table>%s", n > 1 ? "</div>" : "");
}

/* One level lower where runs are compared. */
static void heading(bool many, const char *text, struct buf *out)
{
    buf_printf(out, "<h%d>%s</h%d>", many ? 3 : 2, text, many ? 3 : 2);
}

static void html_finding(const struct json_value *f, struct buf *out)
{
    const char *severity = word(f, "severity");
    bool bad = strcmp(severity, "critical") == 0 || strcmp(severity, "high") == 0;
    buf_printf(out, "<tr><td>%lld:%lld</td><td%s>", (long long)json_get_int(f, "line", 0),
               (long long)json_get_int(f, "column", 0), bad ? " class=\"bad\"" : "");
    html_escape(severity, out);
    buf_adds(out, "</td><td>");
    html_escape(word(f, "message"), out);
    buf_adds(out, " [");
    html_escape(word(f, "rule"), out);
    buf_adds(out, "]");
    if (*word(f, "source")) {
        buf_adds(out, "<br><code>");
        html_escape(word(f, "source"), out);
        buf_adds(out, "</code>");
    }
    buf_adds(out, "</td></tr>");
}

static void html_findings(const struct json_value *const *list, size_t from, size_t to, struct buf *out)
{
    buf_adds(out, "<table class=\"lint\"><tr><th scope=\"col\">Line</th><th scope=\"col\">Severity</th>"
                  "<th scope=\"col\">Finding</th></tr>");
    for (size_t i = from; i < to; i++)
        html_finding(list[i], out);
    buf_adds(out, "</table>");
}

/* How many of each severity; the worst ones; the others folded away. */
static void html_lint(const struct json_value *d, bool many, struct buf *out)
{
    static const char *const severities[] = {"critical", "high", "medium", "low", "info"};
    const struct json_value *list = json_get(d, "lint");
    size_t all = json_length(list), n = 0;
    if (!all)
        return;
    heading(many, "Lint", out);
    buf_printf(out, "<p>%zu finding%s", all, all == 1 ? "" : "s");
    AUTO_FREE const struct json_value **ordered = xcalloc(all, sizeof(struct json_value *));
    for (size_t s = 0; s < ARRAY_LEN(severities); s++) {
        size_t before = n;
        for (size_t i = 0; i < all; i++)
            if (strcmp(word(json_at(list, i), "severity"), severities[s]) == 0)
                ordered[n++] = json_at(list, i);
        if (n > before)
            buf_printf(out, "%s %zu %s", before ? "," : ":", n - before, severities[s]);
    }
    size_t shown = n <= FINDINGS_SHOWN + 5 ? n : FINDINGS_SHOWN;
    buf_adds(out, "</p>");
    html_findings(ordered, 0, shown, out);
    if (shown < n) {
        buf_printf(out, "<details><summary>%zu more</summary>", n - shown);
        html_findings(ordered, shown, n, out);
        buf_adds(out, "</details>");
    }
}

/* Of much of it the beginning and the end: a page is for reading. */
static void html_part(const char *text, struct buf *out)
{
    size_t n = strlen(text), from = OUTPUT_PART, to = n - OUTPUT_PART;
    if (n <= (size_t)2 * OUTPUT_PART) {
        html_escape(text, out);
        return;
    }
    while (((unsigned char)text[from] & 0xc0) == 0x80) /* whole characters */
        from--;
    while (((unsigned char)text[to] & 0xc0) == 0x80)
        to++;
    AUTO_FREE char *head = xstrndup(text, from);
    html_escape(head, out);
    buf_printf(out, "\n</pre><p>%zu bytes are left out here.</p><pre tabindex=\"0\">", to - from);
    html_escape(text + to, out);
}

static void html_output(const struct json_value *d, const char *key, const char *title, bool many,
                        struct buf *out)
{
    const struct json_value *o = json_get(d, key);
    if (!o || json_get_int(o, "bytes", 0) == 0)
        return;
    bool cut = json_get_bool(o, "truncated", false), end = strcmp(word(o, "kept"), "end") == 0;
    heading(many, title, out);
    buf_printf(out, "<p>%lld byte%s%s%s</p><pre tabindex=\"0\" aria-label=\"%s\">",
               (long long)json_get_int(o, "bytes", 0), json_get_int(o, "bytes", 0) == 1 ? "" : "s",
               !cut  ? ""
               : end ? ", of which this is the end"
                     : ", of which this is the beginning",
               strcmp(word(o, "encoding"), "base64") == 0 ? ", in base64" : "", title);
    html_part(word(o, "data"), out);
    buf_adds(out, "</pre>");
}

/* What the charts show, for those who do not see them: some of the samples, evenly chosen, with the last. */
static void html_samples(const struct json_value *samples, struct buf *out)
{
    static const char *const names[] = {"Time", "Memory", "CPU time", "Processes", "Read", "Written"};
    size_t n = json_length(samples), step = (n + TABLE_ROWS - 1) / TABLE_ROWS;
    buf_adds(out, "<details><summary>Samples as a table</summary><div class=\"wide\" tabindex=\"0\" "
                  "role=\"group\" aria-label=\"Samples\"><table><tr>");
    for (size_t k = 0; k < ARRAY_LEN(names); k++)
        buf_printf(out, "<th scope=\"col\">%s</th>", names[k]);
    buf_adds(out, "</tr>");
    for (size_t i = (n - 1) % step; i < n; i += step) {
        const struct json_value *s = json_at(samples, i);
        buf_printf(out, "<tr><td>%.3f s</td><td>", json_as_double(json_at(s, COLUMN_TIME), 0) / 1000);
        size_text(json_as_double(json_at(s, COLUMN_MEMORY), 0), out);
        buf_printf(out, "</td><td>%.3f s</td><td>%.0f</td><td>",
                   json_as_double(json_at(s, COLUMN_CPU), 0) / 1000,
                   json_as_double(json_at(s, COLUMN_PIDS), 0));
        size_text(json_as_double(json_at(s, COLUMN_READ), 0), out);
        buf_adds(out, "</td><td>");
        size_text(json_as_double(json_at(s, COLUMN_WRITTEN), 0), out);
        buf_adds(out, "</td></tr>");
    }
    buf_adds(out, "</table></div></details>");
}

static void html_run(const struct json_value *d, const struct chart charts[CHARTS], bool many,
                     struct buf *out)
{
    AUTO_BUF struct buf verdict = BUF_INIT;
    bool ok = !*word(d, "verdict") || strcmp(word(d, "verdict"), "ok") == 0;
    buf_printf(out, "<article><h%d>", many ? 2 : 1);
    html_escape(title_of(d), out);
    buf_printf(out, "</h%d><p class=\"verdict %s\">", many ? 2 : 1, ok ? "ok" : "bad");
    row_verdict(d, &verdict);
    if (!ok && !*word(d, "reason")) { /* "error" alone says little */
        buf_adds(&verdict, ": ");
        row_end(d, &verdict);
    }
    html_escape(buf_str(&verdict), out);
    buf_adds(out, "</p><p>");
    html_escape(word(d, "language"), out);
    buf_adds(out, ", started ");
    html_escape(word(d, "started"), out);
    buf_adds(out, "</p>");
    if (!many)
        html_figures(&d, 1, out);
    if (json_length(json_get(d, "samples"))) {
        heading(many, "Over time", out);
        buf_adds(out, "<div class=\"charts\">");
        for (size_t i = 0; i < CHARTS; i++)
            if (chart_highest(&charts[i]) > 0) /* no chart of nothing */
                chart_svg(&charts[i], -1, out);
        buf_adds(out, "</div>");
        html_samples(json_get(d, "samples"), out);
    }
    html_lint(d, many, out);
    html_output(d, "stdout", "Output", many, out);
    html_output(d, "stderr", "Error output", many, out);
    if (*word(d, "error")) {
        heading(many, "Why", out);
        buf_adds(out, "<pre tabindex=\"0\">");
        html_escape(word(d, "error"), out);
        buf_adds(out, "</pre>");
    }
    buf_adds(out, "</article>");
}

void report_html(const struct json_value *const *docs, size_t n, struct buf *out)
{
    struct chart charts[RUNS_MAX][CHARTS];
    n = n < RUNS_MAX ? n : RUNS_MAX;
    for (size_t i = 0; i < n; i++)
        make_charts(docs[i], charts[i]);
    if (n > 1)
        same_axes(charts, n);
    buf_adds(out, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';style-src "
                  "'unsafe-inline'\"><title>rsbx: ");
    for (size_t i = 0; i < n; i++) {
        buf_adds(out, i ? ", " : "");
        html_escape(title_of(docs[i]), out);
    }
    buf_printf(out, "</title><style>%s</style></head><body><main>", style);
    if (n > 1) {
        buf_printf(out, "<h1>%zu runs side by side</h1>", n);
        html_figures(docs, n, out);
    }
    buf_adds(out, "<div class=\"runs\">");
    for (size_t i = 0; i < n; i++)
        html_run(docs[i], charts[i], n > 1, out);
    buf_adds(out, "</div></main></body></html>\n");
}
