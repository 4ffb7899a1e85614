/* Findings for people and for programs. */
#include "rootfs-tools/lint/lint.h"

#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/strings.h"
#include "base/version.h"
#include "spec/json.h"

static const char *const severity_names[] = {"none", "info", "low", "medium", "high", "critical", "off"};

const char *severity_name(enum severity severity)
{
    return severity_names[severity];
}

int severity_parse(const char *word, enum severity *out)
{
    for (int s = SEV_INFO; s <= SEV_OFF; s++) {
        if (str_eq(word, severity_names[s])) {
            *out = (enum severity)s;
            return 0;
        }
    }
    return -1;
}

static const struct name_value needs[] = {NEED_NAMES, {NULL, 0}};

const char *need_name(uint32_t bit)
{
    return name_of(needs, bit);
}

/* ---- for people ---- */

#define SHOWN_COLUMNS 160

/* The source line of a finding; of a long line only what is around it. */
static size_t source_line(const struct lint *l, const struct finding *f, size_t *end)
{
    size_t from = f->start, to = from;
    while (from > 0 && l->text[from - 1] != '\n' && f->start - from < SHOWN_COLUMNS / 2)
        from--;
    while (to < l->len && l->text[to] != '\n' && to - from < SHOWN_COLUMNS)
        to++;
    *end = to;
    return from;
}

/* With the finding under a caret. */
static void add_source(const struct lint *l, const struct finding *f, bool colour, struct buf *out)
{
    size_t to, from = source_line(l, f, &to);
    size_t marked = f->end < to ? f->end : to;
    buf_adds(out, "    ");
    for (size_t i = from; i < to; i++)
        buf_addc(out, (uint8_t)l->text[i] < 32 || l->text[i] == 127 ? (l->text[i] == '\t' ? '\t' : '.')
                                                                    : l->text[i]);
    buf_adds(out, colour ? "\n\033[32m    " : "\n    ");
    for (size_t i = from; i < marked || i == f->start; i++) {
        if (((uint8_t)l->text[i] & 0xc0) == 0x80)
            continue;
        buf_addc(out, l->text[i] == '\t' ? '\t' : i < f->start ? ' ' : i == f->start ? '^' : '~');
    }
    buf_adds(out, colour ? "\033[0m\n" : "\n");
}

static const char *colour_of(enum severity severity)
{
    return severity >= SEV_HIGH ? "\033[31;1m" : severity == SEV_MEDIUM ? "\033[33;1m" : "\033[36m";
}

/* Names of files and of watched things come from outside: no control characters reach the terminal. */
static void add_clean(struct buf *out, const char *s)
{
    for (; *s; s++)
        buf_addc(out, (uint8_t)*s < 32 || *s == 127 ? '?' : *s);
}

void report_text(const struct report *r, struct buf *out)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct lint *l = &r->v[i];
        for (size_t k = 0; k < l->n_findings; k++) {
            const struct finding *f = &l->findings[k];
            if (f->allowed || f->severity < r->show)
                continue;
            add_clean(out, l->file);
            buf_printf(out, ":%u:%u: %s%s%s: ", f->line, f->column, r->colour ? colour_of(f->severity) : "",
                       severity_name(f->severity), r->colour ? "\033[0m" : "");
            add_clean(out, f->message);
            buf_printf(out, " [%s]\n", f->rule->id);
            if (r->source_lines && l->len)
                add_source(l, f, r->colour, out);
        }
    }
}

void report_needs_text(const struct report *r, struct buf *out)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct lint *l = &r->v[i];
        add_clean(out, l->file);
        buf_adds(out, ":");
        for (const struct name_value *n = needs; n->name; n++)
            if (l->needs & n->value)
                buf_printf(out, " %s", n->name);
        if (!(l->needs & ~(uint32_t)NEED_OPAQUE))
            buf_adds(out, " nothing");
        buf_adds(out, l->needs & NEED_OPAQUE ? " (and what could not be resolved)\n" : "\n");
    }
}

/* ---- JSON ---- */

static void json_finding(struct json *j, const struct lint *l, const struct finding *f)
{
    json_open(j, NULL, '{');
    json_string(j, "rule", f->rule->id);
    json_string(j, "severity", severity_name(f->severity));
    json_string(j, "message", f->message);
    json_string(j, "file", l->file);
    json_uint(j, "line", f->line);
    json_uint(j, "column", f->column);
    json_uint(j, "start", f->start);
    json_uint(j, "end", f->end);
    if (l->len) {
        size_t to, from = source_line(l, f, &to);
        while (from < f->start && (l->text[from] == ' ' || l->text[from] == '\t'))
            from++;
        json_bytes(j, "source", l->text + from, to - from);
    }
    json_close(j, '}');
}

static void json_needs(struct json *j, const struct lint *l)
{
    json_open(j, "needs", '[');
    for (const struct name_value *n = needs; n->name; n++)
        if (l->needs & n->value)
            json_string(j, NULL, n->name);
    json_close(j, ']');
    json_bool(j, "opaque", l->needs & NEED_OPAQUE);
}

void report_json(const struct report *r, struct buf *out)
{
    struct json j;
    json_begin(&j, out, true);
    json_open(&j, NULL, '{');
    json_open(&j, "findings", '[');
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->v[i].n_findings; k++)
            if (!r->v[i].findings[k].allowed && r->v[i].findings[k].severity >= r->show)
                json_finding(&j, &r->v[i], &r->v[i].findings[k]);
    json_close(&j, ']');
    json_open(&j, "files", '[');
    for (size_t i = 0; i < r->n; i++) {
        json_open(&j, NULL, '{');
        json_string(&j, "file", r->v[i].file);
        json_string(&j, "language", r->v[i].language ? r->v[i].language->name : NULL);
        json_needs(&j, &r->v[i]);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    json_end(&j);
    buf_addc(out, '\n');
}

/* ---- SARIF 2.1.0 ---- */

static const char *sarif_level(enum severity severity)
{
    return severity >= SEV_HIGH ? "error" : severity == SEV_MEDIUM ? "warning" : "note";
}

static void sarif_rule(struct json *j, const struct rule *rule)
{
    static const char *const score[] = {"0.0", "1.0", "3.0", "5.0", "7.5", "9.5", "0.0"};
    json_open(j, NULL, '{');
    json_string(j, "id", rule->id);
    json_open(j, "shortDescription", '{');
    json_string(j, "text", rule->message);
    json_close(j, '}');
    json_open(j, "defaultConfiguration", '{');
    json_string(j, "level", sarif_level(rule->severity));
    json_close(j, '}');
    json_open(j, "properties", '{');
    json_string(j, "security-severity", score[rule->severity]);
    json_close(j, '}');
    json_close(j, '}');
}

static void sarif_message(struct json *j, const char *text)
{
    json_open(j, "message", '{');
    json_string(j, "text", text);
    json_close(j, '}');
}

/* A file's name as a URI reference (RFC 3986): relative stays relative. */
static void sarif_uri(struct json *j, const char *file)
{
    AUTO_BUF struct buf uri = BUF_INIT;
    for (const char *s = file; *s; s++) {
        if (isalnum((unsigned char)*s) || strchr("/._~-", *s))
            buf_addc(&uri, *s);
        else
            buf_printf(&uri, "%%%02X", (unsigned char)*s);
    }
    json_string(j, "uri", buf_str(&uri));
}

static void sarif_location(struct json *j, const struct lint *l, const struct finding *f)
{
    json_open(j, "locations", '[');
    json_open(j, NULL, '{');
    json_open(j, "physicalLocation", '{');
    json_open(j, "artifactLocation", '{');
    sarif_uri(j, l->file);
    json_close(j, '}');
    json_open(j, "region", '{');
    json_uint(j, "startLine", f->line ? f->line : 1);
    json_uint(j, "startColumn", f->column ? f->column : 1);
    json_uint(j, "byteOffset", f->start);
    json_uint(j, "byteLength", f->end - f->start);
    json_close(j, '}');
    json_close(j, '}');
    json_close(j, '}');
    json_close(j, ']');
}

static void sarif_result(struct json *j, const struct lint *l, const struct finding *f)
{
    json_open(j, NULL, '{');
    json_string(j, "ruleId", f->rule->id);
    json_string(j, "level", sarif_level(f->severity));
    sarif_message(j, f->message);
    sarif_location(j, l, f);
    json_open(j, "properties", '{');
    json_string(j, "severity", severity_name(f->severity));
    json_close(j, '}');
    if (f->allowed) {
        json_open(j, "suppressions", '[');
        json_open(j, NULL, '{');
        json_string(j, "kind", "inSource");
        json_close(j, '}');
        json_close(j, ']');
    }
    json_close(j, '}');
}

static bool same_table(const struct report *r, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (r->v[k].language && r->v[k].language->rules == r->v[i].language->rules)
            return true;
    return false;
}

void report_sarif(const struct report *r, struct buf *out)
{
    struct json j;
    json_begin(&j, out, true);
    json_open(&j, NULL, '{');
    json_string(&j, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json_string(&j, "version", "2.1.0");
    json_open(&j, "runs", '[');
    json_open(&j, NULL, '{');
    json_open(&j, "tool", '{');
    json_open(&j, "driver", '{');
    json_string(&j, "name", "rsbx-lint");
    json_string(&j, "version", RSBX_VERSION);
    json_open(&j, "rules", '[');
    for (size_t i = 0; i < COMMON_RULES; i++)
        sarif_rule(&j, &common_rules[i]);
    for (size_t i = 0; i < r->n; i++)
        if (r->v[i].language && !same_table(r, i))
            for (size_t k = 0; k < r->v[i].language->n_rules; k++)
                sarif_rule(&j, &r->v[i].language->rules[k]);
    json_close(&j, ']');
    json_close(&j, '}');
    json_close(&j, '}');
    json_open(&j, "results", '[');
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->v[i].n_findings; k++)
            if (r->v[i].findings[k].severity >= r->show)
                sarif_result(&j, &r->v[i], &r->v[i].findings[k]);
    json_close(&j, ']');
    json_string(&j, "columnKind", "unicodeCodePoints");
    json_close(&j, '}');
    json_close(&j, ']');
    json_close(&j, '}');
    json_end(&j);
    buf_addc(out, '\n');
}

/* ---- the table of rules ---- */

static void one_rule(const struct rule *rule, const char *language, struct json *j, struct buf *out)
{
    if (!j) {
        buf_printf(out, "%-7s %-9s %-10s %s\n", rule->id, severity_name(rule->severity), language,
                   rule->message);
        return;
    }
    json_open(j, NULL, '{');
    json_string(j, "id", rule->id);
    json_string(j, "severity", severity_name(rule->severity));
    json_string(j, "language", language);
    json_string(j, "message", rule->message);
    json_close(j, '}');
}

void report_rules(struct buf *out, bool as_json)
{
    struct json j;
    if (as_json) {
        json_begin(&j, out, true);
        json_open(&j, NULL, '[');
    }
    for (size_t i = 0; i < COMMON_RULES; i++)
        one_rule(&common_rules[i], "all", as_json ? &j : NULL, out);
    for (const struct language *l = languages; l->name; l++) {
        bool seen = false;
        for (const struct language *k = languages; k != l; k++)
            seen |= k->rules == l->rules;
        for (size_t i = 0; i < l->n_rules && !seen; i++)
            one_rule(&l->rules[i], l->name, as_json ? &j : NULL, out);
    }
    if (as_json) {
        json_close(&j, ']');
        json_end(&j);
        buf_addc(out, '\n');
    }
}
