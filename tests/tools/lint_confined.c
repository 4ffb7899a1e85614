/* lint_confined MODE ACT FILE: gives up what rsbx-lint gives up in MODE (free: nothing), then does ACT, as
 * somebody would who has taken over the parser. Exit code 0: it worked, 1: it failed; a signal if that ended
 * it. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rootfs-tools/lint/lint.h"

const struct limits default_limits = {.max_memory = 512u << 20};

static int act(const char *what, const char *file)
{
    if (strcmp(what, "read") == 0)
        return openat(AT_FDCWD, "/etc/passwd", O_RDONLY | O_CLOEXEC);
    if (strcmp(what, "write") == 0)
        return openat(AT_FDCWD, file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (strcmp(what, "truncate") == 0)
        return openat(AT_FDCWD, file, O_RDONLY | O_TRUNC | O_CLOEXEC);
    if (strcmp(what, "remove") == 0)
        return unlink(file);
    if (strcmp(what, "socket") == 0)
        return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strcmp(what, "fork") == 0)
        return fork();
    if (strcmp(what, "exec") == 0)
        return execl("/bin/true", "true", (char *)NULL);
    if (strcmp(what, "memory") == 0)
        return mmap(NULL, (size_t)1 << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1
                                                                                                        : 0;
    return write(1, "x", 1) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    static const char *const modes[] = {"hook", "file", "files"};
    if (argc != 4)
        return 2;
    for (int i = 0; i < 3; i++)
        if (strcmp(argv[1], modes[i]) == 0 && lint_confine((enum confine_for)i, 0) < 0)
            return 2;
    _exit(act(argv[2], argv[3]) < 0);
}
