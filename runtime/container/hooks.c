/* Hooks: see hooks.h. A hook is spawned with a sealed-off memfd as stdin, so that one that does not read its
 * state cannot block or kill us with SIGPIPE, and is waited for through its pidfd. */
#include "container/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"

#define HOOK_OUTPUT_MAX 65536

static int memfd_with(const char *text)
{
    AUTO_FD int fd = (int)syscall(SYS_memfd_create, "rsbx-hook", MFD_CLOEXEC);
    if (fd < 0)
        return fail(errno, "memfd_create");
    if (text && write_fd(fd, text, strlen(text)) < 0)
        return -1;
    lseek(fd, 0, SEEK_SET);
    return take_fd(&fd);
}

/* The file of an annotation, or otherwise. */
static int open_output(const struct container *c, const char *annotation, int otherwise)
{
    const char *path = spec_annotation(c->spec, annotation);
    if (!path)
        return fcntl(otherwise, F_DUPFD_CLOEXEC, 3);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return fd < 0 ? fail(errno, "annotation %s: %s", annotation, path) : fd;
}

static int spawn_hook(const struct spec_hook *hook, int in, int out, int err, char **environment, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    char *lone[] = {hook->path, NULL};
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawn_file_actions_adddup2(&files, err, 2);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &pipe);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int error = posix_spawn(pid, hook->path, &files, &attributes, hook->args.n ? hook->args.v : lone,
                            hook->env.n ? hook->env.v : environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error ? fail(error, "%s", hook->path) : 0;
}

/* 1: ended in time. 0: it did not. */
static int wait_with_timeout(pid_t pid, const struct opt_i64 *timeout)
{
    if (!timeout->set || timeout->v <= 0)
        return 1;
    AUTO_FD int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0)
        return fail(errno, "pidfd_open");
    struct pollfd p = {pidfd, POLLIN, 0};
    int ms = timeout->v > 2000000 ? 2000000000 : (int)timeout->v * 1000;
    int n;
    do
        n = poll(&p, 1, ms);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

static int judge(int status, int captured)
{
    AUTO_BUF struct buf output = BUF_INIT;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    lseek(captured, 0, SEEK_SET);
    if (read_fd(captured, HOOK_OUTPUT_MAX, &output) < 0)
        buf_adds(&output, " (output cut)");
    while (output.len > 0 && strchr("\n ", output.data[output.len - 1]))
        output.data[--output.len] = '\0';
    const char *colon = output.len ? ": " : "";
    if (WIFSIGNALED(status)) /* the wording is Go's: callers know it */
        return fail(0, "signal: %s%s%s",
                    WTERMSIG(status) == SIGSYS ? "bad system call" : strsignal(WTERMSIG(status)), colon,
                    buf_str(&output));
    return fail(0, "exit status %d%s%s", WEXITSTATUS(status), colon, buf_str(&output));
}

static int run_one(const struct container *c, const struct spec_hook *hook, const char *state_json,
                   char **environment)
{
    AUTO_FD int in = memfd_with(state_json);
    AUTO_FD int captured = memfd_with(NULL);
    if (in < 0 || captured < 0)
        return -1;
    AUTO_FD int out = open_output(c, "run.oci.hooks.stdout", captured);
    AUTO_FD int err = open_output(c, "run.oci.hooks.stderr", captured);
    if (out < 0 || err < 0)
        return -1;
    pid_t pid;
    int status;
    TRY(spawn_hook(hook, in, out, err, environment, &pid));
    int in_time = wait_with_timeout(pid, &hook->timeout);
    if (in_time <= 0)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (in_time == 0)
        return fail(0, "hook ran past specified timeout of %lld.0s", (long long)hook->timeout.v);
    return in_time < 0 ? -1 : judge(status, captured);
}

int hooks_run(const struct container *c, const char *kind, const struct spec_hook_list *hooks,
              const char *state_json, char **environment)
{
    for (size_t i = 0; i < hooks->n; i++)
        if (run_one(c, &hooks->v[i], state_json, environment ? environment : environ) < 0)
            return fail_where("error running %s hook #%zu", kind, i);
    return 0;
}
