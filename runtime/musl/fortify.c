/* What Debian's libseccomp.a, libyajl_s.a and libcap.a, which are built with glibc's _FORTIFY_SOURCE, need
 * beyond the C standard: the checked forms of a few functions, without the check, as musl has none. Otherwise
 * these libraries ask only for what musl lays out alike on this architecture. Linked into musl builds. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int __fprintf_chk(FILE *out, int flag, const char *fmt, ...);
int __sprintf_chk(char *to, int flag, size_t size, const char *fmt, ...);
int __snprintf_chk(char *to, size_t max, int flag, size_t size, const char *fmt, ...);
int __asprintf_chk(char **to, int flag, const char *fmt, ...);
void *__memcpy_chk(void *to, const void *from, size_t n, size_t size);

#define FORMATTED(call)                                                                                      \
    va_list ap;                                                                                              \
    (void)flag;                                                                                              \
    va_start(ap, fmt);                                                                                       \
    int n = call;                                                                                            \
    va_end(ap);                                                                                              \
    return n

int __fprintf_chk(FILE *out, int flag, const char *fmt, ...)
{
    FORMATTED(vfprintf(out, fmt, ap));
}

int __sprintf_chk(char *to, int flag, size_t size, const char *fmt, ...)
{
    FORMATTED(vsnprintf(to, size, fmt, ap));
}

int __snprintf_chk(char *to, size_t max, int flag, size_t size, const char *fmt, ...)
{
    FORMATTED(vsnprintf(to, max < size ? max : size, fmt, ap));
}

int __asprintf_chk(char **to, int flag, const char *fmt, ...)
{
    FORMATTED(vasprintf(to, fmt, ap));
}

void *__memcpy_chk(void *to, const void *from, size_t n, size_t size)
{
    if (n > size)
        __builtin_trap();
    return memcpy(to, from, n);
}
