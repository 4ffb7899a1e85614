/* Unpacks tar archives that are not trusted into a directory, through libarchive. */
#ifndef RSBX_ROOTFS_TOOLS_ARCHIVE_EXTRACT_H
#define RSBX_ROOTFS_TOOLS_ARCHIVE_EXTRACT_H

#include <stdbool.h>
#include <stdint.h>

/* Where it goes, and what is still allowed to come: the bounds hold for all archives together. */
struct target {
    int root_fd;
    uint64_t bytes_left, entries_left;
};

#define TARGET_BYTES   (16ULL << 30)
#define TARGET_ENTRIES 2000000

/* fd: the archive, compressed or not, read from its beginning. Paths and links are resolved with the target
 * as "/": nothing gets out. Devices, fifos and sockets are left out; owners, extended attributes and setuid
 * bits too. layer: names ".wh.*" are whiteouts of an image layer. */
int extract_tar(struct target *target, int fd, bool layer);
int extract_zip(struct target *t, int fd); /* by the same rules */

/* Copies a directory of the host, with its symbolic links as they are. */
int extract_directory(struct target *target, const char *source);

/* SHA-256 digits of what the file holds once it is decompressed. */
struct sha256_hex;
int digest_uncompressed(int fd, struct sha256_hex *out);

#endif
