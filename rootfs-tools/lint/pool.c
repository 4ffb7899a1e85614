/* See pool.h. Pieces are cut from large chunks; freed ones are kept in a list for each size and used again.
 */
#include "rootfs-tools/lint/pool.h"

#include <stdlib.h>
#include <string.h>

#define HEADER      16
#define SMALL       1024 /* up to here a class every 16 bytes, above one for each power of two */
#define CLASSES     (SMALL / 16 + 32)
#define FIRST_CHUNK (256u << 10)
#define MAX_CHUNK   (8u << 20)

struct piece {
    struct piece *next; /* while it is free */
};

struct chunk {
    struct chunk *next;
    size_t size;
};

static struct {
    struct lint *lint;
    struct chunk *chunks;
    char *at, *end;
    size_t taken, next_chunk;
    struct piece *free[CLASSES];
} pool;

static _Noreturn void too_much(void)
{
    lint_stop(pool.lint, "its parse needs too much memory");
}

static uint32_t class_of(size_t size, size_t *rounded)
{
    size += HEADER;
    if (size <= SMALL) {
        *rounded = (size + 15) & ~(size_t)15;
        return (uint32_t)(*rounded / 16);
    }
    uint32_t log = 64 - (uint32_t)__builtin_clzl(size - 1);
    *rounded = (size_t)1 << log;
    return SMALL / 16 + log - 10;
}

static void add_chunk(size_t least)
{
    size_t size = pool.next_chunk > least + sizeof(struct chunk) + 16 ? pool.next_chunk : least + 64;
    if (pool.taken + size > pool.lint->limits.max_memory)
        too_much();
    struct chunk *c = malloc(size);
    if (!c)
        too_much();
    c->next = pool.chunks;
    c->size = size;
    pool.chunks = c;
    pool.taken += size;
    pool.at = (char *)c + 16;
    pool.end = (char *)c + size;
    if (pool.next_chunk < MAX_CHUNK)
        pool.next_chunk *= 2;
}

void *pool_malloc(size_t size)
{
    size_t rounded;
    if (size > UINT32_MAX)
        too_much();
    uint32_t class = class_of(size, &rounded);
    char *p = (char *)pool.free[class];
    if (p) {
        pool.free[class] = pool.free[class]->next;
        return p;
    }
    if ((size_t)(pool.end - pool.at) < rounded)
        add_chunk(rounded);
    p = pool.at + HEADER;
    pool.at += rounded;
    ((uint32_t *)(void *)p)[-1] = class;
    return p;
}

void *pool_calloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes))
        too_much();
    return memset(pool_malloc(bytes), 0, bytes);
}

void pool_free(void *p)
{
    if (!p)
        return;
    uint32_t class = ((uint32_t *)p)[-1];
    struct piece *piece = p;
    piece->next = pool.free[class];
    pool.free[class] = piece;
}

void *pool_realloc(void *p, size_t size)
{
    size_t rounded, room;
    if (!p)
        return pool_malloc(size);
    uint32_t class = ((uint32_t *)p)[-1];
    if (size <= UINT32_MAX && class_of(size, &rounded) == class)
        return p;
    room = (class <= SMALL / 16 ? (size_t) class * 16 : (size_t)1 << (class - SMALL / 16 + 10)) - HEADER;
    void *moved = pool_malloc(size);
    memcpy(moved, p, room < size ? room : size);
    pool_free(p);
    return moved;
}

void pool_end(void)
{
    while (pool.chunks) {
        struct chunk *c = pool.chunks;
        pool.chunks = c->next;
        free(c);
    }
    memset(&pool, 0, sizeof(pool));
}

void pool_start(struct lint *l)
{
    pool_end();
    pool.lint = l;
    pool.next_chunk = FIRST_CHUNK;
}
