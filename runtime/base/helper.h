/* Programs that belong to rsbx but are kept out of it, so that it stays small: rsbx-lint (tree-sitter),
 * rsbx-rootfs (libarchive), rsbx-systemd (libsystemd). */
#ifndef RSBX_BASE_HELPER_H
#define RSBX_BASE_HELPER_H

/* Host path of this program's own executable (allocated), also when it runs from a sealed copy. NULL after
 * fail(). */
char *own_path(void);

/* Finds NAME beside our own executable, or in ../libexec/rsbx of it. NULL after fail() that says where it was
 * looked for. The caller frees. */
char *helper_path(const char *name);

#endif
