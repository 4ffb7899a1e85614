/* The last steps before a program runs, the same for a container's init and for exec: session, stdio,
 * identity, fds, working directory, program, seccomp. All of it happens inside the container's namespaces, on
 * its root. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/seal.h"
#include "base/strings.h"
#include "container/console.h"
#include "container/setup.h"
#include "container/sync.h"
#include "linux/landlock.h"
#include "linux/paths.h"
#include "spec/snippet.h"

/* A signal that the caller ignores or blocks must not stay so in the container. */
int step_credentials_prepare(struct setup *s)
{
    static const unsigned long default_action[4]; /* the kernel's struct: handler, flags, restorer, mask */
    sigset_t none;
    /* the runtime's: while we held them, its death would neither end the socket nor release the lock */
    close(s->sync[0]);
    close(s->c->dir_fd);
    if (s->exec) /* init's goes with the old root */
        seal_release();
    for (int sig = 1; sig < NSIG; sig++) /* not signal(3), which has more to do in three of them */
        syscall(SYS_rt_sigaction, sig, default_action, NULL, NSIG / 8);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* until it is set up the new process ends with the runtime */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return fail(errno, "prctl");
    return 0;
}

int step_session(struct setup *s)
{
    if (setsid() < 0 && errno != EPERM)
        return fail(errno, "setsid");
    return s->console_slave >= 0 ? console_control(s->console_slave) : 0;
}

int step_stdio(struct setup *s)
{
    int high[3];
    for (int i = 0; i < 3; i++) {
        int from = s->console_slave >= 0 ? s->console_slave : s->stdio[i];
        if (from < 0)
            from = i;
        high[i] =
            fcntl(from, F_DUPFD_CLOEXEC, 3); /* out of the way of 0, 1, 2, which main() sees to be open */
        if (high[i] < 0)
            return fail(errno, "stdio %d", i);
    }
    for (int i = 0; i < 3; i++) {
        if (dup2(high[i], i) < 0)
            return fail(errno, "stdio %d", i);
        close(high[i]);
    }
    return 0;
}

/* Pipes and sockets that the container's user has to be able to reopen through /proc/self/fd (as runc does).
 * Files, devices and directories of the host keep their owner, and so does everything when the user is root.
 */
static void own_stdio(const struct setup *s)
{
    if (s->process->user.uid == 0)
        return;
    for (int i = 0; i < 3; i++) {
        struct stat st;
        if (fstat(i, &st) < 0 || !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) ||
            st.st_uid == s->process->user.uid)
            continue;
        if (fchown(i, s->process->user.uid, st.st_gid) < 0)
            log_debug("stdio %d keeps its owner", i);
    }
}

int step_scheduling(struct setup *s)
{
    TRY(scheduling_apply(s->process));
    if (s->spec->linux_->memory_policy)
        TRY(memory_policy_apply(s->spec->linux_->memory_policy));
    if (s->spec->linux_->personality)
        TRY(personality_apply(s->spec->linux_->personality));
    return 0;
}

int step_labels(struct setup *s)
{
    return lsm_apply_on_exec(s->process);
}

int step_no_new_privileges(struct setup *s)
{
    if (s->process->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail(errno, "no_new_privs");
    return 0;
}

/* Of a snippet's bundle. */
int step_landlock(struct setup *s)
{
    const char *writable = spec_annotation(s->spec, SNIPPET_LANDLOCK);
    return writable ? landlock_apply("/", writable, !(s->ns.all & CLONE_NEWNET)) : 0;
}

int step_bounding_set(struct setup *s)
{
    return capabilities_drop_bounding(s->process->capabilities);
}

/* Whether "deny" stands in /proc/self/setgroups. Our procfs is closed by now, and the container's may be
 * anything: so by trying. Where it is allowed, what follows sets the groups anyway. */
static bool setgroups_denied(void)
{
    return syscall(SYS_setgroups, 0, NULL) < 0 && errno == EPERM;
}

int step_user(struct setup *s)
{
    struct user_options o = {
        .keep_original_groups = str_eq(spec_annotation(s->spec, "run.oci.keep_original_groups"), "1"),
    };
    o.deny_setgroups = !o.keep_original_groups && (s->ns.all & CLONE_NEWUSER) && setgroups_denied();
    own_stdio(s);
    TRY(user_apply(&s->process->user, &o));
    /* changing ids clears it: prctl(2) */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return fail(errno, "prctl");
    return 0;
}

int step_capabilities(struct setup *s)
{
    return capabilities_apply(s->process->capabilities);
}

/* ---- fds ---- */

/* What the caller passes on cannot be close-on-exec, or we would not have it; all of ours is. */
int check_preserved_fds(const struct setup *s)
{
    for (unsigned i = 0; i < s->preserve_fds; i++) {
        unsigned fd = 3 + i;
        int flags = i < INT_MAX - 3 ? fcntl((int)fd, F_GETFD) : -1;
        if (flags < 0 || (flags & FD_CLOEXEC))
            return fail(0, "--preserve-fds: fd %u is not open", fd);
    }
    return 0;
}

static int close_range_of(unsigned first, unsigned last)
{
    if (first > last)
        return 0;
    if (syscall(SYS_close_range, first, last, 0) == 0)
        return 0;
    if (errno != ENOSYS)
        return fail(errno, "close_range");
    long max = sysconf(_SC_OPEN_MAX);
    for (unsigned fd = first; fd <= last && (long)fd < max; fd++)
        close((int)fd);
    return 0;
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Nothing of the host stays open: a directory fd would be a way out of the container (CVE-2024-21626). What
 * is kept are sockets and fifos, close-on-exec, and what the caller asked to pass on. */
int step_close_fds(struct setup *s)
{
    int kept = s->create && s->create->keep_fd > 0 ? s->create->keep_fd : -1;
    int keep[] = {
        s->sync[1],     s->start_fifo, s->result_fifo, s->log_open ? log_fd() : -1, kept,
#ifdef RSBX_TEST_STEPS
        s->kill_switch,
#endif
    };
    unsigned next = 3 + s->preserve_fds;
    proc_close();
    if (kept >= 0 && fcntl(kept, F_SETFD, 0) < 0)
        return fail(errno, "fd %d", kept);
    qsort(keep, ARRAY_LEN(keep), sizeof(keep[0]), by_number);
    for (unsigned fd = 3; fd < next; fd++)
        if (fcntl((int)fd, F_SETFD, 0) < 0)
            return fail(errno, "--preserve-fds: fd %u", fd);
    for (size_t i = 0; i < ARRAY_LEN(keep); i++) {
        if (keep[i] < 0 || (unsigned)keep[i] < next)
            continue;
        TRY(close_range_of(next, (unsigned)keep[i] - 1));
        next = (unsigned)keep[i] + 1;
    }
    return close_range_of(next, UINT_MAX);
}

/* ---- where, what and with which environment ---- */

static int try_working_directory(const struct setup *s)
{
    char cwd[PATH_MAX];
    const char *want = *s->process->cwd ? s->process->cwd : "/";
    if (chdir(want) < 0)
        return -1;
    long n = syscall(SYS_getcwd, cwd, sizeof(cwd));
    if (n < 0 || cwd[0] != '/') { /* "(unreachable)": outside of the root */
        errno = EXDEV;
        return -1;
    }
    return 0;
}

int step_working_directory(struct setup *s)
{
    if (try_working_directory(s) == 0)
        return 0;
    if (errno == EACCES) { /* root may be squashed there (NFS, FUSE) where the user is not */
        s->cwd_pending = true;
        return 0;
    }
    return fail(errno, "process.cwd: %s%s", s->process->cwd,
                errno == EXDEV ? " is outside of the container's root" : "");
}

int step_working_directory_again(struct setup *s)
{
    if (!s->cwd_pending || try_working_directory(s) == 0)
        return 0;
    return fail(errno, "process.cwd: %s", s->process->cwd);
}

/* HOME from the container's /etc/passwd: "name:x:uid:gid:gecos:home:shell". */
static char *home_of(uint32_t uid)
{
    AUTO_BUF struct buf b = BUF_INIT;
    AUTO_FD int fd = open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || read_fd(fd, 1U << 20, &b) < 0) {
        error_clear();
        return NULL;
    }
    char *rest = b.data;
    for (char *line; (line = strsep(&rest, "\n"));) {
        char *field[7] = {NULL};
        for (int i = 0; i < 7; i++)
            field[i] = strsep(&line, ":");
        uint64_t id;
        if (field[5] && parse_u64(field[2], UINT32_MAX, &id) == 0 && id == uid)
            return xstrdup(field[5]);
    }
    return NULL;
}

static const char *get_env(char **env, const char *name)
{
    size_t n = strlen(name);
    for (; *env; env++)
        if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
            return *env + n + 1;
    return NULL;
}

/* Of a name that is there twice the last counts (`exec --env`), also for programs that look for the first.
 * Returns how many are left. */
static size_t drop_repeated(char **env)
{
    size_t n = 0;
    for (char **e = env; *e; e++) {
        size_t name = strcspn(*e, "=");
        bool later = false;
        for (char **l = e + 1; *l && !later; l++)
            later = (*e)[name] && strncmp(*l, *e, name + 1) == 0;
        if (!later)
            env[n++] = *e;
    }
    env[n] = NULL;
    return n;
}

int step_environment(struct setup *s)
{
    size_t n = s->process->env.n;
    s->env = xcalloc(n + 5, sizeof(*s->env));
    for (size_t i = 0; i < n; i++)
        s->env[i] = s->process->env.v[i];
    if (s->listen_fds > 0) {
        s->env[n++] = xasprintf("LISTEN_FDS=%u", s->listen_fds);
        s->env[n++] = xstrdup("LISTEN_PID=1");
    }
    if (s->notify_dir)
        s->env[n++] = xstrdup("NOTIFY_SOCKET=/run/notify/notify.sock");
    n = drop_repeated(s->env);
    if (!get_env(s->env, "HOME")) {
        char *home = home_of(s->process->user.uid);
        s->env[n++] = xasprintf("HOME=%s", home && *home ? home : "/");
        free(home);
    }
    return 0;
}

/* 0 found; -1 with errno. */
static int check_program(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return -1;
    if (!S_ISREG(st.st_mode)) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
        return -1;
    }
    /* a profile that is loaded already may refuse the question (faccessat2(2)): then execve(2) answers */
    if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 || errno == EPERM || errno == ENOSYS)
        return 0;
    return -1;
}

static int search_path(struct setup *s, const char *name)
{
    const char *path = get_env(s->env, "PATH");
    int denied = 0;
    for (const char *p = path ? path : ""; *p; p += *p == ':') {
        size_t n = strcspn(p, ":");
        char *candidate = n ? xasprintf("%.*s/%s", (int)n, p, name) : xasprintf("./%s", name);
        p += n;
        if (check_program(candidate) == 0) {
            s->exec_path = candidate;
            return 0;
        }
        denied |= errno == EACCES;
        free(candidate);
    }
    if (denied)
        return fail(EACCES, "exec: \"%s\"", name);
    return fail(ENOENT, "executable file not found in $PATH: \"%s\"", name);
}

int step_find_program(struct setup *s)
{
    const char *name = s->process->args.v[0];
    if (!strchr(name, '/'))
        return search_path(s, name);
    if (check_program(name) < 0)
        return fail(errno, "exec: \"%s\"", name);
    s->exec_path = xstrdup(name);
    return 0;
}

/* ---- seccomp and exec ---- */

static int load_filter(struct setup *s)
{
    int listener = -1;
    if (s->seccomp.instructions == 0)
        return 0;
    if (s->seccomp.notify) {
        log_close(); /* the host's: the container may look into us now */
        s->log_open = false;
        if (prctl(PR_SET_DUMPABLE, 1) < 0) /* lets the runtime take the listener: pidfd_getfd(2) */
            return fail(errno, "prctl");
    }
    memory_no_ahead();
    TRY(seccomp_install(&s->seccomp, &listener));
    if (!s->seccomp.notify)
        return 0;
    TRY(sync_send(s->sync[1], SYNC_LISTENER, listener, NULL, -1));
    TRY(sync_expect(s->sync[1], SYNC_GO));
    close(listener);
    prctl(PR_SET_DUMPABLE, 0);
    return 0;
}

static bool filter_comes_early(const struct setup *s)
{
    return !s->process->no_new_privileges && s->seccomp.instructions > 0;
}

static int own_rlimits(const struct setup *s)
{
    return s->limits_from_inside ? rlimits_apply(0, s->process, "process") : 0;
}

/* Without no_new_privs loading a filter takes CAP_SYS_ADMIN: before it is dropped. The limits go before it:
 * it need not allow prlimit(2). */
int step_rlimits_early(struct setup *s)
{
    return filter_comes_early(s) ? own_rlimits(s) : 0;
}

int step_seccomp_early(struct setup *s)
{
    return filter_comes_early(s) ? load_filter(s) : 0;
}

bool limits_from_inside(const struct setup *s)
{
    if (!rlimits_of_others())
        return true;
    /* it waits for nobody then; but what comes after the limits must not need what they take */
    return !s->seccomp.notify && !filter_comes_early(s) && rlimits_are_lower(s->process);
}

/* As late as possible: small limits would get in the way of what comes before. */
int step_rlimits(struct setup *s)
{
    return filter_comes_early(s) ? 0 : own_rlimits(s);
}

/* As late as possible, so that the profile need not allow what happens before. */
int step_seccomp(struct setup *s)
{
    return s->process->no_new_privileges ? load_filter(s) : 0;
}

int step_exec(struct setup *s)
{
    if (s->exec_once.on)
        exec_once(&s->exec_once, s->exec_path, s->process->args.v, s->env);
    else
        execve(s->exec_path, s->process->args.v, s->env);
    return fail(errno, "exec: \"%s\"", s->exec_path);
}
