/* The kernel's floor: what starting a container costs when nothing is parsed, checked or kept.
 *
 *     floor [-a] [-s] [-c CGROUP-DIR] ROOTFS PROGRAM [ARGS...]
 *
 * One clone3(2) into a new cgroup with the namespaces of tests/lib/config.json, its mounts, pivot_root(2),
 * execve(2), wait, rmdir. -a adds its devices, masked and read-only paths. -s leaves out all mounts but the
 * root (as unshare does). It is what `make bench` holds rsbx against, not a model of how to do it: nothing
 * here is safe. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    _exit(1);
}

static void must(long r, const char *what)
{
    if (r < 0)
        die(what);
}

static const struct {
    const char *source, *target, *type;
    unsigned long flags;
    const char *data;
} mounts[] = {
    {"proc", "proc", "proc", 0, NULL},
    {"tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"},
    {"devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"},
    {"shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=1777,size=65536k"},
    {"mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL},
    {"sysfs", "sys", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL},
    {"cgroup", "sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RELATIME, NULL},
    {"tmpfs", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"},
};

static const struct {
    const char *path;
    unsigned minor;
} devices[] = {{"dev/null", 3}, {"dev/zero", 5}, {"dev/full", 7}, {"dev/random", 8}, {"dev/urandom", 9}};

static const char *const masked[] = {"proc/acpi",       "proc/kcore",       "proc/keys", "proc/latency_stats",
                                     "proc/timer_list", "proc/sched_debug", "proc/scsi", "sys/firmware"};
static const char *const readonly[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};

static void mount_all(void)
{
    for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
        if (strncmp(mounts[i].target, "dev/", 4) == 0)
            mkdir(mounts[i].target, 0755);
        must(mount(mounts[i].source, mounts[i].target, mounts[i].type, mounts[i].flags, mounts[i].data),
             mounts[i].target);
    }
}

static void devices_and_paths(void)
{
    struct stat st;
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
        must(mknod(devices[i].path, S_IFCHR | 0666, makedev(1, devices[i].minor)), devices[i].path);
    must(mknod("dev/tty", S_IFCHR | 0666, makedev(5, 0)), "dev/tty");
    must(symlink("/proc/self/fd", "dev/fd"), "dev/fd");
    must(symlink("/proc/self/fd/0", "dev/stdin"), "dev/stdin");
    must(symlink("/proc/self/fd/1", "dev/stdout"), "dev/stdout");
    must(symlink("/proc/self/fd/2", "dev/stderr"), "dev/stderr");
    must(symlink("pts/ptmx", "dev/ptmx"), "dev/ptmx");
    for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
        if (stat(masked[i], &st) < 0)
            continue;
        if (S_ISDIR(st.st_mode))
            must(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, NULL), masked[i]);
        else
            must(mount("dev/null", masked[i], NULL, MS_BIND, NULL), masked[i]);
    }
    for (size_t i = 0; i < sizeof(readonly) / sizeof(readonly[0]); i++) {
        if (stat(readonly[i], &st) < 0)
            continue;
        must(mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL), readonly[i]);
        must(mount(NULL, readonly[i], NULL,
                   MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL),
             readonly[i]);
    }
}

static _Noreturn void child(const char *rootfs, int all, int bare, char **argv)
{
    static char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    must(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL), "slave");
    must(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL), rootfs);
    must(chdir(rootfs), rootfs);
    if (!bare)
        mount_all();
    if (all)
        devices_and_paths();
    must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    must(umount2(".", MNT_DETACH), "umount");
    must(mount(NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "read-only root");
    must(sethostname("box", 3), "sethostname");
    execve(argv[0], argv, env);
    die(argv[0]);
}

int main(int argc, char **argv)
{
    const char *cgroup = NULL;
    int opt, all = 0, bare = 0, status = 0;
    while ((opt = getopt(argc, argv, "+asc:")) != -1) {
        if (opt == 'a')
            all = 1;
        else if (opt == 's')
            bare = 1;
        else if (opt == 'c')
            cgroup = optarg;
        else
            return 2;
    }
    if (argc - optind < 2)
        return 2;
    struct clone_args args = {
        .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
        .exit_signal = SIGCHLD,
    };
    if (cgroup) {
        must(mkdir(cgroup, 0755), cgroup);
        args.cgroup = (__u64)open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
        args.flags |= CLONE_INTO_CGROUP;
    }
    long pid = syscall(SYS_clone3, &args, sizeof(args));
    must(pid, "clone3");
    if (pid == 0)
        child(argv[optind], all, bare, argv + optind + 1);
    must(waitpid((pid_t)pid, &status, 0), "waitpid");
    if (cgroup)
        must(rmdir(cgroup), "rmdir");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
