/* Writes a struct spec as config.json by the tables of tables.c: what decode.c reads, it reads back equal. */
#include <string.h>

#include "spec/json.h"
#include "spec/tables.h"

static void encode_table(struct json *j, const struct table *table, const char *base);

/* Whether a property differs from "not there". */
static bool is_there(const struct field *f, const char *base)
{
    const char *at = base + f->offset;
    if (f->kind == KIND_STRING || f->kind == KIND_OBJECT)
        return *(const void *const *)at != NULL;
    if (f->flags & (REQUIRED | ALWAYS))
        return true;
    if (f->presence && *(const bool *)(base + f->presence))
        return true;
    switch ((enum kind)f->kind) {
    case KIND_STRING:
    case KIND_OBJECT:
        break;
    case KIND_BOOL:
        return *(const bool *)at;
    case KIND_I32:
    case KIND_U32:
        return *(const uint32_t *)at != 0;
    case KIND_I64:
    case KIND_U64:
        return *(const uint64_t *)at != 0;
    case KIND_OPT_BOOL:
        return ((const struct opt_bool *)at)->set;
    case KIND_OPT_U16:
        return ((const struct opt_u16 *)at)->set;
    case KIND_OPT_U32:
        return ((const struct opt_u32 *)at)->set;
    case KIND_OPT_I64:
        return ((const struct opt_i64 *)at)->set;
    case KIND_OPT_U64:
        return ((const struct opt_u64 *)at)->set;
    case KIND_STRINGS:
    case KIND_U32S:
    case KIND_KEY_VALUES:
    case KIND_LIST:
    case KIND_MAP:
        return ((const struct any_list *)at)->n > 0;
    case KIND_INLINE:
        for (unsigned i = 0; i < f->sub->n; i++)
            if (is_there(&f->sub->fields[i], at))
                return true;
        return false;
    }
    return false;
}

static void encode_object(struct json *j, const char *key, const struct table *table, const char *base)
{
    json_open(j, key, '{');
    encode_table(j, table, base);
    json_close(j, '}');
}

static void encode_scalars(struct json *j, const struct field *f, const char *at)
{
    json_open(j, f->name, f->kind == KIND_KEY_VALUES ? '{' : '[');
    if (f->kind == KIND_STRINGS) {
        const struct strings *list = (const struct strings *)at;
        for (size_t i = 0; i < list->n; i++)
            json_string(j, NULL, list->v[i]);
    } else if (f->kind == KIND_U32S) {
        const struct u32_list *list = (const struct u32_list *)at;
        for (size_t i = 0; i < list->n; i++)
            json_uint(j, NULL, list->v[i]);
    } else {
        const struct key_values *list = (const struct key_values *)at;
        for (size_t i = 0; i < list->n; i++)
            json_string(j, list->v[i].key, list->v[i].value);
    }
    json_close(j, f->kind == KIND_KEY_VALUES ? '}' : ']');
}

static void encode_objects(struct json *j, const struct field *f, const char *at)
{
    const struct any_list *list = (const struct any_list *)at;
    bool map = f->kind == KIND_MAP;
    json_open(j, f->name, map ? '{' : '[');
    for (size_t i = 0; i < list->n; i++) {
        const char *item = (const char *)list->v + i * f->sub->size;
        encode_object(j, map ? *(const char *const *)item : NULL, f->sub, item);
    }
    json_close(j, map ? '}' : ']');
}

static void encode_field(struct json *j, const struct field *f, const char *at)
{
    switch ((enum kind)f->kind) {
    case KIND_STRING:
        json_string(j, f->name, *(const char *const *)at);
        break;
    case KIND_BOOL:
        json_bool(j, f->name, *(const bool *)at);
        break;
    case KIND_I32:
        json_int(j, f->name, *(const int32_t *)at);
        break;
    case KIND_I64:
        json_int(j, f->name, *(const int64_t *)at);
        break;
    case KIND_U32:
        json_uint(j, f->name, *(const uint32_t *)at);
        break;
    case KIND_U64:
        json_uint(j, f->name, *(const uint64_t *)at);
        break;
    case KIND_OPT_BOOL:
        json_bool(j, f->name, ((const struct opt_bool *)at)->v);
        break;
    case KIND_OPT_U16:
        json_uint(j, f->name, ((const struct opt_u16 *)at)->v);
        break;
    case KIND_OPT_U32:
        json_uint(j, f->name, ((const struct opt_u32 *)at)->v);
        break;
    case KIND_OPT_I64:
        json_int(j, f->name, ((const struct opt_i64 *)at)->v);
        break;
    case KIND_OPT_U64:
        json_uint(j, f->name, ((const struct opt_u64 *)at)->v);
        break;
    case KIND_STRINGS:
    case KIND_U32S:
    case KIND_KEY_VALUES:
        encode_scalars(j, f, at);
        break;
    case KIND_OBJECT:
        encode_object(j, f->name, f->sub, *(const char *const *)at);
        break;
    case KIND_INLINE:
        encode_object(j, f->name, f->sub, at);
        break;
    case KIND_LIST:
    case KIND_MAP:
        encode_objects(j, f, at);
        break;
    }
}

static void encode_table(struct json *j, const struct table *table, const char *base)
{
    for (const struct field *f = table->fields; f < table->fields + table->n; f++)
        if (is_there(f, base))
            encode_field(j, f, base + f->offset);
}

static void encode(const struct table *table, const void *base, bool pretty, struct buf *out)
{
    struct json j;
    json_begin(&j, out, pretty);
    encode_object(&j, NULL, table, base);
    json_end(&j);
}

void spec_encode(const struct spec *spec, bool pretty, struct buf *out)
{
    encode(&spec_table, spec, pretty, out);
}

void spec_encode_process(const struct spec_process *process, bool pretty, struct buf *out)
{
    encode(&process_table, process, pretty, out);
}

void spec_encode_resources(const struct spec_resources *resources, bool pretty, struct buf *out)
{
    encode(&resources_table, resources, pretty, out);
}
