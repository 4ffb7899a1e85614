/* The part of protocol buffers' wire format that criu(8)'s RPC takes: varints, and bytes with their length.
 * Writing appends to a buffer; reading never leaves the bytes that it was given. */
#ifndef RSBX_BASE_PROTOBUF_H
#define RSBX_BASE_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

void pb_uint(struct buf *b, unsigned field,
             uint64_t value); /* bool, uint32, enum; int32 that is not negative */
void pb_bytes(struct buf *b, unsigned field, const void *bytes, size_t len);
void pb_string(struct buf *b, unsigned field, const char *s);
void pb_message(struct buf *b, unsigned field, struct buf *message); /* empties message */

struct pb_reader {
    const unsigned char *p, *end;
};
struct pb_field {
    unsigned number;
    uint64_t value;    /* of a number */
    const char *bytes; /* of a string or message, else NULL; not NUL-terminated */
    size_t len;
};

struct pb_reader pb_reader(const void *bytes, size_t len);
/* The next field: 1; 0 at the end; -1 when this is no message. */
int pb_next(struct pb_reader *r, struct pb_field *out);

#endif
