/* Network namespaces and devices: network_namespaces(7), netdevice(7). Here: the loopback of a new one, and a
 * new one made by a thread, because that is what takes longest of all that a container needs; net_devices.c
 * moves host devices. */
#include "linux/network.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/futex.h>

#include "base/auto.h"
#include "base/error.h"

/* 0, or an errno. Any socket takes interface requests; AF_UNIX is there without the inet family. The kernel
 * gives lo its addresses itself when it goes up. */
static int bring_loopback_up(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int error = fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return error;
}

static int loopback_failed(int error)
{
    return fail(error, "bring the interface lo up");
}

int loopback_up(void)
{
    int error = bring_loopback_up();
    return error ? loopback_failed(error) : 0;
}

/* ---- by a thread ---- */

/* What the thread leaves. */
static struct {
    _Atomic unsigned
        running; /* its id; the kernel clears it when its stack is free: clone(2), CLONE_CHILD_CLEARTID */
    int fd, error, loopback_error;
} made;

static _Alignas(16) char stack[16384];

/* With nothing of the C library but system calls: the thread has no thread pointer of its own. An errno that
 * it sets is ours, too; that happens only where we will fail anyway. */
static int __attribute__((no_sanitize("address", "undefined"))) make_network(void *unused)
{
    (void)unused;
    if (syscall(SYS_unshare, CLONE_NEWNET) < 0) {
        made.error = errno;
        return 0;
    }
    made.loopback_error = bring_loopback_up();
    made.fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (made.fd < 0)
        made.error = errno;
    return 0;
}

static bool several_cpus(void)
{
    unsigned long mask[128] = {0};
    long n = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
    int cpus = 0;
    for (long i = 0; i < n / (long)sizeof(mask[0]); i++)
        cpus += __builtin_popcountl(mask[i]);
    return cpus > 1;
}

bool network_begin(void)
{
    const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                      CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
    if (!several_cpus())
        return false;
    made.fd = -1;
    made.error = made.loopback_error = 0;
    atomic_store(&made.running, 1);
    return clone(make_network, stack + sizeof(stack), flags, NULL, NULL, NULL, &made.running) >= 0;
}

static void wait_for_thread(void)
{
    unsigned id;
    while ((id = atomic_load(&made.running)) != 0)
        syscall(SYS_futex, &made.running, FUTEX_WAIT, id, NULL, NULL, 0);
}

int network_end(void)
{
    wait_for_thread();
    if (made.error == ENOSPC)
        return fail(ENOSPC, "no namespace left (user.max_net_namespaces of sysctl)");
    if (made.error)
        return fail(made.error, "make a network namespace");
    return made.loopback_error ? loopback_failed(made.loopback_error) : take_fd(&made.fd);
}

void network_abandon(void)
{
    wait_for_thread();
    if (made.fd >= 0)
        close(take_fd(&made.fd));
}

int network_join(int fd)
{
    return setns(fd, CLONE_NEWNET) < 0 ? fail(errno, "join the new network namespace") : 0;
}
