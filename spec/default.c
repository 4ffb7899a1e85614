/* The documents that `rsbx spec` writes, as C data. Nothing in them belongs to an arena. */
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/version.h"
#include "spec/config.h"

/* Compound literals at file scope live as long as the program. */
#define STRINGS(...)                                                                                         \
    {                                                                                                        \
        (char *[]){__VA_ARGS__, NULL}, sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)                      \
    }
#define LIST(array)                                                                                          \
    {                                                                                                        \
        array, ARRAY_LEN(array)                                                                              \
    }

static struct spec_capabilities capabilities = {
    .bounding = STRINGS("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"),
    .effective = STRINGS("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"),
    .permitted = STRINGS("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"),
};

static struct spec_rlimit rlimits[] = {{"RLIMIT_NOFILE", 1024, 1024}};

static struct spec_process process = {
    .terminal = true,
    .args = STRINGS("sh"),
    .env = STRINGS("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"),
    .cwd = "/",
    .capabilities = &capabilities,
    .rlimits = LIST(rlimits),
    .no_new_privileges = true,
};

static struct spec_root root = {.path = "rootfs", .readonly = true};

#define MOUNT(destination_, type_, source_, ...)                                                             \
    {                                                                                                        \
        .destination = destination_, .type = type_, .source = source_, __VA_ARGS__                           \
    }
#define MOUNT_PROC MOUNT("/proc", "proc", "proc", )
#define MOUNT_DEV                                                                                            \
    MOUNT("/dev", "tmpfs", "tmpfs", .options = STRINGS("nosuid", "strictatime", "mode=755", "size=65536k"))
#define MOUNT_SHM                                                                                            \
    MOUNT("/dev/shm", "tmpfs", "shm",                                                                        \
          .options = STRINGS("nosuid", "noexec", "nodev", "mode=1777", "size=65536k"))
#define MOUNT_MQUEUE MOUNT("/dev/mqueue", "mqueue", "mqueue", .options = STRINGS("nosuid", "noexec", "nodev"))
#define MOUNT_CGROUP                                                                                         \
    MOUNT("/sys/fs/cgroup", "cgroup", "cgroup",                                                              \
          .options = STRINGS("nosuid", "noexec", "nodev", "relatime", "ro"))

static struct spec_mount mounts[] = {
    MOUNT_PROC,
    MOUNT_DEV,
    MOUNT("/dev/pts", "devpts", "devpts",
          .options = STRINGS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")),
    MOUNT_SHM,
    MOUNT_MQUEUE,
    MOUNT("/sys", "sysfs", "sysfs", .options = STRINGS("nosuid", "noexec", "nodev", "ro")),
    MOUNT_CGROUP,
};

/* No gid=5: only one id is mapped. No new sysfs: it shows the network namespace, which is the host's. */
static struct spec_mount mounts_rootless[] = {
    MOUNT_PROC,
    MOUNT_DEV,
    MOUNT("/dev/pts", "devpts", "devpts",
          .options = STRINGS("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620")),
    MOUNT_SHM,
    MOUNT_MQUEUE,
    MOUNT("/sys", "none", "/sys", .options = STRINGS("rbind", "nosuid", "noexec", "nodev", "ro")),
    MOUNT_CGROUP,
};

static struct spec_namespace namespaces[] = {
    {.type = "pid"}, {.type = "network"}, {.type = "ipc"},
    {.type = "uts"}, {.type = "mount"},   {.type = "cgroup"},
};
static struct spec_namespace namespaces_rootless[] = {
    {.type = "pid"},   {.type = "ipc"},    {.type = "uts"},
    {.type = "mount"}, {.type = "cgroup"}, {.type = "user"},
};

static struct spec_device_cgroup deny_all[] = {{.allow = false, .access = "rwm"}};
static struct spec_resources resources = {.devices = LIST(deny_all)};

static struct spec_linux linux_part = {
    .resources = &resources,
    .namespaces = LIST(namespaces),
    .masked_paths =
        STRINGS("/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
                "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
                "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"),
    .readonly_paths = STRINGS("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"),
};

struct spec *spec_default(void)
{
    struct spec *spec = xcalloc(1, sizeof(*spec));
    spec->oci_version = OCI_VERSION;
    spec->process = &process;
    spec->root = &root;
    spec->hostname = "rsbx";
    spec->mounts = (struct spec_mount_list)LIST(mounts);
    spec->linux_ = &linux_part;
    return spec;
}

static struct spec_id_mapping_list one_id(struct arena *arena, uint32_t host_id)
{
    struct spec_id_mapping *m = arena_alloc(arena, sizeof(*m));
    *m = (struct spec_id_mapping){.container_id = 0, .host_id = host_id, .size = 1};
    return (struct spec_id_mapping_list){m, 1};
}

struct spec *spec_default_rootless(uint32_t uid, uint32_t gid)
{
    struct spec *spec = spec_default();
    struct spec_linux *l = arena_alloc(&spec->arena, sizeof(*l));
    *l = linux_part;
    l->resources = NULL; /* no cgroup can be promised */
    l->namespaces = (struct spec_namespace_list)LIST(namespaces_rootless);
    l->uid_mappings = one_id(&spec->arena, uid);
    l->gid_mappings = one_id(&spec->arena, gid);
    spec->linux_ = l;
    spec->mounts = (struct spec_mount_list)LIST(mounts_rootless);
    return spec;
}
