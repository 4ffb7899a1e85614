/* The proxy for sd_notify(3): the container gets a socket of its own at /run/notify/notify.sock; what it says
 * there is passed on to $NOTIFY_SOCKET as far as a service manager may hear it (READY=, MAINPID= of the
 * container's init). */
#ifndef RSBX_CONTAINER_NOTIFY_H
#define RSBX_CONTAINER_NOTIFY_H

#include <sys/types.h>

/* create: the directory in the state directory that is mounted into the container. */
int notify_make_dir(int state_dir_fd);

/* start: binds the socket in it. Returns its fd, or -1: no proxy wanted (no directory, or no $NOTIFY_SOCKET);
 * -2 after fail(). */
int notify_listen(int state_dir_fd);

/* start, once the program runs: waits for READY= or the end of the process, then tells the service manager.
 */
int notify_forward(int fd, int pidfd, pid_t pid);

#endif
