/* See pool.h. */
#include "rootfs-tools/lint/pool.h"

#include <string.h>

#include "rootfs-tools/lint/heap.h"

#define FIRST_CHUNK ((size_t)64 << 10)
#define FOR_BYTE    32 /* of text; what tree-sitter takes about */

static struct {
    struct lint *lint;
    struct heap heap;
} pool;

static void *have(void *p)
{
    if (!p)
        lint_stop(pool.lint, "its parse needs too much memory");
    return p;
}

void *pool_malloc(size_t size)
{
    return have(heap_take(&pool.heap, size));
}

void *pool_calloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes))
        bytes = SIZE_MAX;
    return memset(pool_malloc(bytes), 0, bytes);
}

void pool_free(void *p)
{
    heap_give(&pool.heap, p);
}

void *pool_realloc(void *p, size_t size)
{
    return have(heap_resize(&pool.heap, p, size));
}

void pool_end(void)
{
    heap_empty(&pool.heap);
    pool.lint = NULL;
}

void pool_start(struct lint *l)
{
    pool_end();
    size_t likely = (size_t)l->len * FOR_BYTE;
    pool.lint = l;
    pool.heap.budget = l->limits.max_memory;
    pool.heap.next_chunk = likely < FIRST_CHUNK ? FIRST_CHUNK : likely > HEAP_CHUNK ? HEAP_CHUNK : likely;
}
