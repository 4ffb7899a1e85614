/* Python's strings, subscripts and comprehensions as values. */
#include "rootfs-tools/lint/front.h"

#include <string.h>

#include "base/auto.h"
#include "base/strings.h"
#include "rootfs-tools/lint/rules.h"

/* ---- strings ---- */

struct prefix {
    bool raw, bytes, format;
};

static struct prefix prefix_of(const struct lint *l, node start)
{
    struct prefix p = {0};
    for (uint32_t i = at(l, start)->start; i < at(l, start)->end; i++) {
        char c = l->text[i] | 32;
        p.raw |= c == 'r';
        p.bytes |= c == 'b';
        p.format |= c == 'f';
    }
    return p;
}

static const struct value *piece(struct lint *l, uint32_t from, uint32_t to, struct prefix p)
{
    uint32_t flags = p.bytes ? VF_BYTES : 0;
    if (p.raw)
        return value_string(l, l->text + from, to - from, flags | VF_LITERAL);
    return unescape(l, l->text + from, to - from, false, flags);
}

static const struct value *interpolated(struct lint *l, node n)
{
    const struct value *v = UNKNOWN;
    bool plain = true;
    FOR_CHILDREN(l, c, n)
    if (kind_of(l, c) != K_format_specifier && kind_of(l, c) != K_type_conversion) {
        v = py_eval(l, c, USE_VALUE);
    } else {
        plain &= kind_of(l, c) == K_type_conversion && node_is(l, c, "!s");
        FOR_CHILDREN(l, inner, c)
        py_eval(l, inner, USE_VALUE);
    }
    if (!plain)
        return UNKNOWN;
    return v->kind == V_STRING || v->kind == V_NUMBER ? v : UNKNOWN;
}

static const struct value *one_string(struct lint *l, node n)
{
    node start = at(l, n)->first;
    if (!start || kind_of(l, start) != K_string_start)
        return UNKNOWN;
    struct prefix p = prefix_of(l, start);
    node end = child_of_kind(l, n, K_string_end);
    uint32_t from = at(l, start)->end, last = end ? at(l, end)->start : at(l, n)->end;
    const struct value *out = NULL;
    bool known = true, holes = false;
    FOR_CHILDREN(l, c, n)
    {
        if (kind_of(l, c) != K_interpolation)
            continue;
        const struct value *before = piece(l, from, at(l, c)->start, p), *hole = interpolated(l, c);
        out = out ? fold_binary(l, "+", 1, out, before) : before;
        out = fold_binary(l, "+", 1, out, hole);
        known &= out->kind == V_STRING;
        holes = true;
        from = at(l, c)->end;
    }
    if (from > last)
        return UNKNOWN;
    const struct value *rest = piece(l, from, last, p);
    if (!holes)
        return rest;
    return known ? fold_binary(l, "+", 1, out, rest) : UNKNOWN;
}

const struct value *py_string(struct lint *l, node n)
{
    if (kind_of(l, n) == K_string)
        return one_string(l, n);
    const struct value *out = NULL;
    FOR_CHILDREN(l, c, n)
    {
        const struct value *v = py_eval(l, c, USE_VALUE);
        out = out ? fold_binary(l, "+", 1, out, v) : v;
    }
    return out ? out : UNKNOWN;
}

/* "%s%s" % (...): strings and whole numbers only. args may be one value or a list. */
const struct value *py_format(struct lint *l, const struct value *format, const struct value *args)
{
    AUTO_BUF struct buf b = BUF_INIT;
    size_t next = 0;
    for (size_t i = 0; i < format->len; i++) {
        if (format->s[i] != '%' || i + 1 == format->len) {
            buf_addc(&b, format->s[i]);
            continue;
        }
        char c = format->s[++i];
        const struct value *v = args->kind == V_LIST && next < args->n ? args->items[next] : args;
        if (c == '%') {
            buf_addc(&b, '%');
            continue;
        }
        next++;
        if (c == 'c' && v->kind == V_NUMBER)
            v = fold_char(l, v);
        if ((c != 's' && c != 'c') || v->kind != V_STRING || b.len > MAX_STRING)
            return UNKNOWN;
        buf_add(&b, v->s, v->len);
    }
    return value_string(l, buf_str(&b), b.len, VF_HIDDEN);
}

/* "{}{}".format(...): plain and numbered holes. */
const struct value *py_format_braces(struct lint *l, const struct value *format, const struct call *call)
{
    AUTO_BUF struct buf b = BUF_INIT;
    size_t next = 0;
    for (size_t i = 0; i < format->len; i++) {
        char c = format->s[i];
        if ((c == '{' || c == '}') && i + 1 < format->len && format->s[i + 1] == c) {
            buf_addc(&b, c);
            i++;
            continue;
        }
        if (c != '{') {
            buf_addc(&b, c);
            continue;
        }
        const char *close = memchr(format->s + i, '}', format->len - i);
        size_t width = close ? (size_t)(close - (format->s + i)) : 0;
        bool numbered = width == 2 && format->s[i + 1] >= '0' && format->s[i + 1] <= '9';
        if (!close || (width != 1 && !numbered))
            return UNKNOWN;
        const struct value *v = call_arg(call, numbered ? (size_t)(format->s[i + 1] - '0') : next++);
        if (v->kind != V_STRING || b.len > MAX_STRING)
            return UNKNOWN;
        buf_add(&b, v->s, v->len);
        i += width;
    }
    return value_string(l, buf_str(&b), b.len, VF_HIDDEN | (format->flags & VF_BYTES));
}

/* ---- subscripts ---- */

/* What a name means in the module: what globals()['x'] gives. */
static const struct value *module_name(struct lint *l, const struct value *index)
{
    const char *name = intern(l, index->s, index->len);
    const struct value *v = scope_own(l, py_module_scope(l), name);
    if (!v)
        v = path_member(l, "builtins", name, 0);
    return value_flag(l, v, index->flags & VF_HIDDEN);
}

static const struct value *path_item(struct lint *l, const struct value *base, const struct value *index,
                                     node where)
{
    const char *word = last_word(base->s);
    bool namespace = str_eq(word, "__dict__") || str_eq(word, "__globals__") || str_eq(word, "f_globals") ||
                     str_eq(word, "f_builtins") || is_path(base, "builtins") || str_eq(word, "__builtins__");
    bool globals = is_path(base, "builtins.globals()") || is_path(base, "builtins.locals()") ||
                   is_path(base, "builtins.vars()");
    bool modules = is_path(base, "sys.modules");
    if (!namespace && !globals && !modules)
        return UNKNOWN;
    if ((base->s[0] != '?' || str_eq(word, "__dict__")) && !globals && !is_constant(index))
        add_finding(l, PY014, SEV_NONE, where, "opaque: which member is used is only known at run time");
    if (index->kind != V_STRING)
        return UNKNOWN;
    const char *name = intern(l, index->s, index->len);
    if (modules)
        return value_path(l, name, VF_HIDDEN);
    if (globals)
        return module_name(l, index);
    if (str_eq(word, "__dict__")) { /* x.__dict__['y'] is x.y */
        char *object = xstrndup(base->s, (size_t)(word - base->s) - 1);
        const struct value *v = path_member(l, object, name, VF_HIDDEN);
        free(object);
        return v;
    }
    return path_member(l,
                       is_path(base, "builtins") || str_eq(word, "f_builtins") || str_eq(word, "__builtins__")
                           ? "builtins"
                       : str_eq(name, "__builtins__") ? "builtins"
                                                      : "?",
                       name, VF_HIDDEN);
}

const struct value *py_item(struct lint *l, const struct value *base, const struct value *index, node where)
{
    if (base->kind == V_PATH)
        return path_item(l, base, index, where);
    return fold_index(l, base, index);
}

static const struct value *slice(struct lint *l, const struct value *base, node n)
{
    /* from, to and step are told apart by the colons between them */
    const struct value *part[3] = {NULL, NULL, NULL};
    uint32_t position = at(l, n)->start;
    size_t i = 0;
    FOR_CHILDREN(l, c, n)
    {
        for (; position < at(l, c)->start; position++)
            i += l->text[position] == ':';
        if (i < 3)
            part[i] = py_eval(l, c, USE_VALUE);
        position = at(l, c)->end;
    }
    return fold_slice(l, base, part[0], part[1], part[2]);
}

const struct value *py_subscript(struct lint *l, node n, enum use use)
{
    node base_node = child(l, n, F_value), index_node = child(l, n, F_subscript);
    const struct value *base = py_eval(l, base_node, USE_BASE);
    if (!index_node)
        return UNKNOWN;
    if (kind_of(l, index_node) == K_slice)
        return slice(l, base, index_node);
    const struct value *index = py_eval(l, index_node, USE_VALUE);
    for (node more = at(l, index_node)->next; more; more = at(l, more)->next)
        py_eval(l, more, USE_VALUE);
    py_check_item(l, n, base, index);
    const struct value *v = py_item(l, base, index, n);
    if (base->kind == V_PATH)
        emit_use(l, v, n, use);
    return v;
}

/* ---- comprehensions ---- */

#define MAX_UNROLLED 256

static const struct value *unroll(struct lint *l, node body, node left, const struct value *items)
{
    struct value *out = value_new(l, V_LIST);
    out->items = arena_alloc(&l->arena, (items->n + 1) * sizeof(*out->items));
    for (size_t i = 0; i < items->n; i++) {
        lint_step(l);
        py_bind(l, left, items->items[i]);
        out->items[out->n++] = py_eval(l, body, USE_VALUE);
    }
    return out;
}

const struct value *py_comprehension(struct lint *l, node n)
{
    struct scope *outside = l->scope;
    node body = child(l, n, F_body), left = 0;
    const struct value *items = UNKNOWN;
    size_t clauses = 0;
    scope_push(l, false, false);
    FOR_CHILDREN(l, c, n)
    {
        if (c == body)
            continue;
        clauses++;
        if (kind_of(l, c) != K_for_in_clause) {
            py_eval(l, c, USE_BASE);
            continue;
        }
        left = child(l, c, F_left);
        items = as_items(l, py_eval(l, child(l, c, F_right), USE_VALUE));
        if (left)
            py_bind(l, left, any_item(l, items));
    }
    const struct value *out = UNKNOWN;
    bool simple = clauses == 1 && left && items->kind == V_LIST && items->n <= MAX_UNROLLED &&
                  l->inlined < 2 &&
                  (kind_of(l, n) == K_list_comprehension || kind_of(l, n) == K_generator_expression);
    l->inlined += simple;
    if (simple && body)
        out = unroll(l, body, left, items);
    else if (body && kind_of(l, body) != K_pair)
        py_eval(l, body, USE_VALUE);
    else if (body)
        FOR_CHILDREN(l, c, body)
    py_eval(l, c, USE_VALUE);
    l->inlined -= simple;
    l->scope = outside;
    return out;
}
