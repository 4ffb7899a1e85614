/* Writing JSON: a thin layer over yajl_gen into a struct buf. Slashes are not escaped (hooks and callers
 * compare text); bytes that are not UTF-8 become U+FFFD, so that what is written always parses.
 *
 *     struct json j;
 *     json_begin(&j, &buf, true);
 *     json_open(&j, NULL, '{');
 *     json_string(&j, "id", id);
 *     json_close(&j, '}');
 *     json_end(&j);
 *
 * In an object every call gets a key, in an array key is NULL. */
#ifndef RSBX_SPEC_JSON_H
#define RSBX_SPEC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct json {
    void *gen; /* yajl_gen */
    struct buf *out;
};

void json_begin(struct json *j, struct buf *out, bool pretty);
void json_end(struct json *j); /* no newline is added */

void json_open(struct json *j, const char *key, char bracket);        /* '{' or '[' */
void json_close(struct json *j, char bracket);                        /* '}' or ']' */
void json_string(struct json *j, const char *key, const char *value); /* NULL writes null */
void json_bytes(struct json *j, const char *key, const void *value, size_t len);
void json_int(struct json *j, const char *key, int64_t value);
void json_uint(struct json *j, const char *key, uint64_t value);
void json_double(struct json *j, const char *key, double value, int decimals);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

/* Reading small documents of our own (state.json, results): a yajl tree. */
struct json_value;                                                             /* a yajl_val */
struct json_value *json_parse(const char *name, const char *text, size_t len); /* NULL after fail() */
void json_free(struct json_value *value);
const struct json_value *json_get(const struct json_value *object, const char *key); /* NULL: absent */
const char *json_get_string(const struct json_value *object,
                            const char *key); /* NULL: absent or other type */
int64_t json_get_int(const struct json_value *object, const char *key, int64_t otherwise);
uint64_t json_get_uint(const struct json_value *object, const char *key, uint64_t otherwise);
bool json_get_bool(const struct json_value *object, const char *key, bool otherwise);
size_t json_length(const struct json_value *array_or_object);
const struct json_value *json_at(const struct json_value *array, size_t i);
const char *json_key_at(const struct json_value *object, size_t i);
const char *json_as_string(const struct json_value *value); /* NULL: not a string */
int64_t json_as_int(const struct json_value *value, int64_t otherwise);
double json_as_double(const struct json_value *value, double otherwise); /* any number */

/* For the decoder of config.json, which uses yajl's streaming parser itself. */
const void *json_alloc_funcs(void); /* yajl_alloc_funcs that end the process rather than return NULL */
/* "NAME: line L, column C: WHAT"; the second takes place and text from a yajl_handle. */
int json_fail_at(const char *name, const char *text, size_t len, size_t offset, const char *what);
int json_fail_syntax(const char *name, const char *text, size_t len, void *parser, bool at_end);

#endif
