/* SHA-256 of texts, as the digits that name roots. */
#ifndef RSBX_ROOTFS_TOOLS_HASH_H
#define RSBX_ROOTFS_TOOLS_HASH_H

#include <string.h>

#include "base/sha256.h"

#define SHA256_HEX (2 * SHA256_SIZE + 1) /* digits and the NUL */

/* The text and its NUL: neighbours cannot run together. */
static inline void sha256_adds(struct sha256 *s, const char *text)
{
    sha256_update(s, text, strlen(text) + 1);
}

static inline void sha256_hex(struct sha256 *s, char hex[SHA256_HEX])
{
    unsigned char digest[SHA256_SIZE];
    sha256_final(s, digest);
    memcpy(hex, sha256_to_hex(digest).s, SHA256_HEX);
}

#endif
