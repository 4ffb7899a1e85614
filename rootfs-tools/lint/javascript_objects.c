/* JavaScript's objects and classes: what their members are, as far as it is known. */
#include "rootfs-tools/lint/javascript.h"

#include <string.h>

#include "base/auto.h"
#include "base/strings.h"

#define MAX_PAIRS 64 /* of an object that members are added to */

/* ---- objects ---- */

static const struct value *key_of(struct lint *l, node key)
{
    bool disguised;
    const struct value *v = UNKNOWN;
    if (kind_of(l, key) == K_computed_property_name) {
        FOR_CHILDREN(l, c, key)
        if (kind_of(l, c) != K_comment)
            v = js_eval(l, c, USE_VALUE);
        return v;
    }
    if (kind_of(l, key) == K_string || kind_of(l, key) == K_number)
        return js_eval(l, key, USE_VALUE);
    const char *name = node_name(l, key, &disguised);
    return value_string(l, name, strlen(name), 0);
}

static bool is_getter(const struct lint *l, node method, node name)
{
    uint32_t from = at(l, method)->start;
    AUTO_FREE char *words = xstrndup(l->text + from, at(l, name)->start - from);
    return strstr(words, "get ") != NULL;
}

/* A method, or what a getter gives. */
static const struct value *method_value(struct lint *l, node method, node name)
{
    const struct value *f = js_function(l, method, true);
    struct call call = {.where = method, .receiver = UNKNOWN};
    return is_getter(l, method, name) ? js_follow(l, f, &call) : f;
}

static void add_pair(struct value *object, const struct value *key, const struct value *v)
{
    object->items[object->n++] = key;
    object->items[object->n++] = v;
}

const struct value *js_merged(struct lint *l, const struct value *a, const struct value *b)
{
    if (a->kind != V_DICT || b->kind != V_DICT || a->n + b->n > 2 * MAX_PAIRS)
        return a;
    struct value *v = value_new(l, V_DICT);
    v->items = arena_alloc(&l->arena, (a->n + b->n + 1) * sizeof(*v->items));
    memcpy(v->items, a->items, a->n * sizeof(*v->items));
    memcpy(v->items + a->n, b->items, b->n * sizeof(*v->items));
    v->n = a->n + b->n;
    return v;
}

const struct value *js_object(struct lint *l, node n)
{
    struct value *v = value_new(l, V_DICT);
    const struct value *spread = NULL;
    size_t count = 0;
    FOR_CHILDREN(l, c, n)
    count++;
    v->items = arena_alloc(&l->arena, (2 * count + 2) * sizeof(*v->items));
    FOR_CHILDREN(l, c, n)
    {
        node key = child(l, c, F_key), value = child(l, c, F_value), name = child(l, c, F_name);
        const struct value *what;
        if (kind_of(l, c) == K_pair && key && value) {
            what = key_of(l, key);
            add_pair(v, what, js_eval(l, value, USE_VALUE));
        } else if (kind_of(l, c) == K_shorthand_property_identifier) {
            what = key_of(l, c);
            add_pair(v, what, js_eval(l, c, USE_VALUE));
        } else if (kind_of(l, c) == K_method_definition && name) {
            what = key_of(l, name);
            add_pair(v, what, method_value(l, c, name));
        } else {
            what = js_eval(l, c, USE_VALUE);
            if (kind_of(l, c) == K_spread_element && what->kind == V_DICT)
                spread = spread ? js_merged(l, spread, what) : what;
        }
    }
    return spread ? js_merged(l, spread, v) : v;
}

/* ---- classes ---- */

static void class_member(struct lint *l, node n, struct scope *members)
{
    node name = child(l, n, F_name);
    bool is_method = kind_of(l, n) == K_method_definition;
    node property = is_method || name ? name : child(l, n, F_property); /* TypeScript calls it a name, too */
    const struct value *key = property ? key_of(l, property) : UNKNOWN;
    const struct value *v =
        is_method && name ? method_value(l, n, name) : js_eval(l, child(l, n, F_value), USE_VALUE);
    if (key->kind == V_STRING)
        scope_bind(l, members, intern(l, key->s, key->len), v);
}

const struct value *js_class(struct lint *l, node n)
{
    struct scope *outside = l->scope;
    node body = child(l, n, F_body), name = child(l, n, F_name);
    FOR_CHILDREN(l, c, n)
    if (kind_of(l, c) == K_class_heritage || kind_of(l, c) == K_decorator)
        FOR_CHILDREN(l, of, c)
    js_eval(l, of, USE_VALUE);
    struct scope *members = scope_push(l, true, false);
    const struct value *class = value_class(l, members);
    l->scope = outside;
    bool disguised;
    if (name) /* TypeScript's is no identifier but a type's */
        scope_bind(l, l->scope, node_name(l, name, &disguised), class);
    l->scope = members;
    FOR_CHILDREN(l, c, body) /* none of node 0 */
    if (kind_of(l, c) == K_class_static_block)
        js_statement(l, child(l, c, F_body));
    else if (kind_of(l, c) != K_comment)
        class_member(l, c, members);
    l->scope = outside;
    return class;
}

const struct value *js_instance(struct lint *l, const struct value *class, struct call *call)
{
    const struct value *constructor = scope_own(l, class->closure, intern(l, "constructor", 11));
    if (constructor && constructor->kind == V_FUNCTION)
        js_follow(l, constructor, call);
    return value_flag(l, class, VF_INSTANCE);
}

const struct value *js_this(struct lint *l)
{
    for (struct scope *s = l->scope; s; s = s->up)
        if (s->is_class)
            return value_flag(l, value_class(l, s), VF_INSTANCE);
    return path_member(l, "?", "this", 0);
}

/* object.name = v, in the code `left`: from now on the member may be v, too. */
void js_set_member(struct lint *l, node left, const struct value *object, const char *name,
                   const struct value *v)
{
    bool disguised;
    node base = child(l, left, F_object);
    struct scope *where = NULL;
    if (object->kind == V_CLASS) {
        const struct value *old = scope_own(l, object->closure, name);
        scope_bind(l, object->closure, name, old ? value_either(l, v, old) : v);
    }
    if (object->kind != V_DICT || !base || kind_of(l, base) != K_identifier || v->kind == V_UNKNOWN)
        return;
    const char *variable = node_name(l, base, &disguised);
    if (!scope_find(l, l->scope, variable, &where))
        return;
    const struct value *items[] = {value_string(l, name, strlen(name), 0), v};
    struct value pair = {.kind = V_DICT, .items = items, .n = 2};
    scope_bind(l, where, variable, js_merged(l, object, &pair));
}
