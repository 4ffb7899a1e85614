/* The JSON writer and the reader for our own small documents. */
#include "base/auto.h"
#include "base/error.h"
#include "spec/json.h"
#include "tests/unit/test.h"

static void write_sample(struct buf *out, bool pretty)
{
    struct json j;
    json_begin(&j, out, pretty);
    json_open(&j, NULL, '{');
    json_string(&j, "text", "a/b \"\\\n\x01 é");
    json_open(&j, "empty", '[');
    json_close(&j, ']');
    json_open(&j, "list", '[');
    json_uint(&j, NULL, UINT64_MAX);
    json_int(&j, NULL, INT64_MIN);
    json_double(&j, NULL, 1.25, 3);
    json_bool(&j, NULL, true);
    json_null(&j, NULL);
    json_open(&j, NULL, '{');
    json_close(&j, '}');
    json_close(&j, ']');
    json_string(&j, "none", NULL);
    json_close(&j, '}');
    json_end(&j);
}

TEST(compact)
{
    AUTO_BUF struct buf b = BUF_INIT;
    write_sample(&b, false);
    CHECK_STR(b.data, "{\"text\":\"a/b \\\"\\\\\\n\\u0001 é\",\"empty\":[],\"list\":[18446744073709551615,"
                      "-9223372036854775808,1.250,true,null,{}],\"none\":null}");
}

TEST(pretty)
{
    AUTO_BUF struct buf b = BUF_INIT;
    buf_adds(&b, "before ");
    write_sample(&b, true);
    CHECK_STR(b.data,
              "before {\n  \"text\": \"a/b \\\"\\\\\\n\\u0001 é\",\n  \"empty\": [],\n  \"list\": [\n"
              "    18446744073709551615,\n    -9223372036854775808,\n    1.250,\n    true,\n    null,\n"
              "    {}\n  ],\n  \"none\": null\n}");
}

TEST(empty_documents)
{
    static const char *const want[] = {"{}", "[]"};
    for (int i = 0; i < 4; i++) {
        AUTO_BUF struct buf b = BUF_INIT;
        struct json j;
        json_begin(&j, &b, i >= 2);
        json_open(&j, NULL, want[i % 2][0]);
        json_close(&j, want[i % 2][1]);
        json_end(&j);
        CHECK_STR(b.data, want[i % 2]);
    }
}

/* A string that looks like an empty array is not touched. */
TEST(brackets_in_strings)
{
    AUTO_BUF struct buf b = BUF_INIT;
    struct json j;
    json_begin(&j, &b, true);
    json_open(&j, NULL, '[');
    json_string(&j, NULL, "[\n\n]");
    json_string(&j, NULL, "[  ");
    json_close(&j, ']');
    json_end(&j);
    CHECK_STR(b.data, "[\n  \"[\\n\\n]\",\n  \"[  \"\n]");
}

/* Unicode 3.9, table 3-7: what is not well-formed becomes U+FFFD, a byte at a time */
TEST(bytes_that_are_not_utf8)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"a\xff"
         "b",
         "[\"a\xef\xbf\xbd"
         "b\"]"},
        {"\xc3", "[\"\xef\xbf\xbd\"]"},
        {"\xc0\x80", "[\"\xef\xbf\xbd\xef\xbf\xbd\"]"},                                 /* overlong */
        {"\xe0\x80\x80", "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]"},                 /* overlong */
        {"\xed\xa0\x80", "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]"},                 /* surrogate */
        {"\xf4\x90\x80\x80", "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]"}, /* past U+10FFFF */
        {"\xf4\x8f\xbf\xbf", "[\"\xf4\x8f\xbf\xbf\"]"},
        {"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf", "[\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\"]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_BUF struct buf b = BUF_INIT;
        struct json j;
        json_begin(&j, &b, false);
        json_open(&j, NULL, '[');
        json_string(&j, NULL, cases[i].in);
        json_close(&j, ']');
        json_end(&j);
        CHECK_STR(b.data, cases[i].out);
        struct json_value *v = json_parse("x", b.data, b.len);
        CHECK(v != NULL);
        json_free(v);
    }
}

TEST(a_nul_in_bytes_is_escaped)
{
    AUTO_BUF struct buf b = BUF_INIT;
    struct json j;
    json_begin(&j, &b, false);
    json_open(&j, NULL, '{');
    json_bytes(&j, "out", "a\0b", 3);
    json_close(&j, '}');
    json_end(&j);
    CHECK_STR(b.data, "{\"out\":\"a\\u0000b\"}");
}

TEST(numbers_that_json_does_not_have)
{
    AUTO_BUF struct buf b = BUF_INIT;
    struct json j;
    json_begin(&j, &b, false);
    json_open(&j, NULL, '[');
    json_double(&j, NULL, 1.0 / 3, 6);
    json_double(&j, NULL, __builtin_nan(""), 6);
    json_double(&j, NULL, __builtin_inf(), 6);
    json_double(&j, NULL, -0.5, 0);
    json_close(&j, ']');
    json_end(&j);
    CHECK_STR(b.data, "[0.333333,null,null,-0]");
}

TEST(reading)
{
    static const char text[] =
        "{\"s\":\"x\",\"n\":18446744073709551615,\"i\":-9223372036854775808,\"t\":true,"
        "\"f\":1.5,\"z\":null,\"a\":[1,\"two\"],\"o\":{\"k\":1},\"d\":1,\"d\":2}";
    struct json_value *v = json_parse("x", text, sizeof(text) - 1);
    CHECK_STR(json_get_string(v, "s"), "x");
    CHECK(json_get_string(v, "n") == NULL);
    CHECK(json_get_string(v, "absent") == NULL);
    CHECK(json_get_uint(v, "n", 7) == UINT64_MAX);
    CHECK_INT(json_get_int(v, "n", 7), 7); /* does not fit */
    CHECK(json_get_int(v, "i", 7) == INT64_MIN);
    CHECK_INT(json_get_uint(v, "i", 7), 7);
    CHECK_INT(json_get_int(v, "f", 7), 7);
    CHECK_INT(json_get_int(v, "s", 7), 7);
    CHECK_INT(json_get_int(v, "absent", 7), 7);
    CHECK_INT(json_get_uint(v, "absent", 7), 7);
    CHECK(json_get_bool(v, "t", false));
    CHECK(json_get_bool(v, "s", true) && !json_get_bool(v, "absent", false));
    CHECK(json_get(v, "z") == NULL);
    CHECK_INT(json_get_int(v, "d", 0), 2);
    const struct json_value *a = json_get(v, "a");
    CHECK_INT(json_length(a), 2);
    CHECK_INT(json_as_int(json_at(a, 0), 7), 1);
    CHECK_STR(json_as_string(json_at(a, 1)), "two");
    CHECK(json_at(a, 2) == NULL && json_as_string(json_at(a, 2)) == NULL);
    CHECK_STR(json_key_at(json_get(v, "o"), 0), "k");
    CHECK(json_key_at(json_get(v, "o"), 1) == NULL);
    CHECK_INT(json_length(NULL), 0);
    CHECK(json_get(NULL, "x") == NULL && json_get(a, "x") == NULL);
    json_free(v);
}

static void expect(const char *text, size_t len, const char *error)
{
    struct json_value *v = json_parse("state.json", text, len);
    CHECK(v == NULL);
    CHECK_STR(error_text(), error);
    json_free(v);
}

TEST(reading_what_is_broken)
{
    expect("{\"a\":\n 1", 8, "state.json: line 2, column 3: parse error: premature EOF");
    expect(
        "{\"a\" 1}", 7,
        "state.json: line 1, column 6: parse error: object key and value must be separated by a colon (':')");
    expect("{}\0", 3, "state.json: not JSON: there is a NUL byte in it");
    expect("", 0, "state.json: line 1, column 1: parse error: premature EOF");
    AUTO_BUF struct buf deep = BUF_INIT;
    for (int i = 0; i < 100000; i++)
        buf_adds(&deep, "[");
    expect(deep.data, deep.len, "state.json: line 1, column 65: nested more than 64 levels deep");
    static const char brackets[] =
        "[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[\"]";
    struct json_value *v = json_parse("x", brackets, sizeof(brackets) - 1);
    CHECK(v != NULL);
    json_free(v);
}

TEST_MAIN()
