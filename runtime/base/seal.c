/* Running from a copy that cannot be written: see seal.h. */
#include "base/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/mount.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/exe_file.h"
#include "base/helper.h"
#include "base/memory.h"
#include "base/strings.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 4
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif

/* The copy has no path of its own: it is told the original's. */
#define PATH_VARIABLE "_RSBX_SEALED"

static char **arguments;
static char *original;
static bool sealed;
static int sealed_mount = -1;

void seal_remember(int argc, char **argv)
{
    const char *path = getenv(PATH_VARIABLE);
    if (path) {
        original = xstrdup(path);
        unsetenv(PATH_VARIABLE);
    }
    arguments = xcalloc((size_t)argc + 1, sizeof(*arguments));
    memcpy(arguments, argv, (size_t)argc * sizeof(*arguments));
}

const char *seal_original_path(void)
{
    return original;
}

int seal_owner(uid_t *owner)
{
    struct stat st;
    if (stat("/proc/self/exe", &st) < 0)
        return fail(errno, "/proc/self/exe: is /proc mounted?");
    *owner = st.st_uid;
    return 0;
}

/* 1: nobody can write to what we run from. */
static int is_sealed(int exe)
{
    struct statvfs fs;
    int seals = fcntl(exe, F_GET_SEALS);
    if (seals >= 0 && (seals & SEALS) == SEALS)
        return 1;
    return fstatvfs(exe, &fs) == 0 && (fs.f_flag & ST_RDONLY) ? 1 : 0;
}

static int readonly_mount_of(int exe)
{
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID};
    AUTO_FD int tree = (int)syscall(SYS_open_tree, exe, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | O_CLOEXEC);
    if (tree < 0 || syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) < 0)
        return -1;
    return take_fd(&tree);
}

static int make_memfd(const char *name)
{
    int fd = (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    if (fd < 0 && errno == EINVAL) /* MFD_EXEC is of Linux 6.3 */
        fd = (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd < 0 ? fail(errno, "memfd_create") : fd;
}

static int sealed_memfd_of(int from)
{
    struct stat st;
    AUTO_FD int fd = make_memfd("rsbx");
    if (fd < 0)
        return -1;
    if (fstat(from, &st) < 0)
        return fail(errno, "stat of our own binary");
    for (off_t left = st.st_size; left > 0;) {
        ssize_t n = sendfile(fd, from, NULL, (size_t)left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(errno, "copy of our own binary");
        left -= n;
    }
    if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
        return fail(errno, "seal the copy of our own binary");
    return take_fd(&fd);
}

void seal_in_place(void)
{
    AUTO_FD int exe = openat(AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (exe < 0 || (sealed = is_sealed(exe)))
        return;
    AUTO_FD int mount = readonly_mount_of(exe);
    if (mount < 0)
        return;
    char link[32];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", mount);
    AUTO_FD int same = openat(AT_FDCWD, link, O_RDONLY | O_CLOEXEC);
    AUTO_FREE char *path = own_path();
    if (same < 0 || !path || exe_file_change(same) < 0)
        return;
    original = original ? original : take_ptr(path);
    sealed_mount = take_fd(&mount);
    sealed = true;
}

void seal_attach(const char *unless_below)
{
    const char *rest = sealed_mount >= 0 ? str_after(original, unless_below) : NULL;
    if (sealed_mount >= 0 && !(rest && *rest == '/'))
        syscall(SYS_move_mount, sealed_mount, "", AT_FDCWD, original, MOVE_MOUNT_F_EMPTY_PATH);
}

void seal_release(void)
{
    if (sealed_mount >= 0)
        close(sealed_mount);
    sealed_mount = -1;
}

int seal_self(void)
{
    if (sealed)
        return 0;
    AUTO_FD int exe = openat(AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (exe < 0)
        return fail(errno, "/proc/self/exe: is /proc mounted?");
    if (is_sealed(exe))
        return 0;
    AUTO_FREE char *path = own_path();
    if (!path)
        return -1;
    if (setenv(PATH_VARIABLE, path, 1) < 0)
        return fail(errno, "setenv");
    AUTO_FD int mount = readonly_mount_of(exe);
    if (mount >= 0)
        syscall(SYS_execveat, mount, "", arguments, environ, AT_EMPTY_PATH);
    AUTO_FD int copy = sealed_memfd_of(exe);
    if (copy < 0)
        return -1;
    syscall(SYS_execveat, copy, "", arguments, environ, AT_EMPTY_PATH);
    return fail(errno, "execute the sealed copy of %s", path);
}
