/* Puts together a root file system: see root_builder.h. */
#include "rootfs-tools/root_builder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "rootfs-tools/elf.h"
#include "rootfs-tools/root_store.h"

#define MAX_DEPTH 40

struct elf_job {
    char *source, *dest;
};

void root_builder_begin(struct root_builder *b, int root_fd)
{
    *b = (struct root_builder){.fd = root_fd};
}

void root_builder_end(struct root_builder *b)
{
    for (size_t i = 0; i < b->n_jobs; i++) {
        free(b->jobs[i].source);
        free(b->jobs[i].dest);
    }
    free(b->jobs);
    free(b->program);
    free(b->library_dir);
    buf_free(&b->sources);
}

/* Path in the root without the leading slash, with /bin, /lib, ... moved below usr. NULL after fail(). */
static char *place(const char *dest)
{
    static const char *const merged[] = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};
    if (dest[0] != '/' || strstr(dest, "/../") || str_ends(dest, "/..")) {
        fail(0, "%s: not a path for a root", dest);
        return NULL;
    }
    while (*dest == '/')
        dest++;
    size_t first = strcspn(dest, "/");
    for (size_t i = 0; i < ARRAY_LEN(merged); i++)
        if (strlen(merged[i]) == first && memcmp(merged[i], dest, first) == 0)
            return xasprintf("usr/%s", dest);
    return xstrdup(*dest ? dest : ".");
}

/* mkdir -p below the root. Only this program writes there, and all links in it are its own. */
static int make_directories(int root, char *path, bool last_too)
{
    for (char *slash = path;; slash++) {
        slash = strchr(slash, '/');
        if (!slash && !last_too)
            return 0;
        if (slash)
            *slash = '\0';
        int r = mkdirat(root, path, 0755);
        int saved = errno;
        if (r < 0 && saved != EEXIST)
            fail(saved, "mkdir %s", path);
        else
            r = 0;
        if (slash)
            *slash = '/';
        if (r < 0 || !slash)
            return r;
    }
}

int root_add_directory(struct root_builder *b, const char *dest)
{
    AUTO_FREE char *path = place(dest);
    return path ? make_directories(b->fd, path, true) : -1;
}

/* The placed path, with its parent directories there. NULL after fail(). */
static char *place_in_directory(struct root_builder *b, const char *dest)
{
    char *path = place(dest);
    if (path && make_directories(b->fd, path, false) < 0) {
        free(path);
        return NULL;
    }
    return path;
}

int root_add_text(struct root_builder *b, const char *dest, const char *text)
{
    AUTO_FREE char *path = place_in_directory(b, dest);
    return path ? write_file_at(b->fd, path, O_CREAT | O_TRUNC, 0644, text, strlen(text)) : -1;
}

int root_add_link(struct root_builder *b, const char *dest, const char *target)
{
    AUTO_FREE char *path = place_in_directory(b, dest);
    if (!path)
        return -1;
    return symlinkat(target, b->fd, path) < 0 && errno != EEXIST ? fail(errno, "symlink %s", path) : 0;
}

/* ---- what is for everybody ---- */

static bool for_everybody(const struct stat *st)
{
    mode_t wanted = S_ISDIR(st->st_mode) ? S_IROTH | S_IXOTH : S_IROTH;
    return (st->st_mode & wanted) == wanted;
}

/* The directory that keeps ordinary users from a file, or NULL. Those that lead to the interpreter, too, do
 * not count: with one in a closed home directory, that is what its user wants. The caller frees. */
static char *closed_on_the_way(const struct root_builder *b, const char *source)
{
    AUTO_FREE char *path = realpath(source, NULL);
    struct stat st;
    for (char *slash = path; slash && (slash = strchr(slash + 1, '/')); *slash = '/') {
        *slash = '\0';
        const char *rest = b->program ? str_after(b->program, path) : NULL;
        if (!(rest && *rest == '/') && (stat(path, &st) < 0 || !(st.st_mode & S_IXOTH)))
            return xstrdup(path);
    }
    return path ? NULL : xstrdup(source);
}

/* errno of opening what is not there, or not for our eyes. */
static bool is_absence(int errnum)
{
    return errnum == ENOENT || errnum == ENOTDIR || errnum == EACCES || errnum == ELOOP || errnum == ENXIO;
}

/* Opens a file or directory of the host that is to be copied. */
static int open_source(const struct root_builder *b, enum root_need need, const char *source)
{
    AUTO_FD int fd = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail(errno, "open %s", source);
    bool good = for_everybody(&st) || (need == ROOT_PROGRAM && st.st_mode & S_IXOTH);
    AUTO_FREE char *closed = need == ROOT_PROGRAM ? NULL : closed_on_the_way(b, source);
    if (good && !closed)
        return take_fd(&fd);
    const char *mode = good ? "o+x" : S_ISDIR(st.st_mode) ? "-R o+rX" : "o+rX";
    AUTO_FREE char *text = xasprintf("%s: ordinary users of this host may not read it, so no sandbox gets it "
                                     "(\"chmod %s %s\" lets them)",
                                     source, mode, good ? closed : source);
    return error_receive(EACCES, text);
}

/* After open_source() failed. */
static int leave_out(enum root_need need)
{
    if (need != ROOT_OPTIONAL || !is_absence(error_errno()))
        return -1;
    log_debug("left out of the root: %s", error_text());
    error_clear();
    return 0;
}

static int copy_bytes(int from, int to)
{
    if (ioctl(to, FICLONE, from) == 0)
        return 0;
    for (;;) {
        ssize_t n = copy_file_range(from, NULL, to, NULL, 8U << 20, 0);
        if (n == 0)
            return 0;
        if (n < 0 && (errno == EXDEV || errno == ENOSYS || errno == EINVAL || errno == EOPNOTSUPP))
            break;
        if (n < 0 && errno != EINTR)
            return fail(errno, "copy");
        TRY(root_check_interrupted());
    }
    char block[65536];
    for (;;) {
        ssize_t n = read(from, block, sizeof(block));
        if (n == 0)
            return 0;
        if (n < 0)
            return fail(errno, "read");
        TRY(write_fd(to, block, (size_t)n));
        TRY(root_check_interrupted());
    }
}

static void add_job(struct root_builder *b, const char *source, const char *dest)
{
    b->jobs = xrealloc(b->jobs, b->n_jobs + 1, sizeof(*b->jobs));
    b->jobs[b->n_jobs++] = (struct elf_job){xstrdup(source), xstrdup(dest)};
}

static bool begins_as_elf(int fd)
{
    char start[64];
    ssize_t n = pread(fd, start, sizeof(start), 0);
    return n > 0 && elf_is(start, (size_t)n);
}

/* Copies the open file; its mode loses all but rx for everybody, its time stays (compiled .pyc files name
 * it). */
static int copy_file(struct root_builder *b, int from, const char *source, const char *dest)
{
    struct stat st;
    AUTO_FREE char *path = place_in_directory(b, dest);
    if (!path || root_check_interrupted() < 0)
        return -1;
    if (fstat(from, &st) < 0 || !S_ISREG(st.st_mode))
        return fail(0, "%s: not a regular file", source);
    mode_t mode = st.st_mode & 0111 ? 0755 : 0644;
    AUTO_FD int to = openat(b->fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (to < 0)
        return errno == EEXIST ? 0 : fail(errno, "create %s", path); /* two ways led to it */
    if (copy_bytes(from, to) < 0)
        return fail_where("%s", source);
    struct timespec times[2] = {st.st_mtim, st.st_mtim};
    if (fchmod(to, mode) < 0 || futimens(to, times) < 0)
        return fail(errno, "%s", path);
    if (begins_as_elf(from))
        add_job(b, source, dest);
    return 0;
}

int root_add_file(struct root_builder *b, enum root_need need, const char *source, const char *dest)
{
    AUTO_FD int from = open_source(b, need, source);
    if (from < 0)
        return leave_out(need);
    if (need == ROOT_PROGRAM && !b->program)
        b->program = realpath(source, NULL);
    return copy_file(b, from, source, dest);
}

/* ---- trees ---- */

struct tree {
    struct root_builder *builder;
    const char *const *skip;
    const char *source;
};

static bool skipped(const struct tree *t, const char *below)
{
    for (const char *const *pattern = t->skip; pattern && *pattern; pattern++)
        if (fnmatch(*pattern, below, 0) == 0)
            return true;
    return false;
}

static int add_directory(const struct tree *t, int fd, const char *below, const char *dest, int depth);

/* One entry; what is not for everybody is left out. Links inside the tree stay links; others (to /etc, ...)
 * become what they point at. */
static int add_entry(const struct tree *t, int dir, const char *name, const char *below, const char *dest,
                     int depth)
{
    char target[4096];
    AUTO_FREE char *source = xasprintf("%s/%s", t->source, below);
    ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);
    if (n > 0) {
        target[n] = '\0';
        if (target[0] != '/' && !strchr(target, '/') && faccessat(dir, target, F_OK, 0) == 0 &&
            !skipped(t, target))
            return root_add_link(t->builder, dest, target);
    }
    AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return is_absence(errno) ? 0 : fail(errno, "%s", source);
    AUTO_FREE char *closed = n > 0 ? closed_on_the_way(t->builder, source) : NULL;
    if (!for_everybody(&st) || closed) {
        log_debug("left out of the root: %s: ordinary users may not read it", source);
        return 0;
    }
    if (S_ISDIR(st.st_mode))
        return add_directory(t, fd, below, dest, depth + 1);
    return S_ISREG(st.st_mode) ? copy_file(t->builder, fd, source, dest) : 0;
}

static int add_directory(const struct tree *t, int fd, const char *below, const char *dest, int depth)
{
    if (depth > MAX_DEPTH)
        return fail(0, "%s/%s: more than %d directories deep", t->source, below, MAX_DEPTH);
    TRY(root_add_directory(t->builder, dest));
    int own = dup(fd);
    AUTO_DIR DIR *dir = own < 0 ? NULL : fdopendir(own);
    if (!dir)
        return fail(errno, "%s/%s", t->source, below);
    struct dirent *e;
    while ((e = readdir(dir))) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        AUTO_FREE char *next = *below ? xasprintf("%s/%s", below, e->d_name) : xstrdup(e->d_name);
        AUTO_FREE char *next_dest = xasprintf("%s/%s", dest, e->d_name);
        if (!skipped(t, next))
            TRY(add_entry(t, fd, e->d_name, next, next_dest, depth));
    }
    return 0;
}

int root_add_tree(struct root_builder *b, enum root_need need, const char *source, const char *dest,
                  const char *const *skip)
{
    struct tree t = {b, skip, source};
    AUTO_FD int fd = open_source(b, need, source);
    return fd < 0 ? leave_out(need) : add_directory(&t, fd, "", dest, 0);
}

/* ---- libraries ---- */

static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash != path ? xstrndup(path, (size_t)(slash - path)) : xstrdup("/");
}

static bool exists_in_root(struct root_builder *b, const char *dest)
{
    AUTO_FREE char *path = place(dest);
    return path && faccessat(b->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Whether that file of the host was copied already, under whatever name. */
static bool copied_already(struct root_builder *b, const char *source)
{
    struct stat wanted, st;
    bool found = false;
    if (stat(source, &wanted) < 0)
        return false;
    for (size_t i = 0; i < b->n_jobs && !found; i++)
        found = stat(b->jobs[i].source, &st) == 0 && st.st_ino == wanted.st_ino && st.st_dev == wanted.st_dev;
    return found;
}

/* A library that was found at `source`. One that was found by an rpath came, if it is there, with the tree of
 * who needs it, and stays; all others go to where the loader looks by default. */
static int place_library(struct root_builder *b, enum root_need need, const char *name, const char *source,
                         bool by_rpath)
{
    AUTO_FREE char *dest = xasprintf("%s/%s", b->library_dir, name);
    if (exists_in_root(b, dest) || (by_rpath && copied_already(b, source)))
        return 0;
    buf_add(&b->sources, source, strlen(source) + 1);
    return root_add_file(b, need, source, dest);
}

static int find_library_dir(struct root_builder *b)
{
    bool by_rpath;
    if (b->library_dir)
        return 0;
    AUTO_FREE char *libc = elf_find_library("libc.so.6", NULL, "", &by_rpath);
    b->library_dir = libc ? directory_of(libc) : xstrdup("/usr/lib");
    return 0;
}

int root_add_library(struct root_builder *b, const char *name)
{
    bool by_rpath;
    TRY(find_library_dir(b));
    AUTO_FREE char *path = elf_find_library(name, NULL, "", &by_rpath);
    return path ? place_library(b, ROOT_OPTIONAL, name, path, false) : 0;
}

static int add_needed_of(struct root_builder *b, struct elf_job job, const struct elf_needs *needs)
{
    bool is_program = b->done_jobs == 0;
    /* Others (plug-ins, tools) that lack a library do not work on the host either. */
    enum root_need need = is_program ? ROOT_NEEDED : ROOT_OPTIONAL;
    AUTO_FREE char *origin = directory_of(job.source);
    if (needs->interpreter && !exists_in_root(b, needs->interpreter)) {
        buf_add(&b->sources, needs->interpreter, strlen(needs->interpreter) + 1);
        TRY(root_add_file(b, need, needs->interpreter, needs->interpreter));
    }
    for (size_t i = 0; i < needs->n; i++) {
        bool by_rpath;
        AUTO_FREE char *path = elf_find_library(needs->needed[i], needs->rpath, origin, &by_rpath);
        if (path)
            TRY(place_library(b, need, needs->needed[i], path, by_rpath));
        else if (is_program)
            return fail(0, "%s: its library %s is not on this host", job.source, needs->needed[i]);
    }
    return 0;
}

int root_add_needed(struct root_builder *b)
{
    TRY(find_library_dir(b));
    for (; b->done_jobs < b->n_jobs; b->done_jobs++) {
        struct elf_job job = b->jobs[b->done_jobs]; /* the array may move */
        AUTO_FD int fd = open(job.source, O_RDONLY | O_CLOEXEC);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0)
            return fail(errno, "%s", job.source);
        void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes == MAP_FAILED)
            return fail(errno, "map %s", job.source);
        struct elf_needs needs;
        int r = elf_read(bytes, (size_t)st.st_size, &needs);
        if (r == 0)
            r = add_needed_of(b, job, &needs);
        munmap(bytes, (size_t)st.st_size);
        if (r < 0)
            return fail_where("%s", job.source);
    }
    return 0;
}

/* ---- what every root has ---- */

/* The zones, but not which of them the host is in. A later version of them replaces this file at least. */
static int add_time_zones(struct root_builder *b)
{
    static const char zones[] = "/usr/share/zoneinfo", version[] = "/usr/share/zoneinfo/tzdata.zi";
    static const char *const skip[] = {"localtime", "posixrules", "posix", "right", NULL};
    buf_add(&b->sources, version, sizeof(version));
    return root_add_tree(b, ROOT_OPTIONAL, zones, zones, skip);
}

/* What TLS libraries look for: whom the host trusts, in one file, under the names of the distributions, and
 * OpenSSL's settings. */
static int add_tls(struct root_builder *b)
{
    static const char *const trusted[] = {"/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};
    static const char *const links[] = {"/etc/ssl/cert.pem", "/usr/lib/ssl/cert.pem", "/etc/pki/tls/cert.pem",
                                        "/etc/pki/tls/certs/ca-bundle.crt"};
    static const char settings[] = "/etc/ssl/openssl.cnf";
    for (size_t i = 0; i < ARRAY_LEN(trusted); i++) {
        buf_add(&b->sources, trusted[i], strlen(trusted[i]) + 1);
        TRY(root_add_file(b, ROOT_OPTIONAL, trusted[i], trusted[0]));
        if (!exists_in_root(b, trusted[0]))
            continue;
        for (size_t k = 0; k < ARRAY_LEN(links); k++)
            TRY(root_add_link(b, links[k], trusted[0]));
        break;
    }
    buf_add(&b->sources, settings, sizeof(settings));
    TRY(root_add_file(b, ROOT_OPTIONAL, settings, settings));
    return exists_in_root(b, settings) ? root_add_link(b, "/usr/lib/ssl/openssl.cnf", settings) : 0;
}

int root_add_skeleton(struct root_builder *b)
{
    static const char *const directories[] = {"/usr/bin", "/usr/lib", "/usr/lib64", "/etc",
                                              "/dev",     "/build",   "/proc",      "/tmp",
                                              "/work",    "/home",    "/var/tmp"};
    static const char *const links[] = {"bin", "lib", "lib64"};
    static const char locale[] = "/usr/lib/locale/C.utf8";
    static const struct {
        const char *path, *text;
    } files[] = {
        {"/etc/passwd", "root:x:0:0:root:/:/bin/false\n"
                        "sandbox:x:1000:1000:sandbox:/tmp:/bin/sh\n"
                        "nobody:x:65534:65534:nobody:/:/bin/false\n"},
        {"/etc/group", "root:x:0:\nsandbox:x:1000:\nnogroup:x:65534:\n"},
        {"/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"},
        {"/etc/resolv.conf", ""}, /* --network binds the host's over it */
        {"/etc/hosts", "127.0.0.1 localhost sandbox\n::1 localhost\n"},
        {"/etc/protocols",
         "ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\nipv6 41 IPv6\nipv6-icmp 58 IPv6-ICMP\n"},
        {"/etc/services", "echo 7/tcp\necho 7/udp\nftp 21/tcp\nssh 22/tcp\ntelnet 23/tcp\nsmtp 25/tcp mail\n"
                          "domain 53/tcp\ndomain 53/udp\nhttp 80/tcp www\npop3 110/tcp pop-3\nntp 123/udp\n"
                          "imap2 143/tcp imap\nhttps 443/tcp\nhttps 443/udp\nimaps 993/tcp\npop3s 995/tcp\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(directories); i++)
        TRY(root_add_directory(b, directories[i]));
    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        AUTO_FREE char *target = xasprintf("usr/%s", links[i]);
        if (symlinkat(target, b->fd, links[i]) < 0 && errno != EEXIST)
            return fail(errno, "symlink %s", links[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        TRY(root_add_text(b, files[i].path, files[i].text));
    TRY(root_add_tree(b, ROOT_OPTIONAL, locale, locale, NULL));
    TRY(add_tls(b));
    return add_time_zones(b);
}
