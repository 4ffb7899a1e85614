/* refusals: makes the system calls that a sandbox has to refuse, one of each family, and prints those that
 * were not answered EPERM or ENOSYS. Arguments are such that a kernel which lets the call in answers
 * something else, and does no harm. The exit code is their number. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BAD ((long)-1)

struct attempt {
    const char *name;
    long number, a[6];
};

static const struct attempt attempts[] = {
    {"mount", SYS_mount, {0, 0, 0, 0, 0}},
    {"umount2", SYS_umount2, {0, 0}},
    {"pivot_root", SYS_pivot_root, {0, 0}},
    {"open_tree", 428, {BAD, 0, 0}},
    {"move_mount", 429, {BAD, 0, BAD, 0, 0}},
    {"fsopen", 430, {0, 0}},
    {"fsconfig", 431, {BAD, 0, 0, 0, 0}},
    {"fsmount", 432, {BAD, 0, 0}},
    {"fspick", 433, {BAD, 0, 0}},
    {"mount_setattr", 442, {BAD, 0, 0, 0, 0}},
    {"io_uring_setup", 425, {0, 0}},
    {"bpf", SYS_bpf, {BAD, 0, 0}},
    {"userfaultfd", SYS_userfaultfd, {BAD}},
    {"keyctl", SYS_keyctl, {BAD}},
    {"add_key", SYS_add_key, {0, 0, 0, 0, 0}},
    {"request_key", SYS_request_key, {0, 0, 0, 0}},
    {"ptrace", SYS_ptrace, {BAD, 0, 0, 0}},
    {"process_vm_readv", SYS_process_vm_readv, {1, 0, 0, 0, 0, BAD}},
    {"process_vm_writev", SYS_process_vm_writev, {1, 0, 0, 0, 0, BAD}},
    {"kcmp", SYS_kcmp, {BAD, BAD, 0, 0, 0}},
    {"pidfd_getfd", 438, {BAD, 0, 0}},
    {"perf_event_open", SYS_perf_event_open, {0, 0, 0, 0, 0}},
    {"open_by_handle_at", SYS_open_by_handle_at, {BAD, 0, 0}},
    {"name_to_handle_at", SYS_name_to_handle_at, {BAD, 0, 0, 0, 0}},
    {"unshare", SYS_unshare, {CLONE_NEWUSER}},
    {"setns", SYS_setns, {BAD, 0}},
    {"clone3", 435, {0, 0}},
    {"seccomp", SYS_seccomp, {BAD, 0, 0}},
    {"prctl(PR_SET_SECCOMP)", SYS_prctl, {22, BAD, 0}},
    {"personality", SYS_personality, {0x0040000}},
    {"kexec_load", SYS_kexec_load, {0, BAD, 0, 0}},
    {"init_module", SYS_init_module, {0, 0, 0}},
    {"finit_module", SYS_finit_module, {BAD, 0, 0}},
    {"acct", SYS_acct, {1}},
    {"swapon", SYS_swapon, {1, 0}},
    {"quotactl", SYS_quotactl, {BAD, 0, 0, 0}},
    {"fanotify_init", SYS_fanotify_init, {BAD, 0}},
    {"move_pages", SYS_move_pages, {BAD, 0, 0, 0, 0, BAD}},
    {"mbind", SYS_mbind, {0, 0, BAD, 0, 0, BAD}},
    {"set_mempolicy", SYS_set_mempolicy, {BAD, 0, 0}},
    {"syslog", SYS_syslog, {BAD, 0, 0}},
    {"clock_settime", SYS_clock_settime, {BAD, 0}},
#ifdef SYS_iopl
    {"iopl", SYS_iopl, {BAD}},
    {"ioperm", SYS_ioperm, {BAD, 0, 1}},
    {"modify_ldt", SYS_modify_ldt, {BAD, 0, 0}},
#endif
    {"chroot", SYS_chroot, {0}},
    {"swapoff", SYS_swapoff, {1}},
    {"quotactl_fd", 443, {BAD, 0, 0, 0}},
    {"fanotify_mark", SYS_fanotify_mark, {BAD, 0, 0, BAD, 0}},
    {"migrate_pages", SYS_migrate_pages, {BAD, 0, 0, 0}},
    {"process_madvise", 440, {BAD, 0, 0, 0, 0}},
    {"set_mempolicy_home_node", 450, {0, 0, BAD, BAD}},
    {"lookup_dcookie", SYS_lookup_dcookie, {0, 0, 0}},
    {"splice", SYS_splice, {BAD, 0, BAD, 0, 0, BAD}},
    {"vmsplice", SYS_vmsplice, {BAD, 0, 0, 0}},
    {"syncfs", SYS_syncfs, {BAD}},
    {"kexec_file_load", 320, {BAD, BAD, 0, 0, BAD}},
    {"delete_module", SYS_delete_module, {0, 0}},
    {"reboot", SYS_reboot, {0, 0, 0, 0}},
    {"vhangup", SYS_vhangup, {0}},
    {"sethostname", SYS_sethostname, {0, BAD}},
    {"setdomainname", SYS_setdomainname, {0, BAD}},
    {"settimeofday", SYS_settimeofday, {1, 0}},
    {"adjtimex", SYS_adjtimex, {0}},
    {"clock_adjtime", SYS_clock_adjtime, {BAD, 0}},
    {"landlock_create_ruleset", 444, {0, BAD, BAD}},
    {"lsm_get_self_attr", 459, {BAD, 0, 0, BAD}},
    {"lsm_set_self_attr", 460, {BAD, 0, 0, BAD}},
    {"mseal", 462, {1, BAD, BAD}},
    {"prctl(PR_SET_SECCOMP), high bits set", SYS_prctl, {(long)0x100000016UL, BAD, 0}},
    {"ioctl(TIOCSETD)", SYS_ioctl, {BAD, 0x5423, 0}},
    {"ioctl(TIOCSTI)", SYS_ioctl, {BAD, 0x5412, 0}},
    {"ioctl(TIOCSTI), high bits set", SYS_ioctl, {BAD, (long)0xffffffff00005412UL, 0}},
    {"ioctl(TIOCLINUX)", SYS_ioctl, {BAD, 0x541c, 0}},
    {"ioctl(SIOCSIFFLAGS)", SYS_ioctl, {BAD, 0x8914, 0}},
    {"ioctl(SIOCETHTOOL)", SYS_ioctl, {BAD, 0x8946, 0}},
    {"ioctl(SIOCSIFFLAGS), high bits set", SYS_ioctl, {BAD, (long)0x100008914UL, 0}},
    {"socket(AF_INET)", SYS_socket, {2, 99, 0}},
    {"socket(AF_INET6)", SYS_socket, {10, 99, 0}},
    {"socket(AF_NETLINK)", SYS_socket, {16, 99, 0}},
    {"socket(AF_PACKET)", SYS_socket, {17, 99, 0}},
    {"socket(AF_ALG)", SYS_socket, {38, 99, 0}},
    {"socket(AF_VSOCK)", SYS_socket, {40, 99, 0}},
    {"socket(AF_XDP)", SYS_socket, {44, 99, 0}},
    {"socket(AF_RDS)", SYS_socket, {21, 99, 0}},
    {"socket(AF_CAN)", SYS_socket, {29, 99, 0}},
    {"socket(AF_TIPC)", SYS_socket, {30, 99, 0}},
    {"socket(AF_BLUETOOTH)", SYS_socket, {31, 99, 0}},
    {"socket(AF_RXRPC)", SYS_socket, {33, 99, 0}},
    {"socket(AF_KCM)", SYS_socket, {41, 99, 0}},
    {"socket(AF_SMC)", SYS_socket, {43, 99, 0}},
    {"socket(AF_INET), high bits set", SYS_socket, {(long)0x100000002UL, 99, 0}},
    {"a call of tomorrow", 1000, {0}},
};

static int report(const char *name, long result)
{
    if (result < 0 && (errno == EPERM || errno == ENOSYS || (errno == EINVAL && strcmp(name, "splice") == 0)))
        return 0;
    printf("%s: %s\n", name, result < 0 ? strerror(errno) : "done");
    return 1;
}

/* Two flags of clone(2): a child would end at once. */
static int clones(void)
{
    static const struct {
        const char *name;
        unsigned long flag;
    } rows[] = {{"clone(CLONE_NEWUSER)", CLONE_NEWUSER}, {"clone(CLONE_PARENT)", CLONE_PARENT}};
    int n = 0;
    for (size_t i = 0; i < 2; i++) {
        long pid = syscall(SYS_clone, rows[i].flag | SIGCHLD, 0, 0, 0, 0);
        if (pid == 0)
            _exit(0);
        n += report(rows[i].name, pid);
        if (pid > 0)
            waitpid((pid_t)pid, NULL, 0);
    }
    return n;
}

int main(void)
{
    int n = clones();
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        const struct attempt *t = &attempts[i];
        errno = 0;
        n += report(t->name, syscall(t->number, t->a[0], t->a[1], t->a[2], t->a[3], t->a[4], t->a[5]));
    }
    return n;
}
