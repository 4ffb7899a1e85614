/* See pages.h. That pages are made present is only advice: without it (before Linux 5.14) all is as right and
 * slower. */
#include "rootfs-tools/lint/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#include "base/strings.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif
#define PAGE    ((size_t)4096)
#define AT_ONCE ((size_t)16 << 20) /* a larger piece's tail comes as it is used */

static void populate(char *p, size_t size, int how)
{
    madvise(p, size < AT_ONCE ? size : AT_ONCE, how);
}

void *pages_take(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    populate(p, size, MADV_POPULATE_WRITE);
    return p;
}

void *pages_grow(void *p, size_t size, size_t new_size)
{
    if (!p)
        return pages_take(new_size);
    char *moved = mremap(p, size, new_size, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED)
        return NULL;
    size_t present = (size + PAGE - 1) & ~(PAGE - 1);
    if (present < new_size)
        populate(moved + present, new_size - present, MADV_POPULATE_WRITE);
    return moved;
}

void pages_give(void *p, size_t size)
{
    if (p)
        munmap(p, size);
}

void pages_expect(const void *from, const void *to)
{
    uintptr_t a = (uintptr_t)from & ~(PAGE - 1), b = ((uintptr_t)to + PAGE - 1) & ~(PAGE - 1);
    if (a < b)
        populate((char *)a, b - a, MADV_POPULATE_READ); /* NOLINT(performance-no-int-to-ptr) */
}
