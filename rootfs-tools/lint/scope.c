/* Names: one table of interned strings, one table (scope, name) -> value. */
#include "rootfs-tools/lint/value.h"

#include <stdlib.h>
#include <string.h>

struct slot {
    const char *name; /* interned; NULL: free */
    uint32_t scope;
    const struct value *value, *ever; /* now; whatever it was bound to so far */
};

struct names {
    const char **strings;
    size_t n_strings, cap_strings; /* cap: a power of two */
    struct slot *slots;
    size_t n_slots, cap_slots;
    uint32_t last_scope;
};

static struct names *names(struct lint *l)
{
    if (!l->names)
        l->names = xcalloc(1, sizeof(*l->names));
    return l->names;
}

void names_free(struct lint *l)
{
    if (l->names) {
        free(l->names->strings);
        free(l->names->slots);
        free(l->names);
        l->names = NULL;
    }
}

static size_t hash_text(const char *s, size_t len)
{
    uint64_t h = 1469598103934665603u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)s[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 29);
}

static const char **string_slot(struct names *n, const char *s, size_t len)
{
    size_t i = hash_text(s, len) & (n->cap_strings - 1);
    while (n->strings[i] && (strncmp(n->strings[i], s, len) != 0 || n->strings[i][len] != '\0'))
        i = (i + 1) & (n->cap_strings - 1);
    return &n->strings[i];
}

static void grow_strings(struct names *n)
{
    const char **old = n->strings;
    size_t cap = n->cap_strings;
    n->cap_strings = cap ? cap * 2 : 512;
    n->strings = xcalloc(n->cap_strings, sizeof(*n->strings));
    for (size_t i = 0; i < cap; i++)
        if (old[i])
            *string_slot(n, old[i], strlen(old[i])) = old[i];
    free(old);
}

const char *intern(struct lint *l, const char *s, size_t len)
{
    struct names *n = names(l);
    if (2 * n->n_strings >= n->cap_strings)
        grow_strings(n);
    len = strnlen(s, len);
    const char **slot = string_slot(n, s, len);
    if (!*slot) {
        *slot = arena_strndup(&l->arena, s, len);
        n->n_strings++;
    }
    return *slot;
}

static struct slot *slot_of(const struct names *n, uint32_t scope, const char *name)
{
    size_t i = (((uintptr_t)name >> 3) * 0x9e3779b97f4a7c15u ^ scope * 0x85ebca6bu) & (n->cap_slots - 1);
    while (n->slots[i].name && (n->slots[i].name != name || n->slots[i].scope != scope))
        i = (i + 1) & (n->cap_slots - 1);
    return &n->slots[i];
}

static void grow_slots(struct names *n)
{
    struct slot *old = n->slots;
    size_t cap = n->cap_slots;
    n->cap_slots = cap ? cap * 2 : 256;
    n->slots = xcalloc(n->cap_slots, sizeof(*n->slots));
    for (size_t i = 0; i < cap; i++)
        if (old[i].name)
            *slot_of(n, old[i].scope, old[i].name) = old[i];
    free(old);
}

struct scope *scope_push(struct lint *l, bool is_class, bool is_function)
{
    struct scope *s = arena_alloc(&l->arena, sizeof(*s));
    s->up = l->scope;
    s->id = ++names(l)->last_scope;
    s->is_class = is_class;
    s->is_function = is_function;
    l->scope = s;
    return s;
}

/* What is bound where the binding may not happen adds to what the name may be already. */
void scope_bind(struct lint *l, struct scope *scope, const char *name, const struct value *v)
{
    struct names *n = names(l);
    if (2 * n->n_slots >= n->cap_slots)
        grow_slots(n);
    struct slot *slot = slot_of(n, scope->id, name);
    if (!slot->name) {
        *slot = (struct slot){name, scope->id, v, v};
        n->n_slots++;
    } else {
        slot->ever = value_either(l, v, slot->ever);
        slot->value = l->conditional ? value_either(l, v, slot->value) : v;
    }
}

const struct value *scope_own(struct lint *l, const struct scope *scope, const char *name)
{
    const struct names *n = names(l);
    return n->cap_slots ? slot_of(n, scope->id, name)->value : NULL;
}

const struct value *scope_find(struct lint *l, struct scope *from, const char *name, struct scope **where)
{
    const struct names *n = names(l);
    bool later = false; /* seen from a function, which may be called at any time */
    for (struct scope *s = from; s && n->cap_slots; s = s->up) {
        if (s->is_class && s != from)
            continue;
        const struct slot *slot = slot_of(n, s->id, name);
        if (slot->value) {
            if (where)
                *where = s;
            return later ? slot->ever : slot->value;
        }
        later |= s->is_function;
    }
    return NULL;
}
