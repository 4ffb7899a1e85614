/* From events to findings. The watch tables of the language are put in one hash table when the first file of
 * that language is linted; an event then costs two look-ups: the whole name, and "*.last-word". */
#include "rootfs-tools/lint/value.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"

#define SLOTS 4096 /* more than twice the names of any table */

struct entry {
    const char *name;
    uint16_t len;
    uint16_t watch; /* index + 1; 0: free */
    uint8_t event;
};

struct matcher {
    struct entry entries[SLOTS];
    struct entry words[SLOTS];
};

static uint32_t text_hash(const char *s, size_t len, uint32_t seed)
{
    uint32_t h = 2166136261u ^ seed;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)s[i]) * 16777619u;
    return (h ^ h >> 15) & (SLOTS - 1);
}

static struct entry *find(struct entry *table, const char *s, size_t len, uint32_t event)
{
    uint32_t i = text_hash(s, len, event);
    while (table[i].name &&
           (table[i].event != event || table[i].len != len || memcmp(table[i].name, s, len) != 0))
        i = (i + 1) & (SLOTS - 1);
    return &table[i];
}

/* The same name may be watched more than once for one event: later entries follow in probe order. */
static void add(struct entry *table, const char *s, size_t len, uint32_t event, uint32_t watch)
{
    uint32_t i = text_hash(s, len, event);
    while (table[i].name)
        i = (i + 1) & (SLOTS - 1);
    table[i] = (struct entry){s, (uint16_t)len, (uint16_t)watch, (uint8_t)event};
}

static void add_words(struct matcher *m, const char *name, size_t len)
{
    for (size_t from = 0, i = 0; i <= len; i++) {
        if (i < len && name[i] != '.')
            continue;
        if (i - from > 1 && !find(m->words, name + from, i - from, 0)->name)
            add(m->words, name + from, i - from, 0, 1);
        from = i + 1;
    }
}

static void add_names(struct matcher *m, const struct watch *w, uint32_t index)
{
    for (const char *s = w->names; *s;) {
        size_t len = strcspn(s, " ");
        if (w->on != ON_WORD)
            add(m->entries, s, len, w->on, index + 1);
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
    return find(l->matcher->entries, name, strlen(name), on)->name != NULL;
}

bool is_watched_word(struct lint *l, const char *word)
{
    return find(l->matcher->words, word, strlen(word), 0)->name != NULL;
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
        severity = w->check(l, call, severity);
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
    struct entry *table = l->matcher->entries;
    bool any = false;
    for (uint32_t i = text_hash(name, len, on); table[i].name; i = (i + 1) & (SLOTS - 1)) {
        if (table[i].event == on && table[i].len == len && memcmp(table[i].name, name, len) == 0) {
            fire(l, &l->language->watches[table[i].watch - 1], v, where, call);
            any = true;
        }
    }
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
