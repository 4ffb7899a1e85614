/* Between the seccomp*.c files only. */
#ifndef RSBX_LINUX_SECCOMP_INTERNAL_H
#define RSBX_LINUX_SECCOMP_INTERNAL_H

#include <stdint.h>

#include "base/buffer.h"
#include "linux/process.h"

#define SECCOMP_MAX_INSTRUCTIONS 4096 /* BPF_MAXINSNS */

/* Action of a name with its errno, which must have passed seccomp_check(). */
uint32_t seccomp_action(const char *name, struct opt_u32 errno_ret);

/* seccomp_program.c: appends (struct sock_filter[]) the answers for the listed architectures that we compile
 * ourselves; other ones fall through to its end. */
void seccomp_compile_own(const struct spec_seccomp *s, struct buf *out);
bool seccomp_compiles_itself(uint32_t token);
/* The numbers of a call on an architecture, with what the first argument has to be for it (0: anything).
 * None: it does not have it, or the name is unknown. */
struct seccomp_number {
    uint32_t number, call;
};
size_t seccomp_numbers(uint32_t token, const char *name, struct seccomp_number out[2]);
bool seccomp_tests_twice(const struct spec_syscall *rule); /* one argument in two conditions */

/* seccomp_enosys.c: appends what answers ENOSYS, on the other listed architectures, to system calls that are
 * newer than every one the profile names; the rest falls through. */
void seccomp_emit_enosys(const struct spec_seccomp *s, struct buf *out);
uint32_t seccomp_largest_named(const struct spec_seccomp *s, uint32_t token); /* 0: none */
bool seccomp_lists_arch(const struct spec_seccomp *s, uint32_t token);        /* or it is the native one */

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
