/* A new network namespace, made by a thread of ours while we do other things: network_namespaces(7). One at a
 * time. */
#ifndef RSBX_LINUX_NETWORK_H
#define RSBX_LINUX_NETWORK_H

#include <stdbool.h>

/* Starts the thread. false: there is one CPU, or no thread; make the namespace with the process. */
bool network_begin(void);

/* Waits for it. A descriptor of the namespace, with lo up; the caller closes it. -1 after fail(). */
int network_end(void);

/* Waits for it, and drops what it made; nothing where network_end() has taken that. */
void network_abandon(void);

/* In the process that is to have it. */
int network_join(int fd);

/* Brings lo up in the calling process's network namespace. */
int loopback_up(void);

#endif
