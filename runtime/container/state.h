/* The state store: ROOT/ID/. See container.h for what is in it. Private to container/. */
#ifndef RSBX_CONTAINER_STATE_H
#define RSBX_CONTAINER_STATE_H

#include "container/container.h"

#define STATE_FILE   "state.json"
#define CONFIG_FILE  "config.json"
#define START_FIFO   "start.fifo"      /* init reads one byte from it */
#define RESULT_FIFO  "result.fifo"     /* init writes why exec failed; end of file: it worked */
#define RESULT_EXEC  "\x01"            /* first byte on the result fifo: init came as far as exec */
#define DEVICES_FILE "devices.updated" /* there: the device rules are no longer those of CONFIG_FILE */
#define STATE_FORMAT 1

/* Makes ROOT/ID, locked; "container with given ID already exists". Returns its fd. */
int state_make_dir(const struct runtime_options *runtime, const char *id);

/* First thing in it: what is needed to clean up after a create that was killed. */
int state_write_creating(const struct container *c);

/* The whole state, atomically. */
int state_write(const struct container *c);

/* Reads it; -1 with ENOENT when the container does not exist. A half-made one has status STATUS_CREATING, pid
 * 0, and what could be found out (spec and cgroup may be NULL). */
int state_read(struct container *c, bool lock, bool with_spec);

/* The same of one whose files are damaged, locked: what cannot be read is left out. */
int state_salvage(struct container *c);

/* The directory was removed meanwhile, with all that belonged to it. Under the lock. */
bool state_is_gone(const struct container *c);

/* Removes ROOT/ID. */
int state_remove(const struct container *c);

/* Field 22 of /proc/PID/stat, 0 if there is no such process or it is a zombie. */
uint64_t process_start_time(pid_t pid);

/* RFC 3339 with nanoseconds, UTC, of now. */
char *timestamp_now(void);

#endif
