/* What an ELF file needs: see elf.h. Everything read from the file is checked against its length. */
#include "rootfs-tools/elf.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#elif defined(__riscv)
#define OUR_MACHINE EM_RISCV
#else
#define OUR_MACHINE EM_NONE
#endif

struct image {
    const uint8_t *bytes;
    size_t len;
    const uint8_t *headers; /* program headers */
    size_t n_headers;
};

static const void *part(const struct image *i, uint64_t offset, uint64_t size)
{
    return offset <= i->len && size <= i->len - offset ? i->bytes + offset : NULL;
}

/* A NUL-terminated string within the file. */
static const char *text_at(const struct image *i, uint64_t offset)
{
    return offset < i->len && memchr(i->bytes + offset, 0, i->len - offset) ? (const char *)i->bytes + offset
                                                                            : NULL;
}

static Elf64_Phdr header(const struct image *i, size_t n)
{
    Elf64_Phdr h;
    memcpy(&h, i->headers + n * sizeof(h), sizeof(h));
    return h;
}

/* Offset in the file of what is loaded at address; len if it is nowhere. */
static uint64_t offset_of(const struct image *i, uint64_t address)
{
    for (size_t n = 0; n < i->n_headers; n++) {
        Elf64_Phdr h = header(i, n);
        if (h.p_type == PT_LOAD && address >= h.p_vaddr && address - h.p_vaddr < h.p_filesz)
            return h.p_offset + (address - h.p_vaddr);
    }
    return i->len;
}

bool elf_is(const void *bytes, size_t len)
{
    return len >= sizeof(Elf64_Ehdr) && memcmp(bytes, ELFMAG, SELFMAG) == 0;
}

/* 0, or 1 for a file of another kind. */
static int read_headers(struct image *i)
{
    Elf64_Ehdr e;
    memcpy(&e, i->bytes, sizeof(e));
    if (e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_ident[EI_DATA] != ELFDATA2LSB || e.e_machine != OUR_MACHINE)
        return 1;
    if (e.e_phnum == 0) /* an object file: not loaded, needs nothing */
        return 0;
    if (e.e_phentsize != sizeof(Elf64_Phdr))
        return fail(0, "a broken ELF file");
    i->n_headers = e.e_phnum;
    i->headers = part(i, e.e_phoff, i->n_headers * sizeof(Elf64_Phdr));
    return i->headers ? 0 : fail(0, "a broken ELF file");
}

static int read_dynamic(const struct image *i, const Elf64_Phdr *h, struct elf_needs *out)
{
    const uint8_t *table = part(i, h->p_offset, h->p_filesz);
    size_t n = h->p_filesz / sizeof(Elf64_Dyn);
    uint64_t strings = i->len;
    if (!table)
        return fail(0, "a broken ELF file");
    for (int pass = 0; pass < 2; pass++) { /* DT_STRTAB may stand anywhere */
        for (size_t k = 0; k < n; k++) {
            Elf64_Dyn d;
            memcpy(&d, table + k * sizeof(d), sizeof(d));
            if (d.d_tag == DT_NULL)
                break;
            if (pass == 0 && d.d_tag == DT_STRTAB)
                strings = offset_of(i, d.d_un.d_ptr);
            if (pass == 0 || (d.d_tag != DT_NEEDED && d.d_tag != DT_RUNPATH && d.d_tag != DT_RPATH))
                continue;
            const char *text = strings < i->len ? text_at(i, strings + d.d_un.d_val) : NULL;
            if (!text || (d.d_tag == DT_NEEDED && out->n == ELF_MAX_NEEDED))
                return fail(0, "a broken ELF file");
            if (d.d_tag == DT_NEEDED)
                out->needed[out->n++] = text;
            else if (d.d_tag == DT_RUNPATH || !out->rpath)
                out->rpath = text;
        }
    }
    return 0;
}

int elf_read(const void *bytes, size_t len, struct elf_needs *out)
{
    struct image i = {bytes, len, NULL, 0};
    *out = (struct elf_needs){0};
    int r = read_headers(&i);
    for (size_t n = 0; r == 0 && n < i.n_headers; n++) {
        Elf64_Phdr h = header(&i, n);
        if (h.p_type == PT_INTERP)
            out->interpreter = text_at(&i, h.p_offset);
        else if (h.p_type == PT_DYNAMIC)
            r = read_dynamic(&i, &h, out);
    }
    return r;
}

/* ---- finding libraries ---- */

/* /etc/ld.so.cache as glibc 2.2 and later writes it: a header, entries, strings that entries point to by
 * offset from the header. */
struct cache_header {
    char magic[20]; /* "glibc-ld.so.cache1.1" */
    uint32_t n_libraries, strings_len, unused[5];
};
struct cache_entry {
    int32_t flags;
    uint32_t key, value, os_version;
    uint64_t hwcap;
};

static const char cache_magic[] = "glibc-ld.so.cache1.1";

static const struct buf *load_cache(void)
{
    static struct buf cache = BUF_INIT;
    static bool loaded;
    if (!loaded) {
        loaded = true;
        if (read_file_at(AT_FDCWD, "/etc/ld.so.cache", 64U << 20, &cache) < 0) {
            error_clear(); /* musl has none */
            buf_clear(&cache);
        }
    }
    return &cache;
}

static char *find_in_cache(const char *name)
{
    const struct buf *b = load_cache();
    struct cache_header h;
    if (b->len < sizeof(h))
        return NULL;
    const char *start = memmem(b->data, b->len, cache_magic, sizeof(cache_magic) - 1);
    size_t len = start ? b->len - (size_t)(start - b->data) : 0;
    if (len < sizeof(h))
        return NULL;
    memcpy(&h, start, sizeof(h));
    if (h.n_libraries > (len - sizeof(h)) / sizeof(struct cache_entry))
        return NULL;
    for (uint32_t n = 0; n < h.n_libraries; n++) {
        struct cache_entry e;
        memcpy(&e, start + sizeof(h) + n * sizeof(e), sizeof(e));
        if (e.key >= len || e.value >= len || e.hwcap != 0 || strcmp(start + e.key, name) != 0)
            continue;
        AUTO_BUF struct buf file = BUF_INIT; /* the cache may list libraries of other machines */
        struct elf_needs needs;
        if (read_file_at(AT_FDCWD, start + e.value, 1U << 30, &file) == 0 && elf_is(file.data, file.len) &&
            elf_read(file.data, file.len, &needs) == 0)
            return xstrdup(start + e.value);
        error_clear();
    }
    return NULL;
}

static char *find_in_rpath(const char *name, const char *rpath, const char *origin)
{
    while (rpath && *rpath) {
        size_t len = strcspn(rpath, ":");
        AUTO_FREE char *dir = xstrndup(rpath, len);
        const char *rest = str_after(dir, "$ORIGIN");
        if (!rest)
            rest = str_after(dir, "${ORIGIN}");
        char *path = rest ? xasprintf("%s%s/%s", origin, rest, name) : xasprintf("%s/%s", dir, name);
        if (path[0] == '/' && access(path, R_OK) == 0)
            return path;
        free(path);
        rpath += len;
        rpath += *rpath == ':';
    }
    return NULL;
}

char *elf_find_library(const char *name, const char *rpath, const char *origin, bool *by_rpath)
{
    static const char *const directories[] = {"/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"};
    char *path = find_in_rpath(name, rpath, origin);
    *by_rpath = path != NULL;
    if (!path)
        path = find_in_cache(name);
    for (size_t i = 0; !path && i < ARRAY_LEN(directories); i++) {
        path = xasprintf("%s/%s", directories[i], name);
        if (access(path, R_OK) < 0) {
            free(path);
            path = NULL;
        }
    }
    return path;
}
