/* The socket between the runtime and the process it makes: see sync.h. */
#include "container/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "linux/paths.h"

struct frame {
    uint32_t type;
    int32_t number;
    uint32_t len;
};

#define SYNC_TEXT_MAX (1U << 20)

int sync_pair(int sync[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sync) < 0)
        return fail(errno, "socketpair");
    return 0;
}

union fd_message {
    struct cmsghdr align;
    char space[CMSG_SPACE(sizeof(int))];
};

static void attach_fd(struct msghdr *m, union fd_message *control, int fd)
{
    memset(control, 0, sizeof(*control));
    m->msg_control = control->space;
    m->msg_controllen = sizeof(control->space);
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof(int));
}

static int send_message(int socket, const void *data, size_t len, int fd)
{
    union fd_message control;
    struct iovec iov = {(void *)(uintptr_t)data, len};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd >= 0)
        attach_fd(&m, &control, fd);
    ssize_t n;
    do
        n = sendmsg(socket, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -1 : (int)n;
}

/* Plain write(2) where no fd goes with it: a seccomp filter that is loaded already may allow nothing else. */
static int write_all(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(errno, "sync socket");
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int sync_send(int fd, enum sync_type type, int number, const char *text, int passed_fd)
{
    size_t len = text ? strlen(text) : 0;
    if (len > SYNC_TEXT_MAX)
        len = SYNC_TEXT_MAX;
    struct frame f = {(uint32_t)type, number, (uint32_t)len};
    if (passed_fd >= 0) {
        if (send_message(fd, &f, sizeof(f), passed_fd) != (int)sizeof(f))
            return fail(errno, "sync socket");
    } else {
        TRY(write_all(fd, &f, sizeof(f)));
    }
    return len ? write_all(fd, text, len) : 0;
}

static ssize_t receive_with_fd(int fd, void *data, size_t len, int *passed_fd)
{
    union fd_message control;
    struct iovec iov = {data, len};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.space,
                       .msg_controllen = sizeof(control.space)};
    ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (c && c->cmsg_type == SCM_RIGHTS)
        memcpy(passed_fd, CMSG_DATA(c), sizeof(int));
    return n;
}

/* Plain read(2) where no fd is wanted, as in write_all(). */
static int receive_all(int fd, void *data, size_t len, int *passed_fd)
{
    char *p = data;
    while (len > 0) {
        ssize_t n = passed_fd ? receive_with_fd(fd, p, len, passed_fd) : read(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(n < 0 ? errno : 0, SYNC_ENDED);
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int sync_receive(int fd, int *number, struct buf *text, int *passed_fd)
{
    struct frame f;
    AUTO_BUF struct buf own = BUF_INIT;
    TRY(receive_all(fd, &f, sizeof(f), passed_fd));
    if (f.len > SYNC_TEXT_MAX)
        return fail(0, "sync socket: bad frame");
    if (!text)
        text = &own;
    buf_reserve(text, f.len);
    if (f.len > 0)
        TRY(receive_all(fd, text->data, f.len, NULL));
    text->len = f.len;
    text->data[f.len] = '\0';
    if (number)
        *number = f.number;
    if (f.type == SYNC_ERROR)
        return error_receive(f.number, text->data);
    return (int)f.type;
}

int sync_send_go(int fd)
{
    struct frame f = {SYNC_GO, 0, 0};
    return send_message(fd, &f, sizeof(f), -1) == (int)sizeof(f) ? 0 : -1;
}

int sync_go(int fd)
{
    if (sync_send_go(fd) == 0)
        return 0;
    int error = errno;
    if (sync_receive(fd, NULL, NULL, NULL) < 0 && !str_starts(error_text(), SYNC_ENDED))
        return -1; /* it has told why it ended */
    return fail(error, "sync socket");
}

int sync_expect(int fd, enum sync_type type)
{
    int got = sync_receive(fd, NULL, NULL, NULL);
    if (got < 0)
        return -1;
    return got == (int)type ? 0 : fail(0, "sync socket: unexpected frame %d instead of %d", got, (int)type);
}

int send_fd(int socket, int fd, const void *payload, size_t len)
{
    if (send_message(socket, payload, len, fd) < 0)
        return fail(errno, "send file descriptor");
    return 0;
}

int connect_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(errno, "socket");
    AUTO_FD int file = -1;
    if (strlen(path) < sizeof(address.sun_path)) {
        strcpy(address.sun_path, path);
    } else { /* sun_path holds 107 bytes: reach it through its fd */
        file = open(path, O_PATH | O_CLOEXEC);
        if (file < 0)
            return fail(errno, "%s", path);
        strcpy(address.sun_path, fd_path(file).s);
    }
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return fail(errno, "connect to %s", path);
    return take_fd(&fd);
}
