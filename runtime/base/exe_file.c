/* Our program's file, changed while it runs: see exe_file.h. Code and constants are mapped over themselves
 * from the new file, data is moved to anonymous memory; then nothing of the old file is mapped any more,
 * which is what the kernel asks for before it changes mm->exe_file (kernel/sys.c, replace_mm_exe_file()). */
#include "base/exe_file.h"

#include <errno.h>

#if defined(__GLIBC__) || !defined(__LP64__)
/* Its static start code protects parts of the data segment; that program goes on in a copy (seal.c). */
int exe_file_change(int fd)
{
    (void)fd;
    errno = ENOSYS;
    return -1;
}
#else

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"

#define PAGE 4096UL

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static int map_again(const ElfW(Phdr) * p, int fd)
{
    uintptr_t start = p->p_vaddr & ~(PAGE - 1);
    size_t len = (p->p_vaddr + p->p_filesz - start + PAGE - 1) & ~(PAGE - 1);
    void *at = (void *)start; /* NOLINT(performance-no-int-to-ptr): a segment's address */
    if (p->p_flags & PF_W) {
        /* populated: also so that it does not come from our own pool (musl/pages.c) */
        void *copy =
            mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (copy == MAP_FAILED)
            return -1;
        memcpy(copy, at, len); /* from here to mremap(2) nothing may write to it */
        return mremap(copy, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, at) == at ? 0 : -1;
    }
    int protection = PROT_READ | (p->p_flags & PF_X ? PROT_EXEC : 0);
    off_t offset = (off_t)(p->p_offset & ~(PAGE - 1));
    return mmap(at, len, protection, MAP_PRIVATE | MAP_FIXED, fd, offset) == at ? 0 : -1;
}

/* What must stay as it is: fields 26 to 28 and 45 to 51 of proc_pid_stat(5), and the break. */
static int memory_map(struct prctl_mm_map *map)
{
    char text[1024];
    uint64_t field[52] = {0};
    AUTO_FD int fd = openat(AT_FDCWD, "/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (n <= 0)
        return -1;
    text[n] = '\0';
    char *p = strrchr(text, ')');
    if (!p || strlen(p) < 4)
        return -1;
    p += 3; /* field 3 is a letter */
    for (size_t i = 4; i < 52; i++)
        field[i] = strtoull(p, &p, 10);
    *map = (struct prctl_mm_map){
        .start_code = field[26],
        .end_code = field[27],
        .start_stack = field[28],
        .start_data = field[45],
        .end_data = field[46],
        .start_brk = field[47],
        .brk = (uint64_t)syscall(SYS_brk, 0),
        .arg_start = field[48],
        .arg_end = field[49],
        .env_start = field[50],
        .env_end = field[51],
    };
    return 0;
}

int exe_file_change(int fd)
{
    struct prctl_mm_map map;
    const ElfW(Ehdr) *header = &__ehdr_start;
    const ElfW(Phdr) *segments = (const void *)((const char *)header + header->e_phoff);
    unsigned size = 0;
    if (header->e_type != ET_EXEC || sysconf(_SC_PAGESIZE) != (long)PAGE) {
        errno = ENOSYS;
        return -1;
    }
    if (prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) < 0 || size != sizeof(map) || memory_map(&map) < 0)
        return -1;
    map.exe_fd = (uint32_t)fd;
    for (unsigned i = 0; i < header->e_phnum; i++)
        if (segments[i].p_type == PT_LOAD)
            TRY(map_again(&segments[i], fd));
    return prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) < 0 ? -1 : 0;
}

#endif
