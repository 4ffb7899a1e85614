/* The processes of a cgroup: listing, signals, freezing, waiting for the end, removing.
 *
 * Where there is a cgroup2 directory (also the extra one of hybrid hosts) the kernel does it: cgroup.kill
 * kills all at once, cgroup.events tells when nobody is left. On v1 alone we freeze, look, signal and thaw,
 * and wait on pidfds. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/os_text.h"
#include "base/strings.h"
#include "cgroup/internal.h"

enum { FREEZE_TIMEOUT_MS = 10000, DESTROY_TIMEOUT_MS = 10000 };

/* ---- listing ---- */

struct pid_list {
    pid_t *v;
    size_t n;
};

static int add_pids(const char *path, void *arg)
{
    struct pid_list *list = arg;
    const struct cgroup_dir d = {.path = (char *)path};
    AUTO_BUF struct buf b = BUF_INIT;
    if (cg_read(&d, "cgroup.procs", &b) < 0 &&
        (errno != EOPNOTSUPP || cg_read(&d, "cgroup.threads", &b) < 0)) /* EOPNOTSUPP: a threaded cgroup */
        return errno == ENOENT || errno == ENODEV ? 0 : -1;
    char *rest = b.data, *line;
    while (next_line(&rest, &line)) {
        int64_t pid;
        if (parse_i64(line, 1, INT32_MAX, &pid) < 0)
            continue;
        list->v = xrealloc(list->v, list->n + 1, sizeof(*list->v));
        list->v[list->n++] = (pid_t)pid;
    }
    return 0;
}

int dir_pids(const char *path, pid_t **pids, size_t *n)
{
    struct pid_list list = {NULL, 0};
    if (cg_walk(path, add_pids, &list) < 0) {
        int e = errno;
        free(list.v);
        errno = e;
        return -1;
    }
    *pids = list.v;
    *n = list.n;
    return 0;
}

/* The directory that knows the processes best. */
static struct cgroup_dir *process_dir(const struct cgroup *cg)
{
    static const unsigned order[] = {CTRL_UNIFIED, CTRL_FREEZER, CTRL_DEVICES, CTRL_MEMORY, CTRL_PIDS};
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        struct cgroup_dir *d = cgroup_dir_of(cg, order[i]);
        if (d)
            return d;
    }
    return cgroup_dir_of(cg, ~0U);
}

int cgroup_pids(const struct cgroup *cg, pid_t **pids, size_t *n)
{
    const struct cgroup_dir *d = process_dir(cg);
    *pids = NULL;
    *n = 0;
    if (!d)
        return 0;
    return dir_pids(d->path, pids, n) < 0 ? fail(errno, "list the processes of %s", d->path) : 0;
}

int cgroup_move_all(const struct cgroup *cg, const struct cgroup_dir *to)
{
    for (int round = 0; round < 64; round++) {
        AUTO_FREE pid_t *pids = NULL, *there = NULL;
        size_t n = 0, n_there = 0, moved = 0;
        TRY(cgroup_pids(cg, &pids, &n));
        if (dir_pids(to->path, &there, &n_there) < 0)
            return fail(errno, "list the processes of %s", to->path);
        for (size_t i = 0; i < n; i++) {
            size_t k = 0;
            while (k < n_there && there[k] != pids[i])
                k++;
            if (k < n_there)
                continue;
            if (cg_write(to, "cgroup.procs", "move", "%d", (int)pids[i]) < 0 && error_errno() != ESRCH)
                return -1;
            moved++;
        }
        error_clear();
        if (!moved) /* children of a process not yet moved may have come in between */
            return 0;
    }
    return fail(EAGAIN, "%s: new processes come faster than they can be moved", to->path);
}

/* ---- waiting for cgroup.events ---- */

static uint64_t deadline_after(int ms)
{
    return now_ns() + (uint64_t)(ms < 0 ? 0 : ms) * 1000000U;
}

static int ms_until(uint64_t deadline)
{
    uint64_t now = now_ns();
    return now >= deadline ? 0 : (int)((deadline - now + 999999U) / 1000000U);
}

static bool events_say(int fd, const char *key_and_value)
{
    char text[256];
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    if (n < 0)
        return errno == ENODEV; /* the cgroup is gone */
    text[n] = '\0';
    return strstr(text, key_and_value) != NULL;
}

/* Until cgroup.events has that line. 1 yes, 0 deadline, -1 with errno. */
static int wait_event(const struct cgroup_dir *d, const char *key_and_value, uint64_t deadline)
{
    AUTO_FD int fd = cg_open(d, "cgroup.events", O_RDONLY);
    if (fd < 0)
        return errno == ENOENT ? 1 : -1;
    while (!events_say(fd, key_and_value)) {
        struct pollfd p = {.fd = fd, .events = POLLPRI};
        int left = ms_until(deadline);
        if (!left)
            return 0;
        if (poll(&p, 1, left) < 0 && errno != EINTR)
            return -1;
    }
    return 1;
}

static void pause_ms(unsigned ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

/* ---- freezing ---- */

int cgroup_dir_frozen(const struct cgroup_dir *d)
{
    AUTO_BUF struct buf b = BUF_INIT;
    if (d->ctrls & CTRL_UNIFIED) {
        if (cg_read(d, "cgroup.events", &b) < 0)
            return -1;
        if (strstr(buf_str(&b), "frozen 1"))
            return 1;
        /* Without processes it does not count as frozen, but would freeze those that come. */
        uint64_t v = 0;
        return !strstr(buf_str(&b), "populated 1") && cg_read_u64(d, "cgroup.freeze", &v) == 0 && v == 1;
    }
    if (cg_read(d, "freezer.state", &b) < 0)
        return -1;
    return str_starts(buf_str(&b), "FROZEN") || str_starts(buf_str(&b), "FREEZING");
}

/* Of the two directories of a hybrid host the v1 freezer is the one that others look at. */
static struct cgroup_dir *freezer_of(const struct cgroup *cg)
{
    struct cgroup_dir *d = cgroup_dir_of(cg, CTRL_FREEZER);
    return d ? d : cgroup_unified(cg);
}

const char *cgroup_freezer(const struct cgroup *cg)
{
    const struct cgroup_dir *d = freezer_of(cg);
    return d && !d->left_out && access(d->path, F_OK) == 0 ? d->path : NULL;
}

/* v1 sends no events, and a task in the middle of fork or ptrace may need a second attempt. */
static int freeze_v1(const struct cgroup_dir *d, bool frozen)
{
    uint64_t deadline = deadline_after(FREEZE_TIMEOUT_MS);
    const char *want = frozen ? "FROZEN" : "THAWED";
    for (unsigned i = 0;; i++) {
        AUTO_BUF struct buf b = BUF_INIT;
        TRY(cg_write(d, "freezer.state", frozen ? "pause" : "resume", "%s", want));
        if (cg_read(d, "freezer.state", &b) < 0)
            return fail(errno, "read %s/freezer.state", d->path);
        if (str_starts(buf_str(&b), want))
            return 0;
        if (!ms_until(deadline))
            break;
        pause_ms(i < 10 ? 1 : 10);
    }
    if (frozen && cg_write(d, "freezer.state", "pause", "THAWED") < 0)
        error_clear();
    return fail(ETIMEDOUT, "%s: %s", frozen ? "unable to freeze" : "unable to thaw", d->path);
}

static int freeze_v2(const struct cgroup_dir *d, bool frozen)
{
    TRY(cg_write(d, "cgroup.freeze", frozen ? "pause" : "resume", "%d", frozen));
    int r = wait_event(d, frozen ? "frozen 1" : "frozen 0", deadline_after(FREEZE_TIMEOUT_MS));
    if (r < 0)
        return fail(errno, "read %s/cgroup.events", d->path);
    if (r == 0) {
        if (frozen && cg_write(d, "cgroup.freeze", "pause", "0") < 0)
            error_clear();
        return fail(ETIMEDOUT, "%s: %s", frozen ? "unable to freeze" : "unable to thaw", d->path);
    }
    return 0;
}

int cgroup_freeze(struct cgroup *cg, bool frozen)
{
    const struct cgroup_dir *d = freezer_of(cg);
    if (!d)
        return fail(0, "cannot %s: the container has no cgroup with a freezer", frozen ? "pause" : "resume");
    return d->ctrls & CTRL_UNIFIED ? freeze_v2(d, frozen) : freeze_v1(d, frozen);
}

int cgroup_is_frozen(const struct cgroup *cg)
{
    const struct cgroup_dir *d = freezer_of(cg);
    if (!d)
        return 0;
    int r = cgroup_dir_frozen(d);
    if (r >= 0)
        return r;
    return errno == ENOENT || errno == ENODEV ? 0 : fail(errno, "read the freezer's state of %s", d->path);
}

/* ---- signals ---- */

/* To every process, until a look finds none that has not had it; new ones may come while we look. */
static int signal_all(const struct cgroup_dir *d, int sig)
{
    AUTO_FREE pid_t *seen = NULL;
    size_t n_seen = 0;
    for (int round = 0; round < 64; round++) {
        AUTO_FREE pid_t *pids = NULL;
        size_t n = 0, fresh = 0;
        if (dir_pids(d->path, &pids, &n) < 0)
            return fail(errno, "list the processes of %s", d->path);
        for (size_t i = 0; i < n; i++) {
            size_t k = 0;
            while (k < n_seen && seen[k] != pids[i])
                k++;
            if (k < n_seen)
                continue;
            if (kill(pids[i], sig) < 0 && errno != ESRCH)
                return fail(errno, "signal process %d of %s", (int)pids[i], d->path);
            seen = xrealloc(seen, n_seen + 1, sizeof(*seen));
            seen[n_seen++] = pids[i];
            fresh++;
        }
        if (!fresh)
            return 0;
    }
    return 0;
}

/* Frozen, nobody can fork away from us; a frozen process takes a signal when it is thawed. */
static int signal_frozen(struct cgroup *cg, const struct cgroup_dir *d, int sig)
{
    const struct cgroup_dir *f = freezer_of(cg);
    int was = f ? cgroup_dir_frozen(f) : 0;
    bool froze = f && was == 0 && cgroup_freeze(cg, true) == 0;
    if (f && was == 0 && !froze)
        error_clear();
    int r = signal_all(d, sig);
    /* A paused container stays paused, except that what is killed must be able to die. */
    if ((froze || (was == 1 && sig == SIGKILL)) && cgroup_freeze(cg, false) < 0)
        r = -1;
    return r;
}

int cgroup_kill(struct cgroup *cg, int sig)
{
    const struct cgroup_dir *u = cgroup_unified(cg), *d = process_dir(cg);
    if (!d)
        return 0;
    if (sig != SIGKILL || !u)
        return signal_frozen(cg, d, sig);
    AUTO_FD int fd = cg_open(u, "cgroup.kill", O_WRONLY); /* Linux 5.14 */
    if (fd < 0 && access(u->path, F_OK) < 0)
        return 0;
    if (fd < 0)
        return signal_frozen(cg, d, sig);
    if (write(fd, "1", 1) < 0)
        return fail(errno, "write 1 to %s/cgroup.kill", u->path);
    const struct cgroup_dir *f = cgroup_dir_of(cg, CTRL_FREEZER); /* v1: a frozen process does not die */
    if (f && f != u && cgroup_dir_frozen(f) == 1)
        return freeze_v1(f, false);
    return 0;
}

/* ---- the end ---- */

static int wait_pidfd(pid_t pid, uint64_t deadline)
{
    AUTO_FD int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0 && errno == ESRCH)
        return 0;
    if (fd < 0) { /* before Linux 5.3 */
        pause_ms(1);
        return 0;
    }
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (poll(&p, 1, ms_until(deadline)) < 0 && errno != EINTR)
        return fail(errno, "poll");
    return 0;
}

static int wait_dir_empty(const struct cgroup_dir *d, uint64_t deadline)
{
    for (unsigned round = 0;; round++) {
        AUTO_FREE pid_t *pids = NULL;
        size_t n = 0;
        if (dir_pids(d->path, &pids, &n) < 0)
            return fail(errno, "list the processes of %s", d->path);
        if (n == 0)
            return 0;
        if (!ms_until(deadline))
            return fail(ETIMEDOUT, "%s: %zu process(es) left", d->path, n);
        TRY(wait_pidfd(pids[0], deadline));
        if (round > 16) /* a zombie stays listed until its parent has looked: do not spin on it */
            pause_ms(1);
    }
}

int cgroup_wait_empty(struct cgroup *cg, int timeout_ms)
{
    uint64_t deadline = deadline_after(timeout_ms);
    const struct cgroup_dir *u = cgroup_unified(cg), *d = process_dir(cg);
    if (!d)
        return 0;
    if (!u)
        return wait_dir_empty(d, deadline);
    int r = wait_event(u, "populated 0", deadline);
    if (r < 0)
        return fail(errno, "read %s/cgroup.events", u->path);
    return r ? 0 : fail(ETIMEDOUT, "%s: processes are left", u->path);
}

static int remove_below(const char *path, void *arg)
{
    uint64_t deadline = *(uint64_t *)arg;
    for (unsigned round = 0;; round++) {
        if (rmdir(path) == 0 || errno == ENOENT)
            return 0;
        if (errno != EBUSY && errno != ENOTEMPTY)
            return fail(errno, "rmdir %s", path);
        const struct cgroup_dir d = {.path = (char *)path};
        AUTO_FREE pid_t *pids = NULL;
        size_t n = 0;
        if (dir_pids(path, &pids, &n) == 0 && n > 0) {
            for (size_t i = 0; i < n; i++)
                kill(pids[i], SIGKILL);
            if (cg_has(&d, "freezer.state") && cg_write(&d, "freezer.state", "thaw", "THAWED") < 0)
                error_clear();
            TRY(wait_pidfd(pids[0], deadline));
        }
        if (!ms_until(deadline))
            return fail(EBUSY, "rmdir %s: %zu process(es) left in it", path, n);
        if (round > 0)
            pause_ms(round < 10 ? 1 : 10); /* the dead leave their cgroup a little after they are reaped */
    }
}

static int remove_dir(const struct cgroup_dir *d, uint64_t deadline)
{
    if (rmdir(d->path) == 0 || errno == ENOENT)
        return 0;
    if (errno == EROFS || errno == EACCES || errno == EPERM) {
        int e = errno;
        return access(d->path, F_OK) < 0 ? 0 : fail(e, "rmdir %s", d->path);
    }
    if (d->ctrls & CTRL_UNIFIED) {
        AUTO_FD int fd = cg_open(d, "cgroup.kill", O_WRONLY);
        if (fd >= 0 && write(fd, "1", 1) == 1 && wait_event(d, "populated 0", deadline) < 0)
            log_debug("cgroup: cannot wait for %s: %s", d->path, errno_text(errno));
    }
    return cg_walk(d->path, remove_below, &deadline);
}

bool cgroup_remove_empty(struct cgroup *cg)
{
    if (cg->manager != CGROUP_CGROUPFS || !cgroup_dir_of(cg, ~0U))
        return false;
    for (size_t i = cg->n; i-- > 0;)
        if (!cg->v[i].left_out && rmdir(cg->v[i].path) < 0 && errno != ENOENT)
            return false;
    return true;
}

int cgroup_destroy(struct cgroup *cg)
{
    uint64_t deadline = deadline_after(DESTROY_TIMEOUT_MS);
    int r = 0;
    if (cg->manager == CGROUP_SYSTEMD && cg->systemd)
        r = systemd_stop(cg);
    for (size_t i = cg->n; i-- > 0;) /* the extra cgroup2 of hybrid hosts, which can kill, is usually last */
        if (!cg->v[i].left_out && remove_dir(&cg->v[i], deadline) < 0)
            r = -1;
    return r;
}
