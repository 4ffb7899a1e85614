/* rsbx features: what this program knows, as the specification's features structure (features.md,
 * features-linux.md). Every list is printed from the table that the runtime itself uses, so a word is here if
 * and only if config.json may use it. Callers merge stderr into what they parse: nothing may be written
 * there. */
#include <seccomp.h>
#include <stdio.h>

#include "base/auto.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/version.h"
#include "cgroup/cgroup.h"
#include "commands/command.h"
#include "linux/process.h"
#include "linux/rootfs.h"
#include "spec/json.h"

/* The release of runc whose command line and config.json rsbx is compatible with (runc's
 * types/features/features.go: other runtimes MAY report it). */
#define COMPATIBLE_RUNC "1.4.0"

static void names(struct json *j, const char *key, const char *const *list)
{
    json_open(j, key, '[');
    for (; *list; list++)
        json_string(j, NULL, *list);
    json_close(j, ']');
}

static void table_names(struct json *j, const char *key, const struct name_value *table)
{
    json_open(j, key, '[');
    for (; table->name; table++)
        json_string(j, NULL, table->name);
    json_close(j, ']');
}

static void enabled(struct json *j, const char *key)
{
    json_open(j, key, '{');
    json_bool(j, "enabled", true);
    json_close(j, '}');
}

static void write_hooks(struct json *j)
{
    json_open(j, "hooks", '[');
    for (size_t i = 0; spec_hook_name(i); i++)
        json_string(j, NULL, spec_hook_name(i));
    json_close(j, ']');
}

static void write_seccomp(struct json *j)
{
    json_open(j, "seccomp", '{');
    json_bool(j, "enabled", true);
    table_names(j, "actions", seccomp_actions);
    table_names(j, "operators", seccomp_operators);
    table_names(j, "archs", seccomp_archs);
    table_names(j, "knownFlags", seccomp_flags);
    json_open(j, "supportedFlags", '[');
    for (const struct name_value *f = seccomp_flags; f->name; f++)
        if (seccomp_flag_supported((unsigned)f->value))
            json_string(j, NULL, f->name);
    json_close(j, ']');
    json_close(j, '}');
}

static void write_linux(struct json *j)
{
    json_open(j, "linux", '{');
    names(j, "namespaces", spec_namespace_types);
    names(j, "capabilities", capabilities_names());
    json_open(j, "cgroup", '{'); /* compiled in, whatever this host has */
    static const char *const kinds[] = {"v1", "v2", "systemd", "systemdUser", "rdma"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        json_bool(j, kinds[i], true);
    json_close(j, '}');
    write_seccomp(j);
    enabled(j, "apparmor");
    enabled(j, "selinux");
    json_open(j, "intelRdt", '{');
    json_bool(j, "enabled", true);
    json_bool(j, "schemata", true);
    json_bool(j, "monitoring", true);
    json_close(j, '}');
    json_open(j, "memoryPolicy", '{');
    table_names(j, "modes", memory_policy_modes);
    table_names(j, "flags", memory_policy_flags);
    json_close(j, '}');
    json_open(j, "mountExtensions", '{');
    enabled(j, "idmap");
    json_close(j, '}');
    enabled(j, "netDevices");
    json_close(j, '}');
}

static void write_annotations(struct json *j)
{
    const struct scmp_version *v = seccomp_version();
    AUTO_FREE char *seccomp = xasprintf("%u.%u.%u", v->major, v->minor, v->micro);
    bool checkpoint = false;
    for (const struct command *const *c = commands; *c; c++)
        checkpoint |= str_eq((*c)->name, "checkpoint");
    json_open(j, "annotations", '{');
    json_string(j, "io.github.seccomp.libseccomp.version", seccomp);
    json_string(j, "org.opencontainers.runc.checkpoint.enabled", checkpoint ? "true" : "false");
    json_string(j, "org.opencontainers.runc.version", COMPATIBLE_RUNC);
    json_string(j, "org.rsbx.commit", RSBX_COMMIT);
    json_string(j, "org.rsbx.version", RSBX_VERSION);
    json_close(j, '}');
}

/* Annotations of config.json that change what rsbx does; a final "." makes it a prefix. */
static const char *const unsafe_annotations[] = {
    "org.criu.config",
    "org.rsbx.",
    "org.systemd.property.",
    "run.oci.hooks.stderr",
    "run.oci.hooks.stdout",
    "run.oci.keep_original_groups",
    "run.oci.mount_context_type",
    NULL,
};

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    (void)runtime, (void)argc, (void)argv;
    AUTO_BUF struct buf out = BUF_INIT;
    struct json j;
    json_begin(&j, &out, true);
    json_open(&j, NULL, '{');
    json_string(&j, "ociVersionMin", OCI_VERSION_MIN);
    json_string(&j, "ociVersionMax", OCI_VERSION);
    write_hooks(&j);
    names(&j, "mountOptions", rootfs_mount_options());
    write_linux(&j);
    write_annotations(&j);
    names(&j, "potentiallyUnsafeConfigAnnotations", unsafe_annotations);
    json_close(&j, '}');
    json_end(&j);
    buf_addc(&out, '\n');
    return write_fd(STDOUT_FILENO, out.data, out.len);
}

static const struct command_option options[] = {
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_features = {
    .name = "features",
    .arguments = "",
    .summary = "print what this program knows, as JSON",
    .options = options,
    .stop_after = -1,
    .run = run,
    .stateless = true,
};
