/* Runs the functions of linux/rootfs.h over a bundle, in the order of a container's life, without a
 * container:
 *
 *     rootfs-driver [--old-kernel] [--no-pivot] [--user] BUNDLE COMMAND [ARG...]
 *
 * New mount, pid and network namespaces (and with --user a user namespace that maps 0 to 100000), the root
 * and its mounts, then COMMAND inside. --old-kernel goes the ways of a kernel without openat2(2) and the new
 * mount calls. Prints the error and exits 1 if a step fails. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "linux/mounts.h"
#include "linux/paths.h"
#include "linux/rootfs.h"

typedef int (*rootfs_step)(struct rootfs *);
static const struct {
    const char *name;
    rootfs_step run;
} steps[] = {
    {"make private", rootfs_make_private},
    {"bind root", rootfs_bind_root},
    {"mounts", rootfs_mounts},
    {"devices", rootfs_devices},
    {"pivot", rootfs_pivot},
    {"propagation", rootfs_propagation},
    {"readonly", rootfs_readonly},
};

static int run_steps(struct rootfs *r)
{
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        uint64_t start = now_ns();
        if (steps[i].run(r) < 0)
            return fail_where("%s", steps[i].name);
        if (getenv("DRIVER_TIMES"))
            fprintf(stderr, "%-14s %6llu us\n", steps[i].name, (unsigned long long)(now_ns() - start) / 1000);
    }
    rootfs_close(r);
    return 0;
}

static int child(struct rootfs *r, char **command, int go)
{
    char byte;
    if (read(go, &byte, 1) != 1)
        return 1;
    if (r->own_user_ns && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
        perror("setresuid");
    if (run_steps(r) < 0) {
        fprintf(stderr, "%s\n", error_text());
        return 1;
    }
    execvp(command[0], command);
    perror(command[0]);
    return 127;
}

static int drive(struct rootfs *r, char **command)
{
    AUTO_SPEC struct spec *spec = spec_load_at(AT_FDCWD, "config.json");
    if (!spec)
        return -1;
    r->spec = spec;
    TRY(rootfs_check(spec));
    TRY(rootfs_prepare(r));
    int go[2];
    if (pipe(go) < 0)
        return fail(errno, "pipe");
    unsigned long flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC;
    pid_t pid = (pid_t)syscall(SYS_clone, flags | (r->own_user_ns ? CLONE_NEWUSER : 0) | SIGCHLD, 0, 0, 0, 0);
    if (pid < 0)
        return fail(errno, "clone");
    if (pid == 0)
        _exit(child(r, command, go[0]));
    if (r->own_user_ns) {
        char path[40];
        snprintf(path, sizeof(path), "%d/uid_map", (int)pid);
        TRY(proc_write(path, "0 100000 65536\n"));
        snprintf(path, sizeof(path), "%d/gid_map", (int)pid);
        TRY(proc_write(path, "0 100000 65536\n"));
    }
    if (write(go[1], "", 1) != 1)
        return fail(errno, "pipe");
    int status;
    while (waitpid(pid, &status, 0) < 0)
        ;
    rootfs_close(r);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    struct rootfs r = {.own_mount_ns = true, .own_net_ns = true, .own_pid_ns = true, .userns_fd = -1};
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--old-kernel") == 0)
            path_walk_only = mount_api_missing = true;
        else if (strcmp(argv[i], "--no-pivot") == 0)
            r.no_pivot = true;
        else if (strcmp(argv[i], "--user") == 0)
            r.own_user_ns = true;
    }
    if (argc - i < 2 || chdir(argv[i]) < 0) {
        fprintf(stderr, "usage: rootfs-driver [--old-kernel] [--no-pivot] [--user] BUNDLE COMMAND...\n");
        return 2;
    }
    AUTO_FREE char *bundle = getcwd(NULL, 0);
    r.bundle = bundle;
    int code = drive(&r, argv + i + 1);
    if (code < 0)
        fprintf(stderr, "%s\n", error_text());
    return code < 0 ? 1 : code;
}
