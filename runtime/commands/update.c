/* rsbx update: changes the resource limits of a container, from a file or from flags. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/strings.h"
#include "commands/command.h"

static struct {
    const char *file, *cpus, *mems, *l3, *bandwidth;
    struct opt_u64 weight, period, burst, shares, rt_period;
    struct opt_i64 quota, rt_runtime, idle, pids;
    struct opt_i64 memory, reservation, swap, kernel, kernel_tcp;
} o;

static struct spec *read_resources(void)
{
    AUTO_BUF struct buf text = BUF_INIT;
    bool standard_input = str_eq(o.file, "-");
    int r = standard_input ? read_fd(STDIN_FILENO, 1U << 20, &text)
                           : read_file_at(AT_FDCWD, o.file, 1U << 20, &text);
    return r < 0
               ? NULL
               : spec_decode_resources(standard_input ? "standard input" : o.file, buf_str(&text), text.len);
}

static void cpu_from_flags(struct spec_cpu *cpu)
{
    cpu->period = o.period;
    cpu->burst = o.burst;
    cpu->shares = o.shares;
    cpu->realtime_period = o.rt_period;
    cpu->quota = o.quota;
    cpu->realtime_runtime = o.rt_runtime;
    cpu->idle = o.idle;
    cpu->cpus = (char *)(uintptr_t)o.cpus;
    cpu->mems = (char *)(uintptr_t)o.mems;
}

static int update_from_flags(struct container *c)
{
    struct spec_cpu cpu = {0};
    struct spec_block_io block = {0};
    struct spec_memory memory = {.limit = o.memory,
                                 .reservation = o.reservation,
                                 .swap = o.swap,
                                 .kernel = o.kernel,
                                 .kernel_tcp = o.kernel_tcp};
    struct spec_resources r = {.memory = &memory, .cpu = &cpu, .pids_limit = o.pids};
    cpu_from_flags(&cpu);
    TRY(cgroup_check_shares(&cpu)); /* on cgroup2 too: the text of the option says so */
    if (o.weight.set) {
        if (o.weight.v > UINT16_MAX)
            return fail(0, "--blkio-weight: expected a number from 10 to 1000");
        block.weight.set = true;
        block.weight.v = (uint16_t)o.weight.v;
        r.block_io = &block;
    }
    return container_update(c, &r);
}

static int update(struct container *c)
{
    if (c->status == STATUS_STOPPED || c->status == STATUS_CREATING)
        return fail(0, "container not running");
    if (o.l3 || o.bandwidth)
        TRY(container_update_rdt(c, o.l3, o.bandwidth));
    if (!o.file)
        return update_from_flags(c);
    AUTO_SPEC struct spec *spec = read_resources();
    return spec ? container_update(c, spec->linux_->resources) : -1;
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct container *c;
    (void)argc;
    TRY(container_load(runtime, argv[0], true, &c));
    int r = update(c);
    container_free(c);
    return r;
}

static const struct command_option options[] = {
    {"resources", 'r', OPT_STRING, &o.file, "FILE", "resources object (JSON); \"-\" is standard input"},
    {"memory", 0, OPT_SIZE, &o.memory, "SIZE", "memory limit"},
    {"memory-reservation", 0, OPT_SIZE, &o.reservation, "SIZE", "soft memory limit"},
    {"memory-swap", 0, OPT_SIZE, &o.swap, "SIZE", "memory and swap limit, -1: no limit"},
    {"kernel-memory", 0, OPT_SIZE, &o.kernel, "SIZE", NULL},
    {"kernel-memory-tcp", 0, OPT_SIZE, &o.kernel_tcp, "SIZE", NULL},
    {"cpu-period", 0, OPT_U64, &o.period, "US", "CPU period in microseconds"},
    {"cpu-quota", 0, OPT_I64, &o.quota, "US", "CPU time in a period, -1: no limit"},
    {"cpu-burst", 0, OPT_U64, &o.burst, "US", "CPU time saved up for bursts"},
    {"cpu-share", 0, OPT_U64, &o.shares, "N", "CPU shares, 2 to 262144"},
    {"cpu-idle", 0, OPT_I64, &o.idle, "0|1", "idle scheduling"},
    {"cpu-rt-period", 0, OPT_U64, &o.rt_period, "US", "realtime period"},
    {"cpu-rt-runtime", 0, OPT_I64, &o.rt_runtime, "US", "realtime runtime"},
    {"cpuset-cpus", 0, OPT_STRING, &o.cpus, "LIST", "CPUs to use"},
    {"cpuset-mems", 0, OPT_STRING, &o.mems, "LIST", "memory nodes to use"},
    {"pids-limit", 0, OPT_I64, &o.pids, "N", "most processes, -1: no limit"},
    {"blkio-weight", 0, OPT_U64, &o.weight, "N", "block IO weight, 10 to 1000"},
    {"l3-cache-schema", 0, OPT_STRING, &o.l3, "SCHEMA", "Intel RDT L3 cache schema"},
    {"mem-bw-schema", 0, OPT_STRING, &o.bandwidth, "SCHEMA", "Intel RDT memory bandwidth schema"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_update = {
    .name = "update",
    .arguments = "ID",
    .summary = "change the limits of a container",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .stop_after = -1,
    .run = run,
};
