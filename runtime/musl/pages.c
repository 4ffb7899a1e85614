/* Pages for musl's malloc from a pool of ours. It maps and unmaps a few pages for every group of blocks,
 * dozens of times in the life of one command; on a virtual machine each costs as much as a hundred other
 * system calls, and the pages are faulted in again each time. Small anonymous maps are served from the pool,
 * everything else goes to the kernel as before. malloc itself, with all that it checks, stays musl's: it
 * calls these by their internal names, and finds ours first. One thread: rsbx has no more. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/memory.h"

#define PAGE    4096U
#define PAGES   64U /* one bit each in the two words below: 256 KiB */
#define LARGEST 16U
#define AHEAD   8U /* pages that are faulted in at once: more than a page at a time, few in vain */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* linux/mman.h */
#endif
#define POOL_PROT (PROT_READ | PROT_WRITE)
#define POOL_MAP  (MAP_PRIVATE | MAP_ANONYMOUS)

/* Behind the pool they would need a page of their own; that of .data is there. */
#define IN_DATA __attribute__((section(".data")))

static char pool[PAGES * PAGE] __attribute__((aligned(PAGE)));
static uint64_t used IN_DATA, dirty IN_DATA;
static unsigned present IN_DATA; /* pages from the start of the pool that need no fault any more */

static uint64_t run_of(unsigned first, unsigned n)
{
    return ((UINT64_C(1) << n) - 1) << first;
}

static bool in_pool(const void *p, size_t *first)
{
    uintptr_t offset = (uintptr_t)p - (uintptr_t)pool;
    *first = offset / PAGE;
    return offset < sizeof(pool);
}

static unsigned pages_of(size_t len)
{
    return (unsigned)((len + PAGE - 1) / PAGE);
}

/* malloc reads a new page before it writes to it: two faults for each. Before Linux 5.14 nothing happens. */
static void fault_in(unsigned end)
{
    if (end <= present)
        return;
    unsigned from = present;
    present = (end + AHEAD - 1) / AHEAD * AHEAD;
    int e = errno;
    syscall(SYS_madvise, pool + (size_t)from * PAGE, (size_t)(present - from) * PAGE, MADV_POPULATE_WRITE);
    errno = e;
}

void memory_no_ahead(void)
{
    present = PAGES;
}

/* Zeroed, as the kernel's. NULL: not from the pool. */
static void *take(size_t len)
{
    if (len == 0 || len > LARGEST * PAGE || sysconf(_SC_PAGESIZE) != (long)PAGE)
        return NULL;
    unsigned n = pages_of(len);
    for (unsigned first = 0; first + n <= PAGES; first++) {
        uint64_t run = run_of(first, n);
        if (used & run)
            continue;
        used |= run;
        char *p = pool + (size_t)first * PAGE;
        for (unsigned i = 0; i < n; i++)
            if (dirty & run_of(first + i, 1))
                memset(p + (size_t)i * PAGE, 0, PAGE);
        dirty |= run;
        fault_in(first + n);
        return p;
    }
    return NULL;
}

void *__mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset);
int __munmap(void *at, size_t len);
int __madvise(void *at, size_t len, int advice);

void *__mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
    void *p = !at && prot == POOL_PROT && flags == POOL_MAP ? take(len) : NULL;
    if (p)
        return p;
    if (len >= PTRDIFF_MAX) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, at, len, prot, flags, fd,
                           offset); /* NOLINT(performance-no-int-to-ptr) */
}

int __munmap(void *at, size_t len)
{
    size_t first;
    if (!in_pool(at, &first))
        return (int)syscall(SYS_munmap, at, len);
    used &= ~run_of((unsigned)first, pages_of(len));
    return 0;
}

int __madvise(void *at, size_t len, int advice)
{
    size_t first;
    return in_pool(at, &first) ? 0 : (int)syscall(SYS_madvise, at, len, advice);
}

void *mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset) __attribute__((alias("__mmap")));
int munmap(void *at, size_t len) __attribute__((alias("__munmap")));
int madvise(void *at, size_t len, int advice) __attribute__((alias("__madvise")));
