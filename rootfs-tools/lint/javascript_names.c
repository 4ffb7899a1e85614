/* JavaScript's names: patterns, imports, members, and what a computed member really is. */
#include "rootfs-tools/lint/javascript.h"

#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/strings.h"

/* ---- strings ---- */

const struct value *js_string(struct lint *l, node n)
{
    const struct ast_node *s = at(l, n);
    if (s->end < s->start + 2)
        return UNKNOWN;
    uint32_t from = s->start + 1, last = s->end - 1;
    const struct value *out = NULL;
    FOR_CHILDREN(l, c, n)
    {
        if (kind_of(l, c) != K_template_substitution)
            continue;
        const struct value *before = unescape(l, l->text + from, at(l, c)->start - from, true, 0);
        const struct value *hole = js_eval(l, at(l, c)->first, USE_VALUE);
        out = out ? fold_binary(l, "+", 1, out, before) : before;
        out = hole->kind == V_STRING || hole->kind == V_NUMBER ? fold_binary(l, "+", 1, out, hole) : UNKNOWN;
        from = at(l, c)->end;
    }
    if (from > last)
        return UNKNOWN;
    const struct value *rest = unescape(l, l->text + from, last - from, true, 0);
    return out ? fold_binary(l, "+", 1, out, rest) : rest;
}

/* ---- names ---- */

static void check_disguise(struct lint *l, const char *name, bool disguised, node where)
{
    if (disguised && is_watched_word(l, name))
        add_finding(l, JS032, SEV_HIGH, where, "a watched name written with escapes");
}

const struct value *js_name(struct lint *l, node n)
{
    bool disguised;
    const char *name = node_name(l, n, &disguised);
    check_disguise(l, name, disguised, n);
    const struct value *v = scope_find(l, l->scope, name, NULL);
    if (v)
        return v;
    for (struct scope *s = js_front(l)->with ? l->scope : NULL; s; s = s->up) {
        const struct value *member = s->with ? js_member(l, s->with, name, VF_HIDDEN) : UNKNOWN;
        if (member->kind == V_FUNCTION || (member->kind == V_PATH && (is_watched(l, ON_REF, member->s) ||
                                                                      is_watched(l, ON_CALL, member->s))))
            return member;
    }
    return value_path(l, name, disguised ? VF_HIDDEN : 0);
}

static void bind_name(struct lint *l, node n, const struct value *v, bool var)
{
    bool disguised;
    const char *name = node_name(l, n, &disguised);
    struct scope *s = l->scope;
    while (var && s->up && !s->is_function)
        s = s->up;
    scope_bind(l, s, name, v);
}

static const struct value *member_of_key(struct lint *l, const struct value *v, node key)
{
    bool disguised = false;
    if (kind_of(l, key) == K_string || kind_of(l, key) == K_computed_property_name) {
        const struct value *name =
            js_eval(l, kind_of(l, key) == K_string ? key : at(l, key)->first, USE_VALUE);
        if (name->kind != V_STRING)
            return UNKNOWN;
        return js_member(l, v, intern(l, name->s, name->len), VF_HIDDEN);
    }
    const char *name = node_name(l, key, &disguised); /* not as an argument: which is evaluated first? */
    return js_member(l, v, name, disguised ? VF_HIDDEN : 0);
}

static void bind_object(struct lint *l, node pattern, const struct value *v, bool var)
{
    FOR_CHILDREN(l, c, pattern)
    {
        node key = child(l, c, F_key), value = child(l, c, F_value), left = child(l, c, F_left);
        if (kind_of(l, c) == K_shorthand_property_identifier_pattern) {
            const struct value *member = member_of_key(l, v, c);
            emit_use(l, member, c, USE_BASE);
            bind_name(l, c, member, var);
        } else if (kind_of(l, c) == K_pair_pattern && key && value) {
            const struct value *member = member_of_key(l, v, key);
            emit_use(l, member, key, USE_BASE);
            js_bind(l, value, member, var);
        } else if (kind_of(l, c) == K_object_assignment_pattern && left) {
            js_eval(l, child(l, c, F_right), USE_VALUE);
            bind_name(l, left, member_of_key(l, v, left), var);
        } else if (kind_of(l, c) == K_rest_pattern && at(l, c)->first) {
            js_bind(l, at(l, c)->first, v, var);
        }
    }
}

void js_bind(struct lint *l, node pattern, const struct value *v, bool var)
{
    size_t i = 0;
    switch (kind_of(l, pattern)) {
    case K_identifier:
    case K_shorthand_property_identifier_pattern:
        bind_name(l, pattern, v, var);
        break;
    case K_object_pattern:
        bind_object(l, pattern, v, var);
        break;
    case K_array_pattern:
        FOR_CHILDREN(l, c, pattern)
        {
            js_bind(l, c, v->kind == V_LIST && i < v->n ? v->items[i] : UNKNOWN, var);
            i++;
        }
        break;
    case K_assignment_pattern: {
        const struct value *otherwise = js_eval(l, child(l, pattern, F_right), USE_VALUE);
        if (child(l, pattern, F_left))
            js_bind(l, child(l, pattern, F_left), value_either(l, v, otherwise), var);
        break;
    }
    case K_rest_pattern:
        if (at(l, pattern)->first)
            js_bind(l, at(l, pattern)->first, v->kind == V_LIST ? v : UNKNOWN, var);
        break;
    case K_member_expression:
    case K_subscript_expression:
        js_assign(l, pattern, v);
        break;
    default:
        break;
    }
}

/* A parameter called require, as module wrappers have it, is require. */
void js_bind_parameter(struct lint *l, node p, const struct value *given)
{
    const struct value *v = given ? given : UNKNOWN;
    if (kind_of(l, p) == K_required_parameter || kind_of(l, p) == K_optional_parameter) {
        node value = child(l, p, F_value);
        const struct value *otherwise = value ? js_eval(l, value, USE_VALUE) : UNKNOWN;
        if (child(l, p, F_pattern))
            js_bind(l, child(l, p, F_pattern), given ? v : value_flag(l, otherwise, VF_OPEN), false);
        return;
    }
    if (!given && node_is(l, p, "require"))
        v = value_path(l, "require", 0);
    js_bind(l, p, v, false);
}

/* ---- members ---- */

static bool is_constructor_of_function(const char *path)
{
    static const char *const functions[] = {"eval",  "require",  "setTimeout", "setInterval",
                                            "isNaN", "parseInt", "parseFloat", "atob",
                                            "btoa",  "fetch",    "import",     NULL};
    for (const char *const *f = functions; *f; f++)
        if (str_eq(*f, path))
            return true;
    if (strstr(path, "prototype.") || str_ends(path, ".constructor"))
        return true;
    return isupper((uint8_t)path[0]) && !strchr(path, '.') && !str_eq(path, "Math") && !str_eq(path, "JSON");
}

static const struct value *one_member(struct lint *l, const struct value *object, const char *name,
                                      uint32_t flags)
{
    const char *base = "?";
    flags |= object->flags & (VF_HIDDEN | VF_DECODED);
    if (object->kind == V_DICT) {
        const struct value *found = dict_get(object, value_string(l, name, strlen(name), 0));
        if (found)
            return found;
        base = "Object.prototype";
    } else if (object->kind == V_CLASS) {
        bool instance = object->flags & VF_INSTANCE;
        if (str_eq(name, "constructor"))
            return instance ? value_class(l, object->closure) : value_path(l, "Function", flags | VF_HIDDEN);
        const struct value *found = scope_own(l, object->closure, intern(l, name, strlen(name)));
        if (found)
            return found;
        if (!instance && (str_eq(name, "bind") || str_eq(name, "call") || str_eq(name, "apply")))
            base = "Function.prototype";
    } else if (object->kind == V_LIST) {
        if (str_eq(name, "length"))
            return value_number(l, (double)object->n);
        base = "Array.prototype";
    } else if (object->kind == V_STRING) {
        base = "String.prototype";
    } else if (object->kind == V_NUMBER) {
        base = "Number.prototype";
    } else if (object->kind == V_FUNCTION) {
        base = "Function.prototype";
        if (str_eq(name, "constructor"))
            return value_path(l, "Function", flags | VF_HIDDEN);
    } else if (object->kind == V_PATH) {
        base = object->s;
        if (str_eq(base, "globalThis"))
            return value_path(l, name, flags);
        if (str_eq(name, "default") && base[0] != '?')
            return object;
        if (str_eq(name, "constructor") && is_constructor_of_function(base))
            return value_path(l, "Function", flags | VF_HIDDEN);
    }
    return path_member(l, base, name, flags);
}

const struct value *js_member(struct lint *l, const struct value *object, const char *name, uint32_t flags)
{
    const struct value *out = NULL;
    for (const struct value *v = object; v; v = v->alt)
        out = value_either(l, one_member(l, v, name, flags), out);
    return out ? out : UNKNOWN;
}

/* Names that reach the interpreter: computed access to them cannot be left unresolved. */
static bool guards_power(const struct value *v)
{
    static const char *const roots[] = {"globalThis", "process", "require", "module", "child_process",
                                        "fs",         "vm",      "Reflect", NULL};
    for (const char *const *r = roots; *r; r++)
        if (is_path(v, *r))
            return true;
    return false;
}

static bool is_known_key(const struct value *v)
{
    for (; v; v = v->alt)
        if ((v->kind != V_STRING && !path_starts(v, "Symbol")) || (v->flags & VF_OPEN))
            return false;
    return true;
}

static const struct value *computed(struct lint *l, node n, const struct value *object, const char **method)
{
    node index_node = child(l, n, F_index);
    const struct value *index = index_node ? js_eval(l, index_node, USE_VALUE) : UNKNOWN, *out = NULL;
    if (index->kind == V_NUMBER)
        return fold_index(l, object, index);
    if (!is_known_key(index) && guards_power(object))
        add_finding(l, JS041, SEV_MEDIUM, n, "opaque: which member is used is only known at run time");
    if (index->kind != V_STRING)
        return UNKNOWN;
    bool this_ = is_path(object, "?.this");
    for (const struct value *v = index; v; v = v->alt) {
        if (v->kind != V_STRING)
            continue;
        const char *name = intern(l, v->s, v->len);
        js_check_word(l, v, n);
        *method = name;
        bool global = this_ && (is_watched(l, ON_CALL, name) || is_watched(l, ON_REF, name));
        bool hides = object->kind == V_PATH && (object->s[0] != '?' || (v->flags & VF_HIDDEN));
        const struct value *m = global ? value_path(l, name, VF_HIDDEN)
                                       : js_member(l, object, name, hides ? VF_HIDDEN : v->flags & VF_HIDDEN);
        out = value_either(l, m, out);
    }
    return out ? out : UNKNOWN;
}

const struct value *js_access(struct lint *l, node n, enum use use, const struct value **receiver,
                              const char **method)
{
    bool disguised;
    const char *name = NULL;
    const struct value *object = js_eval(l, child(l, n, F_object), USE_BASE), *v = UNKNOWN;
    node property = child(l, n, F_property), where = n;
    if (kind_of(l, n) == K_subscript_expression) {
        v = computed(l, n, object, &name);
    } else if (property) {
        name = node_name(l, property, &disguised);
        check_disguise(l, name, disguised, property);
        v = js_member(l, object, name, disguised ? VF_HIDDEN : 0);
        where = property;
    }
    emit_use(l, v, where, use);
    if (receiver)
        *receiver = object;
    if (method)
        *method = name;
    return v;
}

/* ---- assignment ---- */

/* x.constructor.prototype.y = ...: that of all objects of x's class */
static void check_prototype(struct lint *l, node object)
{
    node owner = object ? child(l, object, F_object) : 0;
    if (owner && node_is(l, child(l, object, F_property), "prototype") &&
        node_is(l, child(l, owner, F_property), "constructor"))
        add_finding(l, JS027, SEV_NONE, object, NULL);
}

void js_assign(struct lint *l, node left, const struct value *v)
{
    struct scope *where = NULL;
    bool disguised;
    switch (kind_of(l, left)) {
    case K_identifier: {
        const char *name = node_name(l, left, &disguised);
        if (!scope_find(l, l->scope, name, &where))
            where = js_front(l)->module;
        scope_bind(l, where, name, v);
        break;
    }
    case K_member_expression:
    case K_subscript_expression: {
        const struct value *receiver;
        const char *method;
        l->quiet++;
        const struct value *place = js_access(l, left, USE_BASE, &receiver, &method);
        l->quiet--;
        emit(l, ON_SET, receiver, left, NULL);
        emit(l, ON_SET, receiver->kind == V_CLASS && method ? path_member(l, "?", method, 0) : place, left,
             NULL);
        check_prototype(l, child(l, left, F_object));
        if (method)
            js_set_member(l, left, receiver, method, v);
        break;
    }
    case K_parenthesized_expression:
        js_assign(l, at(l, left)->first, v);
        break;
    default:
        js_bind(l, left, v, false);
    }
}

/* ---- modules ---- */

const struct value *js_module(struct lint *l, const struct value *specifier, node where)
{
    const struct value *out = NULL;
    for (const struct value *v = specifier; v; v = v->alt) {
        if (v->kind != V_STRING)
            continue;
        js_check_specifier(l, v, where);
        js_check_word(l, v, where);
        const char *name = str_after(v->s, "node:");
        if (!name)
            name = v->s;
        if (name[0] == '.' || name[0] == '/') /* a file of the program's own: nothing is known of it */
            continue;
        const struct value *module = value_path(l, intern(l, name, strlen(name)), v->flags & VF_HIDDEN);
        emit(l, ON_IMPORT, module, where, NULL);
        out = value_either(l, module, out);
    }
    return out ? out : UNKNOWN;
}

static void import_specifier(struct lint *l, node n, const struct value *module)
{
    bool disguised;
    node name = child(l, n, F_name), alias = child(l, n, F_alias);
    if (!name)
        return;
    const struct value *v;
    if (kind_of(l, name) == K_string) {
        const struct value *word = js_string(l, name);
        v = word->kind == V_STRING ? js_member(l, module, intern(l, word->s, word->len), VF_HIDDEN) : UNKNOWN;
    } else {
        const char *member = node_name(l, name, &disguised);
        v = js_member(l, module, member, disguised ? VF_HIDDEN : 0);
    }
    emit_use(l, v, name, USE_BASE);
    js_bind(l, alias ? alias : name, v, false);
}

static void import_names(struct lint *l, node n, const struct value *module)
{
    FOR_CHILDREN(l, c, n)
    {
        if (kind_of(l, c) == K_identifier)
            js_bind(l, c, module, false);
        else if (kind_of(l, c) == K_import_specifier)
            import_specifier(l, c, module);
        else if (kind_of(l, c) == K_namespace_import || kind_of(l, c) == K_named_imports)
            import_names(l, c, module);
    }
}

void js_import(struct lint *l, node n)
{
    node source = child(l, n, F_source), clause = child_of_kind(l, n, K_import_clause);
    node equals = child_of_kind(l, n, K_import_require_clause); /* import x = require('y') */
    if (equals) {
        source = child(l, equals, F_source);
        clause = equals;
    }
    if (!source || str_starts(l->text + at(l, n)->start, "import type"))
        return;
    const struct value *module = js_module(l, js_string(l, source), source);
    if (clause)
        import_names(l, clause, module);
}

void js_export(struct lint *l, node n)
{
    node source = child(l, n, F_source);
    if (source)
        js_module(l, js_string(l, source), source);
    FOR_CHILDREN(l, c, n)
    if (c != source && (at(l, c)->field == F_declaration || at(l, c)->field == F_value)) {
        if (kind_of(l, c) == K_function_declaration) {
            node name = child(l, c, F_name);
            pend(l, c, l->scope);
            if (name)
                js_bind(l, name, UNKNOWN, false);
        } else {
            js_statement(l, c);
        }
    }
}
