/* See output.h. */
#include "supervise/output.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

static void close_fd(int *fd)
{
    if (*fd > 2)
        close(*fd);
    *fd = -1;
}

size_t stream_poll(const struct stream *s, struct pollfd out[2])
{
    size_t n = 0;
    if (s->fill > 0 && s->to >= 0)
        out[n++] = (struct pollfd){s->to, POLLOUT, 0};
    else if (s->from >= 0)
        out[n++] = (struct pollfd){s->from, POLLIN, 0};
    if (s->fill == 0 && s->from >= 0 && s->to >= 0 && !s->to_ours)
        out[n++] = (struct pollfd){s->to, 0, 0}; /* POLLERR: the program has closed its stdin */
    return n;
}

/* Takes the last read of n bytes into account; what is past the limit does not stay in the buffer. */
static void account(struct stream *s, size_t n)
{
    const char *bytes = s->buffer;
    for (size_t i = n > STREAM_TAIL ? n - STREAM_TAIL : 0; s->tail && i < n;) {
        size_t at = (size_t)((s->total + i) % STREAM_TAIL), room = STREAM_TAIL - at;
        size_t part = n - i < room ? n - i : room;
        memcpy(s->tail + at, bytes + i, part);
        i += part;
    }
    s->total += n;
    uint64_t left = s->limit ? s->limit - s->accepted : UINT64_MAX;
    size_t take = n < left ? n : (size_t)left;
    s->accepted += take;
    if (s->kept.len < s->keep) {
        size_t room = s->keep - s->kept.len;
        buf_add(&s->kept, bytes, take < room ? take : room);
    }
    s->start = 0;
    s->fill = s->to >= 0 ? take : 0;
}

static bool read_some(struct stream *s)
{
    ssize_t n = read(s->from, s->buffer, sizeof(s->buffer));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return false;
    if (n <= 0) {
        close_fd(&s->from);
        if (!s->to_ours)
            close_fd(&s->to); /* the program's stdin ends */
        return false;
    }
    account(s, (size_t)n);
    return true;
}

static void write_some(struct stream *s)
{
    /* pipe(7): POLLOUT promises room for PIPE_BUF bytes, not more, and our own stdout may block. */
    size_t len = s->to_ours && s->fill > PIPE_BUF ? PIPE_BUF : s->fill;
    ssize_t n = write(s->to, s->buffer + s->start, len);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n < 0) { /* nobody reads: the program is told in the same way, by EPIPE or SIGPIPE */
        s->error = s->to_ours && errno != EPIPE ? errno : 0;
        s->fill = 0;
        if (s->keep == 0)
            close_fd(&s->from);
        close_fd(&s->to);
        return;
    }
    s->start += (size_t)n;
    s->fill -= (size_t)n;
}

void stream_move(struct stream *s, const struct pollfd *polled, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!polled[i].revents)
            continue;
        if (polled[i].fd == s->from) {
            read_some(s);
        } else if (polled[i].fd == s->to && (polled[i].revents & (POLLERR | POLLNVAL)) && !s->to_ours) {
            s->fill = 0;
            close_fd(&s->to);
            close_fd(&s->from);
        } else if (polled[i].fd == s->to && s->fill > 0) {
            write_some(s);
        }
    }
}

void stream_drain(struct stream *s, uint64_t deadline)
{
    while (s->from >= 0 || s->fill > 0) {
        while (s->fill > 0 && s->to >= 0)
            write_some(s); /* our own stdout: blocks as it would for any program */
        s->fill = 0;
        if (s->from < 0)
            break;
        struct pollfd p = {s->from, POLLIN, 0};
        uint64_t now = now_ns();
        int timeout = now < deadline ? (int)((deadline - now) / 1000000) + 1 : 0;
        int r = poll(&p, 1, timeout);
        if (r == 0) /* somebody out of reach still holds it open */
            close_fd(&s->from);
        else if (r > 0)
            read_some(s);
    }
}

void stream_tail(const struct stream *s, struct buf *out)
{
    if (!s->tail)
        return;
    if (s->total <= STREAM_TAIL) {
        buf_add(out, s->tail, (size_t)s->total);
        return;
    }
    size_t at = (size_t)(s->total % STREAM_TAIL);
    buf_add(out, s->tail + at, STREAM_TAIL - at);
    buf_add(out, s->tail, at);
}

void stream_free(struct stream *s)
{
    close_fd(&s->from);
    if (!s->to_ours)
        close_fd(&s->to);
    buf_free(&s->kept);
    free(s->tail);
    s->tail = NULL;
}
