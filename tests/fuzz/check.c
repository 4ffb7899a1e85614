/* Fuzzes what looks at a document before anything is made: every check function on whatever can be read, and
 * the compiler of seccomp filters. None of them may touch the system. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "cgroup/cgroup.h"
#include "linux/process.h"
#include "linux/rootfs.h"
#include "spec/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_process(const struct spec_process *p)
{
    (void)capabilities_check(p->capabilities, "process", false);
    (void)capabilities_check(p->capabilities, "exec", true);
    (void)rlimits_check(p, "process");
    (void)scheduling_check(p, "process");
    (void)affinity_check(p->exec_cpu_affinity, "process");
    (void)lsm_check(p, "process");
}

static void check_seccomp(const struct spec_seccomp *s)
{
    struct seccomp_program program = {0};
    if (seccomp_check(s) == 0 && seccomp_compile(s, NULL, &program) == 0)
        seccomp_free(&program);
}

static void check_cgroup(const struct spec *spec)
{
    static const enum cgroup_manager managers[] = {CGROUP_CGROUPFS, CGROUP_SYSTEMD, CGROUP_DISABLED};
    for (size_t i = 0; i < ARRAY_LEN(managers); i++) {
        const struct cgroup_options options = {.manager = managers[i],
                                               .id = "fuzz",
                                               .spec = spec,
                                               .owner_uid = (uid_t)-1,
                                               .owner_gid = (gid_t)-1};
        (void)cgroup_check(&options);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_SPEC struct spec *spec = spec_decode("fuzz", (const char *)data, size);
    if (!spec)
        return 0;
    if (spec->process)
        check_process(spec->process);
    (void)sysctl_check(spec);
    (void)rootfs_check(spec);
    (void)net_devices_check(spec);
    (void)intel_rdt_check(spec);
    if (spec->linux_->memory_policy)
        (void)memory_policy_check(spec->linux_->memory_policy);
    if (spec->linux_->personality)
        (void)personality_check(spec->linux_->personality);
    check_cgroup(spec);
    if (spec->linux_->seccomp)
        check_seccomp(spec->linux_->seccomp);
    return 0;
}
