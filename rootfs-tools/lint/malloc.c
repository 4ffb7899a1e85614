/* The C library's allocation in rsbx-lint when it is linked with musl, whose own gives pages back to the
 * kernel as soon as they are empty: thirty times in a run on a small file. Nothing here is thread-safe; there
 * is one thread. */
#include "rootfs-tools/lint/heap.h"

#include <errno.h>
#include <features.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rootfs-tools/lint/pages.h"

#ifndef __GLIBC__

#define LARGE (HEAP_CHUNK / 2) /* from here up a mapping of its own, given back when it is freed */

struct large {
    size_t size;         /* of the mapping */
    uint32_t pad, class; /* where heap.c keeps the class */
};
_Static_assert(sizeof(struct large) == 16, "it lies where heap.c has its header");
#define CLASS_LARGE UINT32_MAX

static struct heap heap = {.budget = SIZE_MAX, .next_chunk = 128 << 10};

static void *or_errno(void *p)
{
    if (!p)
        errno = ENOMEM;
    return p;
}

static void *make_large(struct large *from, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    struct large *l = pages_grow(from, from ? from->size : 0, size + sizeof(*l));
    if (!l)
        return NULL;
    *l = (struct large){.size = size + sizeof(*l), .class = CLASS_LARGE};
    return l + 1;
}

static struct large *as_large(void *p)
{
    struct large *l = p;
    return l && l[-1].class == CLASS_LARGE ? l - 1 : NULL;
}

void *malloc(size_t size)
{
    return or_errno(size >= LARGE ? make_large(NULL, size) : heap_take(&heap, size));
}

void free(void *p)
{
    struct large *l = as_large(p);
    if (l)
        pages_give(l, l->size);
    else
        heap_give(&heap, p);
}

void *calloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes))
        bytes = SIZE_MAX;
    void *p = malloc(bytes);
    return p && !as_large(p) ? memset(p, 0, bytes) : p;
}

void *realloc(void *p, size_t size)
{
    struct large *l = as_large(p);
    if (l && size >= LARGE)
        return or_errno(make_large(l, size));
    if (!l && size < LARGE)
        return or_errno(heap_resize(&heap, p, size));
    void *moved = malloc(size);
    if (!moved)
        return NULL;
    if (p)
        memcpy(moved, p, l ? size : heap_room(p)); /* to a smaller one, or to a larger one */
    free(p);
    return moved;
}

#endif
