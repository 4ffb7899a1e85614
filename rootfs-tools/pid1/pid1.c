/* Process 1 of a snippet's sandbox, bound to /dev/init of its root: a program without a C library, so that it
 * starts in microseconds whatever the root holds.
 *
 *     /dev/init WALL_MS STATUS_FD PROGRAM ARGS...
 *
 * It runs PROGRAM, passes on the signals that come from outside, reaps whatever is orphaned, and ends when
 * PROGRAM ends; the kernel then kills all that is left in the pid namespace. It is there because signals at
 * their default do nothing to process 1 (pid_namespaces(7)): a program could not abort(3) or kill itself.
 *
 * WALL_MS, 0 for none, is the wall clock under runtimes that have none. Under `rsbx run` its supervisor
 * replaces the first two words: it keeps the clock, and hears of the end by a struct pid1_report on STATUS_FD
 * ("-": nobody listens), for an exit code cannot tell exit(137) from SIGKILL. */
#include <asm/ioctls.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/time_types.h>
#include <linux/wait.h>
#include <stdnoreturn.h>

#include "spec/snippet.h"

#define ENOENT                  2
#define EAGAIN                  11
#define SI_USER_OR_KERNEL(info) ((info).si_code <= 0 ? (info).si_pid == 0 : (info).si_code == SI_KERNEL)

/* ---- system calls ---- */

static long call(long number, long a, long b, long c, long d)
{
#if defined(__x86_64__)
    long r;
    register long r10 __asm__("r10") = d;
    __asm__ volatile("syscall"
                     : "=a"(r)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                     : "rcx", "r11", "memory");
    return r;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c,
                     x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
#elif defined(__riscv)
    register long a7 __asm__("a7") = number, a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c,
                     a3 __asm__("a3") = d;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3) : "memory");
    return a0;
#else
#error "pid1.c: no system calls for this processor"
#endif
}

/* The argument block that the kernel left on the stack goes to start(). */
#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call start\n hlt\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n mov x0, sp\n and sp, x0, #-16\n bl start\n brk #1\n");
#else
__asm__(".globl _start\n_start:\n mv a0, sp\n andi sp, sp, -16\n call start\n ebreak\n");
#endif

/* The compiler may call these. */
void *memset(void *to, int byte, unsigned long n);
void *memcpy(void *to, const void *from, unsigned long n);
void *memset(void *to, int byte, unsigned long n)
{
    for (volatile char *p = to; n > 0; n--)
        *p++ = (char)byte;
    return to;
}
void *memcpy(void *to, const void *from, unsigned long n)
{
    const char *f = from;
    for (volatile char *p = to; n > 0; n--)
        *p++ = *f++;
    return to;
}

static noreturn void quit(int code)
{
    for (;;)
        call(__NR_exit_group, code, 0, 0, 0);
}

/* ---- words ---- */

static void say(const char *text)
{
    long n = 0;
    while (text[n])
        n++;
    call(__NR_write, 2, (long)text, n, 0);
}

/* -1: no number. */
static long number_of(const char *word)
{
    long n = 0;
    if (!*word)
        return -1;
    for (; *word; word++) {
        if (*word < '0' || *word > '9' || n > 1L << 50)
            return -1;
        n = n * 10 + (*word - '0');
    }
    return n;
}

/* ---- the program ---- */

struct program {
    char **args, **env;
    long pid;
    volatile int exec_errno; /* written by the child, which shares our memory until it executes */
};

/* In the child: a session of its own, or where there is a terminal its foreground group. */
static noreturn void become(struct program *p)
{
    unsigned long none = 0;
    int group;
    if (call(__NR_ioctl, 0, TIOCGPGRP, (long)&group, 0) == 0) {
        call(__NR_setpgid, 0, 0, 0, 0);
        group = (int)call(__NR_getpid, 0, 0, 0, 0);
        call(__NR_ioctl, 0, TIOCSPGRP, (long)&group, 0);
    } else {
        call(__NR_setsid, 0, 0, 0, 0);
    }
    call(__NR_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof(none));
    p->exec_errno = (int)-call(__NR_execve, (long)p->args[0], (long)p->args, (long)p->env, 0);
    quit(p->exec_errno == ENOENT ? 127 : 126);
}

/* As vfork(2): we wait until the child has executed, on our own stack, below our frame. */
static __attribute__((noinline)) void run(struct program *p)
{
    p->pid = call(__NR_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0);
    if (p->pid == 0)
        become(p);
}

static noreturn void report(int fd, const struct program *p, int status)
{
    struct pid1_report r = {status, p->exec_errno};
    int signal = status & 0x7f;
    if (fd >= 0)
        call(__NR_write, fd, (long)&r, sizeof(r), 0);
    else if (p->exec_errno)
        say("rsbx: the program cannot be executed\n");
    quit(signal ? 128 + signal : status >> 8 & 0xff);
}

/* ---- the wall clock ---- */

static long long now_ns(void)
{
    struct __kernel_timespec t = {0, 0};
    call(__NR_clock_gettime, 1 /* CLOCK_MONOTONIC */, (long)&t, 0, 0);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static noreturn void time_is_up(void)
{
    say("rsbx: wall limit reached\n");
    quit(PID1_TIME_IS_UP);
}

/* ---- ---- */

/* Whether PROGRAM was among those that ended. */
static int reap(const struct program *p, int *status)
{
    int s;
    long pid;
    while ((pid = call(__NR_wait4, -1, (long)&s, WNOHANG | __WALL, 0)) > 0)
        if ((s & 0xff) == 0x7f) { /* stopped: PTRACE_TRACEME made us its tracer, it goes on without us */
            call(__NR_ptrace, PTRACE_DETACH, pid, 0, s >> 8);
        } else if (pid == p->pid) {
            *status = s;
            return 1;
        }
    return 0;
}

static noreturn void serve(struct program *p, int fd, long wall_ms)
{
    unsigned long all = ~0UL;
    long long end = now_ns() + wall_ms * 1000000LL;
    for (;;) {
        union {
            siginfo_t info;
            char room[128];
        } u;
        struct __kernel_timespec left = {0, 0};
        int status;
        if (reap(p, &status))
            report(fd, p, status);
        long long ns = wall_ms ? end - now_ns() : 0;
        if (ns < 0)
            time_is_up();
        left.tv_sec = ns / 1000000000;
        left.tv_nsec = ns % 1000000000;
        long sig =
            call(__NR_rt_sigtimedwait, (long)&all, (long)&u.info, wall_ms ? (long)&left : 0, sizeof(all));
        if (sig == -EAGAIN)
            time_is_up();
        /* from outside our namespace, or a terminal's: there the sender has no number */
        if (sig > 0 && sig != SIGCHLD && SI_USER_OR_KERNEL(u.info))
            call(__NR_kill, p->pid, sig, 0, 0);
    }
}

noreturn void start(long *block);
noreturn void start(long *block)
{
    long argc = block[0];
    char **argv = (char **)(block + 1);
    unsigned long all = ~0UL;
    struct program p = {argv + 3, argv + argc + 1, 0, 0};
    long wall_ms = argc > 3 ? number_of(argv[1]) : -1;
    if (wall_ms < 0) {
        say("usage: init WALL_MS STATUS_FD PROGRAM ARGS...\n");
        quit(125);
    }
    int fd = (int)number_of(argv[2]);
    /* The program's user is ours: it must not get at our memory and fds through /proc. */
    call(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0);
    if (fd >= 0)
        call(__NR_fcntl, fd, F_SETFD, 1 /* FD_CLOEXEC */, 0);
    call(__NR_rt_sigprocmask, SIG_SETMASK, (long)&all, 0, sizeof(all));
    run(&p);
    if (p.pid < 0) {
        say("rsbx: no process could be made for the program\n");
        quit(125);
    }
    serve(&p, fd, wall_ms);
}
