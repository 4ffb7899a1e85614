/* Running from a file of ourselves that cannot be written, so that a container cannot overwrite the host's
 * binary through /proc/PID/exe of a process of ours that stands in it (CVE-2019-5736).
 *
 * That file is the binary itself seen through a read-only mount that is attached nowhere (nothing is copied:
 * open_tree(2), mount_setattr(2)). Where it can be done we change over to it as we run; else we execute it,
 * or on older kernels and without privileges a sealed memfd. */
#ifndef RSBX_BASE_SEAL_H
#define RSBX_BASE_SEAL_H

#include <sys/types.h>

/* First thing in main(): remembers argv (the option parser takes it apart). */
void seal_remember(int argc, char **argv);

/* Changes over without an exec where that can be done (base/exe_file.h), and else does nothing: for the start
 * of the commands that enter containers. */
void seal_in_place(void);

/* In a mount namespace of our own whose root is about to be unmounted: the mount of seal_in_place() goes with
 * that. Only the view of the binary itself is covered. Where it cannot be done nothing is, nor where the
 * binary lies below that directory. */
void seal_attach(const char *unless_below);

/* Closes that mount. Taking apart one that is attached nowhere makes the last of the processes that have it
 * wait for an RCU grace period. */
void seal_release(void);

/* Unless we are sealed: executes the copy, once, with the remembered argv; returns 0 in the copy and where
 * the binary is on a read-only mount anyway. -1 after fail(). */
int seal_self(void);

/* Owner of the binary: a container in which nobody is this host user cannot write to it. */
int seal_owner(uid_t *owner);

/* Path of the binary, also in the copy (base/helper.h); NULL: not known. */
const char *seal_original_path(void);

#endif
