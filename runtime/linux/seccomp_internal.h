/* Between the seccomp*.c files only. */
#ifndef RSBX_LINUX_SECCOMP_INTERNAL_H
#define RSBX_LINUX_SECCOMP_INTERNAL_H

#include <stdint.h>

#include "base/buffer.h"
#include "linux/process.h"

#define SECCOMP_MAX_INSTRUCTIONS 4096 /* BPF_MAXINSNS */

/* Action of a name with its errno, which must have passed seccomp_check(). */
uint32_t seccomp_action(const char *name, struct opt_u32 errno_ret);

/* Puts in front of program (struct sock_filter[]) what answers ENOSYS to system calls that are newer than
 * every one the profile names. */
void seccomp_prepend_enosys(const struct spec_seccomp *s, struct buf *program);

/* seccomp_cache.c. cache_dir is made if it is missing; whatever is wrong with the cache is no error, the
 * program is then compiled. fetch: true when out holds the program. */
struct seccomp_cache_key {
    unsigned char digest[32];
};
void seccomp_cache_key(const struct spec_seccomp *s, struct seccomp_cache_key *key);
bool seccomp_cache_fetch(const char *cache_dir, const struct seccomp_cache_key *key, struct buf *out);
void seccomp_cache_store(const char *cache_dir, const struct seccomp_cache_key *key,
                         const struct buf *program);

#endif
