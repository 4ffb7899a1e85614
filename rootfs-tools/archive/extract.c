/* Unpacks archives: see extract.h.
 *
 * Every path is split in parent and name; the parent is opened with openat2(RESOLVE_IN_ROOT), so that a
 * symbolic link that the archive made earlier leads nowhere but into the target, and the name is then used
 * without following it. A layer is read twice: first its whiteouts are applied to what lower layers left,
 * then it is unpacked, so that an opaque directory never takes away what its own layer brings. */
#include "rootfs-tools/archive/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "base/strings.h"

#define MAX_PATH_LEN 4000
#define BLOCK        65536
#define WHITEOUT     ".wh."
#define OPAQUE       ".wh..wh..opq"

static int open_in(int root, const char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/* Opens the directory, making what is missing on the way. */
static int open_directory(int root, const char *path)
{
    int fd = open_in(root, *path ? path : ".", O_RDONLY | O_DIRECTORY);
    if (fd >= 0 || errno != ENOENT)
        return fd < 0 ? fail(errno, "%s", path) : fd;
    AUTO_FREE char *copy = xstrdup(path);
    for (char *slash = copy;; slash++) {
        slash = strchr(slash, '/');
        if (slash)
            *slash = '\0';
        char *last = strrchr(copy, '/');
        AUTO_FREE char *parent = last ? xstrndup(copy, (size_t)(last - copy)) : xstrdup(".");
        AUTO_FD int dir = open_in(root, *parent ? parent : ".", O_RDONLY | O_DIRECTORY);
        if (dir < 0 || (mkdirat(dir, last ? last + 1 : copy, 0755) < 0 && errno != EEXIST))
            return fail(errno, "mkdir %s", copy);
        if (!slash)
            break;
        *slash = '/';
    }
    fd = open_in(root, path, O_RDONLY | O_DIRECTORY);
    return fd < 0 ? fail(errno, "%s", path) : fd;
}

/* "./usr//lib/x" becomes "usr/lib/x"; ".." and what is too long is refused. NULL after fail(). */
static char *clean_path(const char *path)
{
    char *clean = xcalloc(1, strlen(path) + 2), *end = clean;
    bool bad = strlen(path) > MAX_PATH_LEN;
    while (*path && !bad) {
        size_t len = strcspn(path, "/");
        if (len == 2 && path[0] == '.' && path[1] == '.')
            bad = true;
        if (len > 255)
            bad = true;
        if (len > 0 && !(len == 1 && path[0] == '.')) {
            if (end != clean)
                *end++ = '/';
            end = mempcpy(end, path, len);
        }
        path += len;
        path += *path == '/';
    }
    if (!bad)
        return clean;
    free(clean);
    fail(0, "the archive names a path outside of it or one that is too long: %.200s", path);
    return NULL;
}

struct place {
    char *path;
    const char *name; /* points into path */
    int dir_fd;
};

static void place_end(struct place *p)
{
    if (p->dir_fd >= 0)
        close(p->dir_fd);
    free(p->path);
}

/* 1: it is the root itself. */
static int find_place(int root, const char *path, struct place *out)
{
    *out = (struct place){clean_path(path), NULL, -1};
    if (!out->path)
        return -1;
    if (!*out->path)
        return 1;
    char *slash = strrchr(out->path, '/');
    out->name = slash ? slash + 1 : out->path;
    if (slash)
        *slash = '\0';
    out->dir_fd = open_directory(root, slash ? out->path : "");
    if (slash)
        *slash = '/';
    return out->dir_fd < 0 ? -1 : 0;
}

static int archive_failed(struct archive *a)
{
    const char *why = archive_error_string(a);
    return fail(0, "read the archive: %s", why ? why : "unknown error");
}

/* ---- whiteouts ---- */

static int remove_children(int dir)
{
    int own = dup(dir);
    AUTO_DIR DIR *d = own < 0 ? NULL : fdopendir(own);
    if (!d)
        return fail(errno, "opendir");
    rewinddir(d);
    for (struct dirent *e; (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            TRY(remove_tree_at(dir, e->d_name));
    return 0;
}

static int apply_whiteout(struct target *t, const char *path)
{
    struct place p;
    int r = find_place(t->root_fd, path, &p);
    if (r == 0 && strcmp(p.name, OPAQUE) == 0)
        r = remove_children(p.dir_fd);
    else if (r == 0 && str_starts(p.name, WHITEOUT) && !str_starts(p.name, WHITEOUT WHITEOUT)) {
        const char *victim = p.name + strlen(WHITEOUT);
        bool odd = !*victim || strcmp(victim, ".") == 0 || strcmp(victim, "..") == 0;
        r = odd ? fail(0, "a whiteout without a name: %s", path) : remove_tree_at(p.dir_fd, victim);
    }
    place_end(&p);
    return r < 0 ? -1 : 0;
}

static bool is_whiteout(const char *path)
{
    const char *slash = strrchr(path, '/');
    return str_starts(slash ? slash + 1 : path, WHITEOUT);
}

/* ---- entries ---- */

static int take(struct target *t, uint64_t bytes)
{
    if (bytes > t->bytes_left)
        return fail(0, "unpacked it would be larger than %llu GiB", TARGET_BYTES >> 30);
    t->bytes_left -= bytes;
    return 0;
}

/* Makes room for a new entry: a directory stays one, everything else goes. */
static int make_room(const struct place *p, bool directory)
{
    struct stat st;
    if (fstatat(p->dir_fd, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : fail(errno, "%s", p->path);
    if (directory && S_ISDIR(st.st_mode))
        return 0;
    return remove_tree_at(p->dir_fd, p->name);
}

/* A hole at the end of a sparse file does not come as data: the size says how long it is. */
static int write_data(struct target *t, struct archive *a, struct archive_entry *e, int fd)
{
    char block[BLOCK];
    int64_t written = 0, size = archive_entry_size_is_set(e) ? archive_entry_size(e) : 0;
    for (;;) {
        la_ssize_t n = archive_read_data(a, block, sizeof(block));
        if (n == 0 && written < size) {
            TRY(take(t, (uint64_t)(size - written)));
            return ftruncate(fd, size) < 0 ? fail(errno, "truncate") : 0;
        }
        if (n == 0)
            return 0;
        if (n < 0)
            return archive_failed(a);
        TRY(take(t, (uint64_t)n));
        TRY(write_fd(fd, block, (size_t)n));
        written += n;
    }
}

static int add_file(struct target *t, struct archive *a, struct archive_entry *e, const struct place *p)
{
    mode_t mode = (archive_entry_perm(e) & 0755) | 0400;
    AUTO_FD int fd = openat(p->dir_fd, p->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(errno, "create %s", p->path);
    if (write_data(t, a, e, fd) < 0)
        return fail_where("%s", p->path);
    struct timespec times[2] = {{archive_entry_mtime(e), archive_entry_mtime_nsec(e)},
                                {archive_entry_mtime(e), archive_entry_mtime_nsec(e)}};
    if (fchmod(fd, mode) < 0 || futimens(fd, times) < 0)
        return fail(errno, "%s", p->path);
    return 0;
}

static int add_hard_link(struct target *t, const char *source, const struct place *p)
{
    struct place from;
    struct stat st;
    int r = find_place(t->root_fd, source, &from);
    if (r == 1)
        r = fail(0, "%s: a hard link to the root", p->path);
    if (r == 0 && (fstatat(from.dir_fd, from.name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(st.st_mode)))
        r = fail(0, "%s: a hard link to %s, which is no file there", p->path, source);
    if (r == 0 && !str_eq(from.path, p->path)) { /* to itself: it is there */
        r = make_room(p, false);
        if (r == 0 && linkat(from.dir_fd, from.name, p->dir_fd, p->name, 0) < 0)
            r = fail(errno, "link %s", p->path);
    }
    place_end(&from);
    return r;
}

static int add_at(struct target *t, struct archive *a, struct archive_entry *e, const struct place *p)
{
    const char *hard_link = archive_entry_hardlink(e);
    mode_t type = archive_entry_filetype(e);
    if (hard_link)
        return add_hard_link(t, hard_link, p);
    if (type != AE_IFREG && type != AE_IFLNK && type != AE_IFDIR)
        return 0;
    TRY(make_room(p, type == AE_IFDIR));
    if (type == AE_IFREG)
        return add_file(t, a, e, p);
    if (type == AE_IFLNK) {
        const char *to = archive_entry_symlink(e);
        if (!to || !*to || symlinkat(to, p->dir_fd, p->name) < 0)
            return fail(to ? errno : EINVAL, "symlink %s", p->path);
        return 0;
    }
    mode_t mode = (archive_entry_perm(e) & 0755) | 0700;
    if (mkdirat(p->dir_fd, p->name, 0755) < 0 && errno != EEXIST)
        return fail(errno, "mkdir %s", p->path);
    return fchmodat(p->dir_fd, p->name, mode, 0) < 0 ? fail(errno, "chmod %s", p->path) : 0;
}

static int add_entry(struct target *t, struct archive *a, struct archive_entry *e, const char *path)
{
    struct place p;
    if (t->entries_left-- == 0)
        return fail(0, "the archive has more than %d entries", TARGET_ENTRIES);
    int r = find_place(t->root_fd, path, &p);
    if (r == 0)
        r = add_at(t, a, e, &p);
    place_end(&p);
    return r < 0 ? -1 : 0;
}

/* ---- archives ---- */

static int one_pass(struct target *t, struct archive *a, int fd, bool layer, bool whiteouts)
{
    struct archive_entry *e;
    if (lseek(fd, 0, SEEK_SET) < 0 || archive_read_open_fd(a, fd, BLOCK) != ARCHIVE_OK)
        return archive_failed(a);
    for (;;) {
        int r = archive_read_next_header(a, &e);
        if (r == ARCHIVE_EOF)
            return 0;
        if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
            return archive_failed(a);
        const char *path = archive_entry_pathname(e);
        if (!path)
            return fail(0, "the archive has an entry without a readable name");
        if (archive_format(a) == ARCHIVE_FORMAT_ZIP) /* modes there are whatever the packer left */
            archive_entry_set_perm(
                e, archive_entry_perm(e) & 0111 || archive_entry_filetype(e) == AE_IFDIR ? 0755 : 0644);
        bool whiteout = layer && is_whiteout(path);
        if (whiteouts && whiteout)
            TRY(apply_whiteout(t, path));
        else if (!whiteouts && !whiteout)
            TRY(add_entry(t, a, e, path));
    }
}

int extract_tar(struct target *t, int fd, bool layer)
{
    int r = 0;
    for (int pass = layer ? 0 : 1; pass < 2 && r == 0; pass++) {
        struct archive *a = archive_read_new();
        archive_read_support_filter_all(a);
        archive_read_support_format_tar(a);
        archive_read_support_format_empty(a); /* a layer may be empty */
        r = a ? one_pass(t, a, fd, layer, pass == 0) : fail(ENOMEM, "libarchive");
        archive_read_free(a);
    }
    return r;
}

int extract_zip(struct target *t, int fd)
{
    struct archive *a = archive_read_new();
    archive_read_support_format_zip(a);
    int r = a ? one_pass(t, a, fd, false, false) : fail(ENOMEM, "libarchive");
    archive_read_free(a);
    return r;
}

int digest_uncompressed(int fd, struct sha256_hex *out)
{
    struct archive *a = archive_read_new();
    struct archive_entry *e;
    struct sha256 s;
    unsigned char digest[SHA256_SIZE];
    char block[BLOCK];
    la_ssize_t n = -1;
    sha256_init(&s);
    archive_read_support_filter_all(a);
    archive_read_support_format_raw(a);
    if (lseek(fd, 0, SEEK_SET) == 0 && archive_read_open_fd(a, fd, BLOCK) == ARCHIVE_OK &&
        archive_read_next_header(a, &e) == ARCHIVE_OK)
        while ((n = archive_read_data(a, block, sizeof(block))) > 0)
            sha256_update(&s, block, (size_t)n);
    int r = n < 0 ? archive_failed(a) : 0;
    archive_read_free(a);
    sha256_final(&s, digest);
    *out = sha256_to_hex(digest);
    return r;
}

/* ---- directories ---- */

static int copy_children(struct target *t, int from, int to, int depth);

static int copy_entry(struct target *t, int from, int to, const char *name, int depth)
{
    struct stat st;
    char block[BLOCK];
    if (t->entries_left-- == 0 || depth > 100)
        return fail(0, "%s: too many entries", name);
    if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(errno, "%s", name);
    if (S_ISLNK(st.st_mode)) {
        ssize_t n = readlinkat(from, name, block, sizeof(block) - 1);
        if (n < 0)
            return fail(errno, "%s", name);
        block[n] = '\0';
        return symlinkat(block, to, name) < 0 ? fail(errno, "symlink %s", name) : 0;
    }
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return 0;
    AUTO_FD int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (in < 0)
        return fail(errno, "open %s", name);
    if (S_ISDIR(st.st_mode)) {
        if (mkdirat(to, name, (st.st_mode & 0755) | 0700) < 0)
            return fail(errno, "mkdir %s", name);
        AUTO_FD int below = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below < 0)
            return fail(errno, "open %s", name);
        return copy_children(t, in, below, depth + 1) < 0 ? fail_where("%s", name) : 0;
    }
    AUTO_FD int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (st.st_mode & 0755) | 0400);
    if (out < 0)
        return fail(errno, "create %s", name);
    for (ssize_t n; (n = read(in, block, sizeof(block))) != 0;) {
        if (n < 0)
            return fail(errno, "read %s", name);
        TRY(take(t, (uint64_t)n));
        TRY(write_fd(out, block, (size_t)n));
    }
    struct timespec times[2] = {st.st_mtim, st.st_mtim};
    return futimens(out, times) < 0 ? fail(errno, "%s", name) : 0;
}

static int copy_children(struct target *t, int from, int to, int depth)
{
    int own = dup(from);
    AUTO_DIR DIR *d = own < 0 ? NULL : fdopendir(own);
    if (!d)
        return fail(errno, "opendir");
    for (struct dirent *e; (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            TRY(copy_entry(t, from, to, e->d_name, depth));
    return 0;
}

int extract_directory(struct target *t, const char *source)
{
    AUTO_FD int from = open(source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return from < 0 ? fail(errno, "open %s", source) : copy_children(t, from, t->root_fd, 0);
}
