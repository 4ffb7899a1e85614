/* Waiting for a process in the foreground: see foreground.h. */
#include "commands/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"

/* Not passed on: they concern us (SIGCHLD) or come from our own faults. */
static const int ours[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS, SIGPIPE};

void foreground_block_signals(struct foreground *fg)
{
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        sigdelset(&all, ours[i]);
    sigprocmask(SIG_BLOCK, &all, &fg->old);
    fg->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void copy_size(int from, int to)
{
    struct winsize size;
    if (ioctl(from, TIOCGWINSZ, &size) == 0)
        ioctl(to, TIOCSWINSZ, &size);
}

static bool make_raw(int fd, struct termios *saved)
{
    struct termios raw;
    if (tcgetattr(fd, saved) < 0)
        return false;
    raw = *saved;
    cfmakeraw(&raw);
    raw.c_oflag |= OPOST | ONLCR; /* the pty itself has ONLCR off */
    return tcsetattr(fd, TCSANOW, &raw) == 0;
}

/* false: end of file or error. */
static bool relay(int from, int to)
{
    char data[16384];
    ssize_t n = read(from, data, sizeof(data));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (n <= 0)
        return false;
    if (write_fd(to, data, (size_t)n) < 0) {
        error_clear();
        return false;
    }
    return true;
}

/* 1: the process has ended. */
static int take_signals(const struct foreground *fg, pid_t pid, int tty, int *status)
{
    struct signalfd_siginfo info;
    while (read(fg->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGCHLD) {
            for (pid_t ended; (ended = waitpid(-1, status, WNOHANG | __WALL)) > 0;) {
                if (WIFSTOPPED(*status)) /* PTRACE_TRACEME made us its tracer: it goes on without us */
                    ptrace(PTRACE_DETACH, ended, NULL, WSTOPSIG(*status));
                else if (ended == pid)
                    return 1;
            }
        } else if (info.ssi_signo == SIGWINCH && tty >= 0) {
            copy_size(STDIN_FILENO, tty);
        } else {
            kill(pid, (int)info.ssi_signo);
        }
    }
    return 0;
}

static void drain(int tty)
{
    fcntl(tty, F_SETFL, O_RDWR | O_NONBLOCK);
    struct pollfd p = {tty, POLLIN, 0};
    while (poll(&p, 1, 0) > 0 && (p.revents & POLLIN) && relay(tty, STDOUT_FILENO))
        ;
}

int foreground_wait(struct foreground *fg, pid_t pid, int tty_master)
{
    AUTO_FD int tty = tty_master;
    struct termios saved;
    bool raw = false;
    int status = 0;
    if (tty >= 0) {
        raw = make_raw(STDIN_FILENO, &saved);
        copy_size(STDIN_FILENO, tty);
    }
    struct pollfd p[3] = {
        {fg->signals, POLLIN, 0}, {tty, POLLIN, 0}, {tty >= 0 ? STDIN_FILENO : -1, POLLIN, 0}};
    for (;;) {
        if (take_signals(fg, pid, tty, &status))
            break;
        if (poll(p, 3, -1) < 0)
            continue;
        if (p[1].revents && !relay(tty, STDOUT_FILENO))
            p[1].fd = -1;
        if (p[2].revents && !relay(STDIN_FILENO, tty))
            p[2].fd = -1;
    }
    if (tty >= 0)
        drain(tty);
    if (raw)
        tcsetattr(STDIN_FILENO, TCSANOW, &saved);
    close(fg->signals);
    sigprocmask(SIG_SETMASK, &fg->old, NULL);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
