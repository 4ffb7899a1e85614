/* See observe.h. The record is one fixed struct, read and written whole under the container's lock, so that
 * delete never meets a file that appears behind its back. */
#include "supervise/observe.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/io.h"

#define RECORD_FILE "usage"

enum { RECORD_FORMAT = 1 };

struct record {
    uint64_t format, looks;
    uint64_t start_ns, last_ns; /* boot_ns() */
    uint64_t last_memory;
    double memory_time; /* byte nanoseconds from start to last */
};

static bool read_record(int fd, uint64_t now, struct record *out)
{
    return fd >= 0 && pread(fd, out, sizeof(*out), 0) == sizeof(*out) && out->format == RECORD_FORMAT &&
           out->looks > 0 && out->start_ns <= out->last_ns && out->last_ns <= now && out->memory_time >= 0;
}

/* The lock is free while a container merely runs: who waits for it is kept for microseconds. */
static int open_locked(const struct container *c)
{
    if (flock(c->dir_fd, LOCK_EX | LOCK_NB) < 0)
        return -1;
    int fd = openat(c->dir_fd, RECORD_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        flock(c->dir_fd, LOCK_UN);
    return fd;
}

static void write_record(const struct container *c, int fd, const struct record *r)
{
    if (pwrite(fd, r, sizeof(*r), 0) != sizeof(*r) && ftruncate(fd, 0) < 0)
        return; /* a record that is not whole is not read */
    flock(c->dir_fd, LOCK_UN);
}

void observe(const struct container *c, struct usage *u, uint64_t now)
{
    struct record r;
    int writable = open_locked(c);
    AUTO_FD int fd =
        writable >= 0 ? writable : openat(c->dir_fd, RECORD_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (!read_record(fd, boot_ns(), &r)) /* what was before the first look is taken to have been as it is */
        r = (struct record){RECORD_FORMAT, 0, c->created_ns < now ? c->created_ns : now, 0, u->memory, 0};
    if (r.looks == 0)
        r.last_ns = r.start_ns;
    if (now < r.last_ns) /* somebody else has looked since */
        now = r.last_ns;
    r.memory_time += ((double)r.last_memory + (double)u->memory) / 2 * (double)(now - r.last_ns);
    r.last_ns = now;
    r.last_memory = u->memory;
    r.looks++;
    if (now > r.start_ns)
        u->memory_average = (uint64_t)(r.memory_time / (double)(now - r.start_ns));
    u->memory_looks = r.looks;
    if (writable >= 0)
        write_record(c, fd, &r);
}

void observe_end(const struct container *c, struct usage *u)
{
    struct record r;
    AUTO_FD int fd = openat(c->dir_fd, RECORD_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (!read_record(fd, boot_ns(), &r) || r.last_ns == r.start_ns)
        return;
    u->memory_average = (uint64_t)(r.memory_time / (double)(r.last_ns - r.start_ns));
    u->memory_looks = r.looks;
}

void observe_sampled(const struct container *c, const struct sampler *s)
{
    AUTO_FD int fd = open_locked(c);
    if (fd < 0)
        return;
    uint64_t now = boot_ns(), age = s->last_ns - s->start_ns;
    write_record(c, fd,
                 &(struct record){RECORD_FORMAT, s->usage.memory_looks, now - age, now, s->last_memory,
                                  s->memory_time});
}
