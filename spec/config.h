/* config.json of the OCI runtime specification 1.3.0 as C data: every common and Linux property.
 *
 * A document is decoded by spec_decode() into an arena and freed as a whole. Conventions:
 *   char *            NULL when the property is absent or "" (Go callers cannot tell them apart); elements of
 *                     lists and values of key_values stay "" when empty
 *   struct strings    n strings and a terminating NULL at v[n]; v is never NULL
 *   struct opt_*      .set tells whether the property was there
 *   struct x_list     n elements at v
 *   pointer to struct NULL when the object is absent
 * Words (namespace types, seccomp actions, ...) stay strings: the part of the runtime that applies them owns
 * the table of those it knows, and `features` is printed from the same tables. Comments give the JSON path
 * where it differs from the name. Sizes in bytes unless a comment says otherwise. */
#ifndef RSBX_SPEC_CONFIG_H
#define RSBX_SPEC_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

struct opt_bool {
    bool set, v;
};
struct opt_i64 {
    bool set;
    int64_t v;
};
struct opt_u64 {
    bool set;
    uint64_t v;
};
struct opt_u32 {
    bool set;
    uint32_t v;
};
struct opt_u16 {
    bool set;
    uint16_t v;
};

struct strings {
    char **v;
    size_t n;
};

struct key_value {
    char *key, *value;
};
struct key_values { /* in document order; a repeated key keeps its last value */
    struct key_value *v;
    size_t n;
};

struct u32_list {
    uint32_t *v;
    size_t n;
};

#define SPEC_LIST(name, type)                                                                                \
    struct name {                                                                                            \
        struct type *v;                                                                                      \
        size_t n;                                                                                            \
    }

/* ---- process ---- */

struct spec_box {
    uint32_t height, width; /* in characters */
};

struct spec_user {
    uint32_t uid, gid;
    struct opt_u32 umask;
    struct u32_list additional_gids; /* additionalGids */
};

struct spec_capabilities { /* names such as "CAP_KILL" */
    struct strings bounding, effective, inheritable, permitted, ambient;
};

struct spec_rlimit {
    char *type; /* "RLIMIT_NOFILE" */
    uint64_t soft, hard;
};
SPEC_LIST(spec_rlimit_list, spec_rlimit);

struct spec_scheduler {
    char *policy; /* "SCHED_OTHER", ... */
    int32_t nice, priority;
    struct strings flags;
    uint64_t runtime, deadline, period; /* nanoseconds */
};

struct spec_io_priority {
    char *class_name; /* class: "IOPRIO_CLASS_BE", ... */
    int32_t priority;
};

struct spec_cpu_affinity {
    char *initial, *final; /* cpu lists, "0-3,7" */
};

struct spec_process {
    bool terminal;
    struct spec_box *console_size; /* consoleSize */
    struct spec_user user;
    struct strings args, env;
    char *cwd;
    struct spec_capabilities *capabilities;
    struct spec_rlimit_list rlimits;
    bool no_new_privileges;       /* noNewPrivileges */
    char *apparmor_profile;       /* apparmorProfile */
    struct opt_i64 oom_score_adj; /* oomScoreAdj */
    struct spec_scheduler *scheduler;
    char *selinux_label;                         /* selinuxLabel */
    struct spec_io_priority *io_priority;        /* ioPriority */
    struct spec_cpu_affinity *exec_cpu_affinity; /* execCPUAffinity */
};

/* ---- root, mounts, hooks ---- */

struct spec_root {
    char *path;
    bool readonly;
};

struct spec_id_mapping {
    uint32_t container_id, host_id, size; /* containerID, hostID */
};
SPEC_LIST(spec_id_mapping_list, spec_id_mapping);

struct spec_mount {
    char *destination, *type, *source;
    struct strings options;
    struct spec_id_mapping_list uid_mappings, gid_mappings; /* uidMappings, gidMappings */
};
SPEC_LIST(spec_mount_list, spec_mount);

struct spec_hook {
    char *path;
    struct strings args, env;
    struct opt_i64 timeout; /* seconds */
};
SPEC_LIST(spec_hook_list, spec_hook);

struct spec_hooks {
    struct spec_hook_list prestart, create_runtime, create_container, start_container, poststart, poststop;
};

/* ---- linux ---- */

struct spec_namespace {
    char *type, *path; /* path NULL: a new one */
};
SPEC_LIST(spec_namespace_list, spec_namespace);

struct spec_device {
    char *path, *type; /* "c", "b", "u", "p" */
    int64_t major, minor;
    struct opt_u32 file_mode, uid, gid; /* fileMode */
};
SPEC_LIST(spec_device_list, spec_device);

struct spec_net_device { /* linux.netDevices: {"eth0": {"name": "eth1"}} */
    char *host_name;
    char *name; /* NULL: keeps its name */
};
SPEC_LIST(spec_net_device_list, spec_net_device);

struct spec_device_cgroup {
    bool allow;
    char *type, *access; /* "a", "b", "c"; "rwm" */
    struct opt_i64 major, minor;
};
SPEC_LIST(spec_device_cgroup_list, spec_device_cgroup);

struct spec_memory {
    struct opt_i64 limit, reservation, swap, kernel, kernel_tcp; /* kernelTCP; -1: unlimited */
    struct opt_u64 swappiness;
    struct opt_bool disable_oom_killer, use_hierarchy, check_before_update;
};

struct spec_cpu {
    struct opt_u64 shares, burst, period, realtime_period; /* microseconds but shares */
    struct opt_i64 quota, realtime_runtime, idle;
    char *cpus, *mems;
};

struct spec_weight_device {
    int64_t major, minor;
    struct opt_u16 weight, leaf_weight;
};
SPEC_LIST(spec_weight_device_list, spec_weight_device);

struct spec_throttle_device {
    int64_t major, minor;
    uint64_t rate; /* bytes or operations a second */
};
SPEC_LIST(spec_throttle_device_list, spec_throttle_device);

struct spec_block_io {
    struct opt_u16 weight, leaf_weight;
    struct spec_weight_device_list weight_device;
    struct spec_throttle_device_list throttle_read_bps, throttle_write_bps, throttle_read_iops,
        throttle_write_iops; /* throttleReadBpsDevice, ... */
};

struct spec_hugepage_limit {
    char *page_size; /* pageSize: "2MB" */
    uint64_t limit;
};
SPEC_LIST(spec_hugepage_limit_list, spec_hugepage_limit);

struct spec_interface_priority {
    char *name;
    uint32_t priority;
};
SPEC_LIST(spec_interface_priority_list, spec_interface_priority);

struct spec_network {
    struct opt_u32 class_id; /* classID */
    struct spec_interface_priority_list priorities;
};

struct spec_rdma {
    char *name; /* the key: "mlx5_1" */
    struct opt_u32 hca_handles, hca_objects;
};
SPEC_LIST(spec_rdma_list, spec_rdma);

struct spec_resources {
    struct spec_device_cgroup_list devices;
    struct spec_memory *memory;
    struct spec_cpu *cpu;
    struct opt_i64 pids_limit;      /* pids.limit; -1 or 0: see cgroup.h */
    struct spec_block_io *block_io; /* blockIO */
    struct spec_hugepage_limit_list hugepage_limits;
    struct spec_network *network;
    struct spec_rdma_list rdma;
    struct key_values unified;
};

struct spec_seccomp_arg {
    uint32_t index;
    uint64_t value, value_two; /* valueTwo */
    char *op;                  /* "SCMP_CMP_EQ", ... */
};
SPEC_LIST(spec_seccomp_arg_list, spec_seccomp_arg);

struct spec_syscall {
    struct strings names;
    char *action;
    struct opt_u32 errno_ret; /* errnoRet */
    struct spec_seccomp_arg_list args;
};
SPEC_LIST(spec_syscall_list, spec_syscall);

struct spec_seccomp {
    char *default_action; /* defaultAction */
    struct opt_u32 default_errno_ret;
    struct strings architectures, flags;
    bool flags_set; /* whether "flags" was there at all */
    char *listener_path, *listener_metadata;
    struct spec_syscall_list syscalls;
};

struct spec_intel_rdt {
    char *clos_id, *l3_cache_schema, *mem_bw_schema; /* closID, l3CacheSchema, memBwSchema */
    struct strings schemata;
    bool enable_monitoring;
};

struct spec_memory_policy {
    char *mode, *nodes;
    struct strings flags;
};

struct spec_personality {
    char *domain;
    struct strings flags;
};

struct spec_time_offset {
    char *clock; /* the key: "monotonic", "boottime" */
    int64_t secs;
    uint32_t nanosecs;
};
SPEC_LIST(spec_time_offset_list, spec_time_offset);

struct spec_linux {
    struct spec_id_mapping_list uid_mappings, gid_mappings;
    struct key_values sysctl;
    struct spec_resources *resources;
    char *cgroups_path; /* cgroupsPath */
    struct spec_namespace_list namespaces;
    struct spec_device_list devices;
    struct spec_net_device_list net_devices; /* netDevices */
    struct spec_seccomp *seccomp;
    char *rootfs_propagation; /* rootfsPropagation */
    struct strings masked_paths, readonly_paths;
    char *mount_label; /* mountLabel */
    struct spec_intel_rdt *intel_rdt;
    struct spec_memory_policy *memory_policy;
    struct spec_personality *personality;
    struct spec_time_offset_list time_offsets;
};

struct spec {
    struct arena arena; /* owns all that is below */
    char *oci_version;
    struct spec_process *process;
    struct spec_root *root;
    char *hostname, *domainname;
    struct spec_mount_list mounts;
    struct spec_hooks *hooks;
    struct key_values annotations;
    struct spec_linux *linux_; /* linux ("linux" is a macro in GNU C); never NULL after spec_decode() */
    /* What the specification allows but advises against, for whoever makes a container of it to log. */
    struct strings warnings;
};

/* Decodes a document of len bytes. name is what errors call it ("config.json"). Checks types, ranges,
 * required properties and what the specification demands without looking at the system (absolute paths,
 * duplicates). Unknown properties are ignored, as the specification says. Bounds: 16 MiB, depth 64.
 * Returns NULL after fail(): "config.json: process.rlimits[2].soft: expected an unsigned integer, found
 * \"many\"", or "config.json: line 3, column 14: ..." for a syntax error. The caller frees the result with
 * spec_free(). */
struct spec *spec_decode(const char *name, const char *json, size_t len);

/* Reads and decodes dirfd/path. */
struct spec *spec_load_at(int dirfd, const char *path);

/* The same for a lone process object (exec --process), a lone resources object (update) and a lone array of
 * mounts: the result is a spec in which only ->process, ->linux_->resources or ->mounts is set. */
struct spec *spec_decode_process(const char *name, const char *json, size_t len);
struct spec *spec_decode_resources(const char *name, const char *json, size_t len);
struct spec *spec_decode_mounts(const char *name, const char *json, size_t len);

void spec_free(struct spec *spec);

static inline void auto_free_spec(struct spec **spec)
{
    if (*spec)
        spec_free(*spec);
}
#define AUTO_SPEC __attribute__((cleanup(auto_free_spec)))

/* Writes the whole document as JSON (pretty: two blanks of indentation). */
struct buf;
void spec_encode(const struct spec *spec, bool pretty, struct buf *out);
void spec_encode_process(const struct spec_process *process, bool pretty, struct buf *out);
void spec_encode_resources(const struct spec_resources *resources, bool pretty, struct buf *out);

/* Value of an annotation, NULL if it is not there. */
const char *spec_annotation(const struct spec *spec, const char *key);

/* The namespace entry of that type ("pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"), NULL
 * if the document has none. */
const struct spec_namespace *spec_namespace(const struct spec *spec, const char *type);

/* All namespace types that a document may name; NULL-terminated. */
extern const char *const spec_namespace_types[];

/* Names of the hooks ("prestart", ...) in the order of the specification; NULL past the last. */
const char *spec_hook_name(size_t i);

/* What `rsbx spec` writes: a shell in a container of its own, in rootfs/. With rootless, one that a user who
 * is not root can run: uid and gid become root in it. */
struct spec *spec_default(void);
struct spec *spec_default_rootless(uint32_t uid, uint32_t gid);

#endif
