/* A config.json for tests that are about one part of it. */
#ifndef RSBX_TESTS_UNIT_SPEC_H
#define RSBX_TESTS_UNIT_SPEC_H

#include <stdarg.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"
#include "spec/config.h"

/* With this (printf(3)) in its "linux". The caller frees; NULL, and why as a comment, if it is wrong. */
__attribute__((format(printf, 1, 2))) static inline struct spec *spec_with_linux(const char *format, ...)
{
    AUTO_BUF struct buf text = BUF_INIT;
    va_list ap;
    buf_adds(&text, "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"linux\":{");
    va_start(ap, format);
    buf_vprintf(&text, format, ap);
    va_end(ap);
    buf_adds(&text, "}}");
    struct spec *s = spec_decode("test", text.data, text.len);
    if (!s)
        printf("# %s: %s\n", text.data, error_text());
    return s;
}

#endif
