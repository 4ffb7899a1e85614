/* SHA-256 as FIPS 180-4 writes it down: see sha256.h. Plain code, no tables but the standard's: what we hash
 * is small. */
#include "base/sha256.h"

#include <string.h>

/* Section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotr(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static uint32_t load_be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void store_be32(unsigned char *p, uint32_t v)
{
    p[0] = (unsigned char)(v >> 24);
    p[1] = (unsigned char)(v >> 16);
    p[2] = (unsigned char)(v >> 8);
    p[3] = (unsigned char)v;
}

/* One step of section 6.2.2, without moving the working variables: the callers rotate their names instead. */
#define STEP(a, b, c, d, e, f, g, h, t)                                                                      \
    do {                                                                                                     \
        uint32_t t1_ =                                                                                       \
            (h) + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((g) ^ ((e) & ((f) ^ (g)))) + K[t] + w[(t)&15]; \
        (d) += t1_;                                                                                          \
        (h) = t1_ + (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + (((a) & (b)) | ((c) & ((a) | (b))));          \
    } while (0)

/* The next sixteen words of the message schedule, in place. */
static inline void schedule(uint32_t w[16])
{
    for (unsigned t = 0; t < 16; t++) {
        uint32_t w1 = w[(t + 1) & 15], w14 = w[(t + 14) & 15];
        w[t] += (rotr(w1, 7) ^ rotr(w1, 18) ^ w1 >> 3) + w[(t + 9) & 15] +
                (rotr(w14, 17) ^ rotr(w14, 19) ^ w14 >> 10);
    }
}

/* Section 6.2.2. */
static void compress(uint32_t state[8], const unsigned char block[64])
{
    uint32_t w[16], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5],
                    g = state[6], h = state[7];
    for (int t = 0; t < 16; t++)
        w[t] = load_be32(block + 4 * t);
    for (int t = 0; t < 64; t += 8) {
        if (t >= 16 && t % 16 == 0)
            schedule(w);
        STEP(a, b, c, d, e, f, g, h, t);
        STEP(h, a, b, c, d, e, f, g, t + 1);
        STEP(g, h, a, b, c, d, e, f, t + 2);
        STEP(f, g, h, a, b, c, d, e, t + 3);
        STEP(e, f, g, h, a, b, c, d, t + 4);
        STEP(d, e, f, g, h, a, b, c, t + 5);
        STEP(c, d, e, f, g, h, a, b, t + 6);
        STEP(b, c, d, e, f, g, h, a, t + 7);
    }
    const uint32_t out[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; i++)
        state[i] += out[i];
}

void sha256_init(struct sha256 *h)
{
    /* Section 5.3.3. */
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memset(h, 0, sizeof(*h));
    memcpy(h->state, start, sizeof(start));
}

void sha256_update(struct sha256 *h, const void *data, size_t len)
{
    const unsigned char *p = data;
    size_t used = h->length % 64;
    h->length += len;
    while (len > 0) {
        size_t n = 64 - used < len ? 64 - used : len;
        memcpy(h->block + used, p, n);
        p += n;
        len -= n;
        used += n;
        if (used == 64) {
            compress(h->state, h->block);
            used = 0;
        }
    }
}

void sha256_final(struct sha256 *h, unsigned char digest[SHA256_SIZE])
{
    static const unsigned char padding[64] = {0x80};
    unsigned char bits[8];
    uint64_t length = h->length;
    store_be32(bits, (uint32_t)(length * 8 >> 32));
    store_be32(bits + 4, (uint32_t)(length * 8));
    size_t used = length % 64;
    sha256_update(h, padding, used < 56 ? 56 - used : 120 - used);
    sha256_update(h, bits, sizeof(bits));
    for (int i = 0; i < 8; i++)
        store_be32(digest + 4 * i, h->state[i]);
}

struct sha256_hex sha256_to_hex(const unsigned char digest[SHA256_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    struct sha256_hex hex = {{0}};
    for (int i = 0; i < SHA256_SIZE; i++) {
        hex.s[2 * i] = digits[digest[i] >> 4];
        hex.s[2 * i + 1] = digits[digest[i] & 15];
    }
    return hex;
}
