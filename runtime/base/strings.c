/* Numbers and words from outside: see strings.h. */
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int parse_u64(const char *s, uint64_t max, uint64_t *out)
{
    if (!s || !*s)
        return -1;
    uint64_t v = 0;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return -1;
        uint64_t digit = (uint64_t)(*s - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return -1;
        v = v * 10 + digit;
    }
    if (v > max)
        return -1;
    *out = v;
    return 0;
}

int parse_i64(const char *s, int64_t min, int64_t max, int64_t *out)
{
    if (!s)
        return -1;
    bool negative = *s == '-';
    uint64_t v;
    if (parse_u64(s + negative, negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX, &v) < 0)
        return -1;
    int64_t r = negative ? (int64_t)(0 - v) : (int64_t)v;
    if (r < min || r > max)
        return -1;
    *out = r;
    return 0;
}

/* Digits with an optional fraction; *end points past them. */
static int parse_decimal(const char *s, double *out, const char **end)
{
    double v = 0, scale = 1;
    bool digits = false, fraction = false;
    for (; isdigit((unsigned char)*s) || (*s == '.' && !fraction); s++) {
        if (*s == '.') {
            fraction = true;
            continue;
        }
        digits = true;
        if (fraction)
            v += (scale /= 10) * (*s - '0');
        else
            v = v * 10 + (*s - '0');
    }
    *out = v;
    *end = s;
    return digits ? 0 : -1;
}

int parse_size(const char *s, int64_t *out)
{
    static const char units[] = "bkmgtp";
    double v;
    const char *end;
    if (!s)
        return -1;
    if (strcmp(s, "-1") == 0) {
        *out = -1;
        return 0;
    }
    if (parse_i64(s, 0, INT64_MAX, out) == 0)
        return 0;
    if (parse_decimal(s, &v, &end) < 0)
        return -1;
    while (*end == ' ')
        end++;
    if (*end) {
        const char *unit = strchr(units, tolower((unsigned char)*end));
        if (!unit)
            return -1;
        for (long i = unit - units; i > 0; i--)
            v *= 1024;
        end++;
        if (unit != units && strcasecmp(end, "b") != 0 && strcasecmp(end, "ib") != 0 && *end)
            return -1;
        if (unit == units && *end)
            return -1;
    }
    if (v > 9.2e18)
        return -1;
    *out = (int64_t)v;
    return 0;
}

int parse_duration(const char *s, uint64_t *ns)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ns", 1},  {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"ms", 1e6},
                 {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
    double total = 0;
    if (!s || !*s)
        return -1;
    if (strcmp(s, "0") == 0) {
        *ns = 0;
        return 0;
    }
    while (*s) {
        double v;
        const char *end, *found = NULL;
        if (parse_decimal(s, &v, &end) < 0)
            return -1;
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
            const char *after = str_after(end, units[i].name);
            if (after && (!*after || isdigit((unsigned char)*after) || *after == '.')) {
                found = after;
                total += v * units[i].ns;
                break;
            }
        }
        if (!found || total > 1.8e19)
            return -1;
        s = found;
    }
    *ns = (uint64_t)total;
    return 0;
}

const char *scan_numbers(const char *s, const char *between, uint64_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *end;
        s += strspn(s, " \t");
        if (i > 0 && *s && strchr(between, *s))
            s++;
        if (!isdigit((unsigned char)*s))
            return NULL;
        out[i] = strtoull(s, &end, 10);
        s = end;
    }
    return s;
}

const char *skip_words(const char *s, size_t n)
{
    for (s += strspn(s, " "); n > 0; n--) {
        size_t len = strcspn(s, " ");
        if (len == 0)
            return NULL;
        s += len;
        s += strspn(s, " ");
    }
    return s;
}

bool str_eq(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n >= m && strcmp(s + n - m, suffix) == 0;
}

const char *str_after(const char *s, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

const struct name_value *name_find(const struct name_value *table, const char *name)
{
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

const char *name_of(const struct name_value *table, uint64_t value)
{
    for (; table->name; table++)
        if (table->value == value)
            return table->name;
    return NULL;
}

#define LONGEST_WORD 32

/* Letters wrong, missing, added, or exchanged with their neighbour: optimal string alignment. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[3][LONGEST_WORD + 1];
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST_WORD || m > LONGEST_WORD)
        return UINT_MAX;
    for (size_t k = 0; k <= m; k++)
        row[0][k] = (unsigned)k;
    for (size_t i = 1; i <= n; i++) {
        unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t k = 1; k <= m; k++) {
            unsigned best = last[k - 1] + (a[i - 1] != b[k - 1]);
            best = last[k] + 1 < best ? last[k] + 1 : best;
            best = now[k - 1] + 1 < best ? now[k - 1] + 1 : best;
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] && before[k - 2] + 1 < best)
                best = before[k - 2] + 1;
            now[k] = best;
        }
    }
    return row[n % 3][m];
}

const char *str_meant(const char *word, const char *(*candidate)(const void *of, size_t i), const void *of)
{
    const char *nearest = NULL, *longer = NULL, *c;
    unsigned least = strlen(word) > 4 ? 3 : 2, n_longer = 0;
    for (size_t i = 0; *word && (c = candidate(of, i)); i++) {
        unsigned d = distance(word, c);
        if (d < least) {
            least = d;
            nearest = c;
        }
        if (str_starts(c, word)) {
            longer = c;
            n_longer++;
        }
    }
    return n_longer == 1 ? longer : nearest;
}

bool list_has_word(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (; list && *list; list += strcspn(list, ","), list += *list == ',')
        if (strcspn(list, ",") == n && memcmp(list, word, n) == 0)
            return true;
    return false;
}

/* Unicode 15, table 3-7: well-formed UTF-8, without NULs (which JSON could carry but few readers keep). */
bool str_is_utf8(const void *text, size_t n)
{
    const unsigned char *s = text;
    for (size_t i = 0; i < n;) {
        unsigned char c = s[i++];
        if (c == 0)
            return false;
        if (c < 0x80)
            continue;
        size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        if (c < 0xc2 || c > 0xf4 || i + more > n)
            return false;
        unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
        unsigned char high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
        if (s[i] < low || s[i] > high)
            return false;
        for (size_t k = 1; k < more; k++)
            if ((s[i + k] & 0xc0) != 0x80)
                return false;
        i += more;
    }
    return true;
}
