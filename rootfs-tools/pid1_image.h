/* Process 1 of sandboxes (pid1/pid1.c) is built with rsbx, carried in it, and put into the cache directory,
 * from where bundles bind it to /dev/init. Not into the bundle: that may lie where nothing may be executed
 * (/run), while the roots already need a place that allows it. */
#ifndef RSBX_ROOTFS_TOOLS_PID1_IMAGE_H
#define RSBX_ROOTFS_TOOLS_PID1_IMAGE_H

#include "rootfs-tools/root_store.h"

#define PID1_IN_SANDBOX "/dev/init"

/* Absolute path of the program, written if it is not there; the caller frees. NULL after fail(). */
char *pid1_path(const struct root_store *store);

#endif
