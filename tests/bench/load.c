/* What a program does inside a container: load KIND [DIR] prints what one unit of it took, in
 * nanoseconds.
 *
 *     load syscall    getppid(2)
 *     load fork       fork(2), exit, wait
 *     load exec       the same, with execve(2) of itself in between
 *     load io         write, read and truncate 64 KiB of a file in DIR (/tmp), a block of 4 KiB at a time
 *     load cpu        a round of arithmetic without system calls
 *
 * It is static, so that it runs in any root. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char **arguments;

static void one_syscall(void)
{
    syscall(SYS_getppid);
}

static void wait_for(pid_t pid)
{
    if (pid < 0 || waitpid(pid, NULL, 0) != pid)
        exit(1);
}

static void one_fork(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    wait_for(pid);
}

static void one_exec(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl(arguments[0], arguments[0], "nothing", (char *)NULL);
        _exit(1);
    }
    wait_for(pid);
}

static void one_io(void)
{
    static char block[4096];
    int fd = open("load.tmp", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    for (int i = 0; i < 16; i++)
        if (pwrite(fd, block, sizeof(block), i * 4096) != (ssize_t)sizeof(block) ||
            pread(fd, block, sizeof(block), i * 4096) != (ssize_t)sizeof(block))
            exit(1);
    close(fd);
    unlink("load.tmp");
}

static volatile uint64_t sink;

static void one_cpu(void)
{
    uint64_t x = sink + 1;
    for (int i = 0; i < 1000; i++)
        x = x * 6364136223846793005U + 1442695040888963407U;
    sink = x;
}

static const struct {
    const char *name;
    void (*run)(void);
    int times;
} kinds[] = {
    {"syscall", one_syscall, 300000}, {"fork", one_fork, 300}, {"exec", one_exec, 100}, {"io", one_io, 1000},
    {"cpu", one_cpu, 50000},
};

int main(int argc, char **argv)
{
    struct timespec a, b;
    arguments = argv;
    if (argc > 1 && strcmp(argv[1], "io") == 0 && chdir(argc > 2 ? argv[2] : "/tmp") < 0)
        return 1;
    for (size_t k = 0; argc > 1 && k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        if (strcmp(kinds[k].name, argv[1]) != 0)
            continue;
        kinds[k].run();
        clock_gettime(CLOCK_MONOTONIC, &a);
        for (int i = 0; i < kinds[k].times; i++)
            kinds[k].run();
        clock_gettime(CLOCK_MONOTONIC, &b);
        double ns = (double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec);
        printf("%.1f\n", ns / kinds[k].times);
    }
    return 0;
}
