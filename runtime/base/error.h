/* The one error convention: a function that can fail returns -1 (or NULL) and has called fail() once, where
 * the failure happened. Callers pass the -1 up, adding "where" with fail_where() if it helps the reader.
 *
 * There is one current error per process: rsbx has no threads. A child process sends its error to its parent
 * over the sync socket (container/sync.h), without a length limit. */
#ifndef RSBX_BASE_ERROR_H
#define RSBX_BASE_ERROR_H

#include <stdbool.h>

/* Records an error and returns -1. With errnum > 0 the text ends in ": " and the system's text for errnum, in
 * lower case as callers of OCI runtimes match it ("no such file or directory"); with 0 the text stands alone.
 */
int fail(int errnum, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "fmt: " in front of the current error and returns -1. */
int fail_where(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Text of the current error, "" if there is none. Valid until the next fail*(). */
const char *error_text(void);

/* errnum of the current error, 0 if it had none. */
int error_errno(void);

/* Replaces the current error with one received from elsewhere (already complete text). Returns -1. */
int error_receive(int errnum, const char *text);

/* Forgets the current error: it was handled. */
void error_clear(void);

/* Returns -1 from the current function if expr is negative. */
#define TRY(expr)                                                                                            \
    do {                                                                                                     \
        if ((expr) < 0)                                                                                      \
            return -1;                                                                                       \
    } while (0)

#endif
