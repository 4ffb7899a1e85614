/* The program of pid1/pid1.c, as bytes in ours: see pid1_image.h. */
#include "rootfs-tools/pid1_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/sha256.h"

__asm__(".section .rodata\n"
        ".globl pid1_image, pid1_image_size\n"
        "pid1_image: .incbin \"" PID1_IMAGE "\"\n"
        "1: .balign 8\n"
        "pid1_image_size: .quad 1b - pid1_image\n"
        ".previous\n");
extern const char pid1_image[];
extern const uint64_t pid1_image_size;

/* Its name is its content: several versions of rsbx may share a cache, and bundles outlive them. */
static void name_of_image(size_t size, char name[32])
{
    unsigned char digest[SHA256_SIZE];
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, pid1_image, size);
    sha256_final(&h, digest);
    snprintf(name, 32, "init-%.16s", sha256_to_hex(digest).s);
}

char *pid1_path(const struct root_store *store)
{
    char name[32];
    struct stat st;
    size_t size = pid1_image_size;
    name_of_image(size, name);
    if (fstatat(store->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_mode != (S_IFREG | 0755) ||
        (size_t)st.st_size != size) {
        mode_t before = umask(022); /* whoever the sandbox's user is on the host, it has to execute it */
        int r = write_file_atomic_at(store->fd, name, 0755, pid1_image, size);
        umask(before);
        if (r < 0) {
            fail_where("%s/%s", store->path, name);
            return NULL;
        }
    }
    return xasprintf("%s/%s", store->path, name);
}
