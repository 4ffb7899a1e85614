/* Who uses a root: bundles that `prepare` left, by links in roots/KEY/used-by/, and containers and bundles of
 * running snippets, whose config.json stands below the state root and names it. */
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
#include "base/sha256.h"
#include "base/strings.h"
#include "rootfs-tools/root_store.h"

enum { CONFIG_MAX = 16 << 20, PATH_SIZE = 4096 };

void root_store_note_bundle(const struct root_store *store, const char *rootfs, const char *bundle)
{
    struct sha256 h;
    unsigned char digest[SHA256_SIZE];
    AUTO_FREE char *start = xasprintf("%s/roots/", store->path);
    const char *rest = str_after(rootfs, start);
    if (!rest)
        return; /* a directory of the user's */
    AUTO_FREE char *users = xasprintf("roots/%.*s/used-by", (int)strcspn(rest, "/"), rest);
    sha256_init(&h);
    sha256_update(&h, bundle, strlen(bundle));
    sha256_final(&h, digest);
    AUTO_FREE char *link = xasprintf("%s/%.16s", users, sha256_to_hex(digest).s);
    if (symlinkat(bundle, store->fd, link) < 0 && errno == ENOENT) {
        mkdirat(store->fd, users, 0700);
        (void)!symlinkat(bundle, store->fd, link); /* only for gc: failing is no harm */
    }
}

static bool config_names(const char *dir, const char *key)
{
    AUTO_FREE char *path = xasprintf("%s/config.json", dir);
    AUTO_BUF struct buf text = BUF_INIT;
    if (access(path, R_OK) < 0)
        return false;
    if (read_file_at(AT_FDCWD, path, CONFIG_MAX, &text) < 0) {
        error_clear();
        return false;
    }
    return strstr(buf_str(&text), key) != NULL;
}

/* The links of bundles that are gone, or have another root now, go too. */
static char *noted_user(const struct root_store *store, const char *key)
{
    AUTO_FREE char *users = xasprintf("roots/%s/used-by", key);
    int fd = openat(store->fd, users, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_DIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *e;
    while (dir && (e = readdir(dir))) {
        char bundle[PATH_SIZE];
        ssize_t n = readlinkat(fd, e->d_name, bundle, sizeof(bundle) - 1);
        if (n <= 0)
            continue;
        bundle[n] = '\0';
        if (config_names(bundle, key))
            return xstrdup(bundle);
        unlinkat(fd, e->d_name, 0);
    }
    return NULL;
}

char *root_store_user(const struct root_store *store, const char *key, const char *state_root)
{
    char *user = noted_user(store, key);
    AUTO_DIR DIR *dir = user ? NULL : opendir(state_root);
    struct dirent *e;
    while (!user && dir && (e = readdir(dir))) {
        AUTO_FREE char *path = xasprintf("%s/%s", state_root, e->d_name);
        if (e->d_name[0] != '.' && config_names(path, key))
            user = xstrdup(path);
    }
    return user;
}
