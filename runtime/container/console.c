/* The container's terminal: see console.h. */
#include "container/console.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "container/sync.h"
#include "linux/paths.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

static int open_master(int root_fd)
{
    static const char *const paths[] = {"/dev/pts/ptmx", "/dev/ptmx"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        int fd = root_fd >= 0 ? path_open_in(root_fd, paths[i], O_RDWR | O_NOCTTY | O_NONBLOCK, 0)
                              : open(paths[i], O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
            continue;
        struct stat st;
        /* what the container calls ptmx may be anything: take only the real one, 5:2 */
        if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2)) {
            fcntl(fd, F_SETFL, O_RDWR);
            return fd;
        }
        close(fd);
    }
    return fail(0,
                "process.terminal: the container has no working /dev/ptmx: is a devpts mounted on /dev/pts?");
}

static int prepare_slave(int slave, const struct spec_process *process)
{
    struct termios t;
    if (process->console_size) {
        struct winsize size = {.ws_row = (unsigned short)process->console_size->height,
                               .ws_col = (unsigned short)process->console_size->width};
        if (ioctl(slave, TIOCSWINSZ, &size) < 0)
            return fail(errno, "process.consoleSize");
    }
    if (tcgetattr(slave, &t) == 0) {
        t.c_oflag &= ~(tcflag_t)ONLCR;
        tcsetattr(slave, TCSANOW, &t);
    }
    /* in a user namespace without this gid the owner stays as it is */
    if (fchown(slave, process->user.uid, (gid_t)-1) < 0 && errno != EINVAL && errno != EPERM &&
        errno != EROFS)
        return fail(errno, "chown of the terminal");
    return 0;
}

int console_open(int root_fd, const struct spec_process *process, int *master, int *slave)
{
    int unlock = 0;
    AUTO_FD int m = open_master(root_fd);
    if (m < 0)
        return -1;
    if (ioctl(m, TIOCSPTLCK, &unlock) < 0)
        return fail(errno, "unlock the terminal");
    AUTO_FD int s = ioctl(m, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (s < 0)
        return fail(errno, "open the terminal");
    TRY(prepare_slave(s, process));
    *master = take_fd(&m);
    *slave = take_fd(&s);
    return 0;
}

int console_send(int socket, int master)
{
    static const char name[] = "/dev/ptmx";
    return send_fd(socket, master, name, sizeof(name) - 1);
}

int console_control(int slave)
{
    if (ioctl(slave, TIOCSCTTY, 0) < 0)
        return fail(errno, "make the terminal the controlling one");
    return 0;
}
