/* rsbx-rootfs SOURCE DIRECTORY: unpacks a root file system into an empty directory. A program of its own, so
 * that libarchive, which reads what is not trusted, stays out of the runtime.
 *
 *     tar:FILE  wheel:FILE  oci:DIR[:TAG]  oci-archive:FILE[:TAG]  docker-archive:FILE[:TAG]  dir:DIR */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "rootfs-tools/archive/confine.h"
#include "rootfs-tools/archive/extract.h"
#include "rootfs-tools/archive/image.h"

static int from_tar(struct target *t, const char *file, const char *tag)
{
    (void)tag;
    AUTO_FD int fd = open(file, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? fail(errno, "open %s", file) : extract_tar(t, fd, false);
}

/* A Python package as pip downloads it: a zip file; into the directory of packages. */
static int from_wheel(struct target *t, const char *file, const char *tag)
{
    (void)tag;
    AUTO_FD int fd = open(file, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? fail(errno, "open %s", file) : extract_zip(t, fd);
}

static int from_directory(struct target *t, const char *dir, const char *tag)
{
    (void)tag;
    return extract_directory(t, dir);
}

static int from_layout(struct target *t, const char *dir, const char *tag)
{
    AUTO_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? fail(errno, "open %s", dir) : image_extract(t, fd, tag);
}

/* An image in one file is unpacked beside the target first. */
static int from_archive(struct target *t, const char *file, const char *tag)
{
    AUTO_FD int up = openat(t->root_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_FD int fd = open(file, O_RDONLY | O_CLOEXEC);
    AUTO_FREE char *name = xasprintf("unpacked-%d", (int)getpid());
    if (fd < 0 || up < 0)
        return fail(errno, "open %s", file);
    if (mkdirat(up, name, 0700) < 0)
        return fail(errno, "mkdir %s", name);
    struct target layout = {openat(up, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), TARGET_BYTES,
                            TARGET_ENTRIES};
    int r = layout.root_fd < 0 ? fail(errno, "open %s", name) : extract_tar(&layout, fd, false);
    if (r == 0)
        r = image_extract(t, layout.root_fd, tag);
    if (layout.root_fd >= 0)
        close(layout.root_fd);
    AUTO_FREE char *why = xstrdup(error_text());
    if (remove_tree_at(up, name) < 0 && r == 0)
        return -1;
    return r < 0 ? error_receive(0, why) : 0;
}

static const struct {
    const char *prefix;
    int (*extract)(struct target *t, const char *path, const char *tag);
    bool tagged;
} kinds[] = {{"tar:", from_tar, false},
             {"wheel:", from_wheel, false},
             {"dir:", from_directory, false},
             {"oci:", from_layout, true},
             {"oci-archive:", from_archive, true},
             {"docker-archive:", from_archive, true}};

static int extract(const char *source, const char *directory)
{
    struct target t = {open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), TARGET_BYTES, TARGET_ENTRIES};
    if (t.root_fd < 0)
        return fail(errno, "open %s", directory);
    umask(022);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const char *rest = str_after(source, kinds[i].prefix);
        if (!rest)
            continue;
        AUTO_FREE char *path = xstrdup(rest);
        char *colon = kinds[i].tagged && access(path, F_OK) < 0 ? strchr(path, ':') : NULL;
        if (colon)
            *colon++ = '\0';
        TRY(confine(path, directory));
        return kinds[i].extract(&t, path, colon);
    }
    return fail(0, "expected tar:, dir:, oci:, oci-archive: or docker-archive:, found \"%s\"", source);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: rsbx-rootfs SOURCE DIRECTORY\n");
        return 2;
    }
    if (extract(argv[1], argv[2]) == 0)
        return 0;
    fprintf(stderr, "rsbx: %s: %s\n", argv[1], error_text());
    return 1;
}
