/* base/protobuf.c against the examples of the format's documentation ("Encoding"), and against broken input.
 */
#include "tests/unit/test.h"

#include <stdint.h>

#include "base/buffer.h"
#include "base/protobuf.h"

TEST(known_bytes)
{
    AUTO_BUF struct buf b = BUF_INIT, inner = BUF_INIT;
    pb_uint(&b, 1, 150);
    pb_string(&b, 2, "testing");
    pb_uint(&inner, 1, 150);
    pb_message(&b, 3, &inner);
    CHECK_INT(b.len, 17);
    CHECK(memcmp(buf_str(&b), "\x08\x96\x01\x12\x07testing\x1a\x03\x08\x96\x01", 17) == 0);
    CHECK_INT(inner.len, 0);
}

TEST(what_is_written_is_read)
{
    static const uint64_t values[] = {0, 1, 127, 128, 300, UINT32_MAX, (uint64_t)-1, UINT64_MAX >> 1};
    AUTO_BUF struct buf b = BUF_INIT;
    struct pb_field f;
    for (unsigned i = 0; i < 8; i++)
        pb_uint(&b, i + 15, values[i]);
    pb_bytes(&b, 64, "a\0b", 3);
    struct pb_reader r = pb_reader(b.data, b.len);
    for (unsigned i = 0; i < 8; i++) {
        CHECK_INT(pb_next(&r, &f), 1);
        CHECK_INT(f.number, i + 15);
        CHECK(f.value == values[i] && !f.bytes);
    }
    CHECK_INT(pb_next(&r, &f), 1);
    CHECK(f.number == 64 && f.len == 3 && memcmp(f.bytes, "a\0b", 3) == 0);
    CHECK_INT(pb_next(&r, &f), 0);
}

TEST(fields_of_fixed_width_are_passed_over)
{
    struct pb_field f;
    struct pb_reader r = pb_reader("\x09"
                                   "12345678"
                                   "\x15"
                                   "1234"
                                   "\x18\x05",
                                   16);
    CHECK(pb_next(&r, &f) == 1 && f.number == 1);
    CHECK(pb_next(&r, &f) == 1 && f.number == 2);
    CHECK(pb_next(&r, &f) == 1 && f.number == 3 && f.value == 5);
    CHECK_INT(pb_next(&r, &f), 0);
}

TEST(broken_input)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"\x08", 1},                                              /* no value */
        {"\x08\x80", 2},                                          /* half a varint */
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11},     /* 65 bits */
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12}, /* eleven bytes */
        {"\x12\x05test", 6},                                      /* length past the end */
        {"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},     /* length of 2^64-1 */
        {"\x00\x01", 2},                                          /* field 0 */
        {"\x0b", 1},                                              /* a group: not used any more */
        {"\x09"
         "1234",
         5}, /* half a fixed64 */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pb_field f;
        struct pb_reader r = pb_reader(cases[i].bytes, cases[i].len);
        CHECK_INT(pb_next(&r, &f), -1);
    }
}

TEST_MAIN()
