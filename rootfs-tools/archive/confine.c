/* See confine.h. */
#include "rootfs-tools/archive/confine.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "linux/landlock.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

static int drop_capabilities(void)
{
    const uint32_t keep = 1U << CAP_CHOWN | 1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH |
                          1U << CAP_FOWNER | 1U << CAP_FSETID;
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0)
        return fail(errno, "capget");
    data[0].permitted &= keep;
    data[0].effective = data[0].permitted;
    data[1].permitted = data[1].effective = data[0].inheritable = data[1].inheritable = 0;
    return syscall(SYS_capset, &header, data) < 0 ? fail(errno, "capset") : 0;
}

/* Compressed formats may ask for much memory, and get some: xz -9 takes 65 MB, zstd --ultra 128 MB. */
static int set_limits(void)
{
    static const struct {
        int resource;
        rlim_t value;
    } rows[] = {
        {RLIMIT_CORE, 0},
        {RLIMIT_CPU, 1800},
        {RLIMIT_NOFILE, 512},
#ifndef __SANITIZE_ADDRESS__
        {RLIMIT_AS, 1ULL << 30},
#endif
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct rlimit r;
        if (getrlimit((__rlimit_resource_t)rows[i].resource, &r) < 0)
            return fail(errno, "getrlimit");
        if (r.rlim_max != RLIM_INFINITY && r.rlim_max < rows[i].value)
            continue;
        r.rlim_cur = r.rlim_max = rows[i].value;
        if (setrlimit((__rlimit_resource_t)rows[i].resource, &r) < 0)
            return fail(errno, "setrlimit");
    }
    return 0;
}

/* EPERM. libarchive runs programs for some formats: so it does not. */
static int filter_calls(void)
{
    static const int refused[] = {
        SYS_execve,  SYS_execveat,  SYS_clone, SYS_clone3,  SYS_socket,           SYS_socketpair,
        SYS_ptrace,  SYS_mount,     SYS_bpf,   SYS_unshare, SYS_process_vm_readv, SYS_process_vm_writev,
        SYS_keyctl,  SYS_add_key,   SYS_setns, SYS_kill,    SYS_io_uring_setup,   SYS_userfaultfd,
        SYS_mknodat, SYS_prlimit64,
#ifdef SYS_fork
        SYS_fork,    SYS_vfork,     SYS_mknod,
#endif
    };
    enum { N = ARRAY_LEN(refused) };
    struct sock_filter code[N + 6];
    size_t n = 0;
    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < N; i++)
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)refused[i],
                                                 (uint8_t)(N - i), 0);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    struct sock_fprog program = {(unsigned short)n, code};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        return fail(errno, "seccomp");
    return 0;
}

int confine(const char *source, const char *target)
{
    char readable[PATH_MAX], writable[PATH_MAX];
    AUTO_FREE char *up = xasprintf("%s/..", target); /* images are unpacked beside it first */
    if (!realpath(source, readable))
        return fail(errno, "%s", source);
    if (!realpath(up, writable))
        return fail(errno, "%s", target);
    if (strchr(readable, ':') || strchr(writable, ':'))
        return fail(0, "%s: \":\" cannot be in this path", source);
    AUTO_FREE char *read_list = xasprintf("%s:/usr/lib:/lib:/lib64:/etc/ld.so.cache", readable);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail(errno, "no_new_privs");
    TRY(landlock_apply(read_list, writable, false));
    TRY(set_limits());
    TRY(drop_capabilities());
    return filter_calls();
}
