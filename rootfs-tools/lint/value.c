/* Values and constant folding: what a hostile author writes to keep a name out of the source text
 * ('o' + 's', ''.join(...), 'so'[::-1], chr(), base64) is computed here. Every result is bounded by
 * MAX_STRING and MAX_ITEMS. */
#include "rootfs-tools/lint/value.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/auto.h"
#include "base/strings.h"

const struct value unknown_value = {.kind = V_UNKNOWN}, undefined_value = {.kind = V_UNKNOWN};

struct value *value_new(struct lint *l, enum value_kind kind)
{
    struct value *v = arena_alloc(&l->arena, sizeof(*v));
    v->kind = kind;
    return v;
}

const struct value *value_number(struct lint *l, double number)
{
    struct value *v = value_new(l, V_NUMBER);
    v->number = number;
    return v;
}

const struct value *value_string(struct lint *l, const char *s, size_t len, uint32_t flags)
{
    l->folded += len;
    if (len > MAX_STRING || l->folded > MAX_FOLDED)
        return UNKNOWN;
    struct value *v = value_new(l, V_STRING);
    v->s = arena_strndup(&l->arena, s, len);
    v->len = len;
    v->flags = flags;
    return v;
}

const struct value *value_path(struct lint *l, const char *name, uint32_t flags)
{
    struct value *v = value_new(l, V_PATH);
    const char *real = name_alias(l, name);
    v->s = intern(l, real, strlen(real));
    v->len = strlen(v->s);
    v->flags = flags;
    return v;
}

const struct value *value_list(struct lint *l, const struct value **items, size_t n)
{
    struct value *v = value_new(l, V_LIST);
    v->items = arena_alloc(&l->arena, (n + 1) * sizeof(*items));
    if (n)
        memcpy(v->items, items, n * sizeof(*items));
    v->n = n;
    return v;
}

struct value *value_function(struct lint *l, node n)
{
    struct value *v = value_new(l, V_FUNCTION);
    v->function = n;
    v->tree = l->tree;
    v->closure = l->scope;
    return v;
}

const struct value *value_class(struct lint *l, struct scope *members)
{
    struct value *v = value_new(l, V_CLASS);
    v->closure = members;
    return v;
}

const struct value *value_flag(struct lint *l, const struct value *v, uint32_t flags)
{
    if (v->kind == V_UNKNOWN || (v->flags & flags) == flags)
        return v;
    struct value *copy = value_new(l, v->kind);
    *copy = *v;
    copy->flags |= flags;
    return copy;
}

static bool same(const struct value *a, const struct value *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind)
        return false;
    if (a->kind == V_PATH)
        return a->s == b->s;
    return a->kind == V_STRING && a->len == b->len && memcmp(a->s, b->s, a->len) == 0;
}

const struct value *value_either(struct lint *l, const struct value *a, const struct value *b)
{
    if (a == b || !b || b == &undefined_value)
        return a;
    if (a == &undefined_value)
        return b;
    if (a->kind == V_UNKNOWN || b->kind == V_UNKNOWN)
        return value_flag(l, a->kind == V_UNKNOWN ? b : a, VF_OPEN);
    size_t n = 1;
    for (const struct value *v = b; v; v = v->alt, n++)
        if (same(v, a))
            return v->flags & VF_OPEN || !(a->flags & VF_OPEN) ? b : value_flag(l, b, VF_OPEN);
    if (n > MAX_ALTERNATIVES)
        return value_flag(l, b, VF_OPEN);
    struct value *copy = value_new(l, a->kind);
    *copy = *a;
    copy->alt = b;
    return copy;
}

bool string_is(const struct value *v, const char *s)
{
    return v->kind == V_STRING && v->len == strlen(s) && memcmp(v->s, s, v->len) == 0;
}

bool path_starts(const struct value *v, const char *prefix)
{
    return v->kind == V_PATH && str_starts(v->s, prefix);
}

const char *last_word(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

/* ---- folding ---- */

static const struct value *concat(struct lint *l, const struct value *a, const struct value *b)
{
    l->folded += a->len + b->len;
    if (a->len + b->len > MAX_STRING || l->folded > MAX_FOLDED)
        return UNKNOWN;
    struct value *v = value_new(l, V_STRING);
    char *s = arena_alloc(&l->arena, a->len + b->len + 1);
    memcpy(s, a->s, a->len);
    memcpy(s + a->len, b->s, b->len);
    v->s = s;
    v->len = a->len + b->len;
    v->flags = ((a->flags | b->flags) & (VF_DECODED | VF_BYTES | VF_OPEN)) | VF_HIDDEN;
    return v;
}

static const struct value *number_text(struct lint *l, const struct value *v)
{
    char s[40];
    int n = snprintf(s, sizeof(s), "%.15g", v->number);
    return value_string(l, s, (size_t)n, 0);
}

static const struct value *repeat(struct lint *l, const struct value *v, double times)
{
    if (!(times >= 0) || times * (double)(v->len + v->n) > 65536)
        return UNKNOWN;
    size_t n = (size_t)times;
    if (v->kind == V_LIST) {
        struct value *out = value_new(l, V_LIST);
        out->items = arena_alloc(&l->arena, (n * v->n + 1) * sizeof(*v->items));
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < v->n; j++)
                out->items[out->n++] = v->items[j];
        return out;
    }
    AUTO_BUF struct buf b = BUF_INIT;
    for (size_t i = 0; i < n; i++)
        buf_add(&b, v->s, v->len);
    return value_string(l, buf_str(&b), b.len, (v->flags & (VF_DECODED | VF_BYTES | VF_OPEN)) | VF_HIDDEN);
}

static const struct value *fold_numbers(struct lint *l, const char *op, double a, double b)
{
    bool whole = fabs(a) < 9e15 && fabs(b) < 9e15 && b == floor(b) && a == floor(a);
    int64_t x = whole ? (int64_t)a : 0, y = whole ? (int64_t)b : 0;
    if (str_eq(op, "+"))
        return value_number(l, a + b);
    if (str_eq(op, "-"))
        return value_number(l, a - b);
    if (str_eq(op, "*"))
        return value_number(l, a * b);
    if (str_eq(op, "**"))
        return value_number(l, pow(a, b));
    if (b != 0 && str_eq(op, "/"))
        return value_number(l, a / b);
    if (b != 0 && str_eq(op, "//"))
        return value_number(l, floor(a / b));
    if (b != 0 && str_eq(op, "%"))
        return value_number(l, a - b * floor(a / b));
    if (str_eq(op, "<<") && y >= 0 && y < 1000)
        return value_number(l, ldexp(a, (int)y));
    if (!whole)
        return UNKNOWN;
    if (str_eq(op, ">>") && y >= 0 && y < 63)
        return value_number(l, (double)(x >> y));
    if (str_eq(op, "^"))
        return value_number(l, (double)(x ^ y));
    if (str_eq(op, "&"))
        return value_number(l, (double)(x & y));
    if (str_eq(op, "|"))
        return value_number(l, (double)(x | y));
    return UNKNOWN;
}

static const struct value *list_concat(struct lint *l, const struct value *a, const struct value *b)
{
    if (a->n + b->n > MAX_ITEMS)
        return UNKNOWN;
    struct value *v = value_new(l, V_LIST);
    v->items = arena_alloc(&l->arena, (a->n + b->n + 1) * sizeof(*v->items));
    memcpy(v->items, a->items, a->n * sizeof(*v->items));
    memcpy(v->items + a->n, b->items, b->n * sizeof(*v->items));
    v->n = a->n + b->n;
    return v;
}

const struct value *fold_binary(struct lint *l, const char *op_text, size_t op_len, const struct value *a,
                                const struct value *b)
{
    char op[4] = "";
    if (op_len >= sizeof(op))
        return UNKNOWN;
    memcpy(op, op_text, op_len);
    if (a->kind == V_NUMBER && b->kind == V_NUMBER)
        return fold_numbers(l, op, a->number, b->number);
    if (op[0] == '*' && !op[1] && (a->kind == V_STRING || a->kind == V_LIST) && b->kind == V_NUMBER)
        return repeat(l, a, b->number);
    if (op[0] == '*' && !op[1] && (b->kind == V_STRING || b->kind == V_LIST) && a->kind == V_NUMBER)
        return repeat(l, b, a->number);
    if (op[1] || (op[0] != '+' && op[0] != '.'))
        return UNKNOWN;
    if (a->kind == V_LIST && b->kind == V_LIST)
        return list_concat(l, a, b);
    if (a->kind == V_STRING && b->kind == V_NUMBER)
        b = number_text(l, b);
    if (b->kind == V_STRING && a->kind == V_NUMBER)
        a = number_text(l, a);
    return a->kind == V_STRING && b->kind == V_STRING ? concat(l, a, b) : UNKNOWN;
}

const struct value *as_items(struct lint *l, const struct value *v)
{
    if (v->kind != V_STRING || v->len > MAX_ITEMS)
        return v;
    struct value *out = value_new(l, V_LIST);
    out->items = arena_alloc(&l->arena, (v->len + 1) * sizeof(*out->items));
    for (size_t i = 0; i < v->len;) {
        size_t from = i;
        if (v->flags & VF_BYTES) {
            out->items[out->n++] = value_number(l, (uint8_t)v->s[i++]);
            continue;
        }
        utf8_next(v->s, v->len, &i);
        out->items[out->n++] =
            value_string(l, v->s + from, i - from, (v->flags & (VF_DECODED | VF_OPEN)) | VF_HIDDEN);
    }
    return out;
}

const struct value *fold_join(struct lint *l, const struct value *glue, const struct value *list)
{
    list = as_items(l, list);
    if (glue->kind != V_STRING || list->kind != V_LIST)
        return UNKNOWN;
    AUTO_BUF struct buf b = BUF_INIT;
    uint32_t flags = VF_HIDDEN | (glue->flags & VF_BYTES);
    for (size_t i = 0; i < list->n; i++) {
        const struct value *v = list->items[i];
        if (v->kind == V_NUMBER)
            v = number_text(l, v);
        if (v->kind != V_STRING || b.len + v->len > MAX_STRING)
            return UNKNOWN;
        if (i)
            buf_add(&b, glue->s, glue->len);
        buf_add(&b, v->s, v->len);
        flags |= v->flags & (VF_DECODED | VF_OPEN);
    }
    return value_string(l, buf_str(&b), b.len, flags);
}

static double bound(const struct value *v, double otherwise, double n)
{
    double i = v && v->kind == V_NUMBER ? trunc(v->number) : otherwise;
    if (i < 0 && v && v->kind == V_NUMBER)
        i += n;
    return i;
}

/* Python's rules; from, to and step may be NULL. */
const struct value *fold_slice(struct lint *l, const struct value *v, const struct value *from,
                               const struct value *to, const struct value *step_value)
{
    const struct value *list = as_items(l, v);
    if (list->kind != V_LIST || (from && from->kind != V_NUMBER) || (to && to->kind != V_NUMBER) ||
        (step_value && step_value->kind != V_NUMBER))
        return UNKNOWN;
    double n = (double)list->n, step = step_value ? step_value->number : 1;
    if (!(fabs(step) >= 1))
        return UNKNOWN;
    double i = bound(from, step > 0 ? 0 : n - 1, n), end = bound(to, step > 0 ? n : -1, n);
    i = step > 0 ? fmax(i, 0) : fmin(i, n - 1);
    end = step > 0 ? fmin(end, n) : fmax(end, -1);
    struct value *out = value_new(l, V_LIST);
    out->items = arena_alloc(&l->arena, (list->n + 1) * sizeof(*out->items));
    for (; step > 0 ? i < end : i > end; i += step)
        out->items[out->n++] = list->items[(size_t)i];
    if (v->kind != V_STRING)
        return out;
    if (!(v->flags & VF_BYTES))
        return fold_join(l, value_string(l, "", 0, 0), out);
    char *s = arena_alloc(&l->arena, out->n + 1);
    for (size_t k = 0; k < out->n; k++)
        s[k] = (char)(int)out->items[k]->number;
    return value_string(l, s, out->n, v->flags | VF_HIDDEN);
}

const struct value *fold_index(struct lint *l, const struct value *v, const struct value *index)
{
    if (v->kind == V_DICT) {
        const struct value *found = dict_get(v, index);
        return found ? found : UNKNOWN;
    }
    const struct value *list = as_items(l, v);
    if (list->kind != V_LIST || index->kind != V_NUMBER)
        return UNKNOWN;
    double i = bound(index, 0, (double)list->n);
    return i >= 0 && i < (double)list->n ? list->items[(size_t)i] : UNKNOWN;
}

const struct value *fold_reverse(struct lint *l, const struct value *v)
{
    const struct value *list = as_items(l, v);
    if (list->kind != V_LIST)
        return UNKNOWN;
    struct value *out = value_new(l, V_LIST);
    out->items = arena_alloc(&l->arena, (list->n + 1) * sizeof(*out->items));
    for (size_t i = list->n; i > 0; i--)
        out->items[out->n++] = list->items[i - 1];
    return out;
}

const struct value *fold_replace(struct lint *l, const struct value *v, const struct value *from,
                                 const struct value *to)
{
    if (v->kind != V_STRING || from->kind != V_STRING || to->kind != V_STRING || from->len == 0)
        return UNKNOWN;
    AUTO_BUF struct buf b = BUF_INIT;
    for (size_t i = 0; i < v->len;) {
        if (b.len > MAX_STRING)
            return UNKNOWN;
        if (v->len - i >= from->len && memcmp(v->s + i, from->s, from->len) == 0) {
            buf_add(&b, to->s, to->len);
            i += from->len;
        } else {
            buf_addc(&b, v->s[i++]);
        }
    }
    return value_string(l, buf_str(&b), b.len, v->flags | VF_HIDDEN);
}

const struct value *fold_char(struct lint *l, const struct value *code)
{
    char s[4];
    if (code->kind != V_NUMBER || !(code->number >= 0 && code->number < 0x110000))
        return UNKNOWN;
    return value_string(l, s, utf8_put(s, (uint32_t)code->number), VF_HIDDEN);
}

const struct value *dict_get(const struct value *dict, const struct value *key)
{
    if (dict->kind != V_DICT || key->kind != V_STRING)
        return NULL;
    for (size_t i = dict->n; i >= 2; i -= 2)
        if (same(dict->items[i - 2], key))
            return dict->items[i - 1];
    return NULL;
}

/* ---- decoding ---- */

static const struct value *decoded(struct lint *l, struct buf *b, const struct value *from)
{
    return value_string(l, buf_str(b), b->len, VF_DECODED | VF_HIDDEN | (from->flags & (VF_BYTES | VF_OPEN)));
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

const struct value *decode_base64(struct lint *l, const struct value *v)
{
    AUTO_BUF struct buf b = BUF_INIT;
    uint32_t bits = 0, have = 0;
    for (size_t i = 0; v->kind == V_STRING && i < v->len; i++) {
        int digit = base64_digit(v->s[i]);
        if (digit < 0)
            continue;
        bits = bits << 6 | (uint32_t)digit;
        have += 6;
        if (have >= 8) {
            have -= 8;
            buf_addc(&b, (char)(bits >> have & 255));
        }
    }
    return v->kind == V_STRING ? decoded(l, &b, v) : UNKNOWN;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : isxdigit((uint8_t)c) ? (c | 32) - 'a' + 10 : -1;
}

const struct value *decode_hex(struct lint *l, const struct value *v)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (v->kind != V_STRING)
        return UNKNOWN;
    for (size_t i = 0; i < v->len; i++) {
        int high = hex_digit(v->s[i]), low = i + 1 < v->len ? hex_digit(v->s[i + 1]) : -1;
        if (high < 0 || low < 0)
            continue;
        buf_addc(&b, (char)(high << 4 | low));
        i++;
    }
    return decoded(l, &b, v);
}

const struct value *decode_rot13(struct lint *l, const struct value *v)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (v->kind != V_STRING)
        return UNKNOWN;
    for (size_t i = 0; i < v->len; i++) {
        char c = v->s[i], low = (char)(c | 32);
        bool letter = low >= 'a' && low <= 'z';
        buf_addc(&b, (char)(letter ? (low - 'a' + 13) % 26 + (c & 32 ? 'a' : 'A') : c));
    }
    return decoded(l, &b, v);
}

const struct value *decode_percent(struct lint *l, const struct value *v)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (v->kind != V_STRING)
        return UNKNOWN;
    bool any = false;
    for (size_t i = 0; i < v->len; i++) {
        int high = v->s[i] == '%' && i + 2 < v->len ? hex_digit(v->s[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(v->s[i + 2]) : -1;
        buf_addc(&b, (char)(low >= 0 ? (high << 4 | low) : v->s[i]));
        if (low >= 0)
            i += 2;
        any |= low >= 0;
    }
    return any ? decoded(l, &b, v) : v;
}

/* ---- arguments ---- */

const struct value *call_arg(const struct call *call, size_t i)
{
    for (size_t k = 0; k < call->n; k++)
        if (!call->keywords[k] && i-- == 0)
            return call->args[k];
    return UNKNOWN;
}

const struct value *call_keyword(const struct call *call, const char *keyword)
{
    for (size_t k = 0; k < call->n; k++)
        if (call->keywords[k] && strcmp(call->keywords[k], keyword) == 0)
            return call->args[k];
    return NULL;
}

size_t call_positional(const struct call *call)
{
    size_t n = 0;
    for (size_t k = 0; k < call->n; k++)
        n += !call->keywords[k];
    return n;
}
