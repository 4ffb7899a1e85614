/* What calls of JavaScript give, as far as it hides names: require in all its forms, join, fromCharCode,
 * atob, ... */
#include "rootfs-tools/lint/javascript.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/strings.h"

static const char *const requires[] = {"require",
                                       "module.require",
                                       "process.mainModule.require",
                                       "require.main.require",
                                       "module.parent.require",
                                       "module.constructor._load",
                                       "module._load",
                                       "process.mainModule.constructor._load",
                                       "module.createRequire()",
                                       "module.Module._load",
                                       "module.Module.createRequire()",
                                       "process.getBuiltinModule",
                                       "require.cache.require",
                                       "module.children.require",
                                       NULL};

bool js_is_require(const struct value *v)
{
    for (const char *const *r = requires; *r; r++)
        if (is_path(v, *r))
            return true;
    return false;
}

/* ---- functions of the language ---- */

typedef const struct value *(*model_fn)(struct lint *l, struct call *call);

static const struct value *m_from_codes(struct lint *l, struct call *call)
{
    struct value *list = value_new(l, V_LIST);
    list->items = arena_alloc(&l->arena, (call->n + 1) * sizeof(*list->items));
    for (size_t i = 0; i < call->n; i++)
        list->items[list->n++] = fold_char(l, call->args[i]);
    return call->spread && !call->n ? UNKNOWN : fold_join(l, value_string(l, "", 0, 0), list);
}

static const struct value *decoded_unknown(struct lint *l)
{
    return value_path(l, "?.decoded", VF_DECODED);
}

static const struct value *m_atob(struct lint *l, struct call *call)
{
    const struct value *v = decode_base64(l, call_arg(call, 0));
    return v->kind == V_STRING ? v : decoded_unknown(l);
}

static const struct value *m_percent(struct lint *l, struct call *call)
{
    const struct value *v = call_arg(call, 0);
    return v->kind == V_STRING ? decode_percent(l, v) : UNKNOWN;
}

static const struct value *m_buffer(struct lint *l, struct call *call)
{
    const struct value *v = call_arg(call, 0), *how = call_arg(call, 1);
    if (v->kind == V_LIST) {
        struct call codes = *call;
        codes.n = v->n < MAX_ARGS ? v->n : MAX_ARGS;
        memcpy(codes.args, v->items, codes.n * sizeof(*v->items));
        return v->n <= MAX_ARGS ? value_flag(l, m_from_codes(l, &codes), VF_BYTES) : UNKNOWN;
    }
    bool base64 = string_is(how, "base64") || string_is(how, "base64url"), hex = string_is(how, "hex");
    if (v->kind != V_STRING)
        return base64 || hex ? decoded_unknown(l) : UNKNOWN;
    return value_flag(l, base64 ? decode_base64(l, v) : hex ? decode_hex(l, v) : v, VF_BYTES);
}

static const struct value *m_unpacked(struct lint *l, struct call *call)
{
    (void)call;
    return decoded_unknown(l);
}

static const struct value *m_number(struct lint *l, struct call *call)
{
    const struct value *v = call_arg(call, 0), *base = call_arg(call, 1);
    if (v->kind == V_STRING && v->len < 32)
        return value_number(l, (double)strtoll(v->s, NULL, base->kind == V_NUMBER ? (int)base->number : 10));
    return v->kind == V_NUMBER ? v : UNKNOWN;
}

static const struct value *m_text(struct lint *l, struct call *call)
{
    (void)l;
    return call_arg(call, 0)->kind == V_STRING ? call_arg(call, 0) : UNKNOWN;
}

static const struct value *m_join_path(struct lint *l, struct call *call)
{
    const struct value *text = call_arg(call, 0);
    for (size_t i = 1; i < call->n && text->kind == V_STRING; i++)
        text = call_arg(call, i)->kind == V_STRING ? py_join_path(l, text, call_arg(call, i)) : UNKNOWN;
    return text->kind == V_STRING ? text : UNKNOWN;
}

/* Emits and evaluates `f(list...)` for Reflect.apply(f, x, list), f.call(x, ...), f.apply(x, list). */
static const struct value *called_with(struct lint *l, struct call *call, const struct value *f,
                                       const struct value *list, size_t from)
{
    struct call inner = {.where = call->where, .callee = f, .receiver = UNKNOWN};
    inner.spread = list && list->kind != V_LIST;
    for (size_t i = 0; list && list->kind == V_LIST && i < list->n && inner.n < MAX_ARGS; i++)
        inner.args[inner.n++] = list->items[i];
    for (size_t i = from; !list && i < call->n; i++)
        inner.args[inner.n++] = call->args[i];
    for (size_t i = 0; i < inner.n; i++)
        inner.arg_nodes[i] = call->where;
    if (f->kind == V_PATH || f->kind == V_FUNCTION)
        return js_called(l, &inner);
    return UNKNOWN;
}

static const struct value *m_reflect_apply(struct lint *l, struct call *call)
{
    return called_with(l, call, call_arg(call, 0), call_arg(call, 2), 0);
}

static const struct value *m_reflect_construct(struct lint *l, struct call *call)
{
    return called_with(l, call, call_arg(call, 0), call_arg(call, 1), 0);
}

static const struct value *m_reflect_get(struct lint *l, struct call *call)
{
    const struct value *name = call_arg(call, 1);
    if (name->kind != V_STRING)
        return UNKNOWN;
    const struct value *v = js_member(l, call_arg(call, 0), intern(l, name->s, name->len), VF_HIDDEN);
    emit_use(l, v, call->where, USE_BASE);
    return v;
}

/* Object.freeze(x): the argument goes through. */
static const struct value *m_through(struct lint *l, struct call *call)
{
    (void)l;
    return call_arg(call, 0);
}

static const struct value *m_promise(struct lint *l, struct call *call)
{
    return value_flag(l, call_arg(call, 0), VF_MODULE);
}

static const struct value *m_assign(struct lint *l, struct call *call)
{
    const struct value *v = call_arg(call, 0);
    for (size_t i = 1; i < call->n; i++)
        v = js_merged(l, v, call->args[i]);
    return v;
}

/* Nearly the same members. */
static const struct value *m_prototype(struct lint *l, struct call *call)
{
    const struct value *v = call_arg(call, 0);
    return v->kind == V_FUNCTION ? value_path(l, "Function.prototype", 0) : v;
}

static const struct value *m_descriptor(struct lint *l, struct call *call)
{
    const struct value *name = call_arg(call, 1);
    if (name->kind != V_STRING)
        return UNKNOWN;
    struct value *v = value_new(l, V_DICT);
    v->items = arena_alloc(&l->arena, 2 * sizeof(*v->items));
    v->items[v->n++] = value_string(l, "value", 5, 0);
    v->items[v->n++] = js_member(l, call_arg(call, 0), intern(l, name->s, name->len), VF_HIDDEN);
    emit_use(l, v->items[1], call->where, USE_BASE);
    return v;
}

/* new Map([[key, value], ...]) */
static const struct value *m_map(struct lint *l, struct call *call)
{
    const struct value *list = call_arg(call, 0);
    if (list->kind != V_LIST)
        return UNKNOWN;
    struct value *v = value_new(l, V_DICT);
    v->items = arena_alloc(&l->arena, (2 * list->n + 1) * sizeof(*v->items));
    for (size_t i = 0; i < list->n; i++) {
        const struct value *pair = list->items[i];
        if (pair->kind != V_LIST || pair->n != 2)
            return UNKNOWN;
        v->items[v->n++] = pair->items[0];
        v->items[v->n++] = pair->items[1];
    }
    return v;
}

static const struct value *m_array(struct lint *l, struct call *call)
{
    const struct value *v = as_items(l, call_arg(call, 0));
    return v->kind == V_LIST && call->n == 1 ? v : UNKNOWN;
}

static const struct value *m_boxed(struct lint *l, struct call *call)
{
    return value_list(l, call->args, call->n);
}

static const struct {
    const char *name;
    model_fn model;
} models[] = {
    {"String.fromCharCode", m_from_codes},
    {"String.fromCodePoint", m_from_codes},
    {"atob", m_atob},
    {"unescape", m_percent},
    {"decodeURIComponent", m_percent},
    {"decodeURI", m_percent},
    {"Buffer.from", m_buffer},
    {"Buffer", m_buffer},
    {"buffer.Buffer.from", m_buffer},
    {"zlib.inflateSync", m_unpacked},
    {"zlib.gunzipSync", m_unpacked},
    {"zlib.unzipSync", m_unpacked},
    {"zlib.inflateRawSync", m_unpacked},
    {"zlib.brotliDecompressSync", m_unpacked},
    {"parseInt", m_number},
    {"Number", m_number},
    {"String", m_text},
    {"path.join", m_join_path},
    {"path.resolve", m_join_path},
    {"Reflect.apply", m_reflect_apply},
    {"Reflect.construct", m_reflect_construct},
    {"Reflect.get", m_reflect_get},
    {"Object.freeze", m_through},
    {"Promise.resolve", m_promise},
    {"Object.assign", m_assign},
    {"Object.getPrototypeOf", m_prototype},
    {"Reflect.getPrototypeOf", m_prototype},
    {"Object.getOwnPropertyDescriptor", m_descriptor},
    {"Reflect.getOwnPropertyDescriptor", m_descriptor},
    {"Proxy", m_through},
    {"Set", m_through},
    {"Map", m_map},
    {"WeakRef", m_boxed},
    {"Array.of", m_boxed},
    {"Array.from", m_array},
    {"String.raw", m_text},
    {"util.promisify", m_through},
    {"__importStar", m_through},
    {"__importDefault", m_through},
    {"__toESM", m_through},
};

/* ---- methods of constants ---- */

static const struct value *change_case(struct lint *l, const struct value *v, int (*change)(int))
{
    char *s = arena_alloc(&l->arena, v->len + 1);
    for (size_t i = 0; i < v->len; i++)
        s[i] = (char)change((uint8_t)v->s[i]);
    return value_string(l, s, v->len, v->flags | VF_HIDDEN);
}

static const struct value *split(struct lint *l, const struct value *v, const struct value *by)
{
    struct value *out = value_new(l, V_LIST);
    if (by->kind != V_STRING || v->len > MAX_ITEMS)
        return UNKNOWN;
    if (!by->len)
        return as_items(l, v);
    out->items = arena_alloc(&l->arena, (v->len + 2) * sizeof(*out->items));
    const char *s = v->s;
    for (const char *hit; (hit = strstr(s, by->s)); s = hit + by->len)
        out->items[out->n++] = value_string(l, s, (size_t)(hit - s), v->flags | VF_HIDDEN);
    out->items[out->n++] = value_string(l, s, strlen(s), v->flags | VF_HIDDEN);
    return out;
}

static const struct value *code_at(struct lint *l, const struct value *v, const struct value *i)
{
    const struct value *c = fold_index(l, v, call_arg(&(struct call){.args = {i}, .n = 1}, 0));
    size_t at_byte = 0;
    return c->kind == V_STRING && c->len ? value_number(l, (double)utf8_next(c->s, c->len, &at_byte))
                                         : UNKNOWN;
}

static const struct value *slice(struct lint *l, struct call *call, const struct value *v)
{
    const struct value *from = call_arg(call, 0), *to = call_arg(call, 1);
    if (str_eq(call->method, "substr") && to->kind == V_NUMBER && from->kind == V_NUMBER)
        to = value_number(l, from->number + to->number);
    return fold_slice(l, v, call->n > 0 ? from : NULL, call->n > 1 ? to : NULL, NULL);
}

static const struct value *string_method(struct lint *l, struct call *call, const struct value *v)
{
    const char *m = call->method;
    if (str_eq(m, "split"))
        return split(l, v, call_arg(call, 0));
    if (str_eq(m, "concat"))
        return fold_binary(l, "+", 1, v, call_arg(call, 0));
    if (str_eq(m, "replace") || str_eq(m, "replaceAll"))
        return fold_replace(l, v, call_arg(call, 0), call_arg(call, 1));
    if (str_eq(m, "slice") || str_eq(m, "substring") || str_eq(m, "substr"))
        return slice(l, call, v);
    if (str_eq(m, "charAt") || str_eq(m, "at"))
        return fold_index(l, v, call_arg(call, 0));
    if (str_eq(m, "charCodeAt") || str_eq(m, "codePointAt"))
        return code_at(l, v, call_arg(call, 0));
    if (str_eq(m, "toLowerCase"))
        return change_case(l, v, tolower);
    if (str_eq(m, "toUpperCase"))
        return change_case(l, v, toupper);
    if (str_eq(m, "repeat"))
        return fold_binary(l, "*", 1, v, call_arg(call, 0));
    if (str_eq(m, "toString") && (v->flags & VF_BYTES) && string_is(call_arg(call, 0), "base64"))
        return UNKNOWN;
    return str_eq(m, "toString") || str_eq(m, "trim") || str_eq(m, "valueOf") || str_eq(m, "normalize")
               ? v
               : UNKNOWN;
}

static const struct value *map(struct lint *l, struct call *call, const struct value *list)
{
    const struct value *f = call_arg(call, 0);
    if (list->n > 256 || (f->kind != V_FUNCTION && f->kind != V_PATH))
        return UNKNOWN;
    struct value *out = value_new(l, V_LIST);
    out->items = arena_alloc(&l->arena, (list->n + 1) * sizeof(*out->items));
    for (size_t i = 0; i < list->n; i++) {
        struct call inner = {.where = call->where, .callee = f, .receiver = UNKNOWN, .n = 1};
        inner.args[0] = list->items[i];
        inner.arg_nodes[0] = call->where;
        out->items[out->n++] = js_called(l, &inner);
    }
    return out;
}

static const struct value *list_method(struct lint *l, struct call *call, const struct value *v)
{
    static const char *const one[] = {"at", "pop", "shift", "find", "findLast", "deref", NULL};
    const char *m = call->method;
    if (str_eq(m, "join"))
        return fold_join(l, call->n ? call_arg(call, 0) : value_string(l, ",", 1, 0), v);
    if (str_eq(m, "reverse") || str_eq(m, "toReversed"))
        return fold_reverse(l, v);
    if (str_eq(m, "concat"))
        return fold_binary(l, "+", 1, v, call_arg(call, 0));
    if (str_eq(m, "slice"))
        return slice(l, call, v);
    if (str_eq(m, "map") || str_eq(m, "forEach"))
        return map(l, call, v);
    if (str_eq(m, "values") || str_eq(m, "filter") || str_eq(m, "flat") || str_eq(m, "sort"))
        return v;
    for (const char *const *o = one; *o; o++)
        if (str_eq(m, *o))
            return any_item(l, v);
    if (!str_eq(m, "next"))
        return UNKNOWN;
    const struct value *items[] = {value_string(l, "value", 5, 0), any_item(l, v)};
    struct value *result = value_new(l, V_DICT);
    *result = *value_list(l, items, 2);
    result->kind = V_DICT;
    return result;
}

/* f.bind(x, a, b): the arguments go before those of the call. */
static const struct value *bound(struct lint *l, const struct value *f, const struct call *call)
{
    if (call->n < 2 || f->kind != V_PATH)
        return f;
    struct value *v = value_new(l, V_PATH);
    *v = *f;
    v->items = arena_alloc(&l->arena, call->n * sizeof(*v->items));
    memcpy(v->items, call->args + 1, (call->n - 1) * sizeof(*v->items));
    v->n = call->n - 1;
    v->flags |= VF_BOUND;
    return v;
}

static void unbind(struct call *call, const struct value *f)
{
    if (f->kind != V_PATH || !(f->flags & VF_BOUND) || call->n + f->n > MAX_ARGS)
        return;
    memmove(call->args + f->n, call->args, call->n * sizeof(call->args[0]));
    memmove(call->arg_nodes + f->n, call->arg_nodes, call->n * sizeof(call->arg_nodes[0]));
    memcpy(call->args, f->items, f->n * sizeof(call->args[0]));
    for (size_t i = 0; i < f->n; i++)
        call->arg_nodes[i] = call->where;
    call->n += f->n;
}

/* Function.prototype.call.call(f, x, a), f.call.apply(...): f is the first argument. */
static bool calls_argument(const struct value *callee)
{
    return callee->kind == V_PATH &&
           (str_ends(callee->s, ".call.call") || str_ends(callee->s, "prototype.call.apply"));
}

/* f.call, f.apply, f.bind, promise.then */
static const struct value *function_method(struct lint *l, struct call *call)
{
    const struct value *r = call->receiver;
    bool known = (r->kind == V_PATH && r->s[0] != '?') || r->kind == V_FUNCTION;
    if (!known || !call->method)
        return NULL;
    if (str_eq(call->method, "call"))
        return called_with(l, call, r, NULL, 1);
    if (str_eq(call->method, "apply"))
        return called_with(l, call, r, call_arg(call, 1), 0);
    if (str_eq(call->method, "bind"))
        return bound(l, r, call);
    if (str_eq(call->method, "then") && (r->flags & VF_MODULE)) {
        struct call inner = {.where = call->where, .receiver = UNKNOWN, .n = 1, .args = {r}};
        return call_arg(call, 0)->kind == V_FUNCTION ? js_follow(l, call_arg(call, 0), &inner) : UNKNOWN;
    }
    return NULL;
}

static const struct value *one_result(struct lint *l, struct call *call, const struct value *callee)
{
    if (callee->kind == V_FUNCTION)
        return js_follow(l, callee, call);
    if (callee->kind == V_CLASS)
        return js_instance(l, callee, call);
    if (callee->kind != V_PATH)
        return UNKNOWN;
    if (js_is_require(callee))
        return js_module(l, call_arg(call, 0), call->where);
    for (size_t i = 0; i < ARRAY_LEN(models); i++)
        if (str_eq(models[i].name, callee->s))
            return models[i].model(l, call);
    return result_of(l, callee, NULL);
}

const struct value *js_result(struct lint *l, struct call *call)
{
    const struct value *r = call->receiver, *out = NULL;
    if (r->kind == V_STRING && call->method)
        return string_method(l, call, r);
    if (r->kind == V_LIST && call->method)
        return list_method(l, call, r);
    if (r->kind == V_DICT && str_eq(call->method, "get") && dict_get(r, call_arg(call, 0)))
        return dict_get(r, call_arg(call, 0));
    if ((r->flags & VF_DECODED) && str_eq(call->method, "toString"))
        return r;
    const struct value *special = function_method(l, call);
    if (special)
        return special;
    for (const struct value *v = call->callee; v; v = v->alt)
        out = value_either(l, one_result(l, call, v), out);
    return out ? out : UNKNOWN;
}

const struct value *js_called(struct lint *l, struct call *call)
{
    if (++l->depth > 3000)
        lint_stop(l, "it is nested too deeply");
    unbind(call, call->callee);
    if (calls_argument(call->callee)) {
        const struct value *v = called_with(l, call, call_arg(call, 0), NULL, 2);
        l->depth--;
        return v;
    }
    emit(l, ON_CALL, call->callee, call->where, call);
    js_check_call(l, call);
    const struct value *v = js_result(l, call);
    l->depth--;
    return v;
}
