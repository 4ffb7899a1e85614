/* SHA-256 (FIPS 180-4), to name things by their content: compiled filters, interpreter roots. */
#ifndef RSBX_BASE_SHA256_H
#define RSBX_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

struct sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes so far */
    unsigned char block[64];
};

void sha256_init(struct sha256 *h);
void sha256_update(struct sha256 *h, const void *data, size_t len);
void sha256_final(struct sha256 *h, unsigned char digest[SHA256_SIZE]);

/* Lower case hex digits and a terminating NUL. */
struct sha256_hex {
    char s[2 * SHA256_SIZE + 1];
};
struct sha256_hex sha256_to_hex(const unsigned char digest[SHA256_SIZE]);

#endif
