/* Decoding: a document with every property, and what happens to absent, null, repeated and unknown ones.
 * Runs in the project's directory: the document is the fuzzer's seed too. */
#include <fcntl.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "spec/json.h"
#include "spec/tables.h"
#include "tests/unit/test.h"

#define FULL "tests/fuzz/corpus/config/full.json"

static struct spec *load(const char *path)
{
    struct spec *spec = spec_load_at(AT_FDCWD, path);
    if (!spec) {
        printf("Bail out! %s\n", error_text());
        exit(1);
    }
    return spec;
}

static struct spec *decode(const char *json)
{
    struct spec *spec = spec_decode("config.json", json, strlen(json));
    if (!spec) {
        printf("Bail out! %s\n", error_text());
        exit(1);
    }
    return spec;
}

#define CHECK_OPT(got, want)                                                                                 \
    do {                                                                                                     \
        CHECK((got).set);                                                                                    \
        CHECK_INT((got).v, want);                                                                            \
    } while (0)

#define CHECK_STRINGS(list, ...)                                                                             \
    do {                                                                                                     \
        const char *want_strings[] = {__VA_ARGS__};                                                          \
        CHECK_INT((list).n, ARRAY_LEN(want_strings));                                                        \
        for (size_t i_ = 0; i_ < (list).n && i_ < ARRAY_LEN(want_strings); i_++)                             \
            CHECK_STR((list).v[i_], want_strings[i_]);                                                       \
        CHECK((list).v[(list).n] == NULL);                                                                   \
    } while (0)

TEST(full_process)
{
    AUTO_SPEC struct spec *spec = load(FULL);
    const struct spec_process *p = spec->process;
    CHECK(p->terminal);
    CHECK_INT(p->console_size->height, 25);
    CHECK_INT(p->console_size->width, 80);
    CHECK_INT(p->user.uid, 1000);
    CHECK_INT(p->user.gid, 1001);
    CHECK_OPT(p->user.umask, 077);
    CHECK_INT(p->user.additional_gids.n, 2);
    CHECK_INT(p->user.additional_gids.v[1], 4294967295);
    CHECK_STRINGS(p->args, "sh", "-c", "echo \"grüße\" € 😀", "");
    CHECK_STRINGS(p->env, "PATH=/bin", "EMPTY=");
    CHECK_STR(p->cwd, "/work");
    CHECK_STRINGS(p->capabilities->bounding, "CAP_KILL", "CAP_CHOWN");
    CHECK_STRINGS(p->capabilities->effective, "CAP_KILL");
    CHECK_STRINGS(p->capabilities->inheritable, "CAP_CHOWN");
    CHECK_STRINGS(p->capabilities->permitted, "CAP_KILL", "CAP_SYS_PTRACE");
    CHECK_STRINGS(p->capabilities->ambient, "CAP_FOWNER");
    CHECK_INT(p->rlimits.n, 2);
    CHECK_STR(p->rlimits.v[0].type, "RLIMIT_NOFILE");
    CHECK(p->rlimits.v[0].hard == UINT64_MAX);
    CHECK_INT(p->rlimits.v[0].soft, 1024);
    CHECK_INT(p->rlimits.v[1].soft, 1);
    CHECK_INT(p->rlimits.v[1].hard, 2);
    CHECK(p->no_new_privileges);
    CHECK_STR(p->apparmor_profile, "acme_profile");
    CHECK_OPT(p->oom_score_adj, -500);
    CHECK_STR(p->selinux_label, "system_u:system_r:svirt_lxc_net_t:s0:c124,c675");
}

TEST(full_scheduling)
{
    AUTO_SPEC struct spec *spec = load(FULL);
    const struct spec_process *p = spec->process;
    CHECK_STR(p->scheduler->policy, "SCHED_DEADLINE");
    CHECK_INT(p->scheduler->nice, -5);
    CHECK_INT(p->scheduler->priority, 7);
    CHECK_STRINGS(p->scheduler->flags, "SCHED_FLAG_RESET_ON_FORK");
    CHECK_INT(p->scheduler->runtime, 10000000);
    CHECK_INT(p->scheduler->deadline, 20000000);
    CHECK_INT(p->scheduler->period, 30000000);
    CHECK_STR(p->io_priority->class_name, "IOPRIO_CLASS_BE");
    CHECK_INT(p->io_priority->priority, 4);
    CHECK_STR(p->exec_cpu_affinity->initial, "7");
    CHECK_STR(p->exec_cpu_affinity->final, "0-3,7");
}

TEST(full_generic)
{
    AUTO_SPEC struct spec *spec = load(FULL);
    CHECK_STR(spec->oci_version, "1.3.0");
    CHECK_STR(spec->root->path, "rootfs");
    CHECK(spec->root->readonly);
    CHECK_STR(spec->hostname, "host-1");
    CHECK_STR(spec->domainname, "example.org");
    CHECK_INT(spec->mounts.n, 2);
    CHECK_STR(spec->mounts.v[0].destination, "/proc");
    CHECK_INT(spec->mounts.v[0].options.n, 0);
    CHECK(spec->mounts.v[0].options.v != NULL);
    const struct spec_mount *m = &spec->mounts.v[1];
    CHECK_STR(m->type, "none");
    CHECK_STR(m->source, "/srv/data");
    CHECK_STRINGS(m->options, "rbind", "rro", "idmap");
    CHECK_INT(m->uid_mappings.v[0].host_id, 1000);
    CHECK_INT(m->uid_mappings.v[0].size, 10);
    CHECK_INT(m->gid_mappings.v[0].host_id, 2000);
    const struct spec_hooks *h = spec->hooks;
    CHECK_STR(h->prestart.v[0].path, "/bin/prestart");
    CHECK_STRINGS(h->prestart.v[0].args, "prestart", "a");
    CHECK_STRINGS(h->prestart.v[0].env, "A=1");
    CHECK_OPT(h->prestart.v[0].timeout, 1);
    CHECK_STR(h->create_runtime.v[0].path, "/bin/create-runtime");
    CHECK(!h->create_container.v[0].timeout.set);
    CHECK_STR(h->create_container.v[0].path, "/bin/create-container");
    CHECK_STR(h->start_container.v[0].path, "/bin/start-container");
    CHECK_STR(h->poststart.v[1].path, "/bin/poststart2");
    CHECK_STR(h->poststop.v[0].path, "/bin/poststop");
    CHECK_INT(spec->annotations.n, 3);
    CHECK_STR(spec_annotation(spec, "org.example.a"), "1");
    CHECK_STR(spec_annotation(spec, "empty"), "");
    CHECK_STR(spec_annotation(spec, "b/c"), "x\ny");
    CHECK(spec_annotation(spec, "absent") == NULL);
}

TEST(full_resources)
{
    AUTO_SPEC struct spec *spec = load(FULL);
    const struct spec_resources *r = spec->linux_->resources;
    CHECK_INT(r->devices.n, 2);
    CHECK(!r->devices.v[0].allow && !r->devices.v[0].type && !r->devices.v[0].major.set);
    CHECK(r->devices.v[1].allow);
    CHECK_STR(r->devices.v[1].type, "c");
    CHECK_STR(r->devices.v[1].access, "rw");
    CHECK_OPT(r->devices.v[1].major, 10);
    CHECK_OPT(r->devices.v[1].minor, 229);
    CHECK_OPT(r->memory->limit, 536870912);
    CHECK_OPT(r->memory->reservation, 268435456);
    CHECK_OPT(r->memory->swap, -1);
    CHECK_OPT(r->memory->kernel, 1);
    CHECK_OPT(r->memory->kernel_tcp, 2);
    CHECK_OPT(r->memory->swappiness, 0);
    CHECK_OPT(r->memory->disable_oom_killer, 0);
    CHECK_OPT(r->memory->use_hierarchy, 1);
    CHECK_OPT(r->memory->check_before_update, 1);
    CHECK_OPT(r->cpu->shares, 1024);
    CHECK_OPT(r->cpu->quota, 1000000);
    CHECK_OPT(r->cpu->burst, 1000);
    CHECK_OPT(r->cpu->period, 500000);
    CHECK_OPT(r->cpu->realtime_runtime, 950000);
    CHECK_OPT(r->cpu->realtime_period, 1000000);
    CHECK_STR(r->cpu->cpus, "2-3");
    CHECK_STR(r->cpu->mems, "0-7");
    CHECK_OPT(r->cpu->idle, 1);
    CHECK_OPT(r->pids_limit, 32771);
}

TEST(full_resources_io_and_more)
{
    AUTO_SPEC struct spec *spec = load(FULL);
    const struct spec_resources *r = spec->linux_->resources;
    CHECK_OPT(r->block_io->weight, 10);
    CHECK_OPT(r->block_io->leaf_weight, 65535);
    CHECK_INT(r->block_io->weight_device.v[0].major, 8);
    CHECK_OPT(r->block_io->weight_device.v[0].weight, 500);
    CHECK_OPT(r->block_io->weight_device.v[0].leaf_weight, 300);
    CHECK_INT(r->block_io->throttle_read_bps.v[0].rate, 600);
    CHECK_INT(r->block_io->throttle_write_bps.v[0].rate, 601);
    CHECK_INT(r->block_io->throttle_read_iops.v[0].rate, 602);
    CHECK_INT(r->block_io->throttle_write_iops.v[0].rate, 603);
    CHECK_INT(r->block_io->throttle_write_iops.v[0].minor, 4);
    CHECK_STR(r->hugepage_limits.v[0].page_size, "2MB");
    CHECK_INT(r->hugepage_limits.v[0].limit, 9223372036854772000);
    CHECK_OPT(r->network->class_id, 1048577);
    CHECK_STR(r->network->priorities.v[0].name, "eth0");
    CHECK_INT(r->network->priorities.v[0].priority, 500);
    CHECK_INT(r->rdma.n, 2);
    CHECK_STR(r->rdma.v[0].name, "mlx5_1");
    CHECK_OPT(r->rdma.v[0].hca_handles, 3);
    CHECK_OPT(r->rdma.v[0].hca_objects, 10000);
    CHECK(!r->rdma.v[1].hca_handles.set);
    CHECK_OPT(r->rdma.v[1].hca_objects, 0);
    CHECK_STR(r->unified.v[0].key, "memory.high");
    CHECK_STR(r->unified.v[1].value, "259:0 rbps=2097152\n253:0 rbps=2097152");
}

TEST(full_linux)
{
    AUTO_SPEC struct spec *spec = load(FULL);
    const struct spec_linux *l = spec->linux_;
    CHECK_INT(l->uid_mappings.v[0].host_id, 100000);
    CHECK_INT(l->gid_mappings.n, 2);
    CHECK_INT(l->gid_mappings.v[0].container_id, 1);
    CHECK_STR(l->sysctl.v[1].key, "kernel.shm_rmid_forced");
    CHECK_STR(l->cgroups_path, "/my/path");
    CHECK_INT(l->namespaces.n, 8);
    CHECK_STR(spec_namespace(spec, "pid")->path, "/proc/1234/ns/pid");
    CHECK(spec_namespace(spec, "time")->path == NULL);
    CHECK_STR(l->devices.v[0].path, "/dev/fuse");
    CHECK_STR(l->devices.v[0].type, "c");
    CHECK_INT(l->devices.v[0].minor, 229);
    CHECK_OPT(l->devices.v[0].file_mode, 0666);
    CHECK_OPT(l->devices.v[0].uid, 1);
    CHECK_OPT(l->devices.v[0].gid, 2);
    CHECK(!l->devices.v[1].file_mode.set);
    CHECK_STR(l->net_devices.v[0].host_name, "eth0");
    CHECK_STR(l->net_devices.v[0].name, "container_eth0");
    CHECK_STR(l->net_devices.v[1].host_name, "ens4");
    CHECK(l->net_devices.v[1].name == NULL);
    CHECK_STR(l->rootfs_propagation, "slave");
    CHECK_STRINGS(l->masked_paths, "/proc/kcore");
    CHECK_STRINGS(l->readonly_paths, "/proc/sys", "/proc/bus");
    CHECK_STR(l->mount_label, "system_u:object_r:svirt_sandbox_file_t:s0:c715,c811");
    CHECK_STR(l->time_offsets.v[0].clock, "monotonic");
    CHECK_INT(l->time_offsets.v[0].secs, 172800);
    CHECK_INT(l->time_offsets.v[0].nanosecs, 999999999);
    CHECK_INT(l->time_offsets.v[1].secs, -604800);
}

TEST(full_seccomp_and_policies)
{
    AUTO_SPEC struct spec *spec = load(FULL);
    const struct spec_linux *l = spec->linux_;
    CHECK_STR(l->seccomp->default_action, "SCMP_ACT_ERRNO");
    CHECK_OPT(l->seccomp->default_errno_ret, 38);
    CHECK_STRINGS(l->seccomp->architectures, "SCMP_ARCH_X86", "SCMP_ARCH_X32");
    CHECK_STRINGS(l->seccomp->flags, "SECCOMP_FILTER_FLAG_LOG");
    CHECK(l->seccomp->flags_set);
    CHECK_STR(l->seccomp->listener_path, "/run/agent.sock");
    CHECK_STR(l->seccomp->listener_metadata, "what the agent gets");
    const struct spec_syscall *s = l->seccomp->syscalls.v;
    CHECK_INT(l->seccomp->syscalls.n, 2);
    CHECK_STRINGS(s[0].names, "getcwd", "chmod");
    CHECK_STR(s[0].action, "SCMP_ACT_ERRNO");
    CHECK_OPT(s[0].errno_ret, 0);
    CHECK_INT(s[0].args.v[0].index, 5);
    CHECK(s[0].args.v[0].value == UINT64_MAX);
    CHECK_INT(s[0].args.v[0].value_two, 2);
    CHECK_STR(s[0].args.v[0].op, "SCMP_CMP_MASKED_EQ");
    CHECK(!s[1].errno_ret.set && s[1].args.n == 0);
    CHECK_STR(l->intel_rdt->clos_id, "guaranteed_group");
    CHECK_STRINGS(l->intel_rdt->schemata, "L2:0=ff", "L3:0=7f0;1=1f");
    CHECK_STR(l->intel_rdt->l3_cache_schema, "L3:0=7f0;1=1f");
    CHECK_STR(l->intel_rdt->mem_bw_schema, "MB:0=20;1=70");
    CHECK(l->intel_rdt->enable_monitoring);
    CHECK_STR(l->memory_policy->mode, "MPOL_INTERLEAVE");
    CHECK_STR(l->memory_policy->nodes, "2-3");
    CHECK_STRINGS(l->memory_policy->flags, "MPOL_F_STATIC_NODES");
    CHECK_STR(l->personality->domain, "LINUX32");
    CHECK_STRINGS(l->personality->flags, "X");
}

/* The document above is only worth something if it has every row: looked at in all elements of a list. */
static bool row_is_in(const struct field *f, const struct json_value *const *objects, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (json_get(objects[i], f->name))
            return true;
    return false;
}

static void check_rows(const struct table *table, const char *path, const struct json_value *const *objects,
                       size_t n)
{
    for (const struct field *f = table->fields; f < table->fields + table->n; f++) {
        if (!row_is_in(f, objects, n)) {
            printf("# %s.%s is not in %s\n", path, f->name, FULL);
            CHECK(!"every property is in the full document");
        }
        const struct json_value *below[16];
        size_t k = 0;
        for (size_t i = 0; i < n; i++) {
            const struct json_value *v = json_get(objects[i], f->name);
            bool list = f->kind == KIND_LIST;
            for (size_t e = 0; v && e < (list ? json_length(v) : 1) && k < ARRAY_LEN(below); e++)
                below[k++] = list ? json_at(v, e) : f->kind == KIND_MAP ? json_get(v, json_key_at(v, 0)) : v;
        }
        if (f->sub)
            check_rows(f->sub, f->name, below, k);
    }
}

TEST(the_full_document_has_every_row_of_the_tables)
{
    AUTO_BUF struct buf text = BUF_INIT;
    CHECK(read_file_at(AT_FDCWD, FULL, 1 << 20, &text) == 0);
    struct json_value *root = json_parse(FULL, text.data, text.len);
    CHECK(root != NULL);
    const struct json_value *const objects[] = {root};
    check_rows(&spec_table, "", objects, 1);
    json_free(root);
}

TEST(absent_properties)
{
    AUTO_SPEC struct spec *spec =
        decode("{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},"
               "\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"},\"linux\":{\"seccomp\":"
               "{\"defaultAction\":\"SCMP_ACT_ALLOW\"},\"resources\":{}}}");
    CHECK(!spec->hostname && !spec->hooks && spec->mounts.n == 0 && spec->annotations.n == 0);
    const struct spec_process *p = spec->process;
    CHECK(!p->terminal && !p->console_size && !p->capabilities && !p->oom_score_adj.set && !p->scheduler);
    CHECK(p->env.n == 0 && p->env.v && !p->env.v[0]);
    CHECK(p->user.uid == 0 && !p->user.umask.set);
    const struct spec_linux *l = spec->linux_;
    CHECK(l->masked_paths.n == 0 && l->masked_paths.v && !l->masked_paths.v[0]);
    CHECK(!l->seccomp->flags_set && l->seccomp->flags.v);
    CHECK(!l->resources->memory && !l->resources->pids_limit.set);
    CHECK(spec_namespace(spec, "pid") == NULL);
}

TEST(without_linux_there_is_an_empty_one)
{
    AUTO_SPEC struct spec *spec = decode("{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"}}");
    CHECK(spec->linux_ != NULL);
    CHECK(spec->linux_->masked_paths.v != NULL && spec->linux_->namespaces.n == 0 &&
          !spec->linux_->resources);
    CHECK_INT(spec->warnings.n, 0);
}

TEST(null_is_absent_even_after_a_value)
{
    AUTO_SPEC struct spec *spec =
        decode("{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\",\"readonly\":true,\"readonly\":null},"
               "\"process\":{\"args\":[\"a\"],\"cwd\":\"/"
               "\",\"env\":[\"A=1\"],\"env\":null,\"user\":{\"uid\":7},\"user\":null,"
               "\"oomScoreAdj\":5,\"oomScoreAdj\":null,\"capabilities\":{},\"capabilities\":null},"
               "\"annotations\":{\"a\":\"1\",\"b\":\"2\",\"a\":null},\"mounts\":null,"
               "\"linux\":{\"seccomp\":{\"defaultAction\":\"X\",\"flags\":[],\"flags\":null}}}");
    CHECK(!spec->root->readonly);
    CHECK(spec->process->env.n == 0 && spec->process->env.v != NULL);
    CHECK_INT(spec->process->user.uid, 0);
    CHECK(!spec->process->oom_score_adj.set);
    CHECK(!spec->process->capabilities);
    CHECK_INT(spec->annotations.n, 1);
    CHECK_STR(spec->annotations.v[0].key, "b");
    CHECK(!spec->linux_->seccomp->flags_set);
}

TEST(the_last_of_equal_keys_counts)
{
    AUTO_SPEC struct spec *spec = decode(
        "{\"ociVersion\":\"1.0.0\",\"ociVersion\":\"1.1.0\",\"root\":{\"path\":\"a\",\"readonly\":true},"
        "\"root\":{\"path\":\"b\"},\"process\":{\"args\":[\"a\",\"b\"],\"args\":[\"c\"],\"cwd\":\"/\","
        "\"user\":{\"uid\":7,\"gid\":8},\"user\":{\"uid\":9}},"
        "\"annotations\":{\"x\":\"1\",\"y\":\"2\",\"x\":\"3\"},"
        "\"linux\":{\"resources\":{\"pids\":{\"limit\":1},\"pids\":{},"
        "\"rdma\":{\"a\":{\"hcaHandles\":1},\"a\":{\"hcaObjects\":2}}}}}");
    CHECK_STR(spec->oci_version, "1.1.0");
    CHECK_STR(spec->root->path, "b");
    CHECK(!spec->root->readonly);
    CHECK_STRINGS(spec->process->args, "c");
    CHECK_INT(spec->process->user.uid, 9);
    CHECK_INT(spec->process->user.gid, 0);
    CHECK_INT(spec->annotations.n, 2);
    CHECK_STR(spec->annotations.v[0].key, "x");
    CHECK_STR(spec->annotations.v[0].value, "3");
    CHECK(!spec->linux_->resources->pids_limit.set);
    CHECK_INT(spec->linux_->resources->rdma.n, 1);
    CHECK(!spec->linux_->resources->rdma.v[0].hca_handles.set);
    CHECK_OPT(spec->linux_->resources->rdma.v[0].hca_objects, 2);
}

TEST(unknown_properties_and_other_platforms_are_ignored)
{
    AUTO_SPEC struct spec *spec = decode(
        "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\",\"x\":[1.5,{\"y\":null}]},\"new\":{\"a\":[[\"b\"]"
        "]},"
        "\"windows\":{\"layerFolders\":[1]},\"solaris\":{},\"vm\":{\"kernel\":{\"path\":1}},\"zos\":1e99,"
        "\"freebsd\":\"x\\u0000\"}");
    CHECK_STR(spec->root->path, "r");
}

TEST(empty_strings)
{
    AUTO_SPEC struct spec *spec = decode(
        "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"hostname\":\"\",\"process\":{\"args\":[\"\"],"
        "\"cwd\":\"/\",\"env\":[\"\"],\"apparmorProfile\":\"\"},\"annotations\":{\"a\":\"\"},"
        "\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"\"}]}}");
    CHECK(!spec->hostname);
    CHECK(!spec->process->apparmor_profile);
    CHECK_STRINGS(spec->process->args, "");
    CHECK_STRINGS(spec->process->env, "");
    CHECK_STR(spec_annotation(spec, "a"), "");
    CHECK(spec_namespace(spec, "pid") && !spec_namespace(spec, "pid")->path);
}

TEST(relative_destinations_are_below_the_root)
{
    AUTO_SPEC struct spec *spec = load("tests/fuzz/corpus/config/prepared.json");
    CHECK_STR(spec->mounts.v[0].destination, "/tmp");
    CHECK_STRINGS(spec->warnings,
                  "tests/fuzz/corpus/config/prepared.json: mounts[0].destination: \"tmp\" is relative, "
                  "taken as \"/tmp\"");
}

TEST(console_size_without_a_terminal_is_ignored)
{
    AUTO_SPEC struct spec *spec = decode(
        "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"a\"],\"cwd\":\"/\","
        "\"consoleSize\":{\"height\":1,\"width\":2}}}");
    CHECK(!spec->process->console_size);
}

TEST(a_lone_process)
{
    const char *json = "{\"args\":[\"a\"],\"cwd\":\"/\",\"user\":{\"uid\":3}}";
    AUTO_SPEC struct spec *spec = spec_decode_process("process.json", json, strlen(json));
    CHECK(spec && spec->process && !spec->linux_ && !spec->root);
    CHECK_INT(spec->process->user.uid, 3);
    json = "{\"args\":[\"a\"]}";
    CHECK(!spec_decode_process("process.json", json, strlen(json)));
    CHECK_STR(error_text(), "process.json: cwd: missing");
    json = "{\"cwd\":\"/\"}";
    CHECK(!spec_decode_process("process.json", json, strlen(json)));
    CHECK_STR(error_text(), "process.json: args: missing: there is nothing to run");
}

TEST(lone_resources)
{
    const char *json = "{\"memory\":{\"limit\":-1},\"pids\":{\"limit\":0}}";
    AUTO_SPEC struct spec *spec = spec_decode_resources("resources.json", json, strlen(json));
    CHECK(spec && !spec->process && spec->linux_);
    CHECK_OPT(spec->linux_->resources->memory->limit, -1);
    CHECK_OPT(spec->linux_->resources->pids_limit, 0);
    json = "{\"memory\":{\"limit\":\"1g\"}}";
    CHECK(!spec_decode_resources("resources.json", json, strlen(json)));
    CHECK_STR(error_text(), "resources.json: memory.limit: expected an integer, found \"1g\"");
}

TEST(a_missing_file_is_named)
{
    CHECK(!spec_load_at(AT_FDCWD, "/nonexistent/config.json"));
    CHECK_STR(error_text(), "open /nonexistent/config.json: no such file or directory");
}

TEST_MAIN()
