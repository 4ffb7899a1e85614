/* Where root file systems are kept, below the cache directory:
 *
 *     roots/KEY/rootfs     the root; KEY is the SHA-256 of its manifest, so equal roots are one
 *     roots/KEY/manifest   one line an entry: what `rsbx rootfs verify` compares
 *     roots/KEY/info       "language python", "version 3.11.2", "from host", "size N", ...; its time: last
 * use names/NAME           KEY, for --rootfs NAME host/LANGUAGE-ID     which root was made from which files
 * of the host (host_root.c) tmp/                 roots that are being made; locked by who makes them, swept
 * by the next one
 *
 * A root appears by one rename, whole. */
#ifndef RSBX_ROOTFS_TOOLS_ROOT_STORE_H
#define RSBX_ROOTFS_TOOLS_ROOT_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "rootfs-tools/hash.h"

struct root_store {
    int fd; /* the cache directory */
    char *path;
};

/* Opens the cache directory (made if missing). It must be ours alone: who writes there decides what runs. */
int root_store_open(const char *cache, struct root_store *out);
void root_store_close(struct root_store *store);

/* A root that is being made. */
struct root_draft {
    struct root_store *store;
    char *name;   /* below tmp/ */
    int dir_fd;   /* locked */
    int root_fd;  /* its rootfs/ */
    mode_t umask; /* the caller's, while modes are what the root's maker says */
};

int root_draft_begin(struct root_store *store, struct root_draft *out);
/* Moves it to its place; info is the text of the info file without size. key gets its name. */
int root_draft_commit(struct root_draft *draft, const char *info, char key[SHA256_HEX]);
void root_draft_end(struct root_draft *draft); /* removes what was not committed */

/* Whether it is there. */
bool root_store_has(const struct root_store *store, const char *key);
/* Absolute path of its rootfs; notes that it was used now. */
char *root_store_use(const struct root_store *store, const char *key);
int root_store_info(const struct root_store *store, const char *key, struct buf *info);
int root_store_remove(const struct root_store *store, const char *key);
/* All keys, NULL-terminated, sorted; the caller frees each and the array. */
int root_store_list(const struct root_store *store, char ***keys);

/* Names. get: KEY of a name, or of the beginning of a key (at least six digits), NULL after fail(). */
int root_store_set_name(const struct root_store *store, const char *name, const char *key);
char *root_store_find(const struct root_store *store, const char *name_or_key);

int root_store_names(const struct root_store *store, char ***names); /* as root_store_list() */
/* Removes the names of a root that is gone. */
int root_store_forget(const struct root_store *store, const char *key);
/* When it was used last, in seconds since 1970; 0: unknown. */
int64_t root_store_last_use(const struct root_store *store, const char *key);

/* root_users.c: notes that a bundle (absolute path) uses the root at that path; never fails. */
void root_store_note_bundle(const struct root_store *store, const char *rootfs, const char *bundle);
/* A bundle or container that uses it, NULL: none. The caller frees. */
char *root_store_user(const struct root_store *store, const char *key, const char *state_root);

/* Ctrl-C: -1 when SIGINT, SIGTERM or SIGHUP came while the caller has them blocked, so that it can clean up.
 */
int root_check_interrupted(void);

/* A lock by name that ends with the fd. Returns the fd. */
int root_store_lock(const struct root_store *store, const char *name);

/* Describes every entry below root_fd, sorted; total size of files in *size. */
int root_manifest(int root_fd, struct buf *out, uint64_t *size);
/* Compares a root with its manifest; -1 names the first difference. */
int root_store_verify(const struct root_store *store, const char *key);

#endif
