/* Numbers and words from outside, parsed by one checked function each. */
#ifndef RSBX_BASE_STRINGS_H
#define RSBX_BASE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whole string, decimal (no sign for the unsigned one, no blanks, no 0x), within [min, max]. Return 0, or -1
 * without recording an error: the caller knows what the number was for. */
int parse_u64(const char *s, uint64_t max, uint64_t *out);
int parse_i64(const char *s, int64_t min, int64_t max, int64_t *out);

/* A size as docker writes them: decimal number (fraction allowed) with an optional suffix b, k, m, g, t, p
 * (powers of 1024; also "kb", "KiB"), or -1. Result in bytes. */
int parse_size(const char *s, int64_t *out);

/* A duration as Go writes them: "1.5s", "100ms", "1m30s", "2h", "5us"; result in nanoseconds, never negative.
 */
int parse_duration(const char *s, uint64_t *ns);

/* n unsigned decimal numbers with blanks or one of `between` between them, as the kernel writes them. What
 * follows the last, or NULL where there are fewer. (sscanf(3) would be 4 KB of program.) */
const char *scan_numbers(const char *s, const char *between, uint64_t *out, size_t n);
/* What follows n words and the blanks behind them, or NULL. */
const char *skip_words(const char *s, size_t n);

bool str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/* The part of s after prefix, or NULL if s does not start with it. */
const char *str_after(const char *s, const char *prefix);

/* Well-formed UTF-8 without NULs. */
bool str_is_utf8(const void *text, size_t n);

/* Whether a comma-separated list (or NULL) has the word. */
bool list_has_word(const char *list, const char *word);

/* Of candidates (asked for by index until NULL) the one that word was probably meant to be: the only one that
 * begins with it, or the nearest one by at most two letters wrong, missing or exchanged; NULL: none. */
const char *str_meant(const char *word, const char *(*candidate)(const void *of, size_t i), const void *of);

/* A table that maps names to numbers; ends with a NULL name. */
struct name_value {
    const char *name;
    uint64_t value;
};
const struct name_value *name_find(const struct name_value *table, const char *name);
const char *name_of(const struct name_value *table, uint64_t value);

#endif
