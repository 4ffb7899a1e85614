/* Gathers the rows of rsbx top: see top.h. */
#include "supervise/top.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "spec/snippet.h"
#include "supervise/history.h"

static void free_row(struct top_row *r)
{
    free(r->id);
    free(r->name);
    free(r->verdict);
}

static struct top_row *find(struct top *t, const char *id)
{
    for (size_t i = 0; i < t->n; i++)
        if (str_eq(t->rows[i].id, id))
            return &t->rows[i];
    return NULL;
}

static struct top_row *add(struct top *t, const char *id)
{
    t->rows = xrealloc(t->rows, t->n + 1, sizeof(*t->rows));
    struct top_row *r = &t->rows[t->n++];
    *r = (struct top_row){.id = xstrdup(id), .state = "", .usage = {.oom_kills = -1, .pids_refused = -1}};
    return r;
}

static void drop(struct top *t, struct top_row *r)
{
    free_row(r);
    t->n--;
    memmove(r, r + 1, (size_t)(&t->rows[t->n] - r) * sizeof(*r));
}

static bool is_kept(const struct top *t, const char *id)
{
    for (size_t i = 0; t->kept && t->kept[i]; i++)
        if (str_eq(t->kept[i], id))
            return true;
    return false;
}

/* ---- what is there ---- */

static double rate(uint64_t now, uint64_t before, uint64_t ns)
{
    return ns && now > before ? (double)(now - before) * 1e9 / (double)ns : 0;
}

static void measure(struct top_row *r, const struct container *c)
{
    struct usage before = r->usage;
    uint64_t then = r->at_ns;
    usage_look(c, &r->usage);
    r->at_ns = now_ns();
    /* the first look has only the whole life to go by */
    uint64_t ns = then ? r->at_ns - then : r->usage.wall_ns;
    r->cpu = rate(r->usage.cpu_ns, before.cpu_ns, ns) / 1e9;
    r->read = rate(r->usage.read_bytes, before.read_bytes, ns);
    r->written = rate(r->usage.written_bytes, before.written_bytes, ns);
}

static char *name_of_container(const struct container *c)
{
    const char *name = c->spec ? spec_annotation(c->spec, SNIPPET_NAME) : NULL;
    const char *slash = c->bundle ? strrchr(c->bundle, '/') : NULL;
    return xstrdup(name ? name : slash ? slash + 1 : "");
}

static void look_at(struct top *t, const char *id)
{
    struct container *c;
    if (container_load(t->runtime, id, false, &c) < 0) {
        error_clear(); /* it has just been deleted */
        return;
    }
    struct top_row *r = find(t, id);
    if (r && r->ended) { /* its id is used again */
        drop(t, r);
        r = NULL;
    }
    if (!r)
        r = add(t, id);
    r->seen = true;
    r->state = container_status_name(c->status);
    if (!r->name)
        r->name = name_of_container(c);
    if (c->status != STATUS_CREATING && c->status != STATUS_STOPPED)
        measure(r, c);
    else
        r->cpu = r->read = r->written = 0;
    container_free(c);
}

static void end_row(struct top_row *r)
{
    r->ended = true;
    r->state = "ended";
    r->cpu = r->read = r->written = 0;
    r->usage.memory = r->usage.pids = 0;
}

/* ---- what has ended ---- */

static const struct json_value *member(const struct json_value *v, const char *a, const char *b)
{
    const struct json_value *in = v ? json_get(v, a) : NULL;
    return in ? json_get(in, b) : NULL;
}

static void take_usage(const struct json_value *usage, struct usage *u)
{
    const struct {
        const char *object, *key;
        uint64_t *into;
        double factor;
    } rows[] = {{"memory", "peak", &u->memory_peak, 1},       {"memory", "limit", &u->memory_limit, 1},
                {"memory", "average", &u->memory_average, 1}, {"cpu", "total_ms", &u->cpu_ns, 1e6},
                {"pids", "peak", &u->pids_peak, 1},           {"io", "read_bytes", &u->read_bytes, 1},
                {"io", "written_bytes", &u->written_bytes, 1}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        double v = json_as_double(member(usage, rows[i].object, rows[i].key), 0);
        *rows[i].into = v > 0 && v < 1e18 ? (uint64_t)(v * rows[i].factor) : 0;
    }
    double wall = json_as_double(usage ? json_get(usage, "wall_ms") : NULL, 0);
    u->wall_ns = wall > 0 && wall < 1e12 ? (uint64_t)(wall * 1e6) : 0;
}

static void take_verdict(struct top *t, const char *id, const struct json_value *doc)
{
    struct top_row *r = find(t, id);
    const char *verdict = json_get_string(doc, "verdict"), *reason = json_get_string(doc, "reason");
    const char *name = json_get_string(doc, "file");
    if (!r)
        r = add(t, id);
    if (!r->name)
        r->name = xstrdup(name ? name : "");
    end_row(r);
    take_usage(json_get(doc, "usage"), &r->usage);
    r->ok = str_eq(verdict, "ok");
    free(r->verdict);
    r->verdict =
        reason ? xasprintf("%s: %s", verdict ? verdict : "", reason) : xstrdup(verdict ? verdict : "");
}

static void free_list(char **list)
{
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}

static void look_at_kept(struct top *t)
{
    char **now = history_list(t->runtime);
    for (size_t i = 0; now[i]; i++) {
        AUTO_BUF struct buf b = BUF_INIT;
        struct json_value *doc = NULL;
        if (is_kept(t, now[i]))
            continue;
        if (history_load(t->runtime, now[i], &b) == 0 && (doc = json_parse(now[i], buf_str(&b), b.len)))
            take_verdict(t, now[i], doc);
        error_clear();
        json_free(doc);
    }
    free_list(t->kept);
    t->kept = now;
}

static void forget_oldest(struct top *t)
{
    size_t ended = 0;
    for (size_t i = t->n; i-- > 0;)
        if (t->rows[i].ended && ++ended > TOP_ENDED_MAX) {
            drop(t, &t->rows[i]);
            i = t->n;
            ended = 0;
        }
}

void top_begin(struct top *t, const struct runtime_options *runtime)
{
    *t = (struct top){.runtime = runtime, .kept = history_list(runtime)};
}

int top_look(struct top *t)
{
    char **ids;
    TRY(container_list(t->runtime, &ids));
    for (size_t i = 0; i < t->n; i++)
        t->rows[i].seen = false;
    for (size_t i = 0; ids[i]; i++)
        look_at(t, ids[i]);
    free_list(ids);
    for (size_t i = 0; i < t->n; i++)
        if (!t->rows[i].seen && !t->rows[i].ended)
            end_row(&t->rows[i]);
    look_at_kept(t);
    forget_oldest(t);
    return 0;
}

void top_free(struct top *t)
{
    for (size_t i = 0; i < t->n; i++)
        free_row(&t->rows[i]);
    free(t->rows);
    free_list(t->kept);
}
