/* The program's three streams. What it writes goes through a pipe to us and on to our own stdout or stderr,
 * byte for byte, up to the output limit; what comes after is read and counted, so that the program never
 * waits for us, and our memory does not grow with what it writes. Its stdin is a pipe too: our own fd would
 * let it reopen the file behind /proc/self/fd/0 for writing. */
#ifndef RSBX_SUPERVISE_OUTPUT_H
#define RSBX_SUPERVISE_OUTPUT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum { STREAM_BUFFER = 32768, STREAM_TAIL = 4096 };

struct stream {
    int from, to;       /* -1: closed, or (to) not passed on */
    bool to_ours;       /* `to` is one of our own standard fds: shared with others, never set non-blocking */
    uint64_t limit;     /* bytes passed on and kept; 0: none */
    uint64_t total;     /* bytes read */
    uint64_t accepted;  /* of these within the limit */
    size_t keep;        /* bytes to keep in `kept` */
    struct buf kept;    /* the first `keep` bytes */
    char *tail;         /* the last STREAM_TAIL bytes read (a ring, index total % STREAM_TAIL), or NULL */
    int error;          /* errno of a write to our own fd that failed, but that nobody reads is none */
    size_t start, fill; /* of buffer: read and not yet written */
    char buffer[STREAM_BUFFER];
};

/* What poll(2) should wait for; at most two. */
size_t stream_poll(const struct stream *s, struct pollfd out[2]);
/* Moves what can be moved without waiting. */
void stream_move(struct stream *s, const struct pollfd *polled, size_t n);
/* After the program's end: reads what is left in the pipe, until its end or deadline (now_ns), and passes on
 * what is within the limit, however slow our reader is. */
void stream_drain(struct stream *s, uint64_t deadline);
static inline bool stream_truncated(const struct stream *s)
{
    return s->total > s->accepted;
}
/* Bytes of the tail in order. */
void stream_tail(const struct stream *s, struct buf *out);
void stream_free(struct stream *s);

#endif
