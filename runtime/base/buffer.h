/* A growing byte buffer, always NUL-terminated; used wherever text or bytes are put together. */
#ifndef RSBX_BASE_BUFFER_H
#define RSBX_BASE_BUFFER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data; /* NULL or NUL-terminated; may hold NULs before len */
    size_t len; /* bytes without the terminating NUL */
    size_t cap;
};

#define BUF_INIT                                                                                             \
    {                                                                                                        \
        NULL, 0, 0                                                                                           \
    }
#define AUTO_BUF __attribute__((cleanup(buf_free)))

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void buf_reserve(struct buf *b, size_t more); /* room for `more` bytes past len */
void buf_clear(struct buf *b);                /* len = 0, keeps the memory */
void buf_free(struct buf *b);
char *buf_take(struct buf *b);      /* the text (never NULL); the caller frees it, b is empty again */
const char *buf_str(struct buf *b); /* the text, "" if empty; b keeps it */

#endif
