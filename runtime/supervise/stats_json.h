/* A container's statistics as `events` writes them: runc's JSON, or Prometheus' text format. */
#ifndef RSBX_SUPERVISE_STATS_JSON_H
#define RSBX_SUPERVISE_STATS_JSON_H

#include "cgroup/cgroup.h"
#include "spec/json.h"
#include "supervise/usage.h"

/* One line {"type":"stats","id":ID,"data":{...}}: names, types and what is left out when zero are those of
 * runc's types/events.go, which go-runc decodes. */
void stats_event(const char *id, const struct cgroup_stats *s, struct buf *out);
/* {"type":"oom","id":ID} */
void oom_event(const char *id, struct buf *out);

struct metrics_row {
    const char *id, *status;
    struct usage usage;
};
/* Text exposition format 0.0.4, for all rows together: a metric's HELP and TYPE stand once. */
void prometheus_text(const struct metrics_row *rows, size_t n, struct buf *out);

#endif
