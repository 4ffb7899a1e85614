/* From events to findings. The watch tables of the language are put in one hash table when the first file of
 * that language is linted; an event then costs two look-ups: the whole name, and "*.last-word". */
#include "rootfs-tools/lint/value.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"

#define SLOTS 2048 /* more than the names of any table, and a power of two */
#define NAMES 1400 /* as many as fit in there well */

struct entry {
    const char *name;
    uint16_t len;
    uint16_t watch;
    uint8_t event;
};

/* Small, because every page of it costs more than the names in it. */
struct names_table {
    uint16_t slots[SLOTS]; /* index in entries + 1; 0: free */
    uint16_t n;
    struct entry entries[NAMES];
};

struct matcher {
    struct names_table names, words;
};

static uint32_t text_hash(const char *s, size_t len, uint32_t seed)
{
    uint32_t h = 2166136261u ^ seed;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)s[i]) * 16777619u;
    return (h ^ h >> 15) & (SLOTS - 1);
}

static bool is_entry(const struct entry *e, const char *s, size_t len, uint32_t event)
{
    return e->event == event && e->len == len && memcmp(e->name, s, len) == 0;
}

/* The entries that a name has: *at is where to go on, -1 at first. The same name may be watched more than
 * once for one event: later entries follow in probe order. */
static const struct entry *find(const struct names_table *t, const char *s, size_t len, uint32_t event,
                                int32_t *at)
{
    uint32_t i = *at < 0 ? text_hash(s, len, event) : ((uint32_t)*at + 1) & (SLOTS - 1);
    for (; t->slots[i]; i = (i + 1) & (SLOTS - 1)) {
        const struct entry *e = &t->entries[t->slots[i] - 1];
        *at = (int32_t)i;
        if (is_entry(e, s, len, event))
            return e;
    }
    return NULL;
}

static bool has(const struct names_table *t, const char *s, size_t len, uint32_t event)
{
    int32_t at = -1;
    return find(t, s, len, event, &at) != NULL;
}

static void add(struct names_table *t, const char *s, size_t len, uint32_t event, uint32_t watch)
{
    uint32_t i = text_hash(s, len, event);
    while (t->slots[i])
        i = (i + 1) & (SLOTS - 1);
    if (t->n == NAMES)
        abort(); /* of our own tables: every test would see it */
    t->entries[t->n] = (struct entry){s, (uint16_t)len, (uint16_t)watch, (uint8_t)event};
    t->slots[i] = ++t->n;
}

static void add_words(struct matcher *m, const char *name, size_t len)
{
    for (size_t from = 0, i = 0; i <= len; i++) {
        if (i < len && name[i] != '.')
            continue;
        if (i - from > 1 && !has(&m->words, name + from, i - from, 0))
            add(&m->words, name + from, i - from, 0, 0);
        from = i + 1;
    }
}

static void add_names(struct matcher *m, const struct watch *w, uint32_t index)
{
    for (const char *s = w->names; *s;) {
        size_t len = strcspn(s, " ");
        if (w->on != ON_WORD)
            add(&m->names, s, len, w->on, index);
        add_words(m, s, len);
        s += len;
        s += strspn(s, " ");
    }
}

void matcher_prepare(struct lint *l)
{
    static struct {
        const struct language *language;
        struct matcher *matcher;
    } made[16];
    size_t i = 0;
    for (; made[i].language && made[i].language != l->language; i++) {
    }
    if (!made[i].language) {
        made[i].language = l->language;
        made[i].matcher = xcalloc(1, sizeof(struct matcher));
        for (uint32_t w = 0; l->language->watches[w].names; w++)
            add_names(made[i].matcher, &l->language->watches[w], w);
    }
    l->matcher = made[i].matcher;
}

bool is_watched(struct lint *l, enum event on, const char *name)
{
    return has(&l->matcher->names, name, strlen(name), on);
}

bool is_watched_word(struct lint *l, const char *word)
{
    return has(&l->matcher->words, word, strlen(word), 0);
}

const char *name_alias(struct lint *l, const char *name)
{
    for (const char *const *a = l->language->aliases; a && *a; a += 2)
        if (a[0][0] == name[0] && strcmp(a[0], name) == 0)
            return a[1];
    return name;
}

/* ---- findings ---- */

static const struct rule *rule_at(const struct lint *l, unsigned rule)
{
    return rule < COMMON_RULES ? &common_rules[rule] : &l->language->rules[rule - COMMON_RULES];
}

#define MAX_FINDINGS 10000

struct finding *add_finding_at(struct lint *l, unsigned rule, enum severity severity, uint32_t start,
                               uint32_t end, const char *message)
{
    static struct finding dropped;
    const struct rule *r = rule_at(l, rule);
    if (!severity)
        severity = r->severity;
    l->needs |= r->needs;
    if (l->nested) {
        start = l->offset_override;
        end = l->end_override;
    }
    for (size_t i = l->n_findings; i > 0 && l->n_findings - i < 64; i--) {
        struct finding *f = &l->findings[i - 1];
        if (f->rule != r || f->start != start)
            continue;
        if (f->severity < severity) {
            f->severity = severity;
            f->message = message ? message : r->message;
        }
        return f;
    }
    if (l->n_findings == MAX_FINDINGS)
        return &dropped;
    if (l->n_findings == l->cap_findings) {
        l->cap_findings = l->cap_findings ? l->cap_findings * 2 : 64;
        l->findings = xrealloc(l->findings, l->cap_findings, sizeof(*l->findings));
    }
    struct finding *f = &l->findings[l->n_findings++];
    *f = (struct finding){.rule = r,
                          .severity = severity,
                          .start = start,
                          .end = end,
                          .message = message ? message : r->message};
    return f;
}

struct finding *add_finding(struct lint *l, unsigned rule, enum severity severity, node where,
                            const char *message)
{
    return add_finding_at(l, rule, severity, at(l, where)->start, at(l, where)->end, message);
}

static char *message_for(struct lint *l, const struct rule *r, const struct value *v, bool hidden)
{
    const char *name = str_starts(v->s, "?.") ? v->s + 2 : str_after(v->s, "builtins.");
    if (!name)
        name = v->s;
    char *text = xasprintf("%.80s: %s%s", name, r->message, hidden ? " (name put together to hide it)" : "");
    char *kept = arena_strndup(&l->arena, text, strlen(text));
    free(text);
    return kept;
}

static void fire(struct lint *l, const struct watch *w, const struct value *v, node where, struct call *call)
{
    const struct rule *r = rule_at(l, w->rule);
    enum severity severity = w->severity ? w->severity : r->severity;
    bool hidden = v->flags & VF_HIDDEN;
    if (w->check) {
        const struct value *callee = call ? call->callee : NULL;
        if (call) /* it asks about this one of the names that the callee may be */
            call->callee = v;
        severity = w->check(l, call, severity);
        if (call)
            call->callee = callee;
        if (severity == SEV_NONE)
            return;
    }
    l->needs |= w->needs;
    if (severity == SEV_OFF) /* the check only wanted the needs */
        return;
    if (hidden && severity < SEV_MEDIUM)
        severity = SEV_MEDIUM;
    add_finding(l, w->rule, severity, where, message_for(l, r, v, hidden));
}

static bool emit_name(struct lint *l, enum event on, const char *name, size_t len, const struct value *v,
                      node where, struct call *call)
{
    const struct entry *e;
    bool any = false;
    for (int32_t at = -1; (e = find(&l->matcher->names, name, len, on, &at)); any = true)
        fire(l, &l->language->watches[e->watch], v, where, call);
    return any;
}

void emit(struct lint *l, enum event on, const struct value *v, node where, struct call *call)
{
    for (; v; v = v->alt) {
        if (v->kind != V_PATH || (l->quiet && (on == ON_REF || on == ON_ALIAS)))
            continue;
        if (emit_name(l, on, v->s, v->len, v, where, call))
            continue;
        char any[80] = "*.";
        const char *word = last_word(v->s);
        if (word != v->s && strlen(word) < sizeof(any) - 3) {
            strcpy(any + 2, word);
            emit_name(l, on, any, strlen(any), v, where, call);
        }
    }
}
