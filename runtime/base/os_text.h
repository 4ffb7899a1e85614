/* Texts of errno values and names of signals that do not depend on the C library: callers read the first
 * ("too many levels of symbolic links"), and musl says other things than glibc. */
#ifndef RSBX_BASE_OS_TEXT_H
#define RSBX_BASE_OS_TEXT_H

/* As glibc's strerror(3). */
const char *errno_text(int errnum);
/* "TERM" for SIGTERM; NULL for real-time and unknown signals. */
const char *signal_abbreviation(int sig);

#endif
