/* Paths inside a container's root are never strings. Everything below the root is reached from a directory fd
 * with openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), or with a checked walk (O_PATH, one component at a
 * time, links resolved in the root, at most 40) where openat2(2) is missing, and is used through the fd.
 * Writes to /proc go through a verified procfs handle that no container can have mounted over. */
#ifndef RSBX_LINUX_PATHS_H
#define RSBX_LINUX_PATHS_H

#include <stdbool.h>
#include <sys/types.h>

/* Opens path as seen with rootfd as "/"; flags as openat(2), O_CLOEXEC is added. Symbolic links are followed
 * inside the root (the last one too, unless O_NOFOLLOW). Returns the fd or -1 after fail() naming the path.
 */
int path_open_in(int rootfd, const char *path, int flags, mode_t mode);

/* The same for paths that may well be missing: -1 with errno, no error is recorded. */
int path_try_in(int rootfd, const char *path, int flags);

/* The same, but a missing path is created: directories (0755) on the way, and at the end a directory or an
 * empty regular file (0644). Dangling symbolic links on the way are created where they point, inside the
 * root. Returns an O_PATH fd of what is there (which need not be what was asked for if it was there before).
 */
int path_make_in(int rootfd, const char *path, bool directory);

/* The same; *made tells whether it was missing. */
int path_ensure_in(int rootfd, const char *path, bool directory, bool *made);

/* Opens the parent directory of path (created if missing) and gives the last component, for mknodat(2),
 * symlinkat(2), unlinkat(2). *name is allocated. Returns an O_PATH|O_DIRECTORY fd. */
int path_parent_in(int rootfd, const char *path, char **name);

/* Allocated: path made absolute, without ".", "..", doubled and trailing slashes, by its letters alone. Only
 * for comparing with fixed names, never for opening. */
char *path_clean(const char *path);

/* Opens path relative to a procfs that was verified (PROC_SUPER_MAGIC, its root inode) without following
 * magic links or crossing mounts: the host's, as long as nothing is mounted over what is wanted, else a
 * private one by fsopen(2). For "self/attr/exec", "sys/net/...", "123/oom_score_adj". Called once before
 * pivot_root(2) (rootfs_make_private() does), it stays the host's after it: the container's /proc is never
 * used. */
int proc_open(const char *path, int flags);
int proc_write(const char *path, const char *text);
int proc_root(void);   /* the handle itself; owned by paths.c, close-on-exec */
void proc_close(void); /* whoever needs it later opens it again */

/* "/proc/self/fd/N" for system calls that only take paths. The buffer is the caller's. */
struct fd_path {
    char s[40];
};
struct fd_path fd_path(int fd);

/* Tests set it: behave as on a kernel without openat2(2). */
extern bool path_walk_only;

#endif
