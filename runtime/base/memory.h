/* Allocation that does not fail (the process ends with a message instead), and an arena: many small pieces
 * that live and die together, such as a decoded config.json. */
#ifndef RSBX_BASE_MEMORY_H
#define RSBX_BASE_MEMORY_H

#include <stddef.h>

void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *ptr, size_t n, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), malloc, returns_nonnull));

/* From now on no page is faulted in before it is used (musl/pages.c), which takes a system call that a filter
 * may refuse, or kill for. Nothing without musl. */
void memory_no_ahead(void);

/* An arena. Zero-initialised is ready for use: struct arena a = {0}. */
struct arena {
    struct arena_block *head;
};

/* size zeroed bytes, aligned for any type, valid until arena_free(). */
void *arena_alloc(struct arena *a, size_t size) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *a, const char *s, size_t n) __attribute__((returns_nonnull));
void arena_free(struct arena *a);

#endif
