/* Protocol buffers on the wire: see protobuf.h. A field is a varint key (number and type) and its value. */
#include "base/protobuf.h"

#include <string.h>

enum { TYPE_VARINT = 0, TYPE_64 = 1, TYPE_BYTES = 2, TYPE_32 = 5, MAX_FIELD = (1 << 29) - 1 };

static void add_varint(struct buf *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        buf_addc(b, (char)(v | 0x80));
    buf_addc(b, (char)v);
}

void pb_uint(struct buf *b, unsigned field, uint64_t value)
{
    add_varint(b, (uint64_t)field << 3 | TYPE_VARINT);
    add_varint(b, value);
}

void pb_bytes(struct buf *b, unsigned field, const void *bytes, size_t len)
{
    add_varint(b, (uint64_t)field << 3 | TYPE_BYTES);
    add_varint(b, len);
    buf_add(b, bytes, len);
}

void pb_string(struct buf *b, unsigned field, const char *s)
{
    pb_bytes(b, field, s, strlen(s));
}

void pb_message(struct buf *b, unsigned field, struct buf *message)
{
    pb_bytes(b, field, buf_str(message), message->len);
    buf_clear(message);
}

struct pb_reader pb_reader(const void *bytes, size_t len)
{
    return (struct pb_reader){bytes, (const unsigned char *)bytes + len};
}

static int read_varint(struct pb_reader *r, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && r->p < r->end; shift += 7) {
        unsigned char c = *r->p++;
        if (shift == 63 && c > 1)
            return -1;
        *out |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80))
            return 0;
    }
    return -1;
}

static int skip(struct pb_reader *r, size_t n)
{
    if ((size_t)(r->end - r->p) < n)
        return -1;
    r->p += n;
    return 0;
}

int pb_next(struct pb_reader *r, struct pb_field *out)
{
    uint64_t key, len;
    if (r->p == r->end)
        return 0;
    if (read_varint(r, &key) < 0 || key >> 3 == 0 || key >> 3 > MAX_FIELD)
        return -1;
    *out = (struct pb_field){.number = (unsigned)(key >> 3)};
    switch (key & 7) {
    case TYPE_VARINT:
        return read_varint(r, &out->value) < 0 ? -1 : 1;
    case TYPE_BYTES:
        if (read_varint(r, &len) < 0 || len > (uint64_t)(r->end - r->p))
            return -1;
        out->bytes = (const char *)r->p;
        out->len = (size_t)len;
        return skip(r, out->len) < 0 ? -1 : 1;
    case TYPE_64: /* none of criu's: passed over */
        return skip(r, 8) < 0 ? -1 : 1;
    case TYPE_32:
        return skip(r, 4) < 0 ? -1 : 1;
    default:
        return -1;
    }
}
