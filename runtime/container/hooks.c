/* Hooks: see hooks.h. A hook is spawned with a sealed-off memfd as stdin, so that one that does not read its
 * state cannot block or kill us with SIGPIPE, and is waited for through its pidfd. */
#include "container/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
static int open_output(const struct spec *spec, const char *annotation, int otherwise)
{
    const char *path = spec_annotation(spec, annotation);
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
    sigset_t ignored; /* by us: main.c */
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGPIPE);
    sigaddset(&ignored, SIGXFSZ);
    posix_spawnattr_setsigdefault(&attributes, &ignored);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int error = posix_spawn(pid, hook->path, &files, &attributes, hook->args.n ? hook->args.v : lone,
                            hook->env.n ? hook->env.v : environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error ? fail(error, "%s", hook->path) : 0;
}

/* 1: ended in time. 0: it did not. */
static int wait_in_time(const struct hook_run *run)
{
    if (run->timeout <= 0)
        return 1;
    AUTO_FD int pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
    if (pidfd < 0)
        return fail(errno, "pidfd_open");
    struct pollfd p = {pidfd, POLLIN, 0};
    uint64_t now;
    int n;
    do {
        now = now_ns();
        uint64_t left = run->deadline_ns > now ? (run->deadline_ns - now) / 1000000 + 1 : 0;
        n = poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
    } while (n < 0 && errno == EINTR);
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

int hook_start(const struct spec *spec, const struct spec_hook *hook, const char *state_json,
               char **environment, struct hook_run *out)
{
    *out = (struct hook_run){.captured = -1};
    AUTO_FD int in = memfd_with(state_json);
    AUTO_FD int captured = memfd_with(NULL);
    if (in < 0 || captured < 0)
        return -1;
    AUTO_FD int to = open_output(spec, "run.oci.hooks.stdout", captured);
    AUTO_FD int err = open_output(spec, "run.oci.hooks.stderr", captured);
    if (to < 0 || err < 0)
        return -1;
    if (hook->timeout.set && hook->timeout.v > 0) {
        out->timeout = hook->timeout.v < 1000000000 ? hook->timeout.v : 1000000000;
        out->deadline_ns = now_ns() + (uint64_t)out->timeout * 1000000000;
    }
    TRY(spawn_hook(hook, in, to, err, environment, &out->pid));
    out->captured = take_fd(&captured);
    return 0;
}

static int reap(struct hook_run *run)
{
    int status;
    while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
        ;
    run->pid = 0;
    return status;
}

int hook_wait(struct hook_run *run)
{
    AUTO_FD int captured = take_fd(&run->captured);
    int in_time = wait_in_time(run);
    if (in_time <= 0)
        kill(run->pid, SIGKILL);
    int status = reap(run);
    if (in_time == 0)
        return fail(0, "hook ran past specified timeout of %lld.0s", (long long)run->timeout);
    return in_time < 0 ? -1 : judge(status, captured);
}

void hook_abandon(struct hook_run *run)
{
    if (run->pid <= 0)
        return;
    kill(run->pid, SIGKILL);
    reap(run);
    close(run->captured);
    run->captured = -1;
}

static int run_one(const struct container *c, const struct spec_hook *hook, const char *state_json,
                   char **environment)
{
    struct hook_run run;
    TRY(hook_start(c->spec, hook, state_json, environment, &run));
    return hook_wait(&run);
}

int hooks_run(const struct container *c, const char *kind, const struct spec_hook_list *hooks,
              const char *state_json, char **environment)
{
    for (size_t i = 0; i < hooks->n; i++)
        if (run_one(c, &hooks->v[i], state_json, environment ? environment : environ) < 0)
            return fail_where("error running %s hook #%zu", kind, i);
    return 0;
}
