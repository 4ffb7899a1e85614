/* open(2) in one system call. musl's asks for close-on-exec again with fcntl(2), for kernels older
 * than 2.6.23. */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) {
        va_list ap;
        va_start(ap, flags);
        mode = va_arg(ap, mode_t);
        va_end(ap);
    }
    return openat(AT_FDCWD, path, flags, mode);
}
