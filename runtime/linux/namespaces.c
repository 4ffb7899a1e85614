/* Namespaces: see namespaces.h. Which kernel rules decide the order:
 *   - joining needs CAP_SYS_ADMIN in the namespace's owner, so it comes before a new user namespace takes it
 * away, but after joining a user namespace that gives it;
 *   - joining a pid namespace moves only children, so it takes a process that forks afterwards;
 *   - a time namespace cannot be joined by a process that shares its memory, and a cgroup namespace is rooted
 * where the process stands when it is made: both are done by the new process itself. */
#include "linux/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/sched.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"
#include "linux/paths.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define LATE (CLONE_NEWTIME | CLONE_NEWCGROUP)

const struct namespace_type namespace_types[] = {
    {"pid", "pid", CLONE_NEWPID},          {"network", "net", CLONE_NEWNET}, {"mount", "mnt", CLONE_NEWNS},
    {"ipc", "ipc", CLONE_NEWIPC},          {"uts", "uts", CLONE_NEWUTS},     {"user", "user", CLONE_NEWUSER},
    {"cgroup", "cgroup", CLONE_NEWCGROUP}, {"time", "time", CLONE_NEWTIME},  {NULL, NULL, 0},
};

static const struct namespace_type *find_type(const char *name)
{
    for (const struct namespace_type *t = namespace_types; t->name; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

/* A root is made and pivoted to in a mount namespace that is joined: in ours that would be everybody's. */
static bool is_our_mounts(int fd)
{
    struct stat theirs, ours;
    return fstat(fd, &theirs) == 0 && stat("/proc/self/ns/mnt", &ours) == 0 && theirs.st_dev == ours.st_dev &&
           theirs.st_ino == ours.st_ino;
}

static int open_join(struct namespaces *ns, size_t i, const struct spec_namespace *n,
                     const struct namespace_type *t)
{
    if (n->path[0] != '/')
        return fail(0, "linux.namespaces[%zu].path: expected an absolute path, found \"%s\"", i, n->path);
    int fd = open(n->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(errno, "linux.namespaces[%zu].path: %s", i, n->path);
    if (ioctl(fd, NS_GET_NSTYPE) != t->flag) { /* ioctl_ns(2) */
        close(fd);
        return fail(0, "linux.namespaces[%zu].path: %s is not a namespace of type %s", i, n->path, n->type);
    }
    if (t->flag == CLONE_NEWNS && is_our_mounts(fd)) {
        close(fd);
        return fail(
            0, "linux.namespaces[%zu].path: %s is the runtime's own mount namespace: its root would change",
            i, n->path);
    }
    unsigned at = ns->n_join++;
    if (t->flag == CLONE_NEWUSER) { /* first: it gives the rights to join the others */
        memmove(&ns->join[1], &ns->join[0], at * sizeof(ns->join[0]));
        at = 0;
    }
    ns->join[at].fd = fd;
    ns->join[at].flag = t->flag;
    ns->join[at].path = n->path;
    return 0;
}

int namespaces_plan(const struct spec *spec, struct namespaces *ns)
{
    const struct spec_namespace_list *list = &spec->linux_->namespaces;
    memset(ns, 0, sizeof(*ns));
    ns->joined_pidfd = -1;
    for (size_t i = 0; i < list->n; i++) {
        const struct namespace_type *t = find_type(list->v[i].type);
        if (!t)
            return fail(0, "linux.namespaces[%zu].type: unknown namespace \"%s\"", i, list->v[i].type);
        if (ns->all & (uint64_t)t->flag)
            return fail(0, "linux.namespaces[%zu]: a second %s namespace", i, t->name);
        ns->all |= (uint64_t)t->flag;
        if (list->v[i].path && *list->v[i].path)
            TRY(open_join(ns, i, &list->v[i], t));
        else
            ns->new_flags |= (uint64_t)t->flag;
    }
    return 0;
}

int namespaces_plan_join(const struct spec *spec, int pidfd, struct namespaces *ns)
{
    const struct spec_namespace_list *list = &spec->linux_->namespaces;
    memset(ns, 0, sizeof(*ns));
    ns->joined_pidfd = pidfd;
    for (size_t i = 0; i < list->n; i++) {
        const struct namespace_type *t = find_type(list->v[i].type);
        if (t)
            ns->all |= (uint64_t)t->flag;
    }
    return 0;
}

void namespaces_close(struct namespaces *ns)
{
    for (unsigned i = 0; i < ns->n_join; i++)
        close(ns->join[i].fd);
    ns->n_join = 0;
}

/* fork(2) with flags; where clone3(2) is missing or refused with ENOSYS, clone(2) without the cgroup. */
static pid_t clone_process(uint64_t flags, int cgroup_fd, int *pidfd)
{
    struct clone_args args = {
        .flags = flags | CLONE_PIDFD, .exit_signal = SIGCHLD, .pidfd = (uintptr_t)pidfd};
    if (flags & CLONE_PARENT)
        args.exit_signal = 0; /* taken from the caller's own: clone(2) */
    if (cgroup_fd >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (unsigned)cgroup_fd;
    }
    long pid = syscall(SYS_clone3, &args, sizeof(args));
    if (pid < 0 && errno == ENOSYS && cgroup_fd < 0)
        pid = syscall(SYS_clone, (unsigned long)(flags | CLONE_PIDFD) | SIGCHLD, 0, pidfd, 0, 0);
    return (pid_t)pid;
}

/* The same, without the cgroup when the kernel or the cgroup does not take it. */
static pid_t clone_with_cgroup(uint64_t flags, int cgroup_fd, bool *into_cgroup, int *pidfd)
{
    *into_cgroup = cgroup_fd >= 0;
    pid_t pid = clone_process(flags, cgroup_fd, pidfd);
    if (pid < 0 && cgroup_fd >= 0 &&
        (errno == ENOSYS || errno == E2BIG || errno == EINVAL || errno == EACCES || errno == EOPNOTSUPP ||
         errno == EBUSY)) {
        *into_cgroup = false;
        pid = clone_process(flags, -1, pidfd);
    }
    return pid;
}

/* What the intermediate is told and tells; the memory is shared. */
struct intermediate {
    const struct namespaces *ns;
    int cgroup_fd;
    bool *into_cgroup;
    int (*child)(void *);
    void *arg;
    pid_t pid;
    int pidfd;
    int error;
    const char *what;
};

static int join_listed(const struct namespaces *ns, const char **what)
{
    for (unsigned i = 0; i < ns->n_join; i++) {
        *what = ns->join[i].path;
        if (!(ns->join[i].flag & CLONE_NEWTIME) && setns(ns->join[i].fd, ns->join[i].flag) < 0)
            return -1;
    }
    return 0;
}

static int join_all(const struct namespaces *ns, const char **what)
{
    uint64_t all = ns->all & ~(uint64_t)LATE;
    if (ns->joined_pidfd < 0)
        return join_listed(ns, what);
    *what = "join the container's namespaces";
    if (setns(ns->joined_pidfd, (int)(all & ~(uint64_t)CLONE_NEWUSER)) < 0 && all != 0) {
        /* not allowed from outside its user namespace: enter that first, in the same call */
        return setns(ns->joined_pidfd, (int)all);
    }
    return (all & CLONE_NEWUSER) ? setns(ns->joined_pidfd, CLONE_NEWUSER) : 0;
}

static int run_intermediate(void *arg)
{
    struct intermediate *r = arg;
    if (join_all(r->ns, &r->what) < 0) {
        r->error = errno;
        return 1;
    }
    r->what = "clone";
    uint64_t flags = r->ns->new_flags & ~(uint64_t)LATE;
    pid_t pid = r->cgroup_fd >= 0
                    ? clone_with_cgroup(flags | CLONE_PARENT, r->cgroup_fd, r->into_cgroup, &r->pidfd)
                    : clone_process(flags | CLONE_PARENT, -1, &r->pidfd);
    if (pid == 0)
        _exit(r->child(r->arg));
    r->error = pid < 0 ? errno : 0;
    r->pid = pid;
    return pid < 0;
}

#define STACK_SIZE (256U << 10) /* for all that the new process does */
#define GUARD_SIZE 4096U        /* below it: nothing is mapped there to be written over */

/* As vfork(2): nothing of our memory is copied for a process that ends at once. CLONE_FILES: the pidfd that
 * it gets is ours, too. */
static pid_t lend_memory(struct intermediate *r, void *stack)
{
    return clone(run_intermediate, (char *)stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD,
                 r);
}

/* One that enters a user namespace may change the cgroup of nobody there: it is put into it as it is made.
 * And who lends memory cannot join one. */
static pid_t copy_memory(struct intermediate *r)
{
    int pidfd = -1, cgroup_fd = r->cgroup_fd;
    r->cgroup_fd = -1;
    pid_t helper = clone_with_cgroup(CLONE_FILES, cgroup_fd, r->into_cgroup, &pidfd);
    if (helper == 0)
        _exit(run_intermediate(r));
    close(pidfd);
    return helper;
}

static int outcome(const struct intermediate *r, pid_t helper)
{
    int status;
    if (helper < 0)
        return fail(errno, "clone");
    while (waitpid(helper, &status, __WALL) < 0 && errno == EINTR)
        ;
    if (r->error)
        return fail(r->error, "%s", r->what);
    return r->pid > 0 ? 0 : fail(0, "the process that joins namespaces was killed");
}

static int clone_through_intermediate(struct intermediate *how)
{
    bool copies = how->ns->all & CLONE_NEWUSER;
#ifdef __SANITIZE_ADDRESS__
    copies = true; /* it knows the stacks of threads only */
#endif
    size_t size = copies ? sizeof(*how) : GUARD_SIZE + STACK_SIZE;
    char *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, (copies ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return fail(errno, "mmap");
    if (!copies && mprotect(memory, GUARD_SIZE, PROT_NONE) < 0) {
        munmap(memory, size);
        return fail(errno, "mprotect");
    }
    struct intermediate *r = copies ? (struct intermediate *)(void *)memory : how;
    *r = *how;
    int result = outcome(r, copies ? copy_memory(r) : lend_memory(r, memory + GUARD_SIZE));
    *how = *r;
    munmap(memory, size);
    return result;
}

/* clone(2) names three causes with one EPERM, and a count that is used up with ENOSPC. */
static int clone_failed(const struct namespaces *ns)
{
    bool user = ns->new_flags & CLONE_NEWUSER;
    if (errno == EPERM && user)
        return fail(errno,
                    "clone: a user namespace is refused here (a chroot, or a setting: see rsbx doctor)");
    if (errno == EPERM && geteuid() != 0)
        return fail(errno, "clone: without root, linux.namespaces needs a user namespace");
    if (errno == ENOSPC)
        return fail(errno, "clone: no namespace left (user.max_*_namespaces of sysctl, or nested too deep)");
    return fail(errno, "clone");
}

/* Only these make a difference when the process joins them itself: a pid namespace takes children only, and a
 * new user namespace takes away the right to join others. */
static bool joins_itself(const struct namespaces *ns)
{
    bool pid = false;
    for (unsigned i = 0; i < ns->n_join; i++)
        pid = pid || (ns->join[i].flag & CLONE_NEWPID);
    return ns->joined_pidfd < 0 && !pid && (ns->n_join == 0 || !(ns->all & CLONE_NEWUSER));
}

int namespaces_clone(const struct namespaces *ns, int cgroup_fd, bool *into_cgroup, int (*child)(void *),
                     void *arg, pid_t *pid, int *pidfd)
{
    *into_cgroup = false;
    if (joins_itself(ns)) {
        *pidfd = -1;
        *pid = clone_with_cgroup(ns->new_flags & ~(uint64_t)LATE, cgroup_fd, into_cgroup, pidfd);
        if (*pid == 0)
            _exit(child(arg));
        return *pid < 0 ? clone_failed(ns) : 0;
    }
    struct intermediate how = {ns, cgroup_fd, into_cgroup, child, arg, .pidfd = -1};
    int result = clone_through_intermediate(&how);
    *pid = how.pid;
    *pidfd = how.pidfd;
    return result;
}

int namespaces_joined(const struct namespaces *ns, int flag)
{
    for (unsigned i = 0; i < ns->n_join; i++)
        if (ns->join[i].flag == flag)
            return ns->join[i].fd;
    return -1;
}

int namespaces_join(const struct namespaces *ns)
{
    const char *what = NULL;
    if (joins_itself(ns) && join_listed(ns, &what) < 0)
        return fail(errno, "%s", what);
    return 0;
}

static int write_time_offsets(const struct spec *spec)
{
    const struct spec_time_offset_list *list = &spec->linux_->time_offsets;
    for (size_t i = 0; i < list->n; i++) {
        AUTO_FREE char *line =
            xasprintf("%s %lld %u", list->v[i].clock, (long long)list->v[i].secs, list->v[i].nanosecs);
        if (proc_write("self/timens_offsets", line) < 0)
            return fail_where("linux.timeOffsets.%s", list->v[i].clock);
    }
    return 0;
}

static int make_time_namespace(const struct spec *spec)
{
    if (unshare(CLONE_NEWTIME) < 0)
        return fail(errno, "time namespace");
    TRY(write_time_offsets(spec));
    /* one of the links that proc_open() does not follow; the handle is a verified procfs */
    AUTO_FD int fd = openat(proc_root(), "self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(errno, "/proc/self/ns/time_for_children");
    if (setns(fd, CLONE_NEWTIME) < 0) /* unshare(2) moves only children: now ourselves */
        return fail(errno, "time namespace");
    return 0;
}

int namespaces_late(const struct namespaces *ns, const struct spec *spec)
{
    if (ns->joined_pidfd >= 0 && (ns->all & LATE) &&
        setns(ns->joined_pidfd, (int)(ns->all & (uint64_t)LATE)) < 0)
        return fail(errno, "join the container's cgroup and time namespaces");
    for (unsigned i = 0; i < ns->n_join; i++)
        if ((ns->join[i].flag & CLONE_NEWTIME) && setns(ns->join[i].fd, ns->join[i].flag) < 0)
            return fail(errno, "%s", ns->join[i].path);
    if ((ns->new_flags & CLONE_NEWCGROUP) && unshare(CLONE_NEWCGROUP) < 0)
        return fail(errno, "cgroup namespace");
    if (ns->new_flags & CLONE_NEWTIME)
        return make_time_namespace(spec);
    return 0;
}
