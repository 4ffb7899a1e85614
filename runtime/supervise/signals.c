/* See signals.h. */
#include "supervise/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"

static sigset_t before;

int signals_open(bool children)
{
    /* Not passed on: faults of our own, stops (job control stays the shell's), and our children's ends. */
    static const int ours[] = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP, SIGABRT, SIGSYS,
                               SIGTSTP, SIGTTIN, SIGTTOU, SIGCHLD, SIGPIPE, SIGURG};
    sigset_t set;
    sigfillset(&set);
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        sigdelset(&set, ours[i]);
    if (children)
        sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, &before) < 0)
        return fail(errno, "sigprocmask");
    signal(SIGPIPE, SIG_IGN);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? fail(errno, "signalfd") : fd;
}

void signals_close(int fd)
{
    if (fd < 0)
        return;
    close(fd);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

bool signal_interrupts(int sig)
{
    return sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT;
}

bool signal_is_default(pid_t pid, int sig)
{
    char path[40];
    AUTO_BUF struct buf b = BUF_INIT;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    if (read_file_at(AT_FDCWD, path, 1 << 16, &b) < 0) {
        error_clear();
        return false;
    }
    const char *ignored = strstr(b.data, "\nSigIgn:"), *caught = strstr(b.data, "\nSigCgt:");
    if (!ignored || !caught)
        return false;
    unsigned long long set = strtoull(ignored + 8, NULL, 16) | strtoull(caught + 8, NULL, 16);
    return !(set >> (sig - 1) & 1);
}
