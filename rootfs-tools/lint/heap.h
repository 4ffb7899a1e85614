/* Allocation for programs that live for a millisecond. Pieces are cut from large chunks (pages.h); freed ones
 * are kept in a list for each size and used again. */
#ifndef RSBX_LINT_HEAP_H
#define RSBX_LINT_HEAP_H

#include <stddef.h>

#define HEAP_SMALL   1024 /* up to here a class every 16 bytes, above one for each power of two */
#define HEAP_CLASSES (HEAP_SMALL / 16 + 32)
#define HEAP_CHUNK   ((size_t)2 << 20) /* chunks grow up to here; larger pieces have one of their own */

struct heap {
    struct chunk *chunks;
    char *at, *end;
    size_t taken, budget, next_chunk;
    struct piece *free[HEAP_CLASSES];
};

/* Zero-initialised but for budget and next_chunk is ready for use. NULL: past the budget, or out of memory.
 * Memory is not zeroed. */
void *heap_take(struct heap *h, size_t size);
void *heap_resize(struct heap *h, void *p, size_t size); /* p may be NULL; NULL: p is as it was */
void heap_give(struct heap *h, void *p);                 /* p may be NULL */
size_t heap_room(const void *p);                         /* what fits in the piece */
void heap_empty(struct heap *h); /* nothing is taken; one chunk is kept for the next */

#endif
