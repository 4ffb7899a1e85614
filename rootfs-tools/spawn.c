/* Runs programs of the host: see spawn.h. */
#include "rootfs-tools/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"

#define MAX_OUTPUT   (1U << 20)
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static _Noreturn void become(const char *const *argv, int stdout_fd, int quiet)
{
    const char *path = getenv("PATH"), *home = getenv("HOME");
    AUTO_FREE char *path_word = xasprintf("PATH=%s", path ? path : DEFAULT_PATH);
    AUTO_FREE char *home_word = xasprintf("HOME=%s", home ? home : "/");
    char *env[] = {path_word, home_word, (char[]){"LC_ALL=C.UTF-8"}, NULL};
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, 0);
    if (stdout_fd >= 0)
        dup2(stdout_fd, 1);
    if (quiet)
        dup2(null, 2);
    if (quiet && chdir("/") < 0)
        _exit(126);
    execve(argv[0], (char *const *)(uintptr_t)argv, env);
    _exit(127);
}

/* Reads until the end or the deadline. */
static int collect(int fd, uint64_t deadline, struct buf *out)
{
    for (;;) {
        uint64_t now = now_ns();
        struct pollfd p = {fd, POLLIN, 0};
        int r = now < deadline ? poll(&p, 1, (int)((deadline - now) / 1000000 + 1)) : 0;
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return fail(0, "it did not answer in time");
        buf_reserve(out, 4096);
        ssize_t n = read(fd, out->data + out->len, 4096);
        if (n < 0)
            return fail(errno, "read");
        if (n == 0)
            return 0;
        out->len += (size_t)n;
        out->data[out->len] = '\0';
        if (out->len > MAX_OUTPUT)
            return fail(0, "it printed more than %u bytes", MAX_OUTPUT);
    }
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return fail(errno, "wait");
    if (WIFSIGNALED(status))
        return fail(0, "it was killed by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ? 0 : fail(0, "it exited with %d", WEXITSTATUS(status));
}

int spawn_output(const char *const *argv, unsigned timeout_ms, int quiet, struct buf *out)
{
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return fail(errno, "pipe");
    pid_t pid = fork();
    if (pid == 0)
        become(argv, pipe_fds[1], quiet);
    close(pipe_fds[1]);
    AUTO_FD int from = pipe_fds[0];
    if (pid < 0)
        return fail(errno, "fork");
    int r = collect(from, now_ns() + (uint64_t)timeout_ms * 1000000U, out);
    if (r < 0) {
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    } else {
        r = wait_for(pid);
    }
    return r < 0 ? fail_where("%s", argv[0]) : 0;
}

/* Mounts that the program makes and forgets end with it. Who may make none on the host needs no such care. */
static void keep_mounts_apart(void)
{
    if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        _exit(126);
}

int spawn_run(const char *const *argv, bool own_mounts)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (own_mounts)
            keep_mounts_apart();
        become(argv, -1, 0);
    }
    if (pid < 0)
        return fail(errno, "fork");
    return wait_for(pid) < 0 ? fail_where("%s", argv[0]) : 0;
}

static int is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *find_program(const char *name)
{
    if (strchr(name, '/'))
        return is_program(name) ? xstrdup(name) : NULL;
    const char *path = getenv("PATH");
    for (path = path ? path : DEFAULT_PATH; *path;) {
        size_t len = strcspn(path, ":");
        if (len > 0 && path[0] == '/') { /* never the working directory */
            char *full = xasprintf("%.*s/%s", (int)len, path, name);
            if (is_program(full))
                return full;
            free(full);
        }
        path += len;
        path += *path == ':';
    }
    return NULL;
}
