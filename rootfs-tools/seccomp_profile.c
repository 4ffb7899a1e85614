/* The system calls that a snippet may make.
 *
 *     `common` + the groups of its language (language.syscalls)   allowed
 *     `refused`, and the groups that its language has no use for  EPERM, and named in the result
 *     all others                                                  ENOSYS: libraries have an older way
 *
 * --tight takes calls out of the first line and refuses them (tight.c).
 *
 * Calls of other architectures (i386, x32) end the process: libseccomp's default for what is not listed. */
#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "rootfs-tools/profile.h"

struct group {
    const char *name;
    const char *const *calls;
};

static const char *const common[] = {
    /* files */
    "access", "chdir", "chmod", "close", "close_range", "copy_file_range", "creat", "dup", "dup2", "dup3",
    "faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir", "fchmod", "fchmodat", "fcntl", "fdatasync",
    "flock", "fstat", "fstatfs", "fsync", "ftruncate", "futimesat", "getcwd", "getdents", "getdents64",
    "link", "linkat", "lseek", "lstat", "mkdir", "mkdirat", "mknod", "mknodat", "newfstatat", "open",
    "openat", "openat2", "pread64", "preadv", "preadv2", "pwrite64", "pwritev", "pwritev2", "read",
    "readahead", "readlink", "readlinkat", "readv", "rename", "renameat", "renameat2", "rmdir", "sendfile",
    "stat", "statfs", "statx", "symlink", "symlinkat", "sync_file_range", "truncate", "umask", "unlink",
    "unlinkat", "utime", "utimensat", "utimes", "write", "writev",
    /* memory */
    "brk", "madvise", "memfd_create", "membarrier", "mincore", "mmap", "mprotect", "mremap", "msync",
    "munmap",
    /* processes and threads; clone has rules of its own */
    "execve", "execveat", "exit", "exit_group", "fork", "futex", "get_robust_list", "getcpu", "getegid",
    "geteuid", "getgid", "getgroups", "getpgid", "getpgrp", "getpid", "getppid", "getpriority", "getresgid",
    "getresuid", "getrlimit", "getrusage", "getsid", "gettid", "getuid", "arch_prctl", "capget", "kill",
    "nanosleep", "pause", "prlimit64", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
    "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "sched_get_priority_max", "sched_get_priority_min",
    "sched_getaffinity", "sched_getattr", "sched_getparam", "sched_getscheduler", "sched_rr_get_interval",
    "sched_setaffinity", "sched_yield", "set_robust_list", "set_tid_address", "setpgid", "setpriority",
    "setrlimit", "setsid", "sigaltstack", "tgkill", "times", "tkill", "uname", "sysinfo", "vfork", "wait4",
    "waitid",
    /* time */
    "alarm", "clock_getres", "clock_gettime", "clock_nanosleep", "getitimer", "gettimeofday", "setitimer",
    "time", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime", "timer_settime",
    /* waiting */
    "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd",
    "eventfd2", "getrandom", "pipe", "pipe2", "poll", "ppoll", "pselect6", "restart_syscall", "select",
    /* a runtime whose last steps come after the filter talks by these; without a socket they are no use */
    "recvmsg", "sendmsg", NULL};

/* For those whose programs or libraries have a use for them; refused by name for others. */
static const char *const sockets[] = {"accept",      "accept4",    "bind",       "connect",  "getpeername",
                                      "getsockname", "getsockopt", "listen",     "recvfrom", "recvmmsg",
                                      "sendmmsg",    "sendto",     "setsockopt", "shutdown", NULL};
static const char *const events[] = {
    "inotify_add_watch", "inotify_init",   "inotify_init1",   "inotify_rm_watch", "signalfd",
    "signalfd4",         "timerfd_create", "timerfd_gettime", "timerfd_settime",  NULL};
static const char *const owners[] = {"chown", "fchown", "fchownat", "lchown", NULL};
static const char *const ids[] = {"setgid",    "setgroups", "setregid", "setresgid",
                                  "setresuid", "setreuid",  "setuid",   NULL};
static const char *const xattr[] = {"fgetxattr", "flistxattr", "getxattr", "lgetxattr",
                                    "listxattr", "llistxattr", NULL};
/* Idle and batch; real time is for those who have RLIMIT_RTPRIO, which is 0. */
static const char *const scheduling[] = {"sched_setparam", "sched_setscheduler", NULL};
static const char *const locks[] = {"mlock", "mlock2", "mlockall", "munlock", "munlockall", NULL};
static const char *const signals[] = {"pidfd_open", "pidfd_send_signal", "rt_sigqueueinfo",
                                      "rt_tgsigqueueinfo", NULL};
static const char *const sysv[] = {"shmget", "shmat",  "shmdt",  "shmctl", "semget", "semop", "semtimedop",
                                   "semctl", "msgget", "msgsnd", "msgrcv", "msgctl", NULL};
static const char *const v8[] = {"pkey_alloc", "pkey_free", "pkey_mprotect", NULL};

static const char *const system_calls[] = {"@sockets", "@events",  "@owners",     "@ids", "@xattr",
                                           "@locks",   "@signals", "@scheduling", NULL};

static const struct group groups[] = {
    {"@common", common}, {"@sockets", sockets}, {"@events", events},         {"@ids", ids},
    {"@xattr", xattr},   {"@locks", locks},     {"@signals", signals},       {"@system", system_calls},
    {"@sysv", sysv},     {"@v8", v8},           {"@scheduling", scheduling}, {"@owners", owners}};

static const char *const refused[] = {
    /* other namespaces and mounts, by the old and the new interface */
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen",
    "fsconfig", "fsmount", "fspick", "mount_setattr", "swapon", "swapoff", "quotactl", "quotactl_fd",
    "open_by_handle_at", "name_to_handle_at", "fanotify_init", "fanotify_mark",
    /* other processes */
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd",
    "migrate_pages", "move_pages",
    /* wide interfaces of the kernel */
    "bpf", "perf_event_open", "userfaultfd", "seccomp", "add_key", "request_key", "keyctl", "modify_ldt",
    "iopl", "ioperm", "mbind", "set_mempolicy", "set_mempolicy_home_node", "vmsplice", "lookup_dcookie",
    "nfsservctl",
    /* the host's disks */
    "sync", "syncfs",
    /* the machine */
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "create_module",
    "reboot", "syslog", "acct", "vhangup", "sethostname", "setdomainname", "settimeofday", "clock_settime",
    "clock_adjtime", "adjtimex", "stime", "_sysctl", "uselib", "ustat", "sysfs", NULL};

/* terminals and files; not TIOCSTI, TIOCLINUX, TIOCSETD (typing into the terminal that we were started from)
 */
static const uint32_t allowed_ioctls[] = {
    0x5401, /* TCGETS */ 0x5402,     /* TCSETS */ 0x5403,     /* TCSETSW */ 0x5404,   /* TCSETSF */
    0x5405, /* TCGETA */ 0x5409,     /* TCSBRK */ 0x540a,     /* TCXONC */ 0x540b,    /* TCFLSH */
    0x540e, /* TIOCSCTTY */ 0x540f,  /* TIOCGPGRP */ 0x5410,  /* TIOCSPGRP */ 0x5411, /* TIOCOUTQ */
    0x5413, /* TIOCGWINSZ */ 0x5414, /* TIOCSWINSZ */ 0x541b, /* FIONREAD */ 0x5421,  /* FIONBIO */
    0x5422, /* TIOCNOTTY */ 0x5429,  /* TIOCGSID */ 0x5450,   /* FIONCLEX */ 0x5451,  /* FIOCLEX */
    0x5452,                                                                           /* FIOASYNC */
};
/* With sockets: reading what network interfaces there are, as Java does to find the loopback address. */
static const uint32_t interface_ioctls[] = {
    0x8910, /* SIOCGIFNAME */ 0x8912,    /* SIOCGIFCONF */ 0x8913,    /* SIOCGIFFLAGS */
    0x8915, /* SIOCGIFADDR */ 0x8917,    /* SIOCGIFDSTADDR */ 0x8919, /* SIOCGIFBRDADDR */
    0x891b, /* SIOCGIFNETMASK */ 0x8921, /* SIOCGIFMTU */ 0x8927,     /* SIOCGIFHWADDR */
    0x8933,                                                           /* SIOCGIFINDEX */
};
static const uint32_t refused_ioctls[] = {0x5412, 0x541c, 0x5423};

#define CLONE_PARTS                                                                                          \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |            \
     CLONE_NEWNET | CLONE_PARENT | CLONE_PTRACE)

#define MAX_NAMES 512
#define MAX_RULES 160

struct builder {
    struct arena *arena;
    struct spec_syscall *rules;
    size_t n;
};

static char *copy(struct builder *b, const char *text)
{
    return arena_strndup(b->arena, text, strlen(text));
}

static struct spec_syscall *add_rule(struct builder *b, const char *action)
{
    struct spec_syscall *rule = &b->rules[b->n++];
    *rule =
        (struct spec_syscall){.action = copy(b, action)}; /* one that was taken out may have stood there */
    if (strcmp(action, "SCMP_ACT_ERRNO") == 0)
        rule->errno_ret = (struct opt_u32){true, EPERM};
    return rule;
}

static void set_names(struct builder *b, struct spec_syscall *rule, const char *const *names, size_t n)
{
    rule->names.v = arena_alloc(b->arena, (n + 1) * sizeof(char *));
    rule->names.n = n;
    for (size_t i = 0; i < n; i++)
        rule->names.v[i] = copy(b, names[i]);
}

/* One call, one condition on one argument. */
static void add_condition(struct builder *b, const char *call, const char *action, uint32_t index,
                          const char *op, uint64_t value, uint64_t value_two)
{
    struct spec_syscall *rule = add_rule(b, action);
    set_names(b, rule, &call, 1);
    rule->args.v = arena_alloc(b->arena, sizeof(*rule->args.v));
    rule->args.n = 1;
    rule->args.v[0] = (struct spec_seccomp_arg){index, value, value_two, copy(b, op)};
}

static size_t add_words(const char **names, size_t n, const char *const *words)
{
    for (; words && *words; words++) {
        const char *const *group = NULL;
        for (size_t i = 0; (*words)[0] == '@' && i < ARRAY_LEN(groups); i++)
            if (strcmp(groups[i].name, *words) == 0)
                group = groups[i].calls;
        if (group)
            n = add_words(names, n, group);
        else if (n < MAX_NAMES)
            names[n++] = *words;
    }
    return n;
}

static bool has_name(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (names[i][0] == name[0] && strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Names that are in the profile already: hundreds are looked for. */
struct seen {
    const char *slot[4 * MAX_NAMES]; /* open addressing, never full: at most three lists of names */
};

/* Whether the name is new. */
static bool note(struct seen *seen, const char *name)
{
    size_t at = 0;
    for (const char *c = name; *c; c++)
        at = at * 31 + (unsigned char)*c;
    for (at %= ARRAY_LEN(seen->slot); seen->slot[at]; at = (at + 1) % ARRAY_LEN(seen->slot))
        if (strcmp(seen->slot[at], name) == 0)
            return false;
    seen->slot[at] = name;
    return true;
}

static size_t leave_out(const char **names, size_t n, const char *name)
{
    size_t left = 0;
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) != 0)
            names[left++] = names[i];
    return left;
}

/* Without processes only threads. */
static void add_clone_rules(struct builder *b, const struct tight *tight)
{
    bool processes = tight_grants(tight, NEED_SUBPROCESS | NEED_FORK);
    uint64_t thread = processes ? 0 : CLONE_THREAD;
    if (tight_cuts(tight, "clone"))
        return;
    add_condition(b, "clone", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_MASKED_EQ", CLONE_PARTS | thread, thread);
    if (thread)
        add_condition(b, "clone", "SCMP_ACT_ERRNO", 0, "SCMP_CMP_MASKED_EQ", thread, 0);
    for (unsigned bit = 0; bit < 32; bit++)
        if ((uint64_t)CLONE_PARTS & 1U << bit)
            add_condition(b, "clone", "SCMP_ACT_ERRNO", 0, "SCMP_CMP_MASKED_EQ", 1U << bit, 1U << bit);
    /* clone3 has its flags in memory, where a filter cannot look: ENOSYS, and libraries use clone. */
}

/* Arguments that the kernel takes as 32 bits: what stands above them must make no difference. All values but
 * one are masks and what is left under them. */
struct masked {
    uint64_t mask, value;
};

static const struct masked rlimits_but_core[] = {
    {0xfffffffc, 0}, {0xffffffff, 5}, {0xfffffffe, 6}, {0xfffffff8, 8}};
static const struct masked prctls_but_seccomp[] = {
    {0xfffffff0, 0},          {0xfffffffc, 16}, {0xfffffffe, 20}, {0xffffffff, 23},
    {0xfffffff8, 24},         {0xffffffe0, 32}, {0xffffffc0, 64}, {0xffffffff, 0x53564d41 /* PR_SET_VMA */},
    {0xffffffff, 0x59616d61}, /* PR_SET_PTRACER */
};

static void add_masked(struct builder *b, const char *call, uint32_t index, const struct masked *values,
                       size_t n)
{
    for (size_t i = 0; i < n; i++)
        add_condition(b, call, "SCMP_ACT_ALLOW", index, "SCMP_CMP_MASKED_EQ", values[i].mask,
                      values[i].value);
}

/* Where a limit of 1 keeps core dumps from a program of the host's (profile.c), 0 would let them there again.
 */
static void add_rlimit_rules(struct builder *b, const struct tight *tight)
{
    if (!tight_cuts(tight, "setrlimit")) {
        add_masked(b, "setrlimit", 0, rlimits_but_core, ARRAY_LEN(rlimits_but_core));
        add_condition(b, "setrlimit", "SCMP_ACT_ERRNO", 0, "SCMP_CMP_MASKED_EQ", 0xffffffff, RLIMIT_CORE);
    }
    add_masked(b, "prlimit64", 1, rlimits_but_core, ARRAY_LEN(rlimits_but_core));
    add_condition(b, "prlimit64", "SCMP_ACT_ALLOW", 2, "SCMP_CMP_EQ", 0, 0);
    add_condition(b, "prlimit64", "SCMP_ACT_ERRNO", 1, "SCMP_CMP_MASKED_EQ", 0xffffffff, RLIMIT_CORE);
    struct spec_syscall *refusal = &b->rules[b->n - 1];
    struct spec_seccomp_arg *args = arena_alloc(b->arena, 2 * sizeof(*args));
    args[0] = refusal->args.v[0];
    args[1] = (struct spec_seccomp_arg){2, 0, 0, copy(b, "SCMP_CMP_NE")};
    refusal->args.v = args;
    refusal->args.n = 2;
}

/* Address families: AF_UNIX, with the network also AF_INET and AF_INET6. Two conditions on one argument do
 * not combine, hence the ranges. */
static void add_socket_rules(struct builder *b, bool network, const struct tight *tight)
{
    add_condition(b, "socketpair", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_EQ", AF_UNIX, 0);
    add_condition(b, "socketpair", "SCMP_ACT_ERRNO", 0, "SCMP_CMP_NE", AF_UNIX, 0);
    if (tight_cuts(tight, "socket"))
        return;
    add_condition(b, "socket", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_EQ", AF_UNIX, 0);
    if (!network) {
        add_condition(b, "socket", "SCMP_ACT_ERRNO", 0, "SCMP_CMP_NE", AF_UNIX, 0);
        return;
    }
    for (uint64_t family = 0; family <= AF_INET6; family++)
        if (family != AF_UNIX)
            add_condition(b, "socket",
                          family == AF_INET || family == AF_INET6 ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO", 0,
                          "SCMP_CMP_EQ", family, 0);
    add_condition(b, "socket", "SCMP_ACT_ERRNO", 0, "SCMP_CMP_GT", AF_INET6, 0);
}

/* Its pages are those of files that others have, too. Go copies between sockets by it, and does so by read
 * and write only after EINVAL. */
static void add_splice_rule(struct builder *b, const char *const *allowed, size_t n)
{
    static const char *const name[] = {"splice"};
    if (has_name(allowed, n, name[0]))
        return;
    struct spec_syscall *rule = add_rule(b, "SCMP_ACT_ERRNO");
    rule->errno_ret.v = EINVAL;
    set_names(b, rule, name, 1);
}

static void add_ioctls(struct builder *b, const char *action, const uint32_t *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add_condition(b, "ioctl", action, 1, "SCMP_CMP_MASKED_EQ", 0xffffffff, numbers[i]);
}

static void add_conditions(struct builder *b, bool sockets_too, bool network, const struct tight *tight)
{
    add_clone_rules(b, tight);
    add_ioctls(b, "SCMP_ACT_ALLOW", allowed_ioctls, ARRAY_LEN(allowed_ioctls));
    if (sockets_too) {
        add_socket_rules(b, network, tight);
        add_ioctls(b, "SCMP_ACT_ALLOW", interface_ioctls, ARRAY_LEN(interface_ioctls));
    }
    add_ioctls(b, "SCMP_ACT_ERRNO", refused_ioctls, ARRAY_LEN(refused_ioctls));
    add_masked(b, "prctl", 0, prctls_but_seccomp, ARRAY_LEN(prctls_but_seccomp));
    add_condition(b, "prctl", "SCMP_ACT_ERRNO", 0, "SCMP_CMP_MASKED_EQ", 0xffffffff, 22 /* PR_SET_SECCOMP */);
    add_condition(b, "personality", "SCMP_ACT_ALLOW", 0, "SCMP_CMP_EQ", 0, 0);
    add_condition(b, "personality", "SCMP_ACT_ERRNO", 0, "SCMP_CMP_NE", 0, 0);
}

/* Moves what is cut from the allowed to the denied. */
static size_t cut(const struct tight *tight, const char **allowed, size_t n, const char **denied,
                  size_t *n_denied)
{
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        if (tight_cuts(tight, allowed[i]))
            denied[(*n_denied)++] = allowed[i];
        else
            allowed[left++] = allowed[i];
    }
    return left;
}

/* A condition that is added replaces the refusals of its call: a refusal would count before it. */
static void add_more(struct builder *b, const struct spec_syscall_list *more)
{
    for (size_t i = 0; i < more->n; i++) {
        const struct spec_syscall *rule = &more->v[i];
        if (rule->args.n == 0)
            continue;
        for (size_t k = 0; k < b->n; k++)
            if (b->rules[k].args.n > 0 && strcmp(b->rules[k].action, "SCMP_ACT_ERRNO") == 0 &&
                has_name((const char *const *)rule->names.v, rule->names.n, b->rules[k].names.v[0]))
                b->rules[k--] = b->rules[--b->n];
        struct spec_syscall *added = add_rule(b, "SCMP_ACT_ALLOW");
        set_names(b, added, (const char *const *)rule->names.v, rule->names.n);
        added->args.n = rule->args.n;
        added->args.v = arena_alloc(b->arena, rule->args.n * sizeof(*added->args.v));
        for (size_t k = 0; k < rule->args.n; k++) {
            added->args.v[k] = rule->args.v[k];
            added->args.v[k].op = copy(b, rule->args.v[k].op);
        }
    }
}

struct spec_seccomp *seccomp_profile(struct arena *arena, const struct profile *profile)
{
    const struct spec_syscall_list *more = &profile->more_calls;
    struct spec_seccomp *s = arena_alloc(arena, sizeof(*s));
    struct builder b = {arena, arena_alloc(arena, (MAX_RULES + more->n) * sizeof(struct spec_syscall)), 0};
    const char *allowed[MAX_NAMES], *denied[MAX_NAMES], *system[MAX_NAMES];
    bool network = profile_has_network(profile);
    size_t n = add_words(allowed, 0, (const char *const[]){"@common", NULL}), n_denied = 0;
    n = add_words(allowed, n, profile->language->syscalls);
    if (network)
        n = add_words(allowed, n, (const char *const[]){"@sockets", NULL});
    bool sockets_too = has_name(allowed, n, sockets[0]);
    n = cut(&profile->tight, allowed, n, denied, &n_denied);
    if (profile_pipes_cores())
        n = leave_out(allowed, leave_out(allowed, n, "setrlimit"), "prlimit64");
    for (size_t i = 0; i < more->n; i++)
        for (size_t k = 0; more->v[i].args.n == 0 && k < more->v[i].names.n && n < MAX_NAMES; k++)
            allowed[n++] = more->v[i].names.v[k];
    struct seen seen = {{NULL}};
    for (size_t i = 0; i < n; i++)
        note(&seen, allowed[i]);
    for (size_t i = n_denied; i-- > 0;) /* what is added by name is no longer cut */
        if (!note(&seen, denied[i]))
            denied[i] = denied[--n_denied];
    set_names(&b, add_rule(&b, "SCMP_ACT_ALLOW"), allowed, n);
    for (const char *const *name = refused; *name; name++)
        if (note(&seen, *name))
            denied[n_denied++] = *name;
    size_t n_system = add_words(system, 0, (const char *const[]){"@system", NULL});
    for (size_t i = 0; i < n_system; i++)
        if (note(&seen, system[i]))
            denied[n_denied++] = system[i];
    if (!sockets_too)
        n_denied = add_words(denied, n_denied, (const char *const[]){"socket", "socketpair", NULL});
    else if (tight_cuts(&profile->tight, "socket"))
        denied[n_denied++] = "socket";
    if (tight_cuts(&profile->tight, "clone"))
        denied[n_denied++] = "clone";
    set_names(&b, add_rule(&b, "SCMP_ACT_ERRNO"), denied, n_denied);
    add_splice_rule(&b, allowed, n);
    if (profile_pipes_cores())
        add_rlimit_rules(&b, &profile->tight);
    add_conditions(&b, sockets_too, network, &profile->tight);
    add_more(&b, more);
    s->default_action = copy(&b, "SCMP_ACT_ERRNO");
    s->default_errno_ret = (struct opt_u32){true, ENOSYS};
#if defined(__x86_64__)
    static const char *const architectures[] = {"SCMP_ARCH_X86_64"};
#elif defined(__aarch64__)
    static const char *const architectures[] = {"SCMP_ARCH_AARCH64"};
#else
    static const char *const architectures[] = {"SCMP_ARCH_RISCV64"};
#endif
    struct spec_syscall holder = {0};
    set_names(&b, &holder, architectures, 1);
    s->architectures = holder.names;
    s->syscalls = (struct spec_syscall_list){b.rules, b.n};
    return s;
}
