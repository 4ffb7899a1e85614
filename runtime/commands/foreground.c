/* Waiting for a process in the foreground: see foreground.h. */
#include "commands/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

/* One direction between our stdio and the terminal. It never waits for whoever is to read: the other
 * direction and signals go on meanwhile. */
struct pump {
    int from, to; /* from: -1 when it is over */
    size_t at, len;
    char data[16384];
};

/* Not the bytes: without a terminal their pages are never touched. */
static void pump_init(struct pump *p, int from, int to)
{
    p->from = from;
    p->to = to;
    p->at = p->len = 0;
}

static bool pump_is_full(const struct pump *p)
{
    return p->at < p->len;
}

static struct pollfd pump_poll(const struct pump *p)
{
    if (p->from < 0)
        return (struct pollfd){-1, 0, 0};
    return pump_is_full(p) ? (struct pollfd){p->to, POLLOUT, 0} : (struct pollfd){p->from, POLLIN, 0};
}

/* One read, or one write of what a pipe that poll(2) calls writable takes at once. false: end or error. */
static bool pump_move(struct pump *p)
{
    ssize_t n;
    if (pump_is_full(p)) {
        size_t left = p->len - p->at;
        n = write(p->to, p->data + p->at, left < PIPE_BUF ? left : PIPE_BUF);
        p->at += n > 0 ? (size_t)n : 0;
    } else {
        n = read(p->from, p->data, sizeof(p->data));
        p->at = 0;
        p->len = n > 0 ? (size_t)n : 0;
    }
    return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
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

/* The process is gone: whoever reads what it has written is waited for. */
static void drain(struct pump *out)
{
    struct pollfd more = {out->from, POLLIN, 0}, room = {out->to, POLLOUT, 0};
    do {
        while (pump_is_full(out)) {
            if (poll(&room, 1, -1) > 0 && !pump_move(out))
                return;
        }
    } while (out->from >= 0 && poll(&more, 1, 0) > 0 && (more.revents & POLLIN) && pump_move(out));
}

static void wait_and_relay(struct foreground *fg, pid_t pid, int *tty, int *status)
{
    struct pump in, out;
    pump_init(&in, *tty >= 0 ? STDIN_FILENO : -1, *tty);
    pump_init(&out, *tty, STDOUT_FILENO);
    while (!take_signals(fg, pid, *tty, status)) {
        struct pollfd p[3] = {{fg->signals, POLLIN, 0}, pump_poll(&out), pump_poll(&in)};
        if (poll(p, 3, -1) < 0)
            continue;
        if (p[2].revents && !pump_move(&in))
            in.from = -1;
        if (p[1].revents && !pump_move(&out)) {
            out.from = -1;
            if (pump_is_full(
                    &out)) { /* nobody reads us any more: the terminal hangs up, as it would with us */
                close(*tty);
                *tty = in.from = -1;
            }
        }
    }
    drain(&out);
}

int foreground_wait(struct foreground *fg, pid_t pid, int tty_master)
{
    AUTO_FD int tty = tty_master;
    struct termios saved;
    bool raw = false;
    int status = 0;
    if (tty >= 0) {
        fcntl(tty, F_SETFL, O_RDWR | O_NONBLOCK);
        raw = make_raw(STDIN_FILENO, &saved);
        copy_size(STDIN_FILENO, tty);
    }
    wait_and_relay(fg, pid, &tty, &status);
    if (raw)
        tcsetattr(STDIN_FILENO, TCSANOW, &saved);
    close(fg->signals);
    sigprocmask(SIG_SETMASK, &fg->old, NULL);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
