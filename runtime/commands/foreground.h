/* Waiting for a process in the foreground: signals are passed on, a terminal is relayed, the exit code is its
 * own. */
#ifndef RSBX_COMMANDS_FOREGROUND_H
#define RSBX_COMMANDS_FOREGROUND_H

#include <signal.h>
#include <sys/types.h>

struct foreground {
    sigset_t old;
    int signals; /* signalfd */
};

/* Before the process is made: from now on signals wait for foreground_wait(). */
void foreground_block_signals(struct foreground *fg);

/* Waits for pid, our child; tty_master -1 or the pty to relay to our own terminal (closed at the end).
 * Returns its exit code, 128+n for a signal. */
int foreground_wait(struct foreground *fg, pid_t pid, int tty_master);

#endif
