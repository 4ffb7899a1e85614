/* What a library built with glibc's <ctype.h> (Debian's libtree-sitter.a) asks for in a musl build: glibc's
 * table of what each character is, in the layout its isalpha() and the like read. Linked into rsbx-lint. */
#include <ctype.h>
#include <stddef.h>

const unsigned short **__ctype_b_loc(void);

/* Bit i is what the i-th of these says; glibc stores the two bytes the other way round (its _ISbit()). */
static unsigned short kind_of(int c)
{
    int (*const is[])(int) = {isupper, islower, isalpha, isdigit, isxdigit, isspace,
                              isprint, isgraph, isblank, iscntrl, ispunct,  isalnum};
    unsigned kind = 0;
    for (size_t i = 0; i < sizeof(is) / sizeof(is[0]); i++)
        kind |= is[i](c) ? 1u << (i ^ 8) : 0;
    return (unsigned short)kind;
}

const unsigned short **__ctype_b_loc(void)
{
    static unsigned short table[128 + 256]; /* from -128 (a plain char) to 255; EOF is nothing */
    static const unsigned short *middle;
    if (!middle) {
        middle = table + 128;
        for (int c = 0; c < 128; c++)
            table[128 + c] = kind_of(c);
    }
    return &middle;
}
