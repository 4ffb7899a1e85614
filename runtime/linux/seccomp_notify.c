/* Hands the listener of a filter with SCMP_ACT_NOTIFY to its agent: config-linux.md, "The Container Process
 * State". One connection carries the state as JSON with the fd (SCM_RIGHTS) on its first byte, then ends. */
#include "linux/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/version.h"
#include "linux/paths.h"
#include "spec/json.h"

#define AGENT_TIMEOUT 10 /* seconds until an agent that accepts nothing is an error */

static void process_state(const struct spec_seccomp *s, pid_t pid, const char *state_json, struct buf *out)
{
    struct json j;
    json_begin(&j, out, false);
    json_open(&j, NULL, '{');
    json_string(&j, "ociVersion", OCI_VERSION);
    json_open(&j, "fds", '[');
    json_string(&j, NULL, "seccompFd");
    json_close(&j, ']');
    json_int(&j, "pid", pid);
    if (s->listener_metadata)
        json_string(&j, "metadata", s->listener_metadata);
    json_close(&j, '}');
    json_end(&j);
    out->len--; /* the closing brace: the state is JSON already and goes in as it is */
    buf_printf(out, ",\"state\":%s}", state_json);
}

/* A path that is too long for sun_path is reached through an fd on it. */
static int connect_agent(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct fd_path through;
    AUTO_FD int file = -1;
    if (strlen(path) >= sizeof(address.sun_path)) {
        file = open(path, O_PATH | O_CLOEXEC);
        if (file < 0)
            return fail(errno, "%s", path);
        through = fd_path(file);
    }
    strncpy(address.sun_path, file < 0 ? path : through.s, sizeof(address.sun_path) - 1);
    AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(errno, "socket");
    struct timeval timeout = {.tv_sec = AGENT_TIMEOUT};
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0)
        return fail(errno, "setsockopt");
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return fail(errno, "%s", path);
    return take_fd(&fd);
}

static int send_with_fd(int to, const struct buf *text, int fd)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec iov = {text->data, text->len};
    struct msghdr message = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof(int));
    while (iov.iov_len > 0) {
        ssize_t n = sendmsg(to, &message, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(errno, "send");
        iov.iov_base = (char *)iov.iov_base + n;
        iov.iov_len -= (size_t)n;
        message.msg_control = NULL; /* the fd went with the first call */
        message.msg_controllen = 0;
    }
    return 0;
}

int seccomp_send_listener(const struct spec_seccomp *s, int listener, pid_t pid, const char *state_json)
{
    AUTO_BUF struct buf text = BUF_INIT;
    process_state(s, pid, state_json, &text);
    AUTO_FD int agent = connect_agent(s->listener_path);
    if (agent < 0 || send_with_fd(agent, &text, listener) < 0)
        return fail_where("linux.seccomp.listenerPath: failed to connect with seccomp agent");
    return 0;
}
