/* The current error: see error.h. */
#include "base/error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/os_text.h"

static char *text;
static int number;

static void set_text(char *new_text)
{
    free(text);
    text = new_text;
}

int fail(int errnum, const char *fmt, ...)
{
    struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&b, fmt, ap);
    va_end(ap);
    if (errnum > 0) {
        const char *s = errno_text(errnum);
        buf_printf(&b, ": %c%s", tolower((unsigned char)s[0]), s + 1);
    }
    set_text(buf_take(&b));
    number = errnum;
    return -1;
}

int fail_where(const char *fmt, ...)
{
    struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&b, fmt, ap);
    va_end(ap);
    buf_printf(&b, ": %s", error_text());
    set_text(buf_take(&b));
    return -1;
}

const char *error_text(void)
{
    return text ? text : "";
}

int error_errno(void)
{
    return number;
}

int error_receive(int errnum, const char *received)
{
    set_text(xstrdup(received));
    number = errnum;
    return -1;
}

void error_clear(void)
{
    set_text(NULL);
    number = 0;
}

#ifdef __SANITIZE_ADDRESS__
/* A command ends without freeing what the kernel frees anyway. In the program, for hooks and other users get
 * no environment of ours. */
const char *__asan_default_options(void);
__attribute__((weak)) const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
#endif
