/* What rsbx-rootfs gives up before it reads an archive that nobody vouches for: a hole in libarchive then
 * writes below the target directory, and does nothing else. */
#ifndef RSBX_ROOTFS_TOOLS_ARCHIVE_CONFINE_H
#define RSBX_ROOTFS_TOOLS_ARCHIVE_CONFINE_H

/* Capabilities but for those that owners and modes take; memory, CPU and core limits; files but for `source`
 * and system libraries to read and `target` to write (Landlock, where the kernel has it); programs, sockets,
 * namespaces and other processes (seccomp). -1 after fail(). */
int confine(const char *source, const char *target);

#endif
