/* Paths inside a container's root are never strings. Everything below the root is reached from a directory fd
 * with openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), or with a checked walk (O_PATH, one component at a
 * time, links resolved in the root, at most 40) where openat2(2) is missing, and is used through the fd.
 * Writes to /proc go through a private procfs that no container can have mounted over. */
#ifndef RSBX_LINUX_PATHS_H
#define RSBX_LINUX_PATHS_H

#include <stdbool.h>
#include <sys/types.h>

/* Opens path as seen with rootfd as "/"; flags as openat(2), O_CLOEXEC is added. Symbolic links are followed
 * inside the root (the last one too, unless O_NOFOLLOW). Returns the fd or -1 after fail() naming the path.
 */
int path_open_in(int rootfd, const char *path, int flags, mode_t mode);

/* The same, but a missing path is created: directories (0755) on the way, and at the end a directory or an
 * empty regular file (0644). Dangling symbolic links on the way are created where they point, inside the
 * root. Returns an O_PATH fd of what is there. */
int path_make_in(int rootfd, const char *path, bool directory);

/* Opens the parent directory of path (created if missing) and gives the last component, for mknodat(2),
 * symlinkat(2), unlinkat(2). *name is allocated. Returns an O_PATH|O_DIRECTORY fd. */
int path_parent_in(int rootfd, const char *path, char **name);

/* Opens path relative to a procfs that was verified (fstatfs PROC_SUPER_MAGIC, its root inode; private one by
 * fsopen(2) with hidepid=... or subset where the kernel lets us, else the host's /proc, checked) without
 * following links or crossing mounts. For "self/attr/exec", "sys/net/...", "123/oom_score_adj". */
int proc_open(const char *path, int flags);
int proc_write(const char *path, const char *text);

/* "/proc/self/fd/N" for system calls that only take paths. The buffer is the caller's. */
struct fd_path {
    char s[40];
};
struct fd_path fd_path(int fd);

#endif
