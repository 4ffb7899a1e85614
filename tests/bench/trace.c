/* Which of a program's instructions run: a single-stepper for tests/bench/order.
 *
 *     trace OUT PROGRAM ARG...
 *
 * Runs PROGRAM and all the processes that it makes one instruction at a time (ptrace(2)), each up to its
 * execve(2), and appends a line to OUT for every address below 16 MiB at which an instruction ran: 16
 * hexadecimal digits, "a", and "p" for PROGRAM itself, "c" for the others. PROGRAM is static and not
 * position-independent. Exit code: PROGRAM's, or 125. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOP       (16UL << 20)
#define MAX_PROCS 256

enum { BY_PARENT = 1, BY_CHILD = 2 };
static unsigned char ran[TOP];

static struct process {
    pid_t pid;
    bool stepped; /* not yet executed another program */
} processes[MAX_PROCS];
static int n_processes;

static struct process *process_of(pid_t pid)
{
    for (int i = 0; i < n_processes; i++)
        if (processes[i].pid == pid)
            return &processes[i];
    if (n_processes == MAX_PROCS) {
        fprintf(stderr, "trace: more than %d processes\n", MAX_PROCS);
        exit(125);
    }
    processes[n_processes] = (struct process){pid, true};
    return &processes[n_processes++];
}

static void note(const struct process *p)
{
    struct user_regs_struct regs;
    if (ptrace(PTRACE_GETREGS, p->pid, 0, &regs) == 0 && regs.rip < TOP)
        ran[regs.rip] |= p == processes ? BY_PARENT : BY_CHILD;
}

static void follow(pid_t pid, int status)
{
    struct process *p = process_of(pid);
    int event = status >> 16, sig = WSTOPSIG(status), deliver = 0;
    if (event == PTRACE_EVENT_EXEC)
        p->stepped = false;
    else if (event == 0 && sig == SIGTRAP && p->stepped)
        note(p);
    else if (event == 0 && sig != SIGSTOP) /* a new process stops once */
        deliver = sig;
    ptrace(p->stepped ? PTRACE_SINGLESTEP : PTRACE_CONT, pid, 0, deliver);
}

/* A process that is merely left would find a trap of its last step when it runs on. */
static void let_go(pid_t pid)
{
    int status;
    if (kill(pid, SIGSTOP) < 0)
        return;
    while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
        if (status >> 16 == 0 && WSTOPSIG(status) == SIGSTOP) {
            ptrace(PTRACE_DETACH, pid, 0, 0);
            return;
        }
        follow(pid, status);
    }
}

static void write_addresses(const char *path)
{
    FILE *out = fopen(path, "a");
    if (!out) {
        perror(path);
        exit(125);
    }
    for (unsigned long a = 0; a < TOP; a++)
        for (int who = BY_PARENT; who <= BY_CHILD; who++)
            if (ran[a] & who)
                fprintf(out, "%016lx a %c\n", a, who == BY_PARENT ? 'p' : 'c');
    if (fclose(out) != 0) {
        perror(path);
        exit(125);
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: trace OUT PROGRAM ARG...\n");
        return 125;
    }
    pid_t first = fork();
    if (first == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execv(argv[2], argv + 2);
        perror(argv[2]);
        _exit(125);
    }
    int status, code = 125;
    if (first < 0 || waitpid(first, &status, 0) < 0) {
        perror("trace");
        return 125;
    }
    ptrace(PTRACE_CONT, first, 0, 0);
    waitpid(first, &status, __WALL); /* its execve(2) */
    process_of(first);
    ptrace(PTRACE_SETOPTIONS, first, 0,
           PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC);
    ptrace(PTRACE_SINGLESTEP, first, 0, 0);
    for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0;) {
        if (WIFSTOPPED(status)) {
            follow(pid, status);
        } else if (pid == first) {
            code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            break;
        }
    }
    for (int i = 1; i < n_processes; i++)
        let_go(processes[i].pid);
    write_addresses(argv[1]);
    return code;
}
