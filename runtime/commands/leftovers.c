/* See leftovers.h. */
#include "commands/leftovers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "rootfs-tools/prepare.h"

#define BUNDLE    ",run-"
#define CONTAINER "run-"

char *leftovers_bundle(const struct runtime_options *runtime)
{
    return xasprintf("%s/" BUNDLE "%d", runtime->root, (int)getpid());
}

int leftovers_mark(const char *bundle)
{
    AUTO_FD int fd = open(bundle, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
        return -1;
    return take_fd(&fd);
}

/* The pid that a name's number is; false: none, or it is alive. */
static bool is_dead(const char *number, char end)
{
    char digits[12];
    uint64_t pid;
    size_t n = strspn(number, "0123456789");
    if (n == 0 || n >= sizeof(digits) || number[n] != end)
        return false;
    memcpy(digits, number, n);
    digits[n] = '\0';
    return parse_u64(digits, INT_MAX, &pid) == 0 && pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

static int remove_bundle(const struct runtime_options *runtime, const char *name)
{
    AUTO_FREE char *path = xasprintf("%s/%s", runtime->root, name);
    /* A process of another pid namespace holds its lock, although its number means nobody here. */
    AUTO_FD int lock = leftovers_mark(path);
    return lock < 0 ? 0 : prepare_remove(path);
}

void leftovers_sweep(const struct runtime_options *runtime)
{
    AUTO_DIR DIR *dir = opendir(runtime->root);
    struct dirent *e;
    while (dir && (e = readdir(dir))) {
        const char *bundle = str_after(e->d_name, BUNDLE), *container = str_after(e->d_name, CONTAINER);
        int r = 0;
        if (bundle && is_dead(bundle, '\0'))
            r = remove_bundle(runtime, e->d_name);
        else if (container && is_dead(container, '-'))
            r = container_delete(runtime, e->d_name, true);
        if (r < 0)
            log_debug("what a killed run left: %s: %s", e->d_name, error_text());
        error_clear();
    }
}
