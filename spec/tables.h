/* The shape of config.json as data: one row a property. The decoder (decode.c) and the encoder (encode.c)
 * both walk these tables, so a property is known to both or to neither. Private to spec/. */
#ifndef RSBX_SPEC_TABLES_H
#define RSBX_SPEC_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec/config.h"

enum kind {
    KIND_STRING, /* char * */
    KIND_BOOL,
    KIND_I32,
    KIND_I64,
    KIND_U32,
    KIND_U64,
    KIND_OPT_BOOL,
    KIND_OPT_U16,
    KIND_OPT_U32,
    KIND_OPT_I64,
    KIND_OPT_U64,
    KIND_STRINGS,    /* struct strings */
    KIND_U32S,       /* struct u32_list */
    KIND_KEY_VALUES, /* struct key_values */
    KIND_OBJECT,     /* pointer to the sub-table's struct */
    KIND_INLINE,     /* the sub-table's struct itself */
    KIND_LIST,       /* array of objects: a struct of SPEC_LIST() */
    KIND_MAP,        /* object of objects: the same; the key goes to the char * at the element's offset 0 */
};

enum {
    REQUIRED = 1,
    ABSOLUTE = 2, /* a path, or paths, that begin with '/' */
    ALWAYS = 4,   /* written even if it has its default */
};

struct table;

struct field {
    const char *name;
    uint8_t name_len;
    uint8_t kind; /* enum kind */
    uint8_t flags;
    uint16_t offset;
    uint16_t presence;       /* offset of a bool that becomes true when the property is there, or 0 */
    int64_t min, max;        /* both 0: what the type holds */
    const struct table *sub; /* for objects, inlines, lists, maps */
};

struct table {
    const struct field *fields;
    uint8_t n; /* at most 64: the decoder has a bit for each */
    uint16_t size;
};

/* Every list has this layout. */
struct any_list {
    void *v;
    size_t n;
};

extern const struct table spec_table, process_table, resources_table, linux_table;

/* Gives every field its "not there" value; memory at base is zeroed. */
void table_defaults(const struct table *table, void *base);

/* Checks what the specification demands across properties (check.c). where is what paths begin with:
 * "config.json: process.". */
int spec_check(const char *name, struct spec *spec);
int spec_check_mounts(const char *name, struct spec *spec);
int spec_check_process(const char *where, struct spec_process *process);
int spec_check_resources(const char *where, const struct spec_resources *resources);

#endif
