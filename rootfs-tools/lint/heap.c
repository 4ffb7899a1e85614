/* See heap.h. Before each piece, 16 bytes hold the class of its size. */
#include "rootfs-tools/lint/heap.h"

#include <stdint.h>
#include <string.h>

#include "rootfs-tools/lint/pages.h"

#define HEADER 16

struct piece {
    struct piece *next; /* while it is free */
};

struct chunk {
    struct chunk *next;
    size_t size;
};

static uint32_t class_of(size_t size, size_t *rounded)
{
    size += HEADER;
    if (size <= HEAP_SMALL) {
        *rounded = (size + 15) & ~(size_t)15;
        return (uint32_t)(*rounded / 16);
    }
    uint32_t log = 64 - (uint32_t)__builtin_clzl(size - 1);
    *rounded = (size_t)1 << log;
    return HEAP_SMALL / 16 + log - 10;
}

size_t heap_room(const void *p)
{
    uint32_t class = ((const uint32_t *)p)[-1];
    return (class <= HEAP_SMALL / 16 ? (size_t) class * 16 : (size_t)1 << (class - HEAP_SMALL / 16 + 10)) -
           HEADER;
}

static void use(struct heap *h, struct chunk *c)
{
    h->chunks = c;
    h->taken += c->size;
    h->at = (char *)(c + 1);
    h->end = (char *)c + c->size;
}

static int add_chunk(struct heap *h, size_t least)
{
    size_t size = h->next_chunk > least + sizeof(struct chunk) ? h->next_chunk : least + sizeof(struct chunk);
    struct chunk *c = size > h->budget || h->taken > h->budget - size ? NULL : pages_take(size);
    if (!c)
        return -1;
    *c = (struct chunk){h->chunks, size};
    use(h, c);
    if (h->next_chunk < HEAP_CHUNK)
        h->next_chunk *= 2;
    return 0;
}

void *heap_take(struct heap *h, size_t size)
{
    size_t rounded;
    if (size > UINT32_MAX)
        return NULL;
    uint32_t class = class_of(size, &rounded);
    char *p = (char *)h->free[class];
    if (p) {
        h->free[class] = h->free[class]->next;
        return p;
    }
    if ((size_t)(h->end - h->at) < rounded && add_chunk(h, rounded) < 0)
        return NULL;
    p = h->at + HEADER;
    h->at += rounded;
    ((uint32_t *)(void *)p)[-1] = class;
    return p;
}

void heap_give(struct heap *h, void *p)
{
    if (!p)
        return;
    uint32_t class = ((uint32_t *)p)[-1];
    struct piece *piece = p;
    piece->next = h->free[class];
    h->free[class] = piece;
}

void *heap_resize(struct heap *h, void *p, size_t size)
{
    size_t rounded;
    if (!p)
        return heap_take(h, size);
    uint32_t class = ((uint32_t *)p)[-1];
    if (size <= UINT32_MAX && class_of(size, &rounded) == class)
        return p;
    void *moved = heap_take(h, size);
    if (!moved)
        return NULL;
    memcpy(moved, p, heap_room(p) < size ? heap_room(p) : size);
    heap_give(h, p);
    return moved;
}

void heap_empty(struct heap *h)
{
    struct chunk *c = h->chunks;
    while (c && c->next) {
        struct chunk *next = c->next;
        pages_give(c, c->size);
        c = next;
    }
    memset(h, 0, sizeof(*h));
    if (c)
        use(h, c);
}
