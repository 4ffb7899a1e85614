/* exec-once: one exec passes, by whoever knows the number; nothing else does, under any number of a call. */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/process.h"

/* A fault is an answer here (a kernel without IA32), not a finding. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0:handle_segv=0";
}

static char *const nothing[] = {NULL};
static char *const true_args[] = {(char[]){"true"}, NULL};

/* The exit code of `what` in a process of its own: 200 + errno where that is what it got. */
static int in_child(int (*what)(struct exec_once *once), bool prepare)
{
    struct exec_once once = {0};
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || (prepare && exec_once_prepare(&once) < 0))
            _exit(199);
        _exit(what(&once));
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int plain(struct exec_once *once)
{
    (void)once;
    execve("/bin/true", true_args, nothing);
    return 100 + errno;
}

static int at(struct exec_once *once)
{
    (void)once;
    int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
    syscall(SYS_execveat, fd, "", true_args, nothing, AT_EMPTY_PATH);
    return 100 + errno;
}

static int guessed(struct exec_once *once)
{
    once->secret[0] ^= 1UL << 63;
    exec_once(once, "/bin/true", true_args, nothing);
    return 100 + errno;
}

static int guessed_half(struct exec_once *once)
{
    once->secret[1] = 0;
    exec_once(once, "/bin/true", true_args, nothing);
    return 100 + errno;
}

static int with_secret(struct exec_once *once)
{
    exec_once(once, "/bin/true", true_args, nothing);
    return 100 + errno;
}

static int with_secret_after_a_failure(struct exec_once *once)
{
    exec_once(once, "/nowhere", true_args, nothing);
    return errno == ENOENT ? with_secret(once) : 198;
}

static int shell(struct exec_once *once)
{
    char *const args[] = {(char[]){"sh"}, (char[]){"-c"}, (char[]){"/bin/true; exit $?"}, NULL};
    if (once->on)
        exec_once(once, "/bin/sh", args, nothing);
    else
        execve("/bin/sh", args, nothing);
    return 100 + errno;
}

TEST(the_program_starts)
{
    CHECK_INT(in_child(with_secret, true), 0);
    CHECK_INT(in_child(with_secret_after_a_failure, true), 0);
}

TEST(nothing_else_does)
{
    CHECK_INT(in_child(plain, false), 0); /* controls */
    CHECK_INT(in_child(at, false), 0);
    CHECK_INT(in_child(shell, false), 0);
    CHECK_INT(in_child(plain, true), 100 + EPERM);
    CHECK_INT(in_child(at, true), 100 + EPERM);
    CHECK_INT(in_child(guessed, true), 100 + EPERM);
    CHECK_INT(in_child(guessed_half, true), 100 + EPERM);
    CHECK_INT(in_child(shell, true), 126); /* POSIX: found, but could not be executed */
}

#ifdef __x86_64__
static int x32(struct exec_once *once)
{
    (void)once;
    syscall(0x40000000 | 520, "/bin/true", true_args, nothing);
    return 100 + errno;
}

static int i386(struct exec_once *once)
{
    (void)once;
    long result = 11; /* execve */
    __asm__ volatile("int $0x80"
                     : "+a"(result)
                     : "b"(0L), "c"(0L), "d"(0L)
                     : "memory", "r8", "r9", "r10", "r11");
    return 100 + (int)-result;
}

TEST(other_numbers_do_not)
{
    CHECK_INT(in_child(x32, true), 100 + ENOSYS);
    int got = in_child(i386, true);
    CHECK(got == 100 + ENOSYS || got == 1000 + SIGSEGV); /* the latter: a kernel without IA32 */
}
#endif

TEST_MAIN()
