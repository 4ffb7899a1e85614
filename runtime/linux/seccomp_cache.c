/* Compiled filters on disk. libseccomp needs milliseconds for what a read of a few kilobytes replaces.
 *
 * The key is the SHA-256 of everything that goes into a program, each field with its length in front, so that
 * no two profiles can look alike. A file is named by its key and holds a digest over key and program: one
 * that was cut short, damaged or renamed is compiled anew. Nothing is read from a directory or file that
 * anybody but us could have written. */
#include "linux/seccomp_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/version.h"

#define MAX_FILES 256
#define MAGIC     "rsbxBPF3" /* change it when the compilers make other programs */
#define HEADER    (sizeof(MAGIC) - 1 + SHA256_SIZE)
#define MAX_SIZE  (HEADER + SECCOMP_MAX_INSTRUCTIONS * sizeof(struct sock_filter))

/* ---- key ---- */

/* Seven bits a byte, the last one without the eighth, so that where a number ends is certain; of one more, so
 * that UINT64_MAX, which says that there is none, is short. Most are small: half as much to hash. */
static void add_u64(struct sha256 *h, uint64_t v)
{
    unsigned char bytes[10];
    size_t n = 0;
    for (v++; v > 0x7f; v >>= 7)
        bytes[n++] = (unsigned char)(v | 0x80);
    bytes[n++] = (unsigned char)v;
    sha256_update(h, bytes, n);
}

/* NULL differs from "". */
static void add_string(struct sha256 *h, const char *s)
{
    size_t n = s ? strlen(s) : 0;
    add_u64(h, s ? n : UINT64_MAX);
    sha256_update(h, s, n);
}

static void add_errno(struct sha256 *h, struct opt_u32 v)
{
    add_u64(h, v.set ? v.v : UINT64_MAX);
}

static void add_rule(struct sha256 *h, const struct spec_syscall *rule)
{
    add_string(h, rule->action);
    add_errno(h, rule->errno_ret);
    add_u64(h, rule->names.n);
    for (size_t i = 0; i < rule->names.n; i++)
        add_string(h, rule->names.v[i]);
    add_u64(h, rule->args.n);
    for (size_t i = 0; i < rule->args.n; i++) {
        const struct spec_seccomp_arg *arg = &rule->args.v[i];
        add_u64(h, arg->index);
        add_u64(h, arg->value);
        add_u64(h, arg->value_two);
        add_string(h, arg->op);
    }
}

void seccomp_cache_key(const struct spec_seccomp *s, struct seccomp_cache_key *key)
{
    const struct scmp_version *library = seccomp_version();
    struct sha256 h;
    sha256_init(&h);
    add_string(&h, MAGIC);
    add_string(&h, RSBX_VERSION);
    add_string(&h, RSBX_COMMIT);
    add_u64(&h, library->major);
    add_u64(&h, library->minor);
    add_u64(&h, library->micro);
    add_u64(&h, seccomp_arch_native());
    add_string(&h, s->default_action);
    add_errno(&h, s->default_errno_ret);
    add_u64(&h, s->architectures.n);
    for (size_t i = 0; i < s->architectures.n; i++)
        add_string(&h, s->architectures.v[i]);
    add_u64(&h, s->syscalls.n);
    for (size_t i = 0; i < s->syscalls.n; i++)
        add_rule(&h, &s->syscalls.v[i]);
    sha256_final(&h, key->digest);
}

/* ---- files ---- */

static bool only_ours(const struct stat *st)
{
    return st->st_uid == geteuid() && (st->st_mode & 022) == 0;
}

/* Below the cache, which others may look into: a root in it is somebody else's in a user namespace. */
static int make_dir(const char *path)
{
    AUTO_FREE char *cache = xstrndup(path, (size_t)(strrchr(path, '/') - path));
    TRY(make_dirs(cache, 0755));
    return mkdir(path, 0700) < 0 && errno != EEXIST ? fail(errno, "mkdir %s", path) : 0;
}

/* The directory, if it is one that only we can write to; -1 (no error recorded) if not. */
static int open_dir(const char *path, bool create)
{
    if (create && make_dir(path) < 0) {
        log_debug("seccomp cache: %s", error_text());
        error_clear();
        return -1;
    }
    AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return -1;
    if (!only_ours(&st)) {
        log_warn("seccomp cache: %s is not used: it must belong to us and nobody else may write to it", path);
        return -1;
    }
    return take_fd(&fd);
}

static void checksum(const struct seccomp_cache_key *key, const void *program, size_t len,
                     unsigned char digest[SHA256_SIZE])
{
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, key->digest, sizeof(key->digest));
    sha256_update(&h, program, len);
    sha256_final(&h, digest);
}

static bool is_intact(const struct seccomp_cache_key *key, const struct buf *file)
{
    size_t len = file->len - (file->len < HEADER ? file->len : HEADER);
    if (len == 0 || len % sizeof(struct sock_filter) != 0 ||
        memcmp(file->data, MAGIC, sizeof(MAGIC) - 1) != 0)
        return false;
    unsigned char digest[SHA256_SIZE];
    checksum(key, file->data + HEADER, len, digest);
    return memcmp(digest, file->data + sizeof(MAGIC) - 1, sizeof(digest)) == 0;
}

bool seccomp_cache_fetch(const char *cache_dir, const struct seccomp_cache_key *key, struct buf *out)
{
    AUTO_FD int dir = open_dir(cache_dir, false);
    if (dir < 0)
        return false;
    struct sha256_hex name = sha256_to_hex(key->digest);
    AUTO_FD int fd = openat(dir, name.s, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !only_ours(&st))
        return false;
    AUTO_BUF struct buf file = BUF_INIT;
    if (read_fd(fd, MAX_SIZE, &file) < 0) {
        error_clear();
        return false;
    }
    if (!is_intact(key, &file)) {
        log_debug("seccomp cache: %s is damaged, compiling the filter anew", name.s);
        return false;
    }
    buf_add(out, file.data + HEADER, file.len - HEADER);
    return true;
}

struct oldest {
    char name[NAME_MAX + 1];
    struct timespec time;
    size_t files;
};

static bool is_older(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Counts the files and finds the oldest of them. */
static bool scan(int dir, struct oldest *out)
{
    *out = (struct oldest){0};
    AUTO_FD int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_DIR DIR *d = copy < 0 ? NULL : fdopendir(copy);
    if (!d)
        return false;
    take_fd(&copy);
    struct dirent *e;
    while ((e = readdir(d))) {
        struct stat st;
        if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
            continue;
        if (out->files++ == 0 || is_older(&st.st_mtim, &out->time)) {
            snprintf(out->name, sizeof(out->name), "%s", e->d_name);
            out->time = st.st_mtim;
        }
    }
    return true;
}

static void prune(int dir)
{
    struct oldest oldest;
    while (scan(dir, &oldest) && oldest.files > MAX_FILES)
        if (unlinkat(dir, oldest.name, 0) < 0 && errno != ENOENT)
            return;
}

void seccomp_cache_store(const char *cache_dir, const struct seccomp_cache_key *key,
                         const struct buf *program)
{
    AUTO_FD int dir = open_dir(cache_dir, true);
    if (dir < 0)
        return;
    unsigned char digest[SHA256_SIZE];
    checksum(key, program->data, program->len, digest);
    AUTO_BUF struct buf file = BUF_INIT;
    buf_adds(&file, MAGIC);
    buf_add(&file, digest, sizeof(digest));
    buf_add(&file, program->data, program->len);
    struct sha256_hex name = sha256_to_hex(key->digest);
    if (write_file_atomic_at(dir, name.s, 0600, file.data, file.len) < 0) {
        log_debug("seccomp cache: %s", error_text());
        error_clear();
        return;
    }
    prune(dir);
}
