/* base/sha256.c against the examples of FIPS 180-4 (csrc.nist.gov, "SHA_All.pdf" and the CAVP short
 * messages). */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "base/sha256.h"

static const char *hash(const void *data, size_t len, size_t piece)
{
    static struct sha256_hex hex;
    unsigned char digest[SHA256_SIZE];
    struct sha256 h;
    sha256_init(&h);
    for (size_t at = 0; at < len; at += piece)
        sha256_update(&h, (const char *)data + at, len - at < piece ? len - at : piece);
    sha256_final(&h, digest);
    hex = sha256_to_hex(digest);
    return hex.s;
}

TEST(empty_message)
{
    CHECK_STR(hash("", 0, 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(one_block)
{
    CHECK_STR(hash("abc", 3, 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_STR(hash("\xbd", 1, 1), "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b");
}

TEST(two_blocks_in_any_pieces)
{
    const char *m = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    for (size_t piece = 1; piece <= 56; piece++)
        CHECK_STR(hash(m, 56, piece), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(lengths_around_the_padding)
{
    /* Checked against sha256sum(1). */
    static const char zeros[64];
    CHECK_STR(hash(zeros, 55, 7), "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7");
    CHECK_STR(hash(zeros, 56, 7), "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb");
    CHECK_STR(hash(zeros, 64, 7), "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b");
}

TEST(a_million_letters)
{
    char *m = malloc(1000000);
    memset(m, 'a', 1000000);
    CHECK_STR(hash(m, 1000000, 4093), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(m);
}

TEST_MAIN()
