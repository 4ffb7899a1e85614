/* elf.c: needs of a real program; broken files are an error and never read past their end (run it under
 * ASan). */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "rootfs-tools/elf.h"

static bool needs(const struct elf_needs *n, const char *name)
{
    for (size_t i = 0; i < n->n; i++)
        if (strcmp(n->needed[i], name) == 0)
            return true;
    return false;
}

/* A copy of exactly that length, so that a read past it is seen. */
static void read_prefix(const struct buf *file, size_t len)
{
    char *copy = xcalloc(1, len ? len : 1);
    struct elf_needs n;
    memcpy(copy, file->data, len);
    if (elf_is(copy, len) && elf_read(copy, len, &n) < 0)
        error_clear();
    free(copy);
}

static void flip(const struct buf *file, unsigned seed)
{
    char *copy = xcalloc(1, file->len);
    struct elf_needs n;
    memcpy(copy, file->data, file->len);
    srandom(seed);
    for (int i = 0; i < 20; i++) /* headers: where offsets and counts are */
        copy[(size_t)random() % 1024] = (char)random();
    if (elf_is(copy, file->len) && elf_read(copy, file->len, &n) == 0)
        for (size_t i = 0; i < n.n; i++)
            CHECK(memchr(n.needed[i], 0, (size_t)(copy + file->len - n.needed[i])) != NULL);
    error_clear();
    free(copy);
}

static struct buf program(void)
{
    struct buf file = BUF_INIT;
    if (read_file_at(AT_FDCWD, "/bin/ls", 64U << 20, &file) < 0)
        error_clear();
    return file;
}

TEST(a_real_program)
{
    struct buf file = program();
    struct elf_needs n;
    CHECK(elf_is(file.data, file.len));
    CHECK(elf_read(file.data, file.len, &n) == 0);
    CHECK(n.interpreter != NULL && n.interpreter[0] == '/');
    CHECK(needs(&n, "libc.so.6"));
    CHECK(!elf_is("#!/bin/sh\n", 10));
    buf_free(&file);
}

TEST(cut_off_anywhere)
{
    struct buf file = program();
    for (size_t len = 0; len < file.len; len += len < 4096 ? 1 : 997)
        read_prefix(&file, len);
    buf_free(&file);
}

TEST(bytes_changed)
{
    struct buf file = program();
    for (unsigned seed = 0; seed < 1000; seed++)
        flip(&file, seed);
    buf_free(&file);
}

TEST(finding_libraries)
{
    bool by_rpath;
    char *path = elf_find_library("libc.so.6", NULL, "", &by_rpath);
    CHECK(path != NULL && !by_rpath);
    free(path);
    path = elf_find_library("no-such-library.so.9", "$ORIGIN/../lib:/nowhere", "/usr/bin", &by_rpath);
    CHECK(path == NULL);
}

TEST_MAIN()
