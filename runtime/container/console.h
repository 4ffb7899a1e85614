/* The container's terminal: a pty of its own devpts, whose master goes to the caller. */
#ifndef RSBX_CONTAINER_CONSOLE_H
#define RSBX_CONTAINER_CONSOLE_H

#include "spec/config.h"

/* Opens a new pty on the devpts of the container: root_fd is its root before pivot_root, or -1 when "/" is.
 * The slave comes from TIOCGPTPEER, never from a path. Its size and owner are set, ONLCR is off. */
int console_open(int root_fd, const struct spec_process *process, int *master, int *slave);

/* Sends the master to a console socket: one message, one fd. */
int console_send(int socket, int master);

/* Makes slave the controlling terminal of the calling session leader. */
int console_control(int slave);

#endif
