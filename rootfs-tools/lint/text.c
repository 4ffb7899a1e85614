/* Text as the languages see it: escapes in strings, UTF-8, and identifiers after normalisation. */
#include "rootfs-tools/lint/value.h"

#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/strings.h"

size_t utf8_put(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 63));
        out[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 63));
    out[2] = (char)(0x80 | (code >> 6 & 63));
    out[3] = (char)(0x80 | (code & 63));
    return 4;
}

int64_t utf8_next(const char *s, size_t len, size_t *i)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t c = (uint8_t)s[(*i)++];
    if (c < 0x80)
        return c;
    size_t n = c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 0;
    if (n == 0 || c >= 0xf8 || *i - 1 + n > len)
        return -1;
    uint32_t code = c & (0xffu >> (n + 1));
    for (size_t k = 0; k + 1 < n; k++) {
        if (((uint8_t)s[*i + k] & 0xc0) != 0x80)
            return -1;
        code = code << 6 | ((uint8_t)s[*i + k] & 63);
    }
    if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return -1;
    *i += n - 1;
    return code;
}

/* ---- escapes ---- */

static int hex_value(char c)
{
    return isdigit((uint8_t)c) ? c - '0' : isxdigit((uint8_t)c) ? (c | 32) - 'a' + 10 : -1;
}

/* Up to n hex digits at s[*i]. */
static uint32_t hex_run(const char *s, size_t len, size_t *i, size_t n)
{
    uint32_t code = 0;
    for (; n > 0 && *i < len && hex_value(s[*i]) >= 0 && code < 0x1000000; n--)
        code = code << 4 | (uint32_t)hex_value(s[(*i)++]);
    return code;
}

static void put_code(struct buf *b, uint32_t code, bool bytes)
{
    char out[4];
    if (bytes && code < 256)
        buf_addc(b, (char)code);
    else if (code < 0x110000)
        buf_add(b, out, utf8_put(out, code));
}

/* A \u escape; JavaScript joins surrogate pairs and knows \u{...}. */
static uint32_t unicode_escape(const char *s, size_t len, size_t *i, bool js)
{
    if (js && *i < len && s[*i] == '{') {
        ++*i;
        uint32_t code = hex_run(s, len, i, 8);
        if (*i < len && s[*i] == '}')
            ++*i;
        return code;
    }
    uint32_t code = hex_run(s, len, i, 4);
    if (js && code >= 0xd800 && code < 0xdc00 && *i + 1 < len && s[*i] == '\\' && s[*i + 1] == 'u') {
        size_t after = *i + 2;
        uint32_t low = hex_run(s, len, &after, 4);
        if (low >= 0xdc00 && low < 0xe000) {
            *i = after;
            return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return code;
}

static void octal_escape(const char *s, size_t len, size_t *i, struct buf *b, bool bytes)
{
    uint32_t code = 0;
    for (int n = 0; n < 3 && *i < len && s[*i] >= '0' && s[*i] < '8'; n++)
        code = code * 8 + (uint32_t)(s[(*i)++] - '0');
    put_code(b, code & 0x1ff, bytes);
}

/* Python's \N{LATIN SMALL LETTER A} and the few signs that names are made of; false: another one. */
static bool named_escape(const char *s, size_t len, size_t *i, struct buf *b)
{
    static const struct {
        const char *name;
        char c;
    } signs[] = {{"LOW LINE", '_'}, {"FULL STOP", '.'}, {"SOLIDUS", '/'}, {"SPACE", ' '}};
    const char *end = memchr(s + *i, '}', len - *i);
    if (!end || s[*i] != '{')
        return false;
    AUTO_FREE char *name = xstrndup(s + *i + 1, (size_t)(end - (s + *i)) - 1);
    *i = (size_t)(end - s) + 1;
    const char *small = str_after(name, "LATIN SMALL LETTER "),
               *large = str_after(name, "LATIN CAPITAL LETTER ");
    const char *letter = small ? small : large;
    if (letter && isupper((uint8_t)letter[0]) && !letter[1]) {
        buf_addc(b, (char)(small ? tolower(letter[0]) : letter[0]));
        return true;
    }
    for (size_t k = 0; k < ARRAY_LEN(signs); k++) {
        if (str_eq(name, signs[k].name)) {
            buf_addc(b, signs[k].c);
            return true;
        }
    }
    return false;
}

/* s[*i] is the character after a backslash. */
static void one_escape(const char *s, size_t len, size_t *i, bool js, bool bytes, struct buf *b)
{
    static const char from[] = "abfnrtv", to[] = "\a\b\f\n\r\t\v";
    char c = s[*i];
    const char *simple = memchr(from, c, sizeof(from) - 1);
    if (c >= '0' && c < '8') {
        octal_escape(s, len, i, b, bytes);
        return;
    }
    ++*i;
    if (c == 'x')
        put_code(b, hex_run(s, len, i, 2), bytes);
    else if (c == 'u' && !bytes)
        put_code(b, unicode_escape(s, len, i, js), false);
    else if (c == 'U' && !js && !bytes)
        put_code(b, hex_run(s, len, i, 8), false);
    else if (simple && (c != 'a' || !js))
        buf_addc(b, to[simple - from]);
    else if (c == '\n')
        return;
    else if (c == '\\' || c == '\'' || c == '"' || c == '`' || js)
        buf_addc(b, c);
    else {
        buf_addc(b, '\\');
        buf_addc(b, c);
    }
}

const struct value *unescape(struct lint *l, const char *s, size_t len, bool js, uint32_t flags)
{
    if (!memchr(s, '\\', len))
        return value_string(l, s, len, flags | VF_LITERAL);
    AUTO_BUF struct buf b = BUF_INIT;
    bool coded = false;
    for (size_t i = 0; i < len;) {
        if (s[i] != '\\' || i + 1 == len) {
            buf_addc(&b, s[i++]);
            continue;
        }
        i++;
        if (s[i] == 'N' && !js && !(flags & VF_BYTES) && i + 1 < len && s[i + 1] == '{') {
            i++;
            if (!named_escape(s, len, &i, &b))
                return UNKNOWN;
            coded = true;
            continue;
        }
        coded |= s[i] == 'x' || s[i] == 'u' || s[i] == 'U' || (s[i] >= '0' && s[i] < '8');
        one_escape(s, len, &i, js, flags & VF_BYTES, &b);
    }
    return value_string(l, buf_str(&b), b.len, flags | (coded ? VF_HIDDEN : VF_LITERAL));
}

/* ---- identifiers ---- */

/* Letters and digits that NFKC turns into ASCII (Unicode 15 compatibility decompositions), as runs: from code
 * FROM on, N code points become `first`, first + 1, ... */
static const struct {
    uint32_t from, n;
    char first;
} compatible_runs[] = {
    {0xff10, 10, '0'},  {0xff21, 26, 'A'},  {0xff3f, 1, '_'},   {0xff41, 26, 'a'},  {0x1d400, 26, 'A'},
    {0x1d41a, 26, 'a'}, {0x1d434, 26, 'A'}, {0x1d44e, 26, 'a'}, {0x1d468, 26, 'A'}, {0x1d482, 26, 'a'},
    {0x1d49c, 26, 'A'}, {0x1d4b6, 26, 'a'}, {0x1d4d0, 26, 'A'}, {0x1d4ea, 26, 'a'}, {0x1d504, 26, 'A'},
    {0x1d51e, 26, 'a'}, {0x1d538, 26, 'A'}, {0x1d552, 26, 'a'}, {0x1d56c, 26, 'A'}, {0x1d586, 26, 'a'},
    {0x1d5a0, 26, 'A'}, {0x1d5ba, 26, 'a'}, {0x1d5d4, 26, 'A'}, {0x1d5ee, 26, 'a'}, {0x1d608, 26, 'A'},
    {0x1d622, 26, 'a'}, {0x1d63c, 26, 'A'}, {0x1d656, 26, 'a'}, {0x1d670, 26, 'A'}, {0x1d68a, 26, 'a'},
    {0x1d7ce, 10, '0'}, {0x1d7d8, 10, '0'}, {0x1d7e2, 10, '0'}, {0x1d7ec, 10, '0'}, {0x1d7f6, 10, '0'},
    {0x1fbf0, 10, '0'}, {0x2080, 10, '0'},  {0x2074, 6, '4'},   {0x1d43, 1, 'a'},
};

/* Single ones: superscript, subscript and letter-like forms. */
static const struct {
    uint32_t code;
    const char *plain;
} compatible[] = {
    {0xaa, "a"},     {0xb2, "2"},    {0xb3, "3"},    {0xb9, "1"},     {0xba, "o"},     {0x17f, "s"},
    {0x2b0, "h"},    {0x2b2, "j"},   {0x2b3, "r"},   {0x2b7, "w"},    {0x2b8, "y"},    {0x2e1, "l"},
    {0x2e2, "s"},    {0x2e3, "x"},   {0x1d2c, "A"},  {0x1d2e, "B"},   {0x1d30, "D"},   {0x1d31, "E"},
    {0x1d33, "G"},   {0x1d34, "H"},  {0x1d35, "I"},  {0x1d36, "J"},   {0x1d37, "K"},   {0x1d38, "L"},
    {0x1d39, "M"},   {0x1d3a, "N"},  {0x1d3c, "O"},  {0x1d3e, "P"},   {0x1d3f, "R"},   {0x1d40, "T"},
    {0x1d41, "U"},   {0x1d42, "W"},  {0x1d47, "b"},  {0x1d48, "d"},   {0x1d49, "e"},   {0x1d4d, "g"},
    {0x1d4f, "k"},   {0x1d50, "m"},  {0x1d52, "o"},  {0x1d56, "p"},   {0x1d57, "t"},   {0x1d58, "u"},
    {0x1d5b, "v"},   {0x1d62, "i"},  {0x1d63, "r"},  {0x1d64, "u"},   {0x1d65, "v"},   {0x1d9c, "c"},
    {0x1da0, "f"},   {0x1dbb, "z"},  {0x2070, "0"},  {0x2071, "i"},   {0x207f, "n"},   {0x2090, "a"},
    {0x2091, "e"},   {0x2092, "o"},  {0x2093, "x"},  {0x2095, "h"},   {0x2096, "k"},   {0x2097, "l"},
    {0x2098, "m"},   {0x2099, "n"},  {0x209a, "p"},  {0x209b, "s"},   {0x209c, "t"},   {0x2102, "C"},
    {0x210a, "g"},   {0x210b, "H"},  {0x210c, "H"},  {0x210d, "H"},   {0x210e, "h"},   {0x2110, "I"},
    {0x2111, "I"},   {0x2112, "L"},  {0x2113, "l"},  {0x2115, "N"},   {0x2119, "P"},   {0x211a, "Q"},
    {0x211b, "R"},   {0x211c, "R"},  {0x211d, "R"},  {0x2124, "Z"},   {0x2128, "Z"},   {0x212a, "K"},
    {0x212c, "B"},   {0x212d, "C"},  {0x212f, "e"},  {0x2130, "E"},   {0x2131, "F"},   {0x2133, "M"},
    {0x2134, "o"},   {0x2139, "i"},  {0x2145, "D"},  {0x2146, "d"},   {0x2147, "e"},   {0x2148, "i"},
    {0x2149, "j"},   {0x2160, "I"},  {0x2164, "V"},  {0x2169, "X"},   {0x216c, "L"},   {0x216d, "C"},
    {0x216e, "D"},   {0x216f, "M"},  {0x2170, "i"},  {0x2174, "v"},   {0x2179, "x"},   {0x217c, "l"},
    {0x217d, "c"},   {0x217e, "d"},  {0x217f, "m"},  {0x2c7c, "j"},   {0x2c7d, "V"},   {0x132, "IJ"},
    {0x133, "ij"},   {0x1c7, "LJ"},  {0x1c9, "lj"},  {0x1ca, "NJ"},   {0x1cc, "nj"},   {0x1f1, "DZ"},
    {0x1f3, "dz"},   {0xfb00, "ff"}, {0xfb01, "fi"}, {0xfb02, "fl"},  {0xfb03, "ffi"}, {0xfb04, "ffl"},
    {0xfb05, "st"},  {0xfb06, "st"}, {0x2161, "II"}, {0x2162, "III"}, {0x2163, "IV"},  {0x2171, "ii"},
    {0x2172, "iii"}, {0x2173, "iv"}, {0x2175, "vi"}, {0x2178, "ix"},  {0x217a, "xi"},
};

static bool put_compatible(struct buf *b, uint32_t code)
{
    for (size_t i = 0; i < ARRAY_LEN(compatible_runs); i++) {
        if (code >= compatible_runs[i].from && code - compatible_runs[i].from < compatible_runs[i].n) {
            buf_addc(b, (char)(compatible_runs[i].first + (char)(code - compatible_runs[i].from)));
            return true;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(compatible); i++) {
        if (compatible[i].code == code) {
            buf_adds(b, compatible[i].plain);
            return true;
        }
    }
    return false;
}

static bool is_plain(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)s[i] >= 0x80 || s[i] == '\\')
            return false;
    return true;
}

const char *identifier(struct lint *l, const char *s, size_t len, bool *disguised)
{
    *disguised = false;
    if (is_plain(s, len))
        return intern(l, s, len);
    bool normalises = str_eq(l->language->name, "python"); /* PEP 3131; JavaScript does not */
    AUTO_BUF struct buf b = BUF_INIT;
    for (size_t i = 0; i < len;) {
        if (s[i] == '\\' && i + 1 < len && s[i + 1] == 'u') {
            i += 2;
            put_code(&b, unicode_escape(s, len, &i, true), false);
            *disguised = true;
            continue;
        }
        size_t from = i;
        int64_t code = utf8_next(s, len, &i);
        if (code >= 0x80 && normalises && put_compatible(&b, (uint32_t)code))
            *disguised = true;
        else
            buf_add(&b, s + from, i - from);
    }
    return intern(l, buf_str(&b), b.len);
}
