/* Small things that several verbs of the life cycle share. Private to container/. */
#ifndef RSBX_CONTAINER_LIFECYCLE_H
#define RSBX_CONTAINER_LIFECYCLE_H

#include <sys/types.h>

#include "container/container.h"

/* The pid, without a newline, by temporary file and rename. path NULL: nothing. */
int pid_file_write(const char *path, pid_t pid);
void pid_file_remove(const char *path);

/* Waits until the process behind pidfd is gone (or a zombie), at most timeout_ms; -1 with ETIMEDOUT. */
int wait_for_end(int pidfd, int timeout_ms);

#endif
