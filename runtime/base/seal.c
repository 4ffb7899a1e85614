/* Running from a sealed copy: see seal.h. The copy is named after the original, so that /proc/self/exe still
 * tells where the program is installed: base/helper.c. */
#include "base/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/helper.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif

static int make_memfd(const char *name)
{
    int fd = (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    if (fd < 0 && errno == EINVAL) /* MFD_EXEC is of Linux 6.3 */
        fd = (int)syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd < 0 ? fail(errno, "memfd_create") : fd;
}

static int copy_sealed(int from, off_t size, const char *name)
{
    AUTO_FD int fd = make_memfd(name);
    if (fd < 0)
        return -1;
    while (size > 0) {
        ssize_t n = sendfile(fd, from, NULL, (size_t)size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(errno, "copy of %s", name);
        size -= n;
    }
    if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
        return fail(errno, "seal the copy of %s", name);
    return take_fd(&fd);
}

int seal_self(char **argv)
{
    struct stat st;
    AUTO_FD int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (exe < 0 || fstat(exe, &st) < 0)
        return fail(errno, "/proc/self/exe: is /proc mounted?");
    int seals = fcntl(exe, F_GET_SEALS);
    if ((seals >= 0 && (seals & SEALS) == SEALS) || (geteuid() != 0 && geteuid() != st.st_uid))
        return 0;
    AUTO_FREE char *path = own_path();
    if (!path)
        return -1;
    AUTO_FD int copy = copy_sealed(exe, st.st_size, path);
    if (copy < 0)
        return -1;
    syscall(SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
    return fail(errno, "execute the sealed copy of %s", path);
}
