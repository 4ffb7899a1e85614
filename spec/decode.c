/* Decodes config.json into struct spec by the tables of tables.c.
 *
 * yajl's parser calls back for each token. A stack of frames says where we are: in an object that has a table
 * (OBJECT), in an array (LIST), in an object whose keys are data (MAP) or in something that nobody knows
 * (SKIP). A value goes to the place that the topmost frame names. Elements of lists and maps are collected in
 * the frame and copied into the arena when the list ends. The stack is also the path that errors show. */
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "spec/json.h"
#include "spec/tables.h"

#define MAX_DEPTH 64
#define MAX_SIZE  (16u << 20)
#define MAX_LIST  65536 /* elements of an array */
#define MAX_MAP   4096  /* keys of an object of data */

enum where { OBJECT, LIST, MAP, SKIP };

struct frame {
    enum where where;
    /* OBJECT */
    const struct table *table;
    char *base;                /* the struct */
    const struct field *field; /* the property being read; LIST, MAP: the list itself; NULL: unknown */
    uint64_t seen;             /* a bit for each row of the table */
    /* LIST, MAP */
    char *items; /* kept when the frame is popped, for the next one at this depth */
    size_t item_size, n, cap, bytes;
    size_t index;    /* of the element being read */
    const char *key; /* MAP: its key, and that one's hash */
    uint32_t hash;
    uint32_t *hashes; /* MAP: of the keys of items, MAX_MAP of them; kept as items is */
};

struct decoder {
    const char *name;
    struct arena *arena;
    const struct table *root_table;
    void *root;
    bool too_deep, refused; /* why a callback returned 0 */
    size_t depth;           /* frames in use */
    struct frame frames[MAX_DEPTH];
};

/* ---- errors ---- */

static void add_key(struct buf *path, const char *key)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (*key && strspn(key, plain) == strlen(key))
        buf_printf(path, "%s%s", path->len ? "." : "", key);
    else
        buf_printf(path, "[\"%.200s\"]", key);
}

static void add_path(const struct decoder *d, struct buf *path)
{
    for (const struct frame *f = d->frames; f < d->frames + d->depth; f++) {
        if (f->where == OBJECT && f->field)
            add_key(path, f->field->name);
        else if (f->where == LIST)
            buf_printf(path, "[%zu]", f->index);
        else if (f->where == MAP && f->key)
            add_key(path, f->key);
    }
}

/* Returns 0, which makes yajl stop. */
static int wrong(struct decoder *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int wrong(struct decoder *d, const char *fmt, ...)
{
    AUTO_BUF struct buf path = BUF_INIT;
    AUTO_BUF struct buf what = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&what, fmt, ap);
    va_end(ap);
    add_path(d, &path);
    d->refused = true;
    fail(0, "%s%s%s: %s", d->name, path.len ? ": " : "", buf_str(&path), buf_str(&what));
    return 0;
}

static const char *expectation(enum kind kind)
{
    switch (kind) {
    case KIND_STRING:
        return "a string";
    case KIND_BOOL:
    case KIND_OPT_BOOL:
        return "true or false";
    case KIND_I32:
    case KIND_I64:
    case KIND_OPT_I64:
        return "an integer";
    case KIND_U32:
    case KIND_U64:
    case KIND_OPT_U16:
    case KIND_OPT_U32:
    case KIND_OPT_U64:
        return "an unsigned integer";
    case KIND_STRINGS:
    case KIND_U32S:
    case KIND_LIST:
        return "an array";
    case KIND_KEY_VALUES:
    case KIND_OBJECT:
    case KIND_INLINE:
    case KIND_MAP:
        return "an object";
    }
    return "something else";
}

static int wrong_type(struct decoder *d, enum kind kind, const char *found)
{
    return wrong(d, "expected %s, found %s", expectation(kind), found);
}

/* A string as errors show it: quoted, on one line, not too long. */
static void add_quoted(struct buf *out, const unsigned char *s, size_t len)
{
    buf_addc(out, '"');
    for (size_t i = 0; i < len && i < 60; i++) {
        if (s[i] < ' ' || s[i] == 0x7f)
            buf_addc(out, '?');
        else
            buf_addc(out, (char)s[i]);
    }
    buf_adds(out, len > 60 ? "...\"" : "\"");
}

/* ---- places ---- */

struct place {
    enum kind kind;
    const struct field *field; /* NULL in lists of scalars */
    char *at;
};

/* Room for one more element, zeroed; *at is valid until the next one. */
static int add_item(struct decoder *d, struct frame *f, char **at)
{
    size_t max = f->where == MAP ? MAX_MAP : MAX_LIST;
    if (f->n >= max)
        return wrong(d, "more than %zu elements", max);
    if ((f->n + 1) * f->item_size > f->bytes) {
        f->bytes = (f->n + 1) * f->item_size * 2 + 256;
        f->items = xrealloc(f->items, f->bytes, 1);
    }
    *at = f->items + f->n++ * f->item_size;
    memset(*at, 0, f->item_size);
    return 1;
}

static enum kind element_kind(const struct field *list)
{
    switch (list->kind) {
    case KIND_STRINGS:
    case KIND_KEY_VALUES:
        return KIND_STRING;
    case KIND_U32S:
        return KIND_U32;
    default:
        return KIND_INLINE;
    }
}

/* FNV-1a: long keys that begin alike must not make maps slow */
static uint32_t hash_of(const unsigned char *key, size_t len)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ key[i]) * 16777619u;
    return hash;
}

/* The index of the map's element with the current key, or n. */
static size_t map_find(const struct frame *f)
{
    size_t i = 0;
    while (i < f->n &&
           (f->hashes[i] != f->hash || strcmp(*(char **)(f->items + i * f->item_size), f->key) != 0))
        i++;
    return i;
}

/* The map's element with the current key: a repeated key takes the place of the first. */
static int map_item(struct decoder *d, struct frame *f, char **at)
{
    size_t i = map_find(f);
    if (i < f->n) {
        *at = f->items + i * f->item_size;
        memset(*at, 0, f->item_size);
    } else if (!add_item(d, f, at)) {
        return 0;
    } else {
        if (!f->hashes)
            f->hashes = xcalloc(MAX_MAP, sizeof(*f->hashes));
        f->hashes[i] = f->hash;
    }
    *(const char **)*at = f->key;
    return 1;
}

/* Where the value that comes now goes. Returns 1, 0 after an error, -1 if it is to be skipped. */
static int find_place(struct decoder *d, struct place *p)
{
    struct frame *f = &d->frames[d->depth - 1];
    p->field = f->field;
    switch (f->where) {
    case SKIP:
        return -1;
    case OBJECT:
        if (!f->field)
            return -1;
        f->seen |= UINT64_C(1) << (f->field - f->table->fields);
        p->kind = f->field->kind;
        p->at = f->base + f->field->offset;
        if (f->field->presence)
            *(bool *)(f->base + f->field->presence) = true;
        return 1;
    case LIST:
        p->kind = element_kind(f->field);
        f->index = f->n;
        return add_item(d, f, &p->at);
    case MAP:
        p->kind = element_kind(f->field);
        if (!map_item(d, f, &p->at))
            return 0;
        if (f->field->kind == KIND_KEY_VALUES)
            p->at += offsetof(struct key_value, value);
        return 1;
    }
    return -1;
}

static int skip(int place)
{
    return place < 0; /* 1: go on, 0: stop */
}

/* ---- scalars ---- */

/* As if the property had not been there. */
static void reset(struct frame *f)
{
    static const uint8_t sizes[] = {
        [KIND_STRING] = sizeof(char *),
        [KIND_BOOL] = sizeof(bool),
        [KIND_I32] = sizeof(int32_t),
        [KIND_I64] = sizeof(int64_t),
        [KIND_U32] = sizeof(uint32_t),
        [KIND_U64] = sizeof(uint64_t),
        [KIND_OPT_BOOL] = sizeof(struct opt_bool),
        [KIND_OPT_U16] = sizeof(struct opt_u16),
        [KIND_OPT_U32] = sizeof(struct opt_u32),
        [KIND_OPT_I64] = sizeof(struct opt_i64),
        [KIND_OPT_U64] = sizeof(struct opt_u64),
        [KIND_STRINGS] = sizeof(struct any_list),
        [KIND_U32S] = sizeof(struct any_list),
        [KIND_KEY_VALUES] = sizeof(struct any_list),
        [KIND_OBJECT] = sizeof(void *),
        [KIND_LIST] = sizeof(struct any_list),
        [KIND_MAP] = sizeof(struct any_list),
    };
    const struct field *field = f->field;
    const struct table one = {field, 1, 0};
    memset(f->base + field->offset, 0, field->kind == KIND_INLINE ? field->sub->size : sizes[field->kind]);
    table_defaults(&one, f->base);
    if (field->presence)
        *(bool *)(f->base + field->presence) = false;
    f->seen &= ~(UINT64_C(1) << (field - f->table->fields));
}

/* Removes the map's element with the current key. */
static void map_remove(struct frame *f)
{
    size_t i = map_find(f);
    if (i == f->n)
        return;
    char *at = f->items + i * f->item_size;
    f->n--;
    memmove(at, at + f->item_size, (f->n - i) * f->item_size);
    memmove(&f->hashes[i], &f->hashes[i + 1], (f->n - i) * sizeof(f->hashes[0]));
}

static int on_null(void *ctx)
{
    struct decoder *d = ctx;
    if (d->depth == 0)
        return wrong_type(d, KIND_OBJECT, "null");
    struct frame *f = &d->frames[d->depth - 1];
    if (f->where == OBJECT && f->field) {
        reset(f);
    } else if (f->where == MAP) {
        map_remove(f);
    } else if (f->where == LIST) {
        f->index = f->n;
        return wrong_type(d, element_kind(f->field), "null");
    }
    return 1;
}

static int on_boolean(void *ctx, int value)
{
    struct decoder *d = ctx;
    const char *found = value ? "true" : "false";
    if (d->depth == 0)
        return wrong_type(d, KIND_OBJECT, found);
    struct place p;
    int r = find_place(d, &p);
    if (r <= 0)
        return skip(r);
    if (p.kind == KIND_BOOL)
        *(bool *)p.at = value;
    else if (p.kind == KIND_OPT_BOOL)
        *(struct opt_bool *)p.at = (struct opt_bool){true, value};
    else
        return wrong_type(d, p.kind, found);
    return 1;
}

struct range {
    int64_t min;
    uint64_t max;
};

static struct range range_of(const struct place *p)
{
    /* a list's own row does not bound its elements */
    if (p->field && p->field->kind == p->kind && (p->field->min || p->field->max))
        return (struct range){p->field->min, (uint64_t)p->field->max};
    switch (p->kind) {
    case KIND_I32:
        return (struct range){INT32_MIN, INT32_MAX};
    case KIND_I64:
    case KIND_OPT_I64:
        return (struct range){INT64_MIN, INT64_MAX};
    case KIND_OPT_U16:
        return (struct range){0, UINT16_MAX};
    case KIND_U32:
    case KIND_OPT_U32:
        return (struct range){0, UINT32_MAX};
    default:
        return (struct range){0, UINT64_MAX};
    }
}

static void store_number(const struct place *p, uint64_t v)
{
    switch (p->kind) {
    case KIND_I32:
        *(int32_t *)p->at = (int32_t)v;
        break;
    case KIND_I64:
        *(int64_t *)p->at = (int64_t)v;
        break;
    case KIND_U32:
        *(uint32_t *)p->at = (uint32_t)v;
        break;
    case KIND_U64:
        *(uint64_t *)p->at = v;
        break;
    case KIND_OPT_U16:
        *(struct opt_u16 *)p->at = (struct opt_u16){true, (uint16_t)v};
        break;
    case KIND_OPT_U32:
        *(struct opt_u32 *)p->at = (struct opt_u32){true, (uint32_t)v};
        break;
    case KIND_OPT_I64:
        *(struct opt_i64 *)p->at = (struct opt_i64){true, (int64_t)v};
        break;
    default:
        *(struct opt_u64 *)p->at = (struct opt_u64){true, v};
    }
}

static bool is_number(enum kind kind)
{
    const char *expected = expectation(kind);
    return str_ends(expected, "integer");
}

static int on_number(void *ctx, const char *text, size_t len)
{
    struct decoder *d = ctx;
    char digits[64];
    size_t shown = len < sizeof(digits) ? len : sizeof(digits) - 1;
    memcpy(digits, text, shown);
    digits[shown] = '\0';
    if (d->depth == 0)
        return wrong_type(d, KIND_OBJECT, digits);
    struct place p;
    int r = find_place(d, &p);
    if (r <= 0)
        return skip(r);
    if (!is_number(p.kind) || strspn(digits, "-0123456789") != len)
        return wrong_type(d, p.kind, digits);
    const struct range range = range_of(&p);
    int64_t negative;
    uint64_t v;
    if (digits[0] == '-' && parse_i64(digits, range.min, 0, &negative) == 0)
        v = (uint64_t)negative;
    else if (digits[0] == '-' || parse_u64(digits, range.max, &v) < 0 ||
             (range.min > 0 && v < (uint64_t)range.min))
        return wrong(d, "expected an integer from %lld to %llu, found %s", (long long)range.min,
                     (unsigned long long)range.max, digits);
    store_number(&p, v);
    return 1;
}

static int on_string(void *ctx, const unsigned char *s, size_t len)
{
    struct decoder *d = ctx;
    struct place p = {.kind = KIND_OBJECT};
    int r = d->depth == 0 ? 1 : find_place(d, &p);
    if (r <= 0)
        return skip(r);
    if (p.kind != KIND_STRING) {
        AUTO_BUF struct buf found = BUF_INIT;
        add_quoted(&found, s, len);
        return wrong_type(d, p.kind, buf_str(&found));
    }
    if (memchr(s, '\0', len))
        return wrong(d, "a string with a NUL byte (\\u0000) in it");
    bool lone = p.field->kind == KIND_STRING; /* not an element of a list */
    if (len == 0 && lone && (p.field->flags & REQUIRED))
        return wrong(d, "must not be empty");
    if ((p.field->flags & ABSOLUTE) && (len > 0 ? s[0] != '/' : !lone)) {
        AUTO_BUF struct buf found = BUF_INIT;
        add_quoted(&found, s, len);
        return wrong(d, "must be an absolute path, found %s", buf_str(&found));
    }
    /* Go callers cannot tell "" from absent */
    *(char **)p.at = len == 0 && lone ? NULL : arena_strndup(d->arena, (const char *)s, len);
    return 1;
}

/* ---- objects and arrays ---- */

static struct frame *push(struct decoder *d, enum where where)
{
    if (d->depth == MAX_DEPTH) {
        d->too_deep = true;
        return NULL;
    }
    struct frame *f = &d->frames[d->depth++];
    f->where = where;
    f->field = NULL;
    f->n = f->index = 0;
    f->key = NULL;
    f->seen = 0;
    return f;
}

static int push_object(struct decoder *d, const struct table *table, char *base)
{
    struct frame *f = push(d, OBJECT);
    if (!f)
        return 0;
    f->table = table;
    f->base = base;
    table_defaults(table, base);
    return 1;
}

static int push_collection(struct decoder *d, enum where where, const struct field *field)
{
    struct frame *f = push(d, where);
    if (!f)
        return 0;
    f->field = field;
    switch (field->kind) {
    case KIND_STRINGS:
        f->item_size = sizeof(char *);
        break;
    case KIND_U32S:
        f->item_size = sizeof(uint32_t);
        break;
    case KIND_KEY_VALUES:
        f->item_size = sizeof(struct key_value);
        break;
    default:
        f->item_size = field->sub->size;
    }
    return 1;
}

static int on_start_map(void *ctx)
{
    struct decoder *d = ctx;
    if (d->depth == 0)
        return push_object(d, d->root_table, d->root);
    struct place p;
    int r = find_place(d, &p);
    if (r < 0)
        return push(d, SKIP) != NULL;
    if (r == 0)
        return 0;
    switch (p.kind) {
    case KIND_OBJECT: {
        char *object = arena_alloc(d->arena, p.field->sub->size);
        *(char **)p.at = object;
        return push_object(d, p.field->sub, object);
    }
    case KIND_INLINE: { /* also an element of a list or map, whose key stays */
        size_t keep = d->frames[d->depth - 1].where == MAP ? sizeof(char *) : 0;
        memset(p.at + keep, 0, p.field->sub->size - keep);
        return push_object(d, p.field->sub, p.at);
    }
    case KIND_KEY_VALUES:
    case KIND_MAP:
        return push_collection(d, MAP, p.field);
    default:
        return wrong_type(d, p.kind, "an object");
    }
}

static int on_start_array(void *ctx)
{
    struct decoder *d = ctx;
    if (d->depth == 0)
        return wrong_type(d, KIND_OBJECT, "an array");
    struct place p;
    int r = find_place(d, &p);
    if (r < 0)
        return push(d, SKIP) != NULL;
    if (r == 0)
        return 0;
    if (p.kind != KIND_STRINGS && p.kind != KIND_U32S && p.kind != KIND_LIST)
        return wrong_type(d, p.kind, "an array");
    return push_collection(d, LIST, p.field);
}

static int on_map_key(void *ctx, const unsigned char *key, size_t len)
{
    struct decoder *d = ctx;
    struct frame *f = &d->frames[d->depth - 1];
    if (f->where == MAP) {
        f->key = NULL;
        if (len == 0)
            return wrong(d, "an empty key");
        if (memchr(key, '\0', len))
            return wrong(d, "a key with a NUL byte (\\u0000) in it");
        f->key = arena_strndup(d->arena, (const char *)key, len);
        f->hash = hash_of(key, len);
    } else if (f->where == OBJECT) {
        f->field = NULL;
        for (const struct field *row = f->table->fields; row < f->table->fields + f->table->n; row++)
            if (row->name_len == len && memcmp(row->name, key, len) == 0)
                f->field = row;
    }
    return 1;
}

/* Copies what the topmost frame collected to its place and pops the frame. */
static void end_collection(struct decoder *d)
{
    struct frame *f = &d->frames[--d->depth];
    struct frame *parent = f - 1; /* lists and maps are always properties of an object */
    struct any_list *list = (struct any_list *)(parent->base + f->field->offset);
    /* one element more: the NULL at the end of struct strings */
    list->v = arena_alloc(d->arena, (f->n + 1) * f->item_size);
    if (f->n > 0)
        memcpy(list->v, f->items, f->n * f->item_size);
    list->n = f->n;
}

static int on_end_map(void *ctx)
{
    struct decoder *d = ctx;
    struct frame *f = &d->frames[d->depth - 1];
    if (f->where == MAP) {
        end_collection(d);
        return 1;
    }
    for (unsigned i = 0; f->where == OBJECT && i < f->table->n; i++) {
        if ((f->table->fields[i].flags & REQUIRED) && !(f->seen >> i & 1)) {
            f->field = &f->table->fields[i];
            return wrong(d, "missing");
        }
    }
    d->depth--;
    return 1;
}

static int on_end_array(void *ctx)
{
    struct decoder *d = ctx;
    if (d->frames[d->depth - 1].where == LIST)
        end_collection(d);
    else
        d->depth--;
    return 1;
}

/* ---- a document ---- */

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_map_key,
    .yajl_end_map = on_end_map,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end_array,
};

static int parse(struct decoder *d, yajl_handle parser, const char *json, size_t len)
{
    const unsigned char *text = (const unsigned char *)json;
    yajl_status status = yajl_parse(parser, text, len);
    if (status == yajl_status_client_canceled && d->too_deep)
        return json_fail_at(d->name, json, len, yajl_get_bytes_consumed(parser) - 1,
                            "nested more than 64 levels deep");
    if (status == yajl_status_client_canceled)
        return -1;
    if (status != yajl_status_ok)
        return json_fail_syntax(d->name, json, len, parser, false);
    if (yajl_complete_parse(parser) != yajl_status_ok)
        /* a lone number or word is called back only here */
        return d->refused ? -1 : json_fail_syntax(d->name, json, len, parser, true);
    return 0;
}

struct target { /* what a document becomes */
    const struct table *table;
    void *root;
    struct arena *arena;
    const char *only; /* the document is the value of this property, or NULL: it is the object */
};

static int decode(const char *name, const struct target *t, const char *json, size_t len)
{
    if (len > MAX_SIZE)
        return fail(0, "%s: larger than 16 MiB", name);
    struct decoder *d = xcalloc(1, sizeof(*d));
    d->name = name;
    d->arena = t->arena;
    d->root_table = t->table;
    d->root = t->root;
    if (t->only) { /* in the object already, behind that key */
        push_object(d, t->table, t->root);
        on_map_key(d, (const unsigned char *)t->only, strlen(t->only));
    }
    yajl_alloc_funcs funcs = *(const yajl_alloc_funcs *)json_alloc_funcs();
    yajl_handle parser = yajl_alloc(&callbacks, &funcs, d);
    int r = parse(d, parser, json, len);
    yajl_free(parser);
    for (size_t i = 0; i < MAX_DEPTH; i++)
        free(d->frames[i].items), free(d->frames[i].hashes);
    free(d);
    return r;
}

static struct spec *new_spec(void)
{
    struct spec *spec = xcalloc(1, sizeof(*spec));
    static char *none[1];
    table_defaults(&spec_table, spec);
    spec->warnings.v = none;
    return spec;
}

struct spec *spec_decode(const char *name, const char *json, size_t len)
{
    struct spec *spec = new_spec();
    const struct target t = {&spec_table, spec, &spec->arena, NULL};
    if (decode(name, &t, json, len) < 0 || spec_check(name, spec) < 0) {
        spec_free(spec);
        return NULL;
    }
    return spec;
}

struct spec *spec_decode_mounts(const char *name, const char *json, size_t len)
{
    struct spec *spec = new_spec();
    const struct target t = {&spec_table, spec, &spec->arena, "mounts"};
    int r = decode(name, &t, json, len);
    if (r == 0 && !spec->mounts.v)
        r = fail(0, "%s: mounts: expected an array, found null", name);
    if (r < 0 || spec_check_mounts(name, spec) < 0) {
        spec_free(spec);
        return NULL;
    }
    return spec;
}

struct spec *spec_load_at(int dirfd, const char *path)
{
    AUTO_BUF struct buf text = BUF_INIT;
    if (read_file_at(dirfd, path, MAX_SIZE, &text) < 0)
        return NULL;
    return spec_decode(path, buf_str(&text), text.len);
}

struct spec *spec_decode_process(const char *name, const char *json, size_t len)
{
    struct spec *spec = new_spec();
    spec->process = arena_alloc(&spec->arena, sizeof(*spec->process));
    AUTO_FREE char *where = xasprintf("%s: ", name);
    const struct target t = {&process_table, spec->process, &spec->arena, NULL};
    if (decode(name, &t, json, len) < 0 || spec_check_process(where, spec->process) < 0) {
        spec_free(spec);
        return NULL;
    }
    return spec;
}

struct spec *spec_decode_resources(const char *name, const char *json, size_t len)
{
    struct spec *spec = new_spec();
    spec->linux_ = arena_alloc(&spec->arena, sizeof(*spec->linux_));
    table_defaults(&linux_table, spec->linux_);
    spec->linux_->resources = arena_alloc(&spec->arena, sizeof(*spec->linux_->resources));
    AUTO_FREE char *where = xasprintf("%s: ", name);
    const struct target t = {&resources_table, spec->linux_->resources, &spec->arena, NULL};
    if (decode(name, &t, json, len) < 0 || spec_check_resources(where, spec->linux_->resources) < 0) {
        spec_free(spec);
        return NULL;
    }
    return spec;
}

void spec_free(struct spec *spec)
{
    arena_free(&spec->arena);
    free(spec);
}
