/* What calls of the Python library give, as far as it hides names: __import__, getattr, join, chr, base64,
 * ... */
#include "rootfs-tools/lint/front.h"

#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/strings.h"
#include "rootfs-tools/lint/rules.h"

typedef const struct value *(*model_fn)(struct lint *l, struct call *call);

static const struct value *as_module(struct lint *l, const struct value *name, bool first_only)
{
    if (name->kind != V_STRING)
        return UNKNOWN;
    const char *s = intern(l, name->s, first_only ? strcspn(name->s, ".") : name->len);
    return value_path(l, s, name->flags & VF_HIDDEN);
}

static void imported(struct lint *l, const struct value *module, node where)
{
    emit(l, ON_IMPORT, module, where, NULL);
}

static const struct value *m_import(struct lint *l, struct call *call)
{
    const struct value *from = call_keyword(call, "fromlist");
    const struct value *out = NULL;
    for (const struct value *v = call_arg(call, 0); v; v = v->alt) {
        const struct value *module = as_module(l, v, call_positional(call) < 4 && !from);
        imported(l, as_module(l, v, false), call->where);
        out = value_either(l, module, out);
    }
    return out ? out : UNKNOWN;
}

static const struct value *m_import_module(struct lint *l, struct call *call)
{
    const struct value *out = NULL;
    for (const struct value *v = call_arg(call, 0); v; v = v->alt) {
        const struct value *module = as_module(l, v, false);
        imported(l, module, call->where);
        out = value_either(l, module, out);
    }
    return out ? out : UNKNOWN;
}

static const struct value *m_getattr(struct lint *l, struct call *call)
{
    const struct value *out = NULL, *object = call_arg(call, 0);
    for (const struct value *name = call_arg(call, 1); name; name = name->alt) {
        if (name->kind != V_STRING)
            continue;
        const struct value *v = py_member(l, object, intern(l, name->s, name->len), name->flags & VF_HIDDEN);
        emit_use(l, v, call->where, USE_BASE);
        out = value_either(l, v, out);
    }
    if (call_positional(call) > 2)
        out = value_either(l, call_arg(call, 2), out);
    return out ? out : UNKNOWN;
}

/* pydoc.locate('os.system'), pkgutil.resolve_name('os:system') */
static const struct value *m_locate(struct lint *l, struct call *call)
{
    const struct value *name = call_arg(call, 0);
    char s[80];
    if (name->kind != V_STRING || name->len >= sizeof(s))
        return UNKNOWN;
    for (size_t i = 0; i <= name->len; i++)
        s[i] = name->s[i] == ':' ? '.' : name->s[i];
    const struct value *v = value_path(l, s, VF_HIDDEN);
    imported(l, as_module(l, name, true), call->where);
    imported(l, v, call->where);
    emit_use(l, v, call->where, USE_BASE);
    return v;
}

/* operator.attrgetter('a.b'): the name goes with the result, which is called later. */
static const struct value *m_getter(struct lint *l, struct call *call)
{
    return result_of(l, call->callee, call_arg(call, 0));
}

static const struct value *m_get_now(struct lint *l, struct call *call)
{
    if (!call->callee->text)
        return UNKNOWN;
    const struct value *v = call_arg(call, 0);
    const char *s = call->callee->text->s;
    while (*s) {
        size_t len = strcspn(s, ".");
        v = py_member(l, v, intern(l, s, len), VF_HIDDEN);
        emit_use(l, v, call->where, USE_BASE);
        s += len + (s[len] == '.');
    }
    return v;
}

static const struct value *m_call_method(struct lint *l, struct call *call)
{
    const struct value *v = m_get_now(l, call);
    struct call inner = {.where = call->where, .callee = v, .receiver = call_arg(call, 0), .spread = true};
    emit(l, ON_CALL, v, call->where, &inner);
    return UNKNOWN;
}

static const struct value *m_vars(struct lint *l, struct call *call)
{
    return call->n ? py_member(l, call_arg(call, 0), "__dict__", 0) : result_of(l, call->callee, NULL);
}

static const struct value *m_first(struct lint *l, struct call *call)
{
    (void)l;
    return call_arg(call, 0);
}

static const struct value *m_next(struct lint *l, struct call *call)
{
    return any_item(l, call_arg(call, 0));
}

static const struct value *m_chr(struct lint *l, struct call *call)
{
    return fold_char(l, call_arg(call, 0));
}

static const struct value *m_ord(struct lint *l, struct call *call)
{
    const struct value *v = call_arg(call, 0);
    size_t i = 0;
    int64_t code = v->kind == V_STRING && v->len ? utf8_next(v->s, v->len, &i) : -1;
    return code >= 0 ? value_number(l, (double)code) : UNKNOWN;
}

static const struct value *m_int(struct lint *l, struct call *call)
{
    const struct value *v = call_arg(call, 0), *base = call_arg(call, 1);
    if (v->kind == V_STRING && v->len < 32)
        return value_number(l, (double)strtoll(v->s, NULL, base->kind == V_NUMBER ? (int)base->number : 10));
    return v->kind == V_NUMBER ? v : UNKNOWN;
}

static const struct value *m_bytes(struct lint *l, struct call *call)
{
    const struct value *v = call_arg(call, 0);
    if (v->kind == V_STRING)
        return value_flag(l, v, VF_BYTES);
    if (v->kind != V_LIST)
        return UNKNOWN;
    char *s = arena_alloc(&l->arena, v->n + 1);
    for (size_t i = 0; i < v->n; i++) {
        if (v->items[i]->kind != V_NUMBER || !(v->items[i]->number >= 0 && v->items[i]->number < 256))
            return UNKNOWN;
        s[i] = (char)(int)v->items[i]->number;
    }
    return value_string(l, s, v->n, VF_BYTES | VF_HIDDEN);
}

static const struct value *m_str(struct lint *l, struct call *call)
{
    const struct value *v = call_arg(call, 0);
    if (v->kind != V_STRING)
        return v->kind == V_NUMBER ? fold_binary(l, "+", 1, v, value_string(l, "", 0, 0)) : UNKNOWN;
    struct value *copy = value_new(l, V_STRING);
    *copy = *v;
    copy->flags &= ~(uint32_t)VF_BYTES;
    return copy;
}

static const struct value *m_reversed(struct lint *l, struct call *call)
{
    return fold_reverse(l, call_arg(call, 0));
}

static const struct value *m_list(struct lint *l, struct call *call)
{
    return as_items(l, call_arg(call, 0));
}

static const struct value *m_range(struct lint *l, struct call *call)
{
    const struct value *a = call_arg(call, 0), *b = call_arg(call, 1), *c = call_arg(call, 2);
    size_t n = call_positional(call);
    double from = n > 1 ? a->number : 0, to = n > 1 ? b->number : a->number, step = n > 2 ? c->number : 1;
    if (a->kind != V_NUMBER || (n > 1 && b->kind != V_NUMBER) || (n > 2 && c->kind != V_NUMBER) ||
        !(step * step >= 1))
        return UNKNOWN;
    if (!((to - from) / step <= 1024)) {
        struct value *range = value_new(l, V_PATH);
        *range = *result_of(l, call->callee, NULL);
        range->items = arena_alloc(&l->arena, sizeof(*range->items));
        range->items[range->n++] = value_number(l, (to - from) / step);
        return range;
    }
    struct value *out = value_new(l, V_LIST);
    out->items = arena_alloc(&l->arena, 1026 * sizeof(*out->items));
    for (; out->n < 1025 && (step > 0 ? from < to : from > to); from += step)
        out->items[out->n++] = value_number(l, from);
    return out;
}

/* map(f, list): calls the function for each item, as the program would. */
static const struct value *m_map(struct lint *l, struct call *call)
{
    const struct value *f = call_arg(call, 0), *items = as_items(l, call_arg(call, 1));
    if (f->kind == V_UNKNOWN)
        return UNKNOWN;
    bool known = items->kind == V_LIST && items->n <= 256;
    struct value *out = value_new(l, V_LIST);
    size_t n = known ? items->n : 1;
    out->items = arena_alloc(&l->arena, (n + 1) * sizeof(*out->items));
    for (size_t i = 0; i < n; i++) {
        struct call inner = {.where = call->where, .callee = f, .receiver = UNKNOWN, .n = 1};
        inner.args[0] = known ? items->items[i] : UNKNOWN;
        emit(l, ON_CALL, f, call->where, &inner);
        out->items[out->n++] = py_result(l, &inner);
    }
    return known ? out : UNKNOWN;
}

static const struct value *decoded_unknown(struct lint *l)
{
    const struct value *v = value_path(l, "?.decoded", VF_DECODED);
    return v;
}

static const struct value *m_base64(struct lint *l, struct call *call)
{
    const struct value *v = decode_base64(l, call_arg(call, 0));
    return v->kind == V_STRING ? value_flag(l, v, VF_BYTES) : decoded_unknown(l);
}

static const struct value *m_hex(struct lint *l, struct call *call)
{
    const struct value *v = decode_hex(l, call_arg(call, 0));
    return v->kind == V_STRING ? value_flag(l, v, VF_BYTES) : decoded_unknown(l);
}

static const struct value *m_unpacked(struct lint *l, struct call *call)
{
    (void)call;
    return decoded_unknown(l);
}

static const struct value *m_codecs(struct lint *l, struct call *call)
{
    const struct value *v = call_arg(call, 0), *how = call_arg(call, 1);
    if (how->kind != V_STRING || v->kind != V_STRING)
        return how->kind == V_STRING &&
                       (strstr(how->s, "64") || strstr(how->s, "hex") || strstr(how->s, "13"))
                   ? decoded_unknown(l)
                   : UNKNOWN;
    if (strstr(how->s, "rot"))
        return decode_rot13(l, v);
    if (strstr(how->s, "hex"))
        return decode_hex(l, v);
    return strstr(how->s, "base64") ? decode_base64(l, v) : v;
}

static const struct value *m_path(struct lint *l, struct call *call)
{
    const struct value *text = call_arg(call, 0);
    for (size_t i = 1; i < call_positional(call) && text->kind == V_STRING; i++)
        text = call_arg(call, i)->kind == V_STRING ? py_join_path(l, text, call_arg(call, i)) : UNKNOWN;
    return result_of(l, value_path(l, "pathlib.Path", 0), text);
}

static const struct value *m_joinpath(struct lint *l, struct call *call)
{
    const struct value *text = call->callee->text;
    for (size_t i = 0; i < call_positional(call) && text; i++)
        text = call_arg(call, i)->kind == V_STRING ? py_join_path(l, text, call_arg(call, i)) : NULL;
    return result_of(l, value_path(l, "pathlib.Path", 0), text);
}

static const struct value *m_join(struct lint *l, struct call *call)
{
    const struct value *text = call_arg(call, 0);
    for (size_t i = 1; i < call_positional(call) && text->kind == V_STRING; i++)
        text = call_arg(call, i)->kind == V_STRING ? py_join_path(l, text, call_arg(call, i)) : UNKNOWN;
    return text->kind == V_STRING ? text : UNKNOWN;
}

static const struct value *m_partial(struct lint *l, struct call *call)
{
    return value_flag(l, call_arg(call, 0), VF_BOUND);
}

static const struct value *m_module_of_code(struct lint *l, struct call *call)
{
    (void)call;
    return value_path(l, "?.code", 0);
}

static const struct {
    const char *name;
    model_fn model;
} models[] = {
    {"builtins.__import__", m_import},
    {"builtins.bytearray", m_bytes},
    {"builtins.bytes", m_bytes},
    {"builtins.bytes.fromhex", m_hex},
    {"builtins.bytearray.fromhex", m_hex},
    {"builtins.chr", m_chr},
    {"builtins.compile", m_module_of_code},
    {"builtins.getattr", m_getattr},
    {"builtins.int", m_int},
    {"builtins.iter", m_first},
    {"builtins.list", m_list},
    {"builtins.map", m_map},
    {"builtins.ord", m_ord},
    {"builtins.range", m_range},
    {"builtins.reversed", m_reversed},
    {"builtins.str", m_str},
    {"builtins.str.join", NULL},
    {"builtins.tuple", m_list},
    {"builtins.vars", m_vars},
    {"importlib.import_module", m_import_module},
    {"importlib.__import__", m_import},
    {"pydoc.locate", m_locate},
    {"pydoc.safeimport", m_locate},
    {"pkgutil.resolve_name", m_locate},
    {"builtins.next", m_next},
    {"copy.copy", m_first},
    {"copy.deepcopy", m_first},
    {"operator.attrgetter", m_getter},
    {"operator.attrgetter()", m_get_now},
    {"operator.methodcaller", m_getter},
    {"operator.methodcaller()", m_call_method},
    {"functools.partial", m_partial},
    {"base64.b64decode", m_base64},
    {"base64.standard_b64decode", m_base64},
    {"base64.urlsafe_b64decode", m_base64},
    {"base64.decodebytes", m_base64},
    {"binascii.a2b_base64", m_base64},
    {"base64.b16decode", m_hex},
    {"binascii.unhexlify", m_hex},
    {"binascii.a2b_hex", m_hex},
    {"base64.b32decode", m_unpacked},
    {"base64.b85decode", m_unpacked},
    {"base64.a85decode", m_unpacked},
    {"zlib.decompress", m_unpacked},
    {"gzip.decompress", m_unpacked},
    {"bz2.decompress", m_unpacked},
    {"lzma.decompress", m_unpacked},
    {"codecs.decode", m_codecs},
    {"codecs.encode", m_codecs},
    {"pathlib.Path", m_path},
    {"pathlib.PosixPath", m_path},
    {"pathlib.PurePath", m_path},
    {"pathlib.Path().joinpath", m_joinpath},
    {"pathlib.Path().resolve", m_joinpath},
    {"pathlib.Path().absolute", m_joinpath},
    {"os.path.join", m_join},
    {"os.fspath", m_first},
};

/* ---- methods of constants ---- */

static const struct value *change_case(struct lint *l, const struct value *v, int (*change)(int))
{
    char *s = arena_alloc(&l->arena, v->len + 1);
    for (size_t i = 0; i < v->len; i++)
        s[i] = (char)change((uint8_t)v->s[i]);
    return value_string(l, s, v->len, v->flags | VF_HIDDEN);
}

static const struct value *strip(struct lint *l, const struct value *v)
{
    size_t from = 0, to = v->len;
    while (from < to && isspace((uint8_t)v->s[from]))
        from++;
    while (to > from && isspace((uint8_t)v->s[to - 1]))
        to--;
    return value_string(l, v->s + from, to - from, v->flags);
}

static const struct value *split(struct lint *l, const struct value *v, const struct value *by)
{
    const char *between = by->kind == V_STRING ? by->s : " ";
    struct value *out = value_new(l, V_LIST);
    size_t len = strlen(between);
    if (!len || v->len > MAX_ITEMS)
        return UNKNOWN;
    out->items = arena_alloc(&l->arena, (v->len + 2) * sizeof(*out->items));
    const char *s = v->s;
    for (const char *hit; (hit = strstr(s, between)); s = hit + len)
        out->items[out->n++] = value_string(l, s, (size_t)(hit - s), v->flags | VF_HIDDEN);
    out->items[out->n++] = value_string(l, s, strlen(s), v->flags | VF_HIDDEN);
    return out;
}

static const struct value *decode_method(struct lint *l, struct call *call, const struct value *v)
{
    const struct value *how = call_arg(call, 0);
    if (how->kind == V_STRING && strstr(how->s, "rot"))
        return decode_rot13(l, v);
    if (how->kind == V_STRING && strstr(how->s, "hex"))
        return decode_hex(l, v);
    struct value *copy = value_new(l, V_STRING);
    *copy = *v;
    copy->flags &= ~(uint32_t)VF_BYTES;
    return copy;
}

static const struct value *string_method(struct lint *l, struct call *call)
{
    const struct value *v = call->receiver;
    const char *m = call->method;
    if (str_eq(m, "join"))
        return fold_join(l, v, call_arg(call, 0));
    if (str_eq(m, "replace"))
        return fold_replace(l, v, call_arg(call, 0), call_arg(call, 1));
    if (str_eq(m, "lower") || str_eq(m, "casefold"))
        return change_case(l, v, tolower);
    if (str_eq(m, "upper"))
        return change_case(l, v, toupper);
    if (str_eq(m, "strip") || str_eq(m, "lstrip") || str_eq(m, "rstrip"))
        return call->n ? UNKNOWN : strip(l, v);
    if (str_eq(m, "decode") || str_eq(m, "encode"))
        return decode_method(l, call, v);
    if (str_eq(m, "split"))
        return split(l, v, call_arg(call, 0));
    if (str_eq(m, "format"))
        return py_format_braces(l, v, call);
    return UNKNOWN;
}

static bool is_decoded_method(const struct call *call)
{
    return (call->receiver->flags & VF_DECODED) && call->method &&
           (str_eq(call->method, "decode") || str_eq(call->method, "strip"));
}

static const struct value *one_result(struct lint *l, struct call *call, const struct value *callee)
{
    if (callee->kind == V_FUNCTION)
        return py_follow(l, callee, call);
    if (callee->kind == V_CLASS) /* its instances */
        return callee;
    if (callee->kind != V_PATH)
        return UNKNOWN;
    for (size_t i = 0; i < ARRAY_LEN(models); i++)
        if (models[i].model && str_eq(models[i].name, callee->s))
            return models[i].model(l, call);
    return result_of(l, callee, call_arg(call, 0)->kind == V_STRING ? call_arg(call, 0) : callee->text);
}

/* x.get(key) is x[key], object.__getattribute__(x, name) is x.name, ... NULL: nothing of that kind. */
static const struct value *container_method(struct lint *l, struct call *call)
{
    static const char *const items[] = {"get", "pop", "setdefault", "__getitem__", NULL};
    const struct value *r = call->receiver, *first = call_arg(call, 0);
    const struct value *name = call_arg(call, call_positional(call) > 1 ? 1 : 0);
    for (const char *const *m = items; *m && call->n; m++) {
        if (!str_eq(call->method, *m))
            continue;
        const struct value *v = py_item(l, r, first, call->where);
        emit_use(l, v, call->where, USE_BASE);
        return v->kind == V_UNKNOWN ? NULL : v;
    }
    if (r->kind == V_LIST && (str_eq(call->method, "pop") || str_eq(call->method, "popleft")))
        return any_item(l, r);
    if (str_eq(call->method, "__getattribute__") && name->kind == V_STRING) {
        const struct value *of = call_positional(call) > 1 ? first : r;
        const struct value *v = py_member(l, of, intern(l, name->s, name->len), VF_HIDDEN);
        emit_use(l, v, call->where, USE_BASE);
        return v;
    }
    if (str_eq(call->method, "load_module") && first->kind == V_STRING)
        return m_import_module(l, call);
    return NULL;
}

const struct value *py_result(struct lint *l, struct call *call)
{
    if (call->receiver->kind == V_STRING && call->method)
        return string_method(l, call);
    if (is_decoded_method(call))
        return call->receiver;
    const struct value *special = call->method ? container_method(l, call) : NULL;
    if (special)
        return special;
    const struct value *callee = call->callee, *out = NULL;
    for (const struct value *v = callee; v; v = v->alt) {
        call->callee = v;
        out = value_either(l, one_result(l, call, v), out);
    }
    call->callee = callee;
    return out ? out : UNKNOWN;
}
