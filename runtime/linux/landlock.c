/* See landlock.h. Debian's headers are older than the kernels that we meet: the numbers are those of
 * include/uapi/linux/landlock.h. */
#include "linux/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"

enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 }; /* the same on all processors */
enum { GET_VERSION = 1, RULE_PATH_BENEATH = 1 };

struct ruleset {
    uint64_t files, network, scopes; /* what it handles; versions 1, 4, 6 */
};

struct __attribute__((packed)) path_beneath {
    uint64_t allowed;
    int32_t parent;
};

enum {
    EXECUTE = 1 << 0,
    WRITE_FILE = 1 << 1,
    READ_FILE = 1 << 2,
    READ_DIR = 1 << 3,
    MAKE_CHAR = 1 << 6,
    MAKE_BLOCK = 1 << 11,
    ALL_1 = (1 << 13) - 1, /* and REMOVE_*, MAKE_* */
    REFER = 1 << 13,       /* version 2 */
    TRUNCATE = 1 << 14,    /* version 3 */
    IOCTL_DEV = 1 << 15,   /* version 5 */
    BIND_TCP = 1 << 0,
    CONNECT_TCP = 1 << 1,
    ABSTRACT_UNIX_SOCKET = 1 << 0,
    SIGNAL = 1 << 1,
};

int landlock_version(void)
{
    long version = syscall(CREATE_RULESET, NULL, 0, GET_VERSION);
    return version >= 2 ? (int)version : 0; /* version 1 forbids all renames between directories */
}

static struct ruleset ruleset_of(int version, bool tcp)
{
    struct ruleset r = {.files = ALL_1 | REFER};
    if (version >= 3)
        r.files |= TRUNCATE;
    if (version >= 4 && !tcp)
        r.network = BIND_TCP | CONNECT_TCP;
    if (version >= 5)
        r.files |= IOCTL_DEV;
    if (version >= 6)
        r.scopes = ABSTRACT_UNIX_SOCKET | SIGNAL;
    return r;
}

/* Of a file only rights of files can be given. */
static int allow(int ruleset, const char *path, uint64_t rights)
{
    struct stat st;
    AUTO_FD int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rights &= EXECUTE | READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV;
    struct path_beneath rule = {rights, fd};
    if (fd < 0 || syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0)
        return fail(errno, "%s", path);
    return 0;
}

/* missing: those that are not there may be. */
static int allow_all(int ruleset, const char *paths, uint64_t rights, bool missing)
{
    AUTO_FREE char *copy = xstrdup(paths);
    char *save = NULL;
    for (char *path = strtok_r(copy, ":", &save); path; path = strtok_r(NULL, ":", &save))
        if (!missing || access(path, F_OK) == 0)
            TRY(allow(ruleset, path, rights));
    return 0;
}

int landlock_apply(const char *readable, const char *writable, bool tcp)
{
    int version = landlock_version();
    if (version == 0)
        return 0;
    struct ruleset rights = ruleset_of(version, tcp);
    size_t size = version >= 6 ? sizeof(rights) : version >= 4 ? 16 : 8;
    AUTO_FD int fd = (int)syscall(CREATE_RULESET, &rights, size, 0);
    if (fd < 0)
        return fail(errno, "landlock_create_ruleset");
    TRY(allow_all(fd, readable, EXECUTE | READ_FILE | READ_DIR, true));
    TRY(allow_all(fd, writable, rights.files & ~(uint64_t)(MAKE_CHAR | MAKE_BLOCK), false));
    return syscall(RESTRICT_SELF, fd, 0) < 0 ? fail(errno, "landlock_restrict_self") : 0;
}
