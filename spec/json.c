/* Writing and reading JSON with yajl: see json.h. The writer prints straight into a struct buf. */
#include "spec/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>
#include <yajl/yajl_tree.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"

#define MAX_DEPTH 64

/* ---- memory for yajl: it does not check for NULL everywhere ---- */

static void *alloc_malloc(void *ctx, size_t size)
{
    (void)ctx;
    return xrealloc(NULL, 1, size);
}

static void *alloc_realloc(void *ctx, void *ptr, size_t size)
{
    (void)ctx;
    return xrealloc(ptr, 1, size);
}

static void alloc_free(void *ctx, void *ptr)
{
    (void)ctx;
    free(ptr);
}

static const yajl_alloc_funcs alloc_funcs = {alloc_malloc, alloc_realloc, alloc_free, NULL};

const void *json_alloc_funcs(void)
{
    return &alloc_funcs;
}

/* ---- UTF-8 ---- */

/* Length of the well-formed sequence at s (RFC 3629: no overlong forms, no surrogates), 0 if there is none.
 */
static size_t utf8_length(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xc2 && s[0] <= 0xdf   ? 2
               : (s[0] & 0xf0) == 0xe0        ? 3
               : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4
                                              : 0;
    if (n == 0 || n > left)
        return 0;
    unsigned char low = 0x80, high = 0xbf;
    if (s[0] == 0xe0)
        low = 0xa0;
    else if (s[0] == 0xed)
        high = 0x9f;
    else if (s[0] == 0xf0)
        low = 0x90;
    else if (s[0] == 0xf4)
        high = 0x8f;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    return n;
}

static bool utf8_valid(const unsigned char *s, size_t len)
{
    size_t i = 0;
    while (i < len) {
        size_t n = utf8_length(s + i, len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

static void utf8_repair(const unsigned char *s, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len;) {
        size_t n = utf8_length(s + i, len - i);
        if (n > 0)
            buf_add(out, s + i, n);
        else
            buf_adds(out, "\xef\xbf\xbd");
        i += n > 0 ? n : 1;
    }
}

/* ---- writer ---- */

static void print_to_buf(void *ctx, const char *text, size_t len)
{
    buf_add(ctx, text, len);
}

static void gen_text(yajl_gen gen, const void *bytes, size_t len)
{
    if (utf8_valid(bytes, len)) {
        yajl_gen_string(gen, bytes, len);
        return;
    }
    AUTO_BUF struct buf repaired = BUF_INIT;
    utf8_repair(bytes, len, &repaired);
    yajl_gen_string(gen, (const unsigned char *)repaired.data, repaired.len);
}

static void gen_key(const struct json *j, const char *key)
{
    if (key)
        gen_text(j->gen, key, strlen(key));
}

void json_begin(struct json *j, struct buf *out, bool pretty)
{
    yajl_gen gen = yajl_gen_alloc(&alloc_funcs);
    yajl_gen_config(gen, yajl_gen_beautify, pretty ? 1 : 0);
    yajl_gen_config(gen, yajl_gen_indent_string, "  ");
    yajl_gen_config(gen, yajl_gen_print_callback, print_to_buf, out);
    j->gen = gen;
    j->out = out;
}

void json_end(struct json *j)
{
    yajl_gen_free(j->gen);
    j->gen = NULL;
    /* yajl ends a pretty document with a newline of its own */
    if (j->out->len > 0 && j->out->data[j->out->len - 1] == '\n')
        j->out->data[--j->out->len] = '\0';
}

void json_open(struct json *j, const char *key, char bracket)
{
    gen_key(j, key);
    if (bracket == '{')
        yajl_gen_map_open(j->gen);
    else
        yajl_gen_array_open(j->gen);
}

/* yajl writes an empty pretty array as "[\n\n]": make it "[]". */
static void squeeze_empty(struct buf *out, char open, char close)
{
    size_t end = out->len, at;
    while (end > 0 && out->data[end - 1] == '\n')
        end--;
    if (end < 2 || out->data[end - 1] != close)
        return;
    for (at = end - 1; at > 0 && (out->data[at - 1] == ' ' || out->data[at - 1] == '\n'); at--)
        ;
    if (at > 0 && at < end - 1 && out->data[at - 1] == open) {
        memmove(out->data + at, out->data + end - 1, out->len - (end - 1) + 1);
        out->len -= end - 1 - at;
    }
}

void json_close(struct json *j, char bracket)
{
    if (bracket == '}')
        yajl_gen_map_close(j->gen);
    else
        yajl_gen_array_close(j->gen);
    squeeze_empty(j->out, bracket == '}' ? '{' : '[', bracket);
}

void json_bytes(struct json *j, const char *key, const void *value, size_t len)
{
    gen_key(j, key);
    gen_text(j->gen, value, len);
}

void json_string(struct json *j, const char *key, const char *value)
{
    if (value)
        json_bytes(j, key, value, strlen(value));
    else
        json_null(j, key);
}

/* By hand: a document has hundreds, and printf(3) takes many times as long. */
static void gen_number(const struct json *j, const char *key, uint64_t value, bool negative)
{
    char text[24], *at = text + sizeof(text);
    do
        *--at = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    if (negative)
        *--at = '-';
    gen_key(j, key);
    yajl_gen_number(j->gen, at, (size_t)(text + sizeof(text) - at));
}

void json_int(struct json *j, const char *key, int64_t value)
{
    gen_number(j, key, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

void json_uint(struct json *j, const char *key, uint64_t value)
{
    gen_number(j, key, value, false);
}

void json_double(struct json *j, const char *key, double value, int decimals)
{
    if (!(value > -1e300 && value < 1e300)) { /* JSON has no infinity and no NaN */
        json_null(j, key);
        return;
    }
    char text[512]; /* 300 digits before the point */
    int n = snprintf(text, sizeof(text), "%.*f", decimals, value);
    gen_key(j, key);
    yajl_gen_number(j->gen, text, (size_t)n);
}

void json_bool(struct json *j, const char *key, bool value)
{
    gen_key(j, key);
    yajl_gen_bool(j->gen, value);
}

void json_null(struct json *j, const char *key)
{
    gen_key(j, key);
    yajl_gen_null(j->gen);
}

/* ---- reader ---- */

int json_fail_at(const char *name, const char *text, size_t len, size_t offset, const char *what)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < offset && i < len; i++) {
        column++;
        if (text[i] == '\n') {
            line++;
            column = 1;
        }
    }
    return fail(0, "%s: line %zu, column %zu: %s", name, line, column, what);
}

int json_fail_syntax(const char *name, const char *text, size_t len, void *parser, bool at_end)
{
    unsigned char *message = yajl_get_error(parser, 0, (const unsigned char *)text, len);
    AUTO_FREE char *what = xstrdup((const char *)message);
    yajl_free_error(parser, message);
    what[strcspn(what, "\n")] = '\0';
    size_t offset = at_end ? len : yajl_get_bytes_consumed(parser);
    /* the offset is past the character that was wrong */
    return json_fail_at(name, text, len, !at_end && offset > 0 ? offset - 1 : offset, what);
}

/* yajl_tree works recursively, so the depth is looked at first. */
static int check_depth(const char *name, const char *text, size_t len)
{
    bool in_string = false;
    size_t depth = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '[') && ++depth > MAX_DEPTH)
            return json_fail_at(name, text, len, i, "nested more than 64 levels deep");
        else if (!in_string && (c == '}' || c == ']') && depth > 0)
            depth--;
    }
    return 0;
}

static int check_syntax(const char *name, const char *text, size_t len)
{
    yajl_alloc_funcs funcs = alloc_funcs;
    yajl_handle parser = yajl_alloc(NULL, &funcs, NULL);
    int r = 0;
    if (yajl_parse(parser, (const unsigned char *)text, len) != yajl_status_ok)
        r = json_fail_syntax(name, text, len, parser, false);
    else if (yajl_complete_parse(parser) != yajl_status_ok)
        r = json_fail_syntax(name, text, len, parser, true);
    yajl_free(parser);
    return r;
}

struct json_value *json_parse(const char *name, const char *text, size_t len)
{
    if (memchr(text, '\0', len)) {
        fail(0, "%s: not JSON: there is a NUL byte in it", name);
        return NULL;
    }
    if (check_depth(name, text, len) < 0 || check_syntax(name, text, len) < 0)
        return NULL;
    AUTO_FREE char *copy = xstrndup(text, len);
    char message[256];
    yajl_val tree = yajl_tree_parse(copy, message, sizeof(message));
    if (!tree)
        fail(0, "%s: %s", name, message);
    return (struct json_value *)tree;
}

void json_free(struct json_value *value)
{
    yajl_tree_free((yajl_val)value);
}

static yajl_val tree_of(const struct json_value *value)
{
    union { /* yajl's accessors want a pointer to what they only read */
        const struct json_value *in;
        yajl_val out;
    } u = {value};
    return u.out;
}

const struct json_value *json_get(const struct json_value *object, const char *key)
{
    yajl_val v = tree_of(object);
    if (!YAJL_IS_OBJECT(v))
        return NULL;
    for (size_t i = v->u.object.len; i-- > 0;) /* from the end: of equal keys the last one counts */
        if (strcmp(v->u.object.keys[i], key) == 0)
            return YAJL_IS_NULL(v->u.object.values[i]) ? NULL : (struct json_value *)v->u.object.values[i];
    return NULL;
}

const char *json_as_string(const struct json_value *value)
{
    return YAJL_GET_STRING(tree_of(value));
}

/* As it stands in the document: 64 bits survive. NULL if it is not a number. */
static const char *number_text(const struct json_value *value)
{
    yajl_val v = tree_of(value);
    return YAJL_IS_NUMBER(v) ? YAJL_GET_NUMBER(v) : NULL;
}

double json_as_double(const struct json_value *value, double otherwise)
{
    const char *text = number_text(value);
    return text ? strtod(text, NULL) : otherwise;
}

int64_t json_as_int(const struct json_value *value, int64_t otherwise)
{
    const char *text = number_text(value);
    int64_t v;
    return text && parse_i64(text, INT64_MIN, INT64_MAX, &v) == 0 ? v : otherwise;
}

const char *json_get_string(const struct json_value *object, const char *key)
{
    return json_as_string(json_get(object, key));
}

int64_t json_get_int(const struct json_value *object, const char *key, int64_t otherwise)
{
    return json_as_int(json_get(object, key), otherwise);
}

uint64_t json_get_uint(const struct json_value *object, const char *key, uint64_t otherwise)
{
    const char *text = number_text(json_get(object, key));
    uint64_t v;
    return text && parse_u64(text, UINT64_MAX, &v) == 0 ? v : otherwise;
}

bool json_get_bool(const struct json_value *object, const char *key, bool otherwise)
{
    yajl_val v = tree_of(json_get(object, key));
    return YAJL_IS_TRUE(v) ? true : YAJL_IS_FALSE(v) ? false : otherwise;
}

size_t json_length(const struct json_value *array_or_object)
{
    yajl_val v = tree_of(array_or_object);
    return YAJL_IS_ARRAY(v) ? v->u.array.len : YAJL_IS_OBJECT(v) ? v->u.object.len : 0;
}

const struct json_value *json_at(const struct json_value *array, size_t i)
{
    yajl_val v = tree_of(array);
    return YAJL_IS_ARRAY(v) && i < v->u.array.len ? (struct json_value *)v->u.array.values[i] : NULL;
}

const char *json_key_at(const struct json_value *object, size_t i)
{
    yajl_val v = tree_of(object);
    return YAJL_IS_OBJECT(v) && i < v->u.object.len ? v->u.object.keys[i] : NULL;
}
