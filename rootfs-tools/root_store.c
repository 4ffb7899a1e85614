/* Keeps root file systems: see root_store.h. */
#include "rootfs-tools/root_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"

#define MAX_MANIFEST (256U << 20)

/* Without an errno: that a directory cannot be made is not that the program was not found. */
static int no_cache(const char *cache)
{
    AUTO_FREE char *error = xstrdup(error_text());
    return fail(0, "cache %s: %s; --cache DIR or XDG_CACHE_HOME puts it elsewhere", cache, error);
}

int root_store_open(const char *cache, struct root_store *out)
{
    static const char *const parts[] = {"roots", "names", "host", "tmp", "locks"};
    struct stat st;
    *out = (struct root_store){-1, NULL};
    if (!cache)
        return fail(0, "no place for a cache: neither XDG_CACHE_HOME nor HOME is set, and no --cache DIR");
    if (access(cache, F_OK) < 0 && make_dirs(cache, 0755) < 0)
        return no_cache(cache);
    AUTO_FD int fd = open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail(errno, "open %s", cache);
    if (st.st_uid != geteuid() || st.st_mode & 022)
        return fail(0, "%s: refused, others can write to it (owner %u, mode %04o)", cache, st.st_uid,
                    st.st_mode & 07777);
    if (faccessat(fd, "locks", F_OK, 0) < 0)
        for (size_t i = 0; i < ARRAY_LEN(parts); i++)
            if (mkdirat(fd, parts[i], 0755) < 0 && errno != EEXIST)
                return fail(errno, "mkdir %s/%s", cache, parts[i]), no_cache(cache);
    out->fd = take_fd(&fd);
    out->path = xstrdup(cache);
    return 0;
}

void root_store_close(struct root_store *store)
{
    if (store->fd >= 0)
        close(store->fd);
    free(store->path);
    *store = (struct root_store){-1, NULL};
}

int root_check_interrupted(void)
{
    sigset_t pending;
    sigpending(&pending);
    if (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) || sigismember(&pending, SIGHUP))
        return fail(0, "interrupted");
    return 0;
}

int root_store_lock(const struct root_store *store, const char *name)
{
    AUTO_FREE char *path = xasprintf("locks/%s", name);
    AUTO_FD int fd = openat(store->fd, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(errno, "open %s/%s", store->path, path);
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) { /* a look now and then: signals may be blocked */
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail(errno, "lock %s/%s", store->path, path);
        TRY(root_check_interrupted());
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    return take_fd(&fd);
}

/* ---- drafts ---- */

/* Removes drafts whose makers are gone: their locks went with them. */
static int sweep(const struct root_store *store, int tmp)
{
    int own = openat(tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_DIR DIR *dir = own < 0 ? NULL : fdopendir(own);
    if (!dir)
        return fail(errno, "open %s/tmp", store->path);
    for (struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        AUTO_FD int fd = openat(tmp, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
            TRY(remove_tree_at(tmp, e->d_name));
    }
    return 0;
}

int root_draft_begin(struct root_store *store, struct root_draft *out)
{
    static unsigned counter;
    *out = (struct root_draft){store, NULL, -1, -1, umask(022)};
    AUTO_FD int lock = root_store_lock(store, "tmp"); /* a new draft is locked before anybody can sweep it */
    AUTO_FD int tmp = openat(store->fd, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0)
        return -1;
    if (tmp < 0)
        return fail(errno, "open %s/tmp", store->path);
    TRY(sweep(store, tmp));
    out->name = xasprintf("%d-%u", (int)getpid(), counter++);
    if (mkdirat(tmp, out->name, 0755) < 0)
        return fail(errno, "mkdir %s/tmp/%s", store->path, out->name);
    out->dir_fd = openat(tmp, out->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->dir_fd < 0 || flock(out->dir_fd, LOCK_EX | LOCK_NB) < 0)
        return fail(errno, "%s/tmp/%s", store->path, out->name);
    if (fchmod(out->dir_fd, 0755) < 0 || mkdirat(out->dir_fd, "rootfs", 0755) < 0)
        return fail(errno, "mkdir %s/tmp/%s/rootfs", store->path, out->name);
    out->root_fd = openat(out->dir_fd, "rootfs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return out->root_fd < 0 ? fail(errno, "open %s/tmp/%s/rootfs", store->path, out->name) : 0;
}

int root_draft_commit(struct root_draft *draft, const char *info, char key[SHA256_HEX])
{
    AUTO_BUF struct buf manifest = BUF_INIT;
    uint64_t size;
    struct sha256 s;
    TRY(root_manifest(draft->root_fd, &manifest, &size));
    sha256_init(&s);
    sha256_update(&s, manifest.data, manifest.len);
    sha256_hex(&s, key);
    AUTO_FREE char *text = xasprintf("%ssize %llu\n", info, (unsigned long long)size);
    TRY(write_file_at(draft->dir_fd, "manifest", O_CREAT | O_EXCL, 0644, buf_str(&manifest), manifest.len));
    TRY(write_file_at(draft->dir_fd, "info", O_CREAT | O_EXCL, 0644, text, strlen(text)));
    AUTO_FREE char *from = xasprintf("tmp/%s", draft->name);
    AUTO_FREE char *to = xasprintf("roots/%s", key);
    if (syncfs(draft->dir_fd) < 0) /* a root that survives a power failure survives it whole */
        return fail(errno, "sync %s", draft->store->path);
    if (renameat(draft->store->fd, from, draft->store->fd, to) < 0)
        return errno == EEXIST || errno == ENOTEMPTY ? 0 /* the same root was there: the draft goes */
                                                     : fail(errno, "rename %s to %s", from, to);
    free(draft->name);
    draft->name = NULL;
    return 0;
}

void root_draft_end(struct root_draft *draft)
{
    if (draft->name) {
        AUTO_FREE char *path = xasprintf("tmp/%s", draft->name);
        AUTO_FREE char *before =
            xstrdup(error_text()); /* what went wrong first is what people want to read */
        int before_errno = error_errno();
        if (remove_tree_at(draft->store->fd, path) < 0)
            *before ? (void)error_receive(before_errno, before) : error_clear();
    }
    if (draft->root_fd >= 0)
        close(draft->root_fd);
    if (draft->dir_fd >= 0)
        close(draft->dir_fd);
    free(draft->name);
    umask(draft->umask);
    *draft = (struct root_draft){NULL, NULL, -1, -1, draft->umask};
}

/* ---- roots ---- */

static bool is_key(const char *key)
{
    return strlen(key) == SHA256_HEX - 1 && strspn(key, "0123456789abcdef") == SHA256_HEX - 1;
}

bool root_store_has(const struct root_store *store, const char *key)
{
    AUTO_FREE char *path = xasprintf("roots/%s/info", key);
    return is_key(key) && faccessat(store->fd, path, F_OK, 0) == 0;
}

char *root_store_use(const struct root_store *store, const char *key)
{
    AUTO_FREE char *info = xasprintf("roots/%s/info", key);
    utimensat(store->fd, info, NULL, 0); /* only for gc: failing is no harm */
    return xasprintf("%s/roots/%s/rootfs", store->path, key);
}

int root_store_info(const struct root_store *store, const char *key, struct buf *info)
{
    AUTO_FREE char *path = xasprintf("roots/%s/info", key);
    return read_file_at(store->fd, path, 65536, info);
}

/* Out of the way by one rename, then removed: nobody sees half a root. */
int root_store_remove(const struct root_store *store, const char *key)
{
    AUTO_FREE char *from = xasprintf("roots/%s", key);
    AUTO_FREE char *to = xasprintf("tmp/gone-%s", key);
    AUTO_FD int lock = root_store_lock(store, "tmp");
    if (lock < 0)
        return -1;
    if (renameat(store->fd, from, store->fd, to) < 0)
        return fail(errno, "remove %s/%s", store->path, from);
    return remove_tree_at(store->fd, to);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_name(const char *name)
{
    return name[0] != '.';
}

static int list_directory(const struct root_store *store, const char *part, bool (*wanted)(const char *name),
                          char ***names)
{
    int fd = openat(store->fd, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_DIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return fail(errno, "open %s/%s", store->path, part);
    size_t n = 0;
    *names = xcalloc(1, sizeof(**names));
    for (struct dirent *e; (e = readdir(dir));) {
        if (!wanted(e->d_name))
            continue;
        *names = xrealloc(*names, n + 2, sizeof(**names));
        (*names)[n++] = xstrdup(e->d_name);
        (*names)[n] = NULL;
    }
    qsort(*names, n, sizeof(**names), compare);
    return 0;
}

int root_store_list(const struct root_store *store, char ***keys)
{
    return list_directory(store, "roots", is_key, keys);
}

int root_store_names(const struct root_store *store, char ***names)
{
    return list_directory(store, "names", is_name, names);
}

int root_store_forget(const struct root_store *store, const char *key)
{
    char **names;
    TRY(root_store_names(store, &names));
    for (char **n = names; *n; n++) {
        AUTO_FREE char *path = xasprintf("names/%s", *n);
        AUTO_BUF struct buf of = BUF_INIT;
        if (read_file_at(store->fd, path, SHA256_HEX, &of) == 0 && str_eq(buf_str(&of), key))
            unlinkat(store->fd, path, 0);
        free(*n);
    }
    free(names);
    return 0;
}

int64_t root_store_last_use(const struct root_store *store, const char *key)
{
    AUTO_FREE char *info = xasprintf("roots/%s/info", key);
    struct stat st;
    return fstatat(store->fd, info, &st, 0) < 0 ? 0 : (int64_t)st.st_mtim.tv_sec;
}

int root_store_set_name(const struct root_store *store, const char *name, const char *key)
{
    if (!*name || name[0] == '.' || strchr(name, '/'))
        return fail(0, "\"%s\" cannot be the name of a root", name);
    AUTO_FREE char *path = xasprintf("names/%s", name);
    return write_file_atomic_at(store->fd, path, 0644, key, strlen(key));
}

static char *find_by_beginning(const struct root_store *store, const char *start)
{
    char **keys, *found = NULL;
    if (strlen(start) < 6 || root_store_list(store, &keys) < 0)
        return NULL;
    for (char **k = keys; *k; k++) {
        if (!found && str_starts(*k, start))
            found = *k;
        else
            free(*k);
    }
    free(keys);
    return found;
}

char *root_store_find(const struct root_store *store, const char *name)
{
    AUTO_FREE char *path = xasprintf("names/%s", name);
    AUTO_BUF struct buf key = BUF_INIT;
    if (*name && name[0] != '.' && !strchr(name, '/')) {
        if (read_file_at(store->fd, path, SHA256_HEX, &key) == 0 && root_store_has(store, buf_str(&key)))
            return buf_take(&key);
        char *found = find_by_beginning(store, name);
        if (found) {
            error_clear();
            return found;
        }
    }
    fail(ENOENT, "no root is called \"%s\" (\"rsbx rootfs list\" shows those there are)", name);
    return NULL;
}

int root_store_verify(const struct root_store *store, const char *key)
{
    AUTO_BUF struct buf expected = BUF_INIT, found = BUF_INIT;
    AUTO_FREE char *manifest = xasprintf("roots/%s/manifest", key);
    AUTO_FREE char *root = xasprintf("roots/%s/rootfs", key);
    char hex[SHA256_HEX];
    struct sha256 s;
    uint64_t size;
    TRY(read_file_at(store->fd, manifest, MAX_MANIFEST, &expected));
    sha256_init(&s);
    sha256_update(&s, expected.data, expected.len);
    sha256_hex(&s, hex);
    if (strcmp(hex, key) != 0)
        return fail(0, "root %.12s: its manifest was changed", key);
    AUTO_FD int fd = openat(store->fd, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail(errno, "open %s/%s", store->path, root);
    TRY(root_manifest(fd, &found, &size));
    const char *a = buf_str(&expected), *b = buf_str(&found);
    while (*a || *b) { /* line by line, to name the first that differs */
        size_t la = strcspn(a, "\n"), lb = strcspn(b, "\n");
        if (la != lb || memcmp(a, b, la) != 0)
            return fail(0, "root %.12s: expected \"%.*s\", found \"%.*s\"", key, (int)la, a, (int)lb, b);
        a += la + (a[la] == '\n');
        b += lb + (b[lb] == '\n');
    }
    return 0;
}
