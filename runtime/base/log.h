/* Messages for people (stderr, one line) and for callers (--log FILE, text or one JSON object a line).
 *
 * An error goes to both: conmon and CRI-O read stderr, containerd and docker the file. A warning goes to the
 * file if there is one, because under containerd and docker the runtime's stderr is that of the container's
 * program. */
#ifndef RSBX_BASE_LOG_H
#define RSBX_BASE_LOG_H

#include <stdbool.h>

enum log_format { LOG_TEXT, LOG_JSON };

/* path may be NULL (stderr only). Opens with O_APPEND, 0600. "journald:NAME" and "syslog:NAME" send to the
 * log service of that kind instead; "file:" may stand before a path. */
int log_open(const char *path, enum log_format format, bool debug);

bool log_is_debug(void);

/* fd of the --log file, or -1; a child process may inherit it. */
int log_fd(void);

/* Closes it: what comes now goes to stderr. */
void log_close(void);

void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The current error (error.h), once, on stderr as "rsbx: text" and in the log. */
void log_current_error(void);

#endif
