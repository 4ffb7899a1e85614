/* Encoding: documents made at random from the tables come back letter for letter; what `rsbx spec` writes can
 * be read. The documents have every property that the tables have, in the order of the tables, and numbers
 * from the edges of their ranges. */
#include <fcntl.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "spec/json.h"
#include "spec/tables.h"
#include "tests/unit/test.h"

static uint64_t seed;

static uint64_t next(void) /* xorshift64 */
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static unsigned below(unsigned n)
{
    return (unsigned)(next() % n);
}

static void random_text(char *out, size_t size, const char *start)
{
    static const char *const pieces[] = {"a",  "Z",    "0",    "/", "\\", "\"", "\n",
                                         "\t", "\x01", "\x7f", "é", "€",  "😀",  " "};
    snprintf(out, size, "%s", start);
    for (unsigned n = below(8); n > 0; n--)
        if (strlen(out) + 5 < size)
            strcat(out, pieces[below(ARRAY_LEN(pieces))]);
}

/* Properties whose text cannot be anything. */
static const char *const fixed[][2] = {
    {"ociVersion", "1.2.3-a+b"}, {"pageSize", "64KB"},  {"memBwSchema", "MB:0=1"},
    {"closID", "group"},         {"destination", "/d"}, {NULL, NULL},
};

/* Properties that have to be there because others are. */
static bool always(const struct field *f)
{
    static const char *const names[] = {"terminal",     "args",   "names",      "namespaces",
                                        "listenerPath", "weight", "hcaHandles", "uidMappings",
                                        "gidMappings",  "linux"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_eq(names[i], f->name))
            return true;
    return (f->flags & (REQUIRED | ALWAYS)) != 0;
}

static void make_string(struct json *j, const char *key, const struct field *f)
{
    char text[64];
    random_text(text, sizeof(text), f->flags & ABSOLUTE ? "/" : f->kind == KIND_STRING ? "s" : "");
    for (size_t i = 0; fixed[i][0]; i++)
        if (str_eq(fixed[i][0], f->name))
            snprintf(text, sizeof(text), "%s", fixed[i][1]);
    json_string(j, key, str_eq(f->name, "schemata") ? "L3:0=1" : text);
}

static void make_signed(struct json *j, const struct field *f, int64_t min, int64_t max)
{
    if (f->min || f->max) {
        min = f->min;
        max = f->max;
    }
    const int64_t choices[] = {min, max, min / 2 + max / 2 + 1, max - 1};
    int64_t v = choices[below(ARRAY_LEN(choices))];
    json_int(j, f->name, v || f->flags ? v : 1);
}

static void make_unsigned(struct json *j, const struct field *f, uint64_t max)
{
    if (f->max)
        max = (uint64_t)f->max;
    if (str_eq(f->name, "nanosecs"))
        max = 999999999;
    const uint64_t choices[] = {1, max, max / 2, max - 1};
    json_uint(j, f->name, choices[below(ARRAY_LEN(choices))]);
}

static void make_fields(struct json *j, const struct table *table);

static void make_object(struct json *j, const char *key, const struct table *table)
{
    json_open(j, key, '{');
    make_fields(j, table);
    json_close(j, '}');
}

/* Ids that do not overlap. */
static void make_mappings(struct json *j, const struct field *f)
{
    json_open(j, f->name, '[');
    for (unsigned i = 0, n = 1 + below(3); i < n; i++) {
        json_open(j, NULL, '{');
        json_uint(j, "containerID", i * 1000);
        json_uint(j, "hostID", 4294967294 - (i + 1) * 1000);
        json_uint(j, "size", 1 + below(1000));
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void make_namespaces(struct json *j, const struct field *f)
{
    json_open(j, f->name, '[');
    for (const char *const *type = spec_namespace_types; *type; type++) {
        json_open(j, NULL, '{');
        json_string(j, "type", *type);
        if (below(2) && !str_eq(*type, "time"))
            json_string(j, "path", "/proc/1/ns/x");
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void make_list(struct json *j, const struct field *f)
{
    if (str_ends(f->name, "idMappings")) {
        make_mappings(j, f);
        return;
    }
    if (str_eq(f->name, "namespaces")) {
        make_namespaces(j, f);
        return;
    }
    json_open(j, f->name, '[');
    for (unsigned n = 1 + below(3); n > 0; n--)
        make_object(j, NULL, f->sub);
    json_close(j, ']');
}

static void make_map(struct json *j, const struct field *f)
{
    static const char *const keys[] = {"monotonic", "boottime", "a.b/c", "é\""};
    unsigned n = 1 + below(str_eq(f->name, "timeOffsets") ? 2 : 4);
    json_open(j, f->name, '{');
    for (unsigned i = 0; i < n; i++) {
        if (f->kind == KIND_MAP)
            make_object(j, keys[i], f->sub);
        else
            make_string(j, keys[i], f);
    }
    json_close(j, '}');
}

static void make_scalars(struct json *j, const struct field *f)
{
    json_open(j, f->name, '[');
    for (unsigned n = 1 + below(3); n > 0; n--) {
        if (f->kind == KIND_U32S)
            json_uint(j, NULL, below(2) ? UINT32_MAX : 0);
        else
            make_string(j, NULL, f);
    }
    json_close(j, ']');
}

static void make_field(struct json *j, const struct field *f)
{
    switch ((enum kind)f->kind) {
    case KIND_STRING:
        make_string(j, f->name, f);
        break;
    case KIND_BOOL:
        json_bool(j, f->name, f->flags & REQUIRED ? below(2) : true);
        break;
    case KIND_OPT_BOOL:
        json_bool(j, f->name, below(2));
        break;
    case KIND_I32:
        make_signed(j, f, INT32_MIN, INT32_MAX);
        break;
    case KIND_I64:
    case KIND_OPT_I64:
        make_signed(j, f, INT64_MIN, INT64_MAX);
        break;
    case KIND_OPT_U16:
        make_unsigned(j, f, UINT16_MAX);
        break;
    case KIND_U32:
    case KIND_OPT_U32:
        make_unsigned(j, f, UINT32_MAX);
        break;
    case KIND_U64:
    case KIND_OPT_U64:
        make_unsigned(j, f, UINT64_MAX);
        break;
    case KIND_STRINGS:
    case KIND_U32S:
        make_scalars(j, f);
        break;
    case KIND_KEY_VALUES:
    case KIND_MAP:
        make_map(j, f);
        break;
    case KIND_OBJECT:
    case KIND_INLINE:
        make_object(j, f->name, f->sub);
        break;
    case KIND_LIST:
        make_list(j, f);
        break;
    }
}

static unsigned fullness; /* percent of the optional properties that are there */

static void make_fields(struct json *j, const struct table *table)
{
    for (const struct field *f = table->fields; f < table->fields + table->n; f++) {
        /* an inline object without properties is not written again */
        bool there = always(f) || below(100) < (f->kind == KIND_INLINE ? 0 : fullness);
        if (f->kind == KIND_INLINE && !(f->flags & ALWAYS))
            there = fullness == 100;
        if (there)
            make_field(j, f);
    }
}

/* The place where two documents differ, not all of them. */
static void check_same(const char *got, const char *want)
{
    size_t at = 0;
    while (got[at] && got[at] == want[at])
        at++;
    if (got[at] != want[at]) {
        size_t from = at > 60 ? at - 60 : 0;
        printf("# got      %.120s\n# expected %.120s\n", got + from, want + from);
        CHECK(!"the document comes back letter for letter");
    }
}

static void check_one(void)
{
    AUTO_BUF struct buf made = BUF_INIT;
    AUTO_BUF struct buf encoded = BUF_INIT;
    AUTO_BUF struct buf again = BUF_INIT;
    struct json j;
    json_begin(&j, &made, false);
    make_object(&j, NULL, &spec_table);
    json_end(&j);
    AUTO_SPEC struct spec *spec = spec_decode("made", made.data, made.len);
    if (!spec) {
        printf("# %s\n# %s\n", error_text(), made.data);
        CHECK(!"a made document can be read");
        return;
    }
    spec_encode(spec, false, &encoded);
    check_same(encoded.data, made.data);
    buf_clear(&encoded);
    spec_encode(spec, true, &encoded); /* with blanks: the same once more */
    AUTO_SPEC struct spec *pretty = spec_decode("pretty", encoded.data, encoded.len);
    CHECK(pretty != NULL);
    if (pretty)
        spec_encode(pretty, false, &again);
    check_same(buf_str(&again), made.data);
}

TEST(random_documents_come_back_letter_for_letter)
{
    for (unsigned i = 0; i < 600 && !test_failed_checks; i++) {
        seed = 0x9e3779b97f4a7c15u + i;
        fullness = i % 3 == 0 ? 100 : i % 3 == 1 ? 50 : 10;
        check_one();
    }
}

TEST(parts_come_back)
{
    AUTO_SPEC struct spec *spec = spec_load_at(AT_FDCWD, "tests/fuzz/corpus/config/full.json");
    AUTO_BUF struct buf a = BUF_INIT;
    AUTO_BUF struct buf b = BUF_INIT;
    CHECK(spec != NULL);
    spec_encode_process(spec->process, false, &a);
    AUTO_SPEC struct spec *process = spec_decode_process("p", a.data, a.len);
    CHECK(process != NULL);
    spec_encode_process(process->process, false, &b);
    CHECK_STR(b.data, a.data);
    buf_clear(&a);
    buf_clear(&b);
    spec_encode_resources(spec->linux_->resources, true, &a);
    AUTO_SPEC struct spec *resources = spec_decode_resources("r", a.data, a.len);
    CHECK(resources != NULL);
    spec_encode_resources(resources->linux_->resources, true, &b);
    CHECK_STR(b.data, a.data);
}

static void check_default(struct spec *spec)
{
    AUTO_BUF struct buf a = BUF_INIT;
    AUTO_BUF struct buf b = BUF_INIT;
    spec_encode(spec, true, &a);
    AUTO_SPEC struct spec *read = spec_decode("default", a.data, a.len);
    CHECK_STR(read ? "" : error_text(), "");
    if (read)
        spec_encode(read, true, &b);
    CHECK_STR(buf_str(&b), a.data);
}

TEST(default_documents)
{
    AUTO_SPEC struct spec *spec = spec_default();
    AUTO_SPEC struct spec *rootless = spec_default_rootless(1000, 1001);
    check_default(spec);
    check_default(rootless);
    CHECK(!spec_namespace(spec, "user") && spec_namespace(spec, "network"));
    CHECK(spec_namespace(rootless, "user") && !spec_namespace(rootless, "network"));
    CHECK_INT(rootless->linux_->uid_mappings.v[0].host_id, 1000);
    CHECK_INT(rootless->linux_->gid_mappings.v[0].host_id, 1001);
    CHECK(!rootless->linux_->resources);
    CHECK(spec->linux_->resources);
}

/* What others make in C may leave everything out. */
TEST(an_empty_struct_can_be_written)
{
    struct spec spec = {.oci_version = NULL};
    AUTO_BUF struct buf text = BUF_INIT;
    spec_encode(&spec, false, &text);
    CHECK_STR(text.data, "{}");
}

TEST_MAIN()
