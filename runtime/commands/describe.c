/* What state and list print of a container: see describe.h. */
#include "commands/describe.h"

#include <time.h>

#include "base/error.h"
#include "base/version.h"

void describe_container(const struct container *c, struct json *j)
{
    json_string(j, "ociVersion", OCI_VERSION);
    json_string(j, "id", c->id);
    json_int(j, "pid", c->pid);
    json_string(j, "status", container_status_name(c->status));
    json_string(j, "bundle", c->bundle ? c->bundle : "");
    json_string(j, "rootfs", c->rootfs ? c->rootfs : "");
    json_string(j, "created", c->created ? c->created : "0001-01-01T00:00:00Z");
    if (c->spec && c->spec->annotations.n > 0) {
        json_open(j, "annotations", '{');
        for (size_t i = 0; i < c->spec->annotations.n; i++)
            json_string(j, c->spec->annotations.v[i].key, c->spec->annotations.v[i].value);
        json_close(j, '}');
    }
    json_string(j, "owner", "");
}

static void memory(const struct cgroup_stats *s, struct json *j)
{
    json_open(j, "memory", '{');
    json_uint(j, "current", s->memory.usage);
    if (s->memory.max_usage)
        json_uint(j, "peak", s->memory.max_usage);
    json_close(j, '}');
}

static void cpu(const struct cgroup_stats *s, struct json *j)
{
    json_open(j, "cpu", '{');
    json_uint(j, "totalNs", s->cpu.total_ns);
    json_uint(j, "userNs", s->cpu.user_ns);
    json_uint(j, "systemNs", s->cpu.kernel_ns);
    json_close(j, '}');
}

void describe_usage(const struct container *c, struct json *j)
{
    struct cgroup_stats s = {0};
    struct timespec now;
    if (c->status == STATUS_STOPPED || c->status == STATUS_CREATING || !c->cgroup)
        return;
    if (cgroup_stats_quick(c->cgroup, &s) < 0) {
        error_clear(); /* it has just ended */
        return;
    }
    clock_gettime(CLOCK_BOOTTIME, &now);
    json_open(j, "usage", '{');
    json_uint(j, "wallNs", (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec - c->created_ns);
    if (s.cpu.set)
        cpu(&s, j);
    if (s.memory.set)
        memory(&s, j);
    if (s.pids.set) {
        json_open(j, "pids", '{');
        json_uint(j, "current", s.pids.current);
        json_close(j, '}');
    }
    json_close(j, '}');
    cgroup_stats_free(&s);
}
