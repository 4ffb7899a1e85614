/* A run's result as JSON and as an exit code: see result.h. */
#include "supervise/result.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/version.h"

void result_free(struct result *r)
{
    free(r->id);
    free(r->file);
    free(r->language);
    free(r->stage);
    free(r->started);
    free(r->error);
    free(r->history);
    free(r->degraded.v);
    buf_free(&r->out.data);
    buf_free(&r->out.tail);
    buf_free(&r->err.data);
    buf_free(&r->err.tail);
    buf_free(&r->lint);
    collected_free(&r->files);
    arena_free(&r->arena);
    *r = (struct result){0};
}

void result_add_degraded(struct result *r, const char *what)
{
    for (size_t i = 0; i < r->degraded.n; i++)
        if (str_eq(r->degraded.v[i], what))
            return;
    r->degraded.v = xrealloc(r->degraded.v, r->degraded.n + 1, sizeof(char *));
    r->degraded.v[r->degraded.n++] = arena_strndup(&r->arena, what, strlen(what));
}

static void add_base64(const unsigned char *s, size_t n, struct buf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        unsigned v = (unsigned)s[i] << 16;
        if (i + 1 < n)
            v |= (unsigned)s[i + 1] << 8;
        if (i + 2 < n)
            v |= s[i + 2];
        buf_addc(out, digits[v >> 18]);
        buf_addc(out, digits[v >> 12 & 63]);
        buf_addc(out, i + 1 < n ? digits[v >> 6 & 63] : '=');
        buf_addc(out, i + 2 < n ? digits[v & 63] : '=');
    }
}

/* A cut may go through a character: what is left of it is not the program's fault. */
static size_t whole_characters(const struct output_result *o)
{
    size_t n = o->data.len;
    for (size_t back = 1; o->bytes > n && back <= 3 && back <= n; back++) {
        unsigned char c = (unsigned char)o->data.data[n - back];
        if ((c & 0xc0) == 0x80)
            continue;
        size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        return need > back ? n - back : n;
    }
    return n;
}

static void output_json(struct json *j, const char *key, const struct output_result *result)
{
    /* Without --json or --report only the end is kept. */
    bool tail = result->data.len == 0 && result->tail.len > 0;
    struct output_result copy = *result;
    const struct output_result *o = &copy;
    if (tail)
        copy.data = copy.tail;
    const unsigned char *data = (const unsigned char *)o->data.data;
    size_t n = whole_characters(o);
    json_open(j, key, '{');
    if (str_is_utf8(data, n)) {
        json_bytes(j, "data", data ? (const char *)data : "", n);
        json_string(j, "encoding", "utf-8");
    } else {
        AUTO_BUF struct buf b = BUF_INIT;
        add_base64(data, o->data.len, &b);
        json_bytes(j, "data", buf_str(&b), b.len);
        json_string(j, "encoding", "base64");
    }
    json_uint(j, "bytes", o->bytes);
    json_string(j, "kept", tail ? "end" : "start");
    json_bool(j, "truncated", o->truncated || o->bytes > o->data.len);
    json_close(j, '}');
}

static void limit_json(struct json *j, const struct judgement *v)
{
    if (!v->unit) {
        json_null(j, "limit");
        return;
    }
    json_open(j, "limit", '{');
    json_string(j, "name", verdict_name(v->verdict));
    json_uint(j, "limit", v->limit);
    json_uint(j, "observed", v->observed);
    json_string(j, "unit", v->unit);
    json_close(j, '}');
}

static void limits_json(struct json *j, const struct limits *l)
{
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {{"wall_ms", l->wall_ns / 1000000},
                {"cpu_ms", l->cpu_ns / 1000000},
                {"memory_bytes", l->memory},
                {"pids", l->pids},
                {"output_bytes", l->output},
                {"file_size_bytes", l->file_size},
                {"disk_bytes", l->disk}};
    json_open(j, "limits", '{');
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].value)
            json_uint(j, rows[i].name, rows[i].value);
        else
            json_null(j, rows[i].name);
    json_close(j, '}');
}

/* Copies a parsed document: findings are ours to pass on, whatever lint puts into them. */
static void findings_json(struct json *j, const struct buf *lint)
{
    struct json_value *doc = lint->len ? json_parse("lint.json", lint->data, lint->len) : NULL;
    const struct json_value *list = doc ? json_get(doc, "findings") : NULL;
    error_clear();
    json_open(j, "lint", '[');
    for (size_t i = 0; list && i < json_length(list); i++) {
        const struct json_value *f = json_at(list, i);
        json_open(j, NULL, '{');
        for (size_t k = 0; k < json_length(f); k++) {
            const char *key = json_key_at(f, k);
            const char *text = json_get_string(f, key);
            if (text)
                json_string(j, key, text);
            else
                json_int(j, key, json_get_int(f, key, 0));
        }
        json_close(j, '}');
    }
    json_close(j, ']');
    json_free(doc);
}

static const struct name_value severities[] = {{"info", 1}, {"low", 2},      {"medium", 3},
                                               {"high", 4}, {"critical", 5}, {NULL, 0}};

static uint64_t severity_of(const char *name)
{
    const struct name_value *s = name ? name_find(severities, name) : NULL;
    return s ? s->value : 0;
}

char *result_lint_refusal(const struct result *r, const char *level)
{
    uint64_t at = severity_of(level);
    struct json_value *doc = at && r->lint.len ? json_parse("lint.json", r->lint.data, r->lint.len) : NULL;
    const struct json_value *list = doc ? json_get(doc, "findings") : NULL, *first = NULL;
    size_t n = 0;
    for (size_t i = 0; list && i < json_length(list); i++) {
        const struct json_value *f = json_at(list, i);
        if (severity_of(json_get_string(f, "severity")) < at)
            continue;
        if (n++ == 0)
            first = f;
    }
    char *text = NULL;
    if (first) {
        AUTO_FREE char *more = n > 1 ? xasprintf(", and %zu more", n - 1) : xstrdup("");
        const char *message = json_get_string(first, "message"), *rule = json_get_string(first, "rule");
        text = xasprintf("%s:%lld:%lld: refused by lint: %s [%s]%s; --lint off runs it anyway",
                         r->file ? r->file : "snippet", (long long)json_get_int(first, "line", 0),
                         (long long)json_get_int(first, "column", 0), message ? message : "",
                         rule ? rule : "", more);
    }
    json_free(doc);
    return text;
}

static void end_json(struct json *j, const struct result *r)
{
    if (r->ran && r->exit_code >= 0)
        json_int(j, "exit_code", r->exit_code);
    else
        json_null(j, "exit_code");
    if (r->signal) {
        json_open(j, "signal", '{');
        json_int(j, "number", r->signal);
        json_string(j, "name", signal_name(r->signal));
        json_close(j, '}');
    } else {
        json_null(j, "signal");
    }
}

/* Compact, in a document that is not. */
static void add_samples(const struct result *r, struct buf *out)
{
    struct json writer, *j = &writer;
    json_begin(j, out, false);
    json_open(j, NULL, '['); /* [milliseconds, memory, CPU ms, pids, bytes read, bytes written] */
    for (size_t i = 0; i < r->n_history; i++) {
        const struct sample *s = &r->history[i];
        json_open(j, NULL, '[');
        json_double(j, NULL, (double)s->t_ns / 1e6, 1);
        json_uint(j, NULL, s->memory);
        json_double(j, NULL, (double)s->cpu_ns / 1e6, 1);
        json_uint(j, NULL, s->pids);
        json_uint(j, NULL, s->read_bytes);
        json_uint(j, NULL, s->written_bytes);
        json_close(j, ']');
    }
    json_close(j, ']');
    json_end(j);
}

void result_json(const struct result *r, struct result_text *out)
{
    struct json j;
    AUTO_FREE char *reason = result_reason(r);
    *out = (struct result_text){BUF_INIT, 0};
    json_begin(&j, &out->all, true);
    json_open(&j, NULL, '{');
    json_string(&j, "rsbx", RSBX_VERSION);
    json_string(&j, "id", r->id);
    json_string(&j, "file", r->file);
    json_string(&j, "language", r->language);
    json_string(&j, "stage", r->stage);
    json_string(&j, "started", r->started);
    json_string(&j, "verdict", verdict_name(r->judgement.verdict));
    json_string(&j, "reason", reason);
    limit_json(&j, &r->judgement);
    end_json(&j, r);
    json_bool(&j, "interrupted", r->interrupted);
    limits_json(&j, &r->limits);
    usage_json(&j, "usage", &r->usage);
    refused_json(&j, "refused", &r->refused);
    output_json(&j, "stdout", &r->out);
    output_json(&j, "stderr", &r->err);
    findings_json(&j, &r->lint);
    json_open(&j, "degraded", '[');
    for (size_t i = 0; i < r->degraded.n; i++)
        json_string(&j, NULL, r->degraded.v[i]);
    json_close(&j, ']');
    if (r->collect)
        collected_json(&j, &r->files);
    json_string(&j, "error", r->error);
    json_close(&j, '}');
    json_end(&j);
    out->short_len = out->all.len - strlen(RESULT_END) + 1;
    out->all.len = out->short_len;
    buf_adds(&out->all, ",\n  \"samples\": ");
    add_samples(r, &out->all);
    buf_adds(&out->all, RESULT_END);
}

int result_exit_code(const struct result *r)
{
    switch (r->judgement.verdict) {
    case VERDICT_WALL:
    case VERDICT_CPU:
        return 124;
    case VERDICT_MEMORY:
        return 137;
    case VERDICT_OUTPUT:
        return 128 + SIGXFSZ; /* what the kernel says of too much written */
    case VERDICT_REFUSED:
        return 126;
    case VERDICT_INTERNAL:
        return r->failure_code ? r->failure_code : 125;
    default:
        return r->signal ? 128 + r->signal : r->exit_code;
    }
}
