/* The tables of every property of config.json: see tables.h. A new property is one row here and one member in
 * config.h; T is the struct that the rows belong to, and a row whose kind does not fit its member's type does
 * not compile. The order is the order of writing. */
#include "spec/tables.h"

#include "base/auto.h"

/* offsetof(T, member), or an error at compile time if the member has another type */
#define AT(type, member)                                                                                     \
    (uint16_t)(offsetof(T, member) +                                                                         \
               0 * sizeof(char[__builtin_types_compatible_p(type, __typeof__(((T *)0)->member)) ? 1 : -1]))

#define ROW(kind_, type, json_name, member, ...)                                                             \
    {                                                                                                        \
        .name = json_name, .name_len = sizeof(json_name) - 1, .kind = kind_, .offset = AT(type, member),     \
        __VA_ARGS__                                                                                          \
    }
#define STRING(n, m, ...)     ROW(KIND_STRING, char *, n, m, __VA_ARGS__)
#define BOOL(n, m, ...)       ROW(KIND_BOOL, bool, n, m, __VA_ARGS__)
#define I32(n, m, ...)        ROW(KIND_I32, int32_t, n, m, __VA_ARGS__)
#define I64(n, m, ...)        ROW(KIND_I64, int64_t, n, m, __VA_ARGS__)
#define U32(n, m, ...)        ROW(KIND_U32, uint32_t, n, m, __VA_ARGS__)
#define U64(n, m, ...)        ROW(KIND_U64, uint64_t, n, m, __VA_ARGS__)
#define OPT_BOOL(n, m, ...)   ROW(KIND_OPT_BOOL, struct opt_bool, n, m, __VA_ARGS__)
#define OPT_U16(n, m, ...)    ROW(KIND_OPT_U16, struct opt_u16, n, m, __VA_ARGS__)
#define OPT_U32(n, m, ...)    ROW(KIND_OPT_U32, struct opt_u32, n, m, __VA_ARGS__)
#define OPT_I64(n, m, ...)    ROW(KIND_OPT_I64, struct opt_i64, n, m, __VA_ARGS__)
#define OPT_U64(n, m, ...)    ROW(KIND_OPT_U64, struct opt_u64, n, m, __VA_ARGS__)
#define STRINGS(n, m, ...)    ROW(KIND_STRINGS, struct strings, n, m, __VA_ARGS__)
#define U32S(n, m, ...)       ROW(KIND_U32S, struct u32_list, n, m, __VA_ARGS__)
#define KEY_VALUES(n, m, ...) ROW(KIND_KEY_VALUES, struct key_values, n, m, __VA_ARGS__)
/* x names the table, whose struct is struct spec_x */
#define OBJECT(n, m, x, ...) ROW(KIND_OBJECT, struct spec_##x *, n, m, .sub = &x##_table, __VA_ARGS__)
#define INLINE(n, m, x, ...) ROW(KIND_INLINE, struct spec_##x, n, m, .sub = &x##_table, __VA_ARGS__)
#define LIST(n, m, x, ...)   ROW(KIND_LIST, struct spec_##x##_list, n, m, .sub = &x##_table, __VA_ARGS__)
#define MAP(n, m, x, ...)    ROW(KIND_MAP, struct spec_##x##_list, n, m, .sub = &x##_table, __VA_ARGS__)

#define TABLE(x)                                                                                             \
    static const struct table x##_table = {x##_fields, ARRAY_LEN(x##_fields), sizeof(T)};                    \
    _Static_assert(ARRAY_LEN(x##_fields) <= 64, "a table has at most 64 rows")

/* ---- process ---- */

#define T struct spec_box
static const struct field box_fields[] = {
    U32("height", height, .flags = REQUIRED),
    U32("width", width, .flags = REQUIRED),
};
TABLE(box);
#undef T

#define T struct spec_user
static const struct field user_fields[] = {
    U32("uid", uid, .flags = ALWAYS),
    U32("gid", gid, .flags = ALWAYS),
    OPT_U32("umask", umask, .max = 07777),
    U32S("additionalGids", additional_gids),
};
TABLE(user);
#undef T

#define T struct spec_capabilities
static const struct field capabilities_fields[] = {
    STRINGS("bounding", bounding),   STRINGS("effective", effective), STRINGS("inheritable", inheritable),
    STRINGS("permitted", permitted), STRINGS("ambient", ambient),
};
TABLE(capabilities);
#undef T

#define T struct spec_rlimit
static const struct field rlimit_fields[] = {
    STRING("type", type, .flags = REQUIRED),
    U64("hard", hard, .flags = REQUIRED),
    U64("soft", soft, .flags = REQUIRED),
};
TABLE(rlimit);
#undef T

#define T struct spec_scheduler
static const struct field scheduler_fields[] = {
    STRING("policy", policy, .flags = REQUIRED),
    I32("nice", nice),
    I32("priority", priority),
    STRINGS("flags", flags),
    U64("runtime", runtime),
    U64("deadline", deadline),
    U64("period", period),
};
TABLE(scheduler);
#undef T

#define T struct spec_io_priority
static const struct field io_priority_fields[] = {
    STRING("class", class_name, .flags = REQUIRED),
    I32("priority", priority, .flags = ALWAYS),
};
TABLE(io_priority);
#undef T

#define T struct spec_cpu_affinity
static const struct field cpu_affinity_fields[] = {
    STRING("initial", initial),
    STRING("final", final),
};
TABLE(cpu_affinity);
#undef T

#define T struct spec_process
static const struct field process_fields[] = {
    BOOL("terminal", terminal),
    OBJECT("consoleSize", console_size, box),
    INLINE("user", user, user, .flags = ALWAYS),
    STRINGS("args", args),
    STRINGS("env", env),
    STRING("cwd", cwd, .flags = REQUIRED | ABSOLUTE),
    OBJECT("capabilities", capabilities, capabilities),
    LIST("rlimits", rlimits, rlimit),
    BOOL("noNewPrivileges", no_new_privileges),
    STRING("apparmorProfile", apparmor_profile),
    OPT_I64("oomScoreAdj", oom_score_adj, .min = -1000, .max = 1000),
    OBJECT("scheduler", scheduler, scheduler),
    STRING("selinuxLabel", selinux_label),
    OBJECT("ioPriority", io_priority, io_priority),
    OBJECT("execCPUAffinity", exec_cpu_affinity, cpu_affinity),
};
const struct table process_table = {process_fields, ARRAY_LEN(process_fields), sizeof(T)};
#undef T

/* ---- root, mounts, hooks ---- */

#define T struct spec_root
static const struct field root_fields[] = {
    STRING("path", path, .flags = REQUIRED),
    BOOL("readonly", readonly),
};
TABLE(root);
#undef T

#define T struct spec_id_mapping
static const struct field id_mapping_fields[] = {
    U32("containerID", container_id, .flags = REQUIRED),
    U32("hostID", host_id, .flags = REQUIRED),
    U32("size", size, .flags = REQUIRED),
};
TABLE(id_mapping);
#undef T

#define T struct spec_mount
static const struct field mount_fields[] = {
    STRING("destination", destination, .flags = REQUIRED),
    STRING("type", type),
    STRING("source", source),
    STRINGS("options", options),
    LIST("uidMappings", uid_mappings, id_mapping),
    LIST("gidMappings", gid_mappings, id_mapping),
};
TABLE(mount);
#undef T

#define T struct spec_hook
static const struct field hook_fields[] = {
    STRING("path", path, .flags = REQUIRED | ABSOLUTE),
    STRINGS("args", args),
    STRINGS("env", env),
    OPT_I64("timeout", timeout, .max = INT32_MAX),
};
TABLE(hook);
#undef T

#define T struct spec_hooks
static const struct field hooks_fields[] = {
    LIST("prestart", prestart, hook),
    LIST("createRuntime", create_runtime, hook),
    LIST("createContainer", create_container, hook),
    LIST("startContainer", start_container, hook),
    LIST("poststart", poststart, hook),
    LIST("poststop", poststop, hook),
};
TABLE(hooks);
#undef T

/* ---- linux.resources ---- */

/* allow is REQUIRED, but Go callers leave nothing out; major and minor may be absent: all of them */
#define T struct spec_device_cgroup
static const struct field device_cgroup_fields[] = {
    BOOL("allow", allow, .flags = REQUIRED),
    STRING("type", type),
    OPT_I64("major", major),
    OPT_I64("minor", minor),
    STRING("access", access),
};
TABLE(device_cgroup);
#undef T

#define T struct spec_memory
static const struct field memory_fields[] = {
    OPT_I64("limit", limit),
    OPT_I64("reservation", reservation),
    OPT_I64("swap", swap),
    OPT_I64("kernel", kernel),
    OPT_I64("kernelTCP", kernel_tcp),
    OPT_U64("swappiness", swappiness),
    OPT_BOOL("disableOOMKiller", disable_oom_killer),
    OPT_BOOL("useHierarchy", use_hierarchy),
    OPT_BOOL("checkBeforeUpdate", check_before_update),
};
TABLE(memory);
#undef T

#define T struct spec_cpu
static const struct field cpu_fields[] = {
    OPT_U64("shares", shares),
    OPT_I64("quota", quota),
    OPT_U64("burst", burst),
    OPT_U64("period", period),
    OPT_I64("realtimeRuntime", realtime_runtime),
    OPT_U64("realtimePeriod", realtime_period),
    STRING("cpus", cpus),
    STRING("mems", mems),
    OPT_I64("idle", idle),
};
TABLE(cpu);
#undef T

/* pids has one property, so config.h has no struct for it; required unless absent: Go callers write null */
#define T struct opt_i64
static const struct field pids_fields[] = {
    {.name = "limit", .name_len = 5, .kind = KIND_OPT_I64, .offset = 0},
};
TABLE(pids);
#undef T

#define T struct spec_weight_device
static const struct field weight_device_fields[] = {
    I64("major", major, .flags = REQUIRED),
    I64("minor", minor, .flags = REQUIRED),
    OPT_U16("weight", weight),
    OPT_U16("leafWeight", leaf_weight),
};
TABLE(weight_device);
#undef T

#define T struct spec_throttle_device
static const struct field throttle_device_fields[] = {
    I64("major", major, .flags = REQUIRED),
    I64("minor", minor, .flags = REQUIRED),
    U64("rate", rate, .flags = REQUIRED),
};
TABLE(throttle_device);
#undef T

#define T struct spec_block_io
static const struct field block_io_fields[] = {
    OPT_U16("weight", weight),
    OPT_U16("leafWeight", leaf_weight),
    LIST("weightDevice", weight_device, weight_device),
    LIST("throttleReadBpsDevice", throttle_read_bps, throttle_device),
    LIST("throttleWriteBpsDevice", throttle_write_bps, throttle_device),
    LIST("throttleReadIOPSDevice", throttle_read_iops, throttle_device),
    LIST("throttleWriteIOPSDevice", throttle_write_iops, throttle_device),
};
TABLE(block_io);
#undef T

#define T struct spec_hugepage_limit
static const struct field hugepage_limit_fields[] = {
    STRING("pageSize", page_size, .flags = REQUIRED),
    U64("limit", limit, .flags = REQUIRED),
};
TABLE(hugepage_limit);
#undef T

#define T struct spec_interface_priority
static const struct field interface_priority_fields[] = {
    STRING("name", name, .flags = REQUIRED),
    U32("priority", priority, .flags = REQUIRED),
};
TABLE(interface_priority);
#undef T

#define T struct spec_network
static const struct field network_fields[] = {
    OPT_U32("classID", class_id),
    LIST("priorities", priorities, interface_priority),
};
TABLE(network);
#undef T

#define T struct spec_rdma
static const struct field rdma_fields[] = {
    OPT_U32("hcaHandles", hca_handles),
    OPT_U32("hcaObjects", hca_objects),
};
TABLE(rdma);
#undef T

#define T struct spec_resources
static const struct field resources_fields[] = {
    LIST("devices", devices, device_cgroup),
    OBJECT("memory", memory, memory),
    OBJECT("cpu", cpu, cpu),
    ROW(KIND_INLINE, struct opt_i64, "pids", pids_limit, .sub = &pids_table),
    OBJECT("blockIO", block_io, block_io),
    LIST("hugepageLimits", hugepage_limits, hugepage_limit),
    OBJECT("network", network, network),
    MAP("rdma", rdma, rdma),
    KEY_VALUES("unified", unified),
};
const struct table resources_table = {resources_fields, ARRAY_LEN(resources_fields), sizeof(T)};
#undef T

/* ---- linux ---- */

#define T struct spec_namespace
static const struct field namespace_fields[] = {
    STRING("type", type, .flags = REQUIRED),
    STRING("path", path, .flags = ABSOLUTE),
};
TABLE(namespace);
#undef T

/* major and minor are REQUIRED for c, b and u, but Go callers leave out a 0 */
#define T struct spec_device
static const struct field device_fields[] = {
    STRING("path", path, .flags = REQUIRED | ABSOLUTE),
    STRING("type", type, .flags = REQUIRED),
    I64("major", major, .flags = ALWAYS),
    I64("minor", minor, .flags = ALWAYS),
    OPT_U32("fileMode", file_mode),
    OPT_U32("uid", uid),
    OPT_U32("gid", gid),
};
TABLE(device);
#undef T

#define T struct spec_net_device
static const struct field net_device_fields[] = {
    STRING("name", name),
};
TABLE(net_device);
#undef T

#define T struct spec_seccomp_arg
static const struct field seccomp_arg_fields[] = {
    U32("index", index, .flags = REQUIRED),
    U64("value", value, .flags = REQUIRED),
    U64("valueTwo", value_two),
    STRING("op", op, .flags = REQUIRED),
};
TABLE(seccomp_arg);
#undef T

#define T struct spec_syscall
static const struct field syscall_fields[] = {
    STRINGS("names", names, .flags = REQUIRED),
    STRING("action", action, .flags = REQUIRED),
    OPT_U32("errnoRet", errno_ret),
    LIST("args", args, seccomp_arg),
};
TABLE(syscall);
#undef T

#define T struct spec_seccomp
static const struct field seccomp_fields[] = {
    STRING("defaultAction", default_action, .flags = REQUIRED),
    OPT_U32("defaultErrnoRet", default_errno_ret),
    STRINGS("architectures", architectures),
    STRINGS("flags", flags, .presence = offsetof(T, flags_set)),
    STRING("listenerPath", listener_path),
    STRING("listenerMetadata", listener_metadata),
    LIST("syscalls", syscalls, syscall),
};
TABLE(seccomp);
#undef T

#define T struct spec_intel_rdt
static const struct field intel_rdt_fields[] = {
    STRING("closID", clos_id),
    STRINGS("schemata", schemata),
    STRING("l3CacheSchema", l3_cache_schema),
    STRING("memBwSchema", mem_bw_schema),
    BOOL("enableMonitoring", enable_monitoring),
};
TABLE(intel_rdt);
#undef T

#define T struct spec_memory_policy
static const struct field memory_policy_fields[] = {
    STRING("mode", mode, .flags = REQUIRED),
    STRING("nodes", nodes),
    STRINGS("flags", flags),
};
TABLE(memory_policy);
#undef T

#define T struct spec_personality
static const struct field personality_fields[] = {
    STRING("domain", domain, .flags = REQUIRED),
    STRINGS("flags", flags),
};
TABLE(personality);
#undef T

#define T struct spec_time_offset
static const struct field time_offset_fields[] = {
    I64("secs", secs),
    U32("nanosecs", nanosecs),
};
TABLE(time_offset);
#undef T

#define T struct spec_linux
static const struct field linux_fields[] = {
    LIST("uidMappings", uid_mappings, id_mapping),
    LIST("gidMappings", gid_mappings, id_mapping),
    KEY_VALUES("sysctl", sysctl),
    OBJECT("resources", resources, resources),
    STRING("cgroupsPath", cgroups_path),
    LIST("namespaces", namespaces, namespace),
    LIST("devices", devices, device),
    MAP("netDevices", net_devices, net_device),
    OBJECT("seccomp", seccomp, seccomp),
    STRING("rootfsPropagation", rootfs_propagation),
    STRINGS("maskedPaths", masked_paths, .flags = ABSOLUTE),
    STRINGS("readonlyPaths", readonly_paths, .flags = ABSOLUTE),
    STRING("mountLabel", mount_label),
    OBJECT("intelRdt", intel_rdt, intel_rdt),
    OBJECT("memoryPolicy", memory_policy, memory_policy),
    OBJECT("personality", personality, personality),
    MAP("timeOffsets", time_offsets, time_offset),
};
const struct table linux_table = {linux_fields, ARRAY_LEN(linux_fields), sizeof(T)};
#undef T

/* ---- the document ---- */

#define T struct spec
static const struct field spec_fields[] = {
    STRING("ociVersion", oci_version, .flags = REQUIRED),
    OBJECT("process", process, process),
    OBJECT("root", root, root, .flags = REQUIRED),
    STRING("hostname", hostname),
    STRING("domainname", domainname),
    LIST("mounts", mounts, mount),
    OBJECT("hooks", hooks, hooks),
    KEY_VALUES("annotations", annotations),
    ROW(KIND_OBJECT, struct spec_linux *, "linux", linux_, .sub = &linux_table),
};
const struct table spec_table = {spec_fields, ARRAY_LEN(spec_fields), sizeof(T)};
#undef T

const char *spec_hook_name(size_t i)
{
    return i < hooks_table.n ? hooks_table.fields[i].name : NULL;
}

void table_defaults(const struct table *table, void *base)
{
    static char *none[1]; /* struct strings promises a terminating NULL */
    for (const struct field *f = table->fields; f < table->fields + table->n; f++) {
        if (f->kind == KIND_STRINGS)
            ((struct strings *)((char *)base + f->offset))->v = none;
        else if (f->kind == KIND_INLINE)
            table_defaults(f->sub, (char *)base + f->offset);
    }
}
