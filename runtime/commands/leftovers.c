/* See leftovers.h. */
#include "commands/leftovers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "rootfs-tools/prepare.h"

#define PREFIX ",run-"
#define SUFFIX ".lock"

/* Opened and locked, and still the file of that name: who sweeps holds the lock while he removes it. -1 with
 * errno. */
static int lock_file(const char *path, int flags)
{
    AUTO_FD int fd = open(path, flags | O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    struct stat st;
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
        return -1;
    if (fstat(fd, &st) < 0 || st.st_nlink == 0 || !S_ISREG(st.st_mode)) {
        errno = EWOULDBLOCK;
        return -1;
    }
    return take_fd(&fd);
}

static void name_it(const struct runtime_options *runtime, struct claim *out)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
        random = (uint32_t)now_ns();
    out->id = xasprintf("run-%d-%08x", (int)getpid(), random);
    out->bundle = xasprintf("%s/,%s", runtime->root, out->id);
    out->lock = xasprintf("%s" SUFFIX, out->bundle);
}

static void forget(struct claim *c)
{
    free(c->id);
    free(c->bundle);
    free(c->lock);
    *c = (struct claim){.fd = -1};
}

int claim_begin(const struct runtime_options *runtime, struct claim *out)
{
    *out = (struct claim){.fd = -1};
    TRY(make_dirs(runtime->root, 0700));
    for (int tries = 0; tries < 10; tries++) {
        name_it(runtime, out);
        out->fd = lock_file(out->lock, O_CREAT | O_EXCL);
        if (out->fd >= 0)
            return 0;
        int error = errno;
        fail(error, "create %s", out->lock);
        forget(out);
        if (error != EWOULDBLOCK && error != EEXIST) /* else a sweep came between creating and locking */
            return -1;
    }
    return -1;
}

void claim_end(struct claim *c)
{
    if (c->fd >= 0) {
        unlink(c->lock);
        close(c->fd);
    }
    forget(c);
}

/* Only what is gone for sure gives up its lock's file: the next sweep tries again. */
static int sweep(const struct runtime_options *runtime, const char *lock)
{
    AUTO_FREE char *path = xasprintf("%s/%s", runtime->root, lock);
    AUTO_FREE char *bundle = xstrndup(path, strlen(path) - strlen(SUFFIX));
    AUTO_FD int held = lock_file(path, 0);
    if (held < 0)
        return 0;
    TRY(container_delete(runtime, strrchr(bundle, ',') + 1, true));
    if (rmdir(bundle) < 0) /* one that was only just begun is empty */
        TRY(prepare_remove(bundle));
    return unlink(path) < 0 ? fail(errno, "remove %s", path) : 0;
}

void leftovers_sweep(const struct runtime_options *runtime)
{
    AUTO_DIR DIR *dir = opendir(runtime->root);
    struct dirent *e;
    while (dir && (e = readdir(dir))) {
        if (!str_starts(e->d_name, PREFIX) || !str_ends(e->d_name, SUFFIX))
            continue;
        if (sweep(runtime, e->d_name) < 0)
            log_debug("what a killed run left: %s: %s", e->d_name, error_text());
        error_clear();
    }
}
