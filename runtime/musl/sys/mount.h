/* musl 1.2.3 has mount(2) only: the rest of what glibc 2.36 declares here. On the include path of musl
 * builds. */
#ifndef RSBX_MUSL_SYS_MOUNT_H
#define RSBX_MUSL_SYS_MOUNT_H

#include_next <sys/mount.h>

#ifndef __GLIBC__

#include <sys/syscall.h>
#include <unistd.h>

#include <linux/mount.h>

static inline int open_tree(int dir, const char *path, unsigned flags)
{
    return (int)syscall(SYS_open_tree, dir, path, flags);
}

static inline int move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags)
{
    return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

static inline int fsopen(const char *type, unsigned flags)
{
    return (int)syscall(SYS_fsopen, type, flags);
}

static inline int fsconfig(int fs, unsigned command, const char *key, const void *value, int aux)
{
    return (int)syscall(SYS_fsconfig, fs, command, key, value, aux);
}

static inline int fsmount(int fs, unsigned flags, unsigned attributes)
{
    return (int)syscall(SYS_fsmount, fs, flags, attributes);
}

static inline int mount_setattr(int dir, const char *path, unsigned flags, struct mount_attr *attr,
                                size_t size)
{
    return (int)syscall(SYS_mount_setattr, dir, path, flags, attr, size);
}

#endif

#endif
