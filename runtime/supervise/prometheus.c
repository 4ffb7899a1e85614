/* Metrics in Prometheus' text exposition format, version 0.0.4: see stats_json.h. Names follow its
 * conventions: base units, counters end in _total. */
#include <stddef.h>

#include "base/auto.h"
#include "supervise/stats_json.h"

struct metric {
    const char *name, *type, *help;
    size_t offset; /* of a uint64_t in struct usage */
    double unit;   /* what to divide by */
};

#define GAUGE(name, field, help)                                                                             \
    {                                                                                                        \
        "rsbx_container_" name, "gauge", help, offsetof(struct usage, field), 1                              \
    }
#define COUNTER(name, field, unit, help)                                                                     \
    {                                                                                                        \
        "rsbx_container_" name, "counter", help, offsetof(struct usage, field), unit                         \
    }

static const struct metric metrics[] = {
    GAUGE("memory_bytes", memory, "Memory in use, in bytes."),
    GAUGE("memory_peak_bytes", memory_peak, "Highest memory use since the start, in bytes."),
    GAUGE("memory_limit_bytes", memory_limit, "Memory limit, in bytes; 0 is none."),
    COUNTER("cpu_seconds_total", cpu_ns, 1e9, "CPU time used by all processes, in seconds."),
    COUNTER("cpu_user_seconds_total", user_ns, 1e9, "CPU time in user mode, in seconds."),
    COUNTER("cpu_system_seconds_total", system_ns, 1e9, "CPU time in the kernel, in seconds."),
    COUNTER("cpu_throttled_seconds_total", throttled_ns, 1e9, "Time held back by the CPU quota, in seconds."),
    GAUGE("pids", pids, "Processes and threads."),
    GAUGE("pids_limit", pids_limit, "Limit of processes and threads; 0 is none."),
    COUNTER("io_read_bytes_total", read_bytes, 1, "Bytes read from block devices."),
    COUNTER("io_written_bytes_total", written_bytes, 1, "Bytes written to block devices."),
    COUNTER("page_faults_total", page_faults, 1, "Page faults."),
    COUNTER("major_page_faults_total", major_faults, 1, "Page faults that had to read from a device."),
};

static void header(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void prometheus_text(const struct metrics_row *rows, size_t n, struct buf *out)
{
    for (size_t m = 0; m < ARRAY_LEN(metrics); m++) {
        header(out, metrics[m].name, metrics[m].type, metrics[m].help);
        for (size_t i = 0; i < n; i++) {
            uint64_t v = *(const uint64_t *)((const char *)&rows[i].usage + metrics[m].offset);
            buf_printf(out, "%s{id=\"%s\"} ", metrics[m].name, rows[i].id);
            if (metrics[m].unit > 1)
                buf_printf(out, "%.9f\n", (double)v / metrics[m].unit);
            else
                buf_printf(out, "%llu\n", (unsigned long long)v);
        }
    }
    header(out, "rsbx_container_oom_kills_total", "counter", "Processes killed for want of memory.");
    for (size_t i = 0; i < n; i++)
        if (rows[i].usage.oom_kills >= 0)
            buf_printf(out, "rsbx_container_oom_kills_total{id=\"%s\"} %lld\n", rows[i].id,
                       (long long)rows[i].usage.oom_kills);
    header(out, "rsbx_container_info", "gauge", "Always 1; status is a label.");
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "rsbx_container_info{id=\"%s\",status=\"%s\"} 1\n", rows[i].id, rows[i].status);
}
