/* rsbx events: statistics of a container, again and again until it ends, and its OOM kills. */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "commands/command.h"
#include "supervise/observe.h"
#include "supervise/stats_json.h"

static bool stats_once, prometheus;
static uint64_t interval = 5000000000ULL;

static int print(struct buf *b)
{
    return write_fd(STDOUT_FILENO, buf_str(b), b->len);
}

static int print_stats(const struct container *c)
{
    struct cgroup_stats s;
    AUTO_BUF struct buf b = BUF_INIT;
    if (!c->cgroup)
        return fail(0, "container %s has no cgroup to take statistics from", c->id);
    TRY(cgroup_stats(c->cgroup, &s));
    struct usage u = {.memory = s.memory.usage};
    if (s.memory.set)
        observe(c, &u, boot_ns());
    stats_event(c->id, &s, &b);
    cgroup_stats_free(&s);
    return print(&b);
}

static int print_metrics(char **ids, const struct runtime_options *runtime)
{
    size_t n = 0, rows = 0;
    AUTO_BUF struct buf b = BUF_INIT;
    while (ids[n])
        n++;
    struct metrics_row *v = xcalloc(n + 1, sizeof(*v));
    for (size_t i = 0; i < n; i++) {
        struct container *c;
        if (container_load(runtime, ids[i], false, &c) < 0)
            continue; /* it has just ended */
        v[rows].id = ids[i];
        v[rows].status = container_status_name(c->status);
        v[rows].usage.oom_kills = -1;
        usage_look(c, &v[rows].usage);
        rows++;
        container_free(c);
    }
    error_clear();
    prometheus_text(v, rows, &b);
    free(v);
    return print(&b);
}

static int all_metrics(const struct runtime_options *runtime)
{
    char **ids;
    TRY(container_list(runtime, &ids));
    int r = print_metrics(ids, runtime);
    for (size_t i = 0; ids[i]; i++)
        free(ids[i]);
    free(ids);
    return r;
}

/* The fd tells only that something may have happened; on v1 also that the cgroup was removed. */
static int take_oom(const struct container *c, int fd, int64_t *seen)
{
    char events[sizeof(struct inotify_event) + 256];
    AUTO_BUF struct buf b = BUF_INIT;
    while (read(fd, events, sizeof(events)) > (ssize_t)sizeof(uint64_t))
        ;
    int64_t kills = cgroup_oom_kills(c->cgroup);
    if (kills <= *seen)
        return 0;
    *seen = kills;
    oom_event(c->id, &b);
    return print(&b);
}

static int follow(const struct container *c)
{
    AUTO_FD int oom = c->cgroup ? cgroup_oom_fd(c->cgroup) : -1;
    int64_t kills = c->cgroup ? cgroup_oom_kills(c->cgroup) : 0;
    uint64_t next = now_ns() + interval;
    error_clear();
    for (;;) {
        uint64_t now = now_ns();
        int timeout = next > now ? (int)((next - now + 999999) / 1000000) : 0;
        struct pollfd p[2] = {{c->pidfd, POLLIN, 0}, {oom, POLLIN, 0}};
        int n = poll(p, 2, timeout);
        if (n < 0 && errno != EINTR)
            return fail(errno, "poll");
        if (n > 0 && p[1].revents)
            TRY(take_oom(c, oom, &kills));
        if (n > 0 && p[0].revents)
            return oom >= 0 ? take_oom(c, oom, &kills) : 0;
        if (now_ns() < next)
            continue;
        next += interval;
        if (print_stats(c) < 0) {
            if (error_errno() != ENOENT)
                return -1;
            error_clear(); /* deleted between the end of init and now */
            return 0;
        }
    }
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct container *c;
    if (interval < 1000000)
        return fail(0, "--interval: expected a duration of at least 1ms");
    if (prometheus)
        return argc == 0 ? all_metrics(runtime) : print_metrics(argv, runtime);
    if (argc == 0)
        return fail(0, "events: an argument is missing; usage: rsbx events [OPTIONS] ID");
    TRY(container_load(runtime, argv[0], false, &c));
    int r;
    if (c->status == STATUS_STOPPED || c->pidfd < 0)
        r = fail(0, "container with id %s is not running", c->id);
    else
        r = stats_once ? print_stats(c) : follow(c);
    container_free(c);
    return r;
}

static const struct command_option options[] = {
    {"stats", 0, OPT_FLAG, &stats_once, NULL, "show the statistics once and exit"},
    {"interval", 0, OPT_DURATION, &interval, "DURATION", "time between two statistics (default 5s)"},
    {"prometheus", 0, OPT_FLAG, &prometheus, NULL,
     "Prometheus text format, of ID or of all containers, once"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_events = {
    .name = "events",
    .arguments = "ID",
    .summary = "show statistics and out-of-memory events of a container until it ends",
    .details = "Writes one JSON object a line, as runc does.",
    .options = options,
    .min_args = 0,
    .max_args = 1,
    .stop_after = -1,
    .run = run,
};
