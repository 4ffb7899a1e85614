/* Signals that come to rsbx while it runs a program: taken by signalfd, passed on. */
#ifndef RSBX_SUPERVISE_SIGNALS_H
#define RSBX_SUPERVISE_SIGNALS_H

#include <stdbool.h>
#include <sys/types.h>

/* Blocks all that are passed on and returns a signalfd for them; SIGPIPE is ignored from now on. Init resets
 * mask and dispositions for the program. */
int signals_open(bool children); /* children: SIGCHLD too */
/* Lets signals do again what they did before signals_open(). */
void signals_close(int fd);

/* Whether it asks a program to end: SIGINT, SIGTERM, SIGHUP, SIGQUIT. */
bool signal_interrupts(int sig);

/* Whether the process has left sig at its default action (proc(5): SigCgt, SigIgn). */
bool signal_is_default(pid_t pid, int sig);

#endif
