/* What is parsed was written by the adversary, and grammars are large: before the first byte is looked at the
 * process gives up all that it will not need (seccomp(2), setrlimit(2)). */
#include "rootfs-tools/lint/lint.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/strings.h"

#define CPU_SECONDS 5

#ifdef __GLIBC__
typedef __rlimit_resource_t resource;
#else
typedef int resource;
#endif

static void limit(int what, rlim_t value)
{
    struct rlimit r = {value, value};
    setrlimit((resource)what, &r); /* a lower hard limit than this is as good */
}

/* Not with a sanitizer, whose run time makes calls of its own. */
#if defined(__SANITIZE_ADDRESS__)
#elif defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#endif

#define LOAD(field)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##what)
#define ALLOW(nr)    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), RETURN(ALLOW)

/* openat(2) that creates or changes nothing; the low half of its third argument. */
#define ALLOW_OPEN_TO_READ                                                                                   \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_openat, 0, 4), LOAD(args[2]),                                   \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1),                   \
        RETURN(KILL_PROCESS), RETURN(ALLOW)

#ifdef THIS_ARCH
static const struct sock_filter start[] = {LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0),
                                           RETURN(KILL_PROCESS), LOAD(nr)};
static const struct sock_filter to_read[] = {ALLOW(__NR_read),  ALLOW(__NR_fstat), ALLOW(__NR_newfstatat),
                                             ALLOW(__NR_lseek), ALLOW(__NR_dup),   ALLOW(__NR_fcntl),
                                             ALLOW_OPEN_TO_READ};
/* sysinfo: glibc's qsort(3) asks how much memory there is when it sorts more than a kilobyte; writev: how
 * musl's stderr writes */
static const struct sock_filter to_compute[] = {
    ALLOW(__NR_brk),           ALLOW(__NR_mmap),           ALLOW(__NR_munmap),       ALLOW(__NR_mremap),
    ALLOW(__NR_write),         ALLOW(__NR_writev),         ALLOW(__NR_close),        ALLOW(__NR_madvise),
    ALLOW(__NR_clock_gettime), ALLOW(__NR_rt_sigprocmask), ALLOW(__NR_rt_sigaction), ALLOW(__NR_rt_sigreturn),
    ALLOW(__NR_setitimer),     ALLOW(__NR_sysinfo),        ALLOW(__NR_exit_group),   RETURN(KILL_PROCESS)};
#endif

static int give_up_system_calls(bool reads)
{
#ifdef THIS_ARCH
    struct buf filter = BUF_INIT;
    buf_add(&filter, start, sizeof(start));
    if (reads)
        buf_add(&filter, to_read, sizeof(to_read));
    buf_add(&filter, to_compute, sizeof(to_compute));
    struct sock_fprog program = {(unsigned short)(filter.len / sizeof(start[0])), (void *)filter.data};
    int r = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? fail(errno, "no_new_privs") : 0;
    if (r == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 && errno != EINVAL)
        r = fail(errno, "seccomp"); /* EINVAL: a kernel without filters; the limits remain */
    buf_free(&filter);
    return r;
#else
    (void)reads;
    return 0;
#endif
}

int lint_confine(enum confine_for what, uint64_t max_ns)
{
    if (what != CONFINE_FILES) { /* many files are kept until all are reported */
#ifndef __SANITIZE_ADDRESS__
        limit(RLIMIT_AS, default_limits.max_memory + (64u << 20));
#endif
        limit(RLIMIT_CPU, max_ns / 1000000000 + CPU_SECONDS);
    }
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, 16);
    if (what == CONFINE_HOOK)
        limit(RLIMIT_FSIZE, 16u << 20); /* the report in the bundle */
    return give_up_system_calls(what == CONFINE_FILES);
}
