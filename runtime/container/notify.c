/* The proxy for sd_notify(3): see notify.h. */
#include "container/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"
#include "container/sync.h"
#include "linux/paths.h"

#define BARRIER_MS 30000

int notify_make_dir(int state_dir_fd)
{
    if (mkdirat(state_dir_fd, "notify", 0755) < 0)
        return fail(errno, "notify directory");
    return 0;
}

int notify_listen(int state_dir_fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *manager = getenv("NOTIFY_SOCKET");
    AUTO_FD int dir = openat(state_dir_fd, "notify", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || !manager || !*manager)
        return -1;
    AUTO_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify.sock", fd_path(dir).s);
    unlinkat(dir, "notify.sock", 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        chmod(address.sun_path, 0777) < 0) {
        fail(errno, "notify socket");
        return -2;
    }
    return take_fd(&fd);
}

static int connect_manager(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    size_t n = strlen(path);
    if (n >= sizeof(address.sun_path))
        return fail(ENAMETOOLONG, "NOTIFY_SOCKET");
    memcpy(address.sun_path, path, n);
    if (path[0] == '@') /* abstract */
        address.sun_path[0] = '\0';
    AUTO_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 ||
        connect(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
        return fail(errno, "NOTIFY_SOCKET %s", path);
    return take_fd(&fd);
}

/* sd_notify_barrier(3): the manager closes the pipe when it has read all that came before. */
static int barrier(int manager)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(errno, "pipe");
    AUTO_FD int in = ends[0];
    int r = send_fd(manager, ends[1], "BARRIER=1", 9);
    close(ends[1]);
    TRY(r);
    struct pollfd p = {in, 0, 0};
    return poll(&p, 1, BARRIER_MS) < 0 ? fail(errno, "poll") : 0;
}

static int tell_manager(const char *ready, pid_t pid)
{
    AUTO_FD int manager = connect_manager();
    AUTO_FREE char *text = xasprintf("MAINPID=%d", (int)pid);
    if (manager < 0)
        return -1;
    if (send(manager, ready, strlen(ready), MSG_NOSIGNAL) < 0 ||
        send(manager, text, strlen(text), MSG_NOSIGNAL) < 0)
        return fail(errno, "NOTIFY_SOCKET");
    return barrier(manager);
}

/* The READY= line of a datagram, NULL if it has none. */
static const char *ready_line(char *datagram)
{
    for (char *line; (line = strsep(&datagram, "\n"));)
        if (str_starts(line, "READY="))
            return line;
    return NULL;
}

int notify_forward(int fd, int pidfd, pid_t pid)
{
    struct pollfd p[2] = {{fd, POLLIN, 0}, {pidfd, POLLIN, 0}};
    char datagram[4096];
    for (;;) {
        if (poll(p, 2, -1) < 0 && errno != EINTR)
            return fail(errno, "poll");
        if (p[0].revents & POLLIN) {
            ssize_t n = recv(fd, datagram, sizeof(datagram) - 1, MSG_DONTWAIT);
            datagram[n > 0 ? n : 0] = '\0';
            const char *ready = ready_line(datagram);
            if (ready)
                return tell_manager(ready, pid);
        } else if (p[1].revents) {
            return 0; /* it ended without being ready: the manager sees that itself */
        }
    }
}
