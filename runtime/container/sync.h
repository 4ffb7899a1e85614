/* The socket between the runtime and the process it makes. Frames: type, errno, length, text of any length;
 * an fd may go with it. Either side sees the other's death as end of file. */
#ifndef RSBX_CONTAINER_SYNC_H
#define RSBX_CONTAINER_SYNC_H

#include <stdint.h>

#include "base/buffer.h"

enum sync_type {
    SYNC_GO = 1,   /* runtime: go on */
    SYNC_ROOTFS,   /* init: mounts are there, not yet pivoted: run the hooks */
    SYNC_CONSOLE,  /* init: the pty's master (fd) */
    SYNC_LOOPBACK, /* init: a socket in its new network namespace (fd) */
    SYNC_LISTENER, /* new process: number of its seccomp notify fd */
    SYNC_READY,    /* new process: all set up */
    SYNC_ERROR,    /* new process: text */
};

/* How the error of an end of file begins. */
#define SYNC_ENDED "the process ended before it was set up"

int sync_pair(int sync[2]);
int sync_send(int fd, enum sync_type type, int number, const char *text, int passed_fd);

/* Receives the next frame. SYNC_ERROR frames become the current error (-1). End of file is an error that says
 * the other side ended. *passed_fd may be NULL. text may be NULL. Returns the type. */
int sync_receive(int fd, int *number, struct buf *text, int *passed_fd);

/* The runtime's SYNC_GO. Where the process is dead already the error is the one that it sent. */
int sync_go(int fd);
/* Without looking for that: -1, with no error recorded, where the process is dead. What it sent is still to
 * be received. */
int sync_send_go(int fd);

/* Receives and insists on a type. */
int sync_expect(int fd, enum sync_type type);

/* One SCM_RIGHTS message with one fd over a connected stream socket, payload as given (1 to 4095 bytes). */
int send_fd(int socket, int fd, const void *payload, size_t len);

/* Connects to an AF_UNIX stream socket, of any path length. */
int connect_unix(const char *path);

#endif
