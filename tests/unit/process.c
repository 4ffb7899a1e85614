/* What a process is given, each applied in a forked child and read back from the kernel. As root; what this
 * machine does not let root do is skipped where it is not the point. */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/mempolicy.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "linux/intelrdt.h"
#include "linux/namespaces.h"
#include "linux/number_list.h"
#include "linux/process.h"

static struct spec *with(const char *process, const char *linux_block)
{
    AUTO_FREE char *text =
        xasprintf("{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\","
                  "\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"x\"]%s},\"linux\":{%s}}",
                  process, linux_block);
    struct spec *s = spec_decode("test", text, strlen(text));
    if (!s)
        printf("# %s\n", error_text());
    return s;
}

/* Exit code of body(s) in a child. */
static int in_child(int (*body)(const struct spec *s), const struct spec *s)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        int code = body(s);
        if (code)
            printf("# child: %d: %s\n", code, error_text());
        fflush(stdout);
        _exit(code);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

#define REFUSED(expression, part)                                                                            \
    do {                                                                                                     \
        error_clear();                                                                                       \
        CHECK((expression) < 0);                                                                             \
        if (!strstr(error_text(), part))                                                                     \
            printf("# said: %s\n", error_text());                                                            \
        CHECK(strstr(error_text(), part) != NULL);                                                           \
    } while (0)

/* ---- capabilities ---- */

static uint64_t cap_set(const char *name)
{
    AUTO_BUF struct buf b = BUF_INIT;
    read_file_at(AT_FDCWD, "/proc/self/status", 65536, &b);
    const char *line = strstr(buf_str(&b), name);
    return line ? strtoull(line + strlen(name), NULL, 16) : ~UINT64_C(0);
}

#define BIT(cap) (UINT64_C(1) << (cap))

static int apply_capabilities(const struct spec *s)
{
    const struct spec_capabilities *c = s->process->capabilities;
    const struct user_options o = {0};
    if (capabilities_drop_bounding(c) < 0 || user_apply(&s->process->user, &o) < 0 ||
        capabilities_apply(c) < 0)
        return 1;
    if (cap_set("CapBnd:") != (BIT(CAP_KILL) | BIT(CAP_CHOWN) | BIT(CAP_NET_RAW)))
        return 2;
    if (cap_set("CapPrm:") != (BIT(CAP_KILL) | BIT(CAP_CHOWN)) || cap_set("CapEff:") != BIT(CAP_KILL))
        return 3;
    return cap_set("CapInh:") == BIT(CAP_CHOWN) && cap_set("CapAmb:") == BIT(CAP_CHOWN) ? 0 : 4;
}

TEST(five_capability_sets)
{
    AUTO_SPEC struct spec *s =
        with(",\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_CHOWN\",\"CAP_NET_RAW\",\"CAP_NEVER\"],"
             "\"permitted\":[\"CAP_KILL\",\"CAP_CHOWN\"],\"effective\":[\"CAP_KILL\"],"
             "\"inheritable\":[\"CAP_CHOWN\"],\"ambient\":[\"CAP_CHOWN\"]}",
             "");
    CHECK_INT(in_child(apply_capabilities, s), 0);
    s->process->user.uid = 65534;
    CHECK_INT(in_child(apply_capabilities, s), 0);
}

static int apply_no_capabilities(const struct spec *s)
{
    const struct user_options o = {0};
    if (capabilities_drop_bounding(NULL) < 0 || user_apply(&s->process->user, &o) < 0 ||
        capabilities_apply(NULL) < 0)
        return 1;
    static const char *const sets[] = {"CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"};
    for (int i = 0; i < 5; i++)
        if (cap_set(sets[i]) != 0)
            return 10 + i;
    return 0;
}

TEST(no_capabilities_block_means_none)
{
    AUTO_SPEC struct spec *s = with("", "");
    CHECK_INT(in_child(apply_no_capabilities, s), 0);
}

/* Effective beyond permitted, ambient beyond inheritable: left out, not a failure. */
static int apply_impossible(const struct spec *s)
{
    if (freopen("/dev/null", "w", stderr) == NULL || capabilities_apply(s->process->capabilities) < 0)
        return 1;
    return cap_set("CapPrm:") == BIT(CAP_KILL) && cap_set("CapEff:") == 0 && cap_set("CapAmb:") == 0 ? 0 : 2;
}

TEST(what_cannot_be_granted_is_left_out)
{
    AUTO_SPEC struct spec *s =
        with(",\"capabilities\":{\"permitted\":[\"CAP_KILL\"],\"effective\":[\"CAP_CHOWN\"],"
             "\"ambient\":[\"CAP_KILL\"]}",
             "");
    CHECK_INT(in_child(apply_impossible, s), 0);
}

TEST(unknown_capabilities_are_an_error_only_when_strict)
{
    AUTO_SPEC struct spec *s = with(",\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_MAGIC\"],"
                                    "\"ambient\":[\"CAP_MAGIC\",\"CAP_OTHER\"]}",
                                    "");
    CHECK(capabilities_check(s->process->capabilities, "process", false) == 0);
    REFUSED(capabilities_check(s->process->capabilities, "exec", true),
            "exec.capabilities: unknown capability: CAP_MAGIC, CAP_OTHER");
    CHECK_STR(capabilities_names()[0], "CAP_CHOWN");
}

/* ---- user ---- */

static int apply_user(const struct spec *s)
{
    const struct user_options o = {0};
    gid_t groups[8];
    if (user_apply(&s->process->user, &o) < 0)
        return 1;
    uid_t r, e, v;
    if (getresuid(&r, &e, &v) < 0 || r != 1000 || e != 1000 || v != 1000 || getegid() != 1001)
        return 2;
    if (getgroups(8, groups) != 2 || groups[0] != 5 || groups[1] != 70000)
        return 3;
    return umask(0) == 027 ? 0 : 4;
}

TEST(user_groups_and_umask)
{
    AUTO_SPEC struct spec *s = with("", "");
    uint32_t gids[] = {5, 70000};
    s->process->user = (struct spec_user){1000, 1001, {true, 027}, {gids, 2}};
    CHECK_INT(in_child(apply_user, s), 0);
}

static int apply_in_user_namespace(const struct spec *s)
{
    const struct user_options o = {.deny_setgroups = true};
    if (unshare(CLONE_NEWUSER) < 0)
        return 77;
    if (write_file_at(AT_FDCWD, "/proc/self/setgroups", 0, 0, "deny", 4) < 0 ||
        write_file_at(AT_FDCWD, "/proc/self/gid_map", 0, 0, "0 0 1", 5) < 0 ||
        write_file_at(AT_FDCWD, "/proc/self/uid_map", 0, 0, "0 0 1", 5) < 0)
        return 78;
    struct spec_user user = s->process->user;
    user.additional_gids.n = 0;
    if (user_apply(&user, &o) < 0)
        return 1;
    if (user_apply(&s->process->user, &o) == 0 || !strstr(error_text(), "newgidmap"))
        return 2;
    user.uid = 5;
    if (user_apply(&user, &o) == 0 || !strstr(error_text(), "process.user.uid: 5 is not mapped"))
        return 3;
    return 0;
}

TEST(groups_where_setgroups_is_denied)
{
    AUTO_SPEC struct spec *s = with("", "");
    uint32_t gids[] = {5};
    s->process->user.additional_gids = (struct u32_list){gids, 1};
    CHECK_INT(in_child(apply_in_user_namespace, s), 0);
}

/* ---- limits ---- */

TEST(rlimits_are_checked)
{
    AUTO_SPEC struct spec *s = with(",\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":2,\"hard\":1}]", "");
    REFUSED(rlimits_check(s->process, "process"), "process.rlimits[0].soft: RLIMIT_CPU");
    s->process->rlimits.v[0].soft = 1;
    CHECK(rlimits_check(s->process, "process") == 0);
    char unknown[] = "RLIMIT_FUN";
    s->process->rlimits.v[0].type = unknown;
    REFUSED(rlimits_check(s->process, "exec"), "exec.rlimits[0].type: unknown limit \"RLIMIT_FUN\"");
    struct spec_rlimit twice[] = {{(char[]){"RLIMIT_AS"}, 1, 1}, {(char[]){"RLIMIT_AS"}, 1, 1}};
    s->process->rlimits.v = twice;
    s->process->rlimits.n = 2;
    REFUSED(rlimits_check(s->process, "process"), "process.rlimits[1].type: RLIMIT_AS is there twice");
}

/* All sixteen, each a bit below what this process has. */
static int apply_all_limits(const struct spec *s)
{
    static const char *const all[] = {"AS",      "CORE",     "CPU",        "DATA",   "FSIZE", "LOCKS",
                                      "MEMLOCK", "MSGQUEUE", "NICE",       "NOFILE", "NPROC", "RSS",
                                      "RTPRIO",  "RTTIME",   "SIGPENDING", "STACK"};
    static const int numbers[] = {RLIMIT_AS,     RLIMIT_CORE,   RLIMIT_CPU,        RLIMIT_DATA,
                                  RLIMIT_FSIZE,  RLIMIT_LOCKS,  RLIMIT_MEMLOCK,    RLIMIT_MSGQUEUE,
                                  RLIMIT_NICE,   RLIMIT_NOFILE, RLIMIT_NPROC,      RLIMIT_RSS,
                                  RLIMIT_RTPRIO, RLIMIT_RTTIME, RLIMIT_SIGPENDING, RLIMIT_STACK};
    struct spec_rlimit list[16];
    char names[16][32];
    struct spec_process p = *s->process;
    for (int i = 0; i < 16; i++) {
        struct rlimit64 now;
        snprintf(names[i], sizeof(names[i]), "RLIMIT_%s", all[i]);
        prlimit64(0, numbers[i], NULL, &now);
        uint64_t hard = now.rlim_max == RLIM64_INFINITY ? UINT64_C(1) << 40 : now.rlim_max;
        list[i] = (struct spec_rlimit){names[i], hard / 2, hard};
    }
    p.rlimits = (struct spec_rlimit_list){list, 16};
    if (rlimits_check(&p, "process") < 0 || rlimits_apply(getpid(), &p, "process") < 0)
        return 1;
    for (int i = 0; i < 16; i++) {
        struct rlimit64 now;
        prlimit64(0, numbers[i], NULL, &now);
        if (now.rlim_cur != list[i].soft || now.rlim_max != list[i].hard)
            return 10 + i;
    }
    return 0;
}

TEST(all_sixteen_limits)
{
    AUTO_SPEC struct spec *s = with("", "");
    CHECK_INT(in_child(apply_all_limits, s), 0);
}

static int raise_without_privilege(const struct spec *s)
{
    struct rlimit small = {10, 10};
    struct spec_rlimit want = {(char[]){"RLIMIT_NOFILE"}, 20, 20};
    struct spec_process p = *s->process;
    p.rlimits = (struct spec_rlimit_list){&want, 1};
    if (setrlimit(RLIMIT_NOFILE, &small) < 0 || setresuid(65534, 65534, 65534) < 0)
        return 77;
    if (rlimits_apply(0, &p, "process") == 0)
        return 1;
    return strstr(error_text(),
                  "process.rlimits[0]: RLIMIT_NOFILE: the hard limit cannot be raised from 10 to 20") &&
                   strstr(error_text(), "CAP_SYS_RESOURCE") && !strstr(error_text(), "not permitted")
               ? 0
               : 2;
}

TEST(a_limit_that_cannot_be_raised_is_named)
{
    AUTO_SPEC struct spec *s = with("", "");
    CHECK_INT(in_child(raise_without_privilege, s), 0);
}

static int apply_oom(const struct spec *s)
{
    (void)s;
    AUTO_BUF struct buf b = BUF_INIT;
    if (oom_score_adj_apply(getpid(), 321) < 0)
        return 1;
    read_file_at(AT_FDCWD, "/proc/self/oom_score_adj", 64, &b);
    return strcmp(buf_str(&b), "321\n") == 0 ? 0 : 2;
}

TEST(oom_score)
{
    AUTO_SPEC struct spec *s = with("", "");
    s->process->oom_score_adj = (struct opt_i64){true, -1001};
    REFUSED(rlimits_check(s->process, "process"), "process.oomScoreAdj: -1001");
    CHECK_INT(in_child(apply_oom, s), 0);
}

/* ---- scheduling ---- */

static void scheduling_refused(const char *scheduler, const char *part)
{
    AUTO_FREE char *process = xasprintf(",\"scheduler\":%s", scheduler);
    AUTO_SPEC struct spec *s = with(process, "");
    if (!s) { /* the decoder was faster */
        CHECK(strstr(error_text(), "scheduler") != NULL);
        return;
    }
    REFUSED(scheduling_check(s->process, "process"), part);
}

TEST(schedulers_that_are_refused)
{
    scheduling_refused("{\"policy\":\"SCHED_FAST\"}", "process.scheduler.policy: unknown policy");
    scheduling_refused("{\"policy\":\"SCHED_ISO\"}", "does not implement");
    scheduling_refused("{\"policy\":\"SCHED_OTHER\",\"nice\":20}", "process.scheduler.nice");
    scheduling_refused("{\"policy\":\"SCHED_OTHER\",\"priority\":5}", "process.scheduler.priority");
    scheduling_refused("{\"policy\":\"SCHED_FIFO\"}", "process.scheduler.priority");
    scheduling_refused("{\"policy\":\"SCHED_OTHER\",\"runtime\":5}", "are for SCHED_DEADLINE");
    scheduling_refused("{\"policy\":\"SCHED_DEADLINE\",\"runtime\":5,\"deadline\":4}", "0 < runtime");
    scheduling_refused("{\"policy\":\"SCHED_OTHER\",\"flags\":[\"SCHED_FLAG_X\"]}",
                       "process.scheduler.flags[0]");
}

static int apply_batch(const struct spec *s)
{
    if (scheduling_apply(s->process) < 0)
        return 1;
    if (syscall(SYS_sched_getscheduler, 0) != (SCHED_BATCH | SCHED_RESET_ON_FORK) ||
        getpriority(PRIO_PROCESS, 0) != 7)
        return 2;
    long io = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
    return io == IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 6) ? 0 : 3;
}

static int apply_deadline(const struct spec *s)
{
    if (scheduling_apply(s->process) < 0)
        return strstr(error_text(), "SCHED_DEADLINE needs CAP_SYS_NICE") ? 77 : 1;
    return syscall(SYS_sched_getscheduler, 0) == SCHED_DEADLINE ? 0 : 2;
}

TEST(schedulers_that_are_set)
{
    AUTO_SPEC struct spec *s = with(",\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"nice\":7,\"flags\":"
                                    "[\"SCHED_FLAG_RESET_ON_FORK\"]},\"ioPriority\":{\"class\":"
                                    "\"IOPRIO_CLASS_BE\",\"priority\":6}",
                                    "");
    CHECK_INT(in_child(apply_batch, s), 0);
    AUTO_SPEC struct spec *d =
        with(",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1000000,\"deadline\":"
             "5000000,\"period\":10000000}",
             "");
    int code = in_child(apply_deadline, d);
    CHECK(code == 0 || code == 77);
}

TEST(number_lists)
{
    struct number_list l;
    CHECK(number_list_parse("0-3,7", "x", &l) == 0);
    CHECK_INT(l.bits[0], 0x8f);
    CHECK_INT(l.count, 5);
    CHECK(number_list_parse("64,8191", "x", &l) == 0);
    CHECK_INT(l.bits[1], 1);
    CHECK_INT(l.bits[127] >> 63, 1);
    static const char *const bad[] = {"8192", "3-1", "a", "1,,2", "1-", "-1", "1-2-3", " 1", "1,"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        REFUSED(number_list_parse(bad[i], "where", &l), "where: ");
}

static int apply_affinity(const struct spec *s)
{
    (void)s;
    cpu_set_t set;
    if (affinity_apply("0") < 0 || sched_getaffinity(0, sizeof(set), &set) < 0)
        return 1;
    if (CPU_COUNT(&set) != 1 || !CPU_ISSET(0, &set))
        return 2;
    return affinity_apply("8000") < 0 && strstr(error_text(), "none of the CPUs 8000") ? 0 : 3;
}

TEST(cpu_affinity)
{
    CHECK_INT(in_child(apply_affinity, NULL), 0);
}

static int apply_memory_policy(const struct spec *s)
{
    int mode = 0;
    unsigned long nodes[128] = {0};
    const struct spec_memory_policy *m = s->linux_->memory_policy;
    if (memory_policy_check(m) < 0)
        return strstr(error_text(), "CONFIG_NUMA") ? 77 : 1;
    if (memory_policy_apply(m) < 0)
        return 2;
    if (syscall(SYS_get_mempolicy, &mode, nodes, 8192, NULL, 0) < 0)
        return 3;
    return mode == (MPOL_BIND | MPOL_F_STATIC_NODES) && nodes[0] == 1 ? 0 : 4;
}

TEST(memory_policy)
{
    AUTO_SPEC struct spec *s = with("", "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":"
                                        "[\"MPOL_F_STATIC_NODES\"]}");
    int code = in_child(apply_memory_policy, s);
    CHECK(code == 0 || code == 77);
    char word[] = "MPOL_LOCAL", empty[] = "";
    s->linux_->memory_policy->mode = word;
    REFUSED(memory_policy_check(s->linux_->memory_policy),
            "linux.memoryPolicy.nodes: MPOL_LOCAL takes no nodes");
    strcpy(word, "MPOL_BIND");
    s->linux_->memory_policy->nodes = empty;
    REFUSED(memory_policy_check(s->linux_->memory_policy), "needs at least one node");
    strcpy(word, "MPOL_X");
    REFUSED(memory_policy_check(s->linux_->memory_policy), "linux.memoryPolicy.mode: unknown mode");
}

static int apply_personality(const struct spec *s)
{
    return personality_apply(s->linux_->personality) == 0 && personality(0xffffffff) == PER_LINUX32 ? 0 : 1;
}

TEST(personalities)
{
    AUTO_SPEC struct spec *s = with("", "\"personality\":{\"domain\":\"LINUX32\"}");
    CHECK_INT(in_child(apply_personality, s), 0);
    char other[] = "SOLARIS";
    s->linux_->personality->domain = other;
    REFUSED(personality_check(s->linux_->personality), "linux.personality.domain");
}

/* ---- labels, keyring, network ---- */

TEST(labels_need_their_module)
{
    AUTO_SPEC struct spec *s = with(",\"apparmorProfile\":\"unconfined\"", "");
    CHECK(lsm_check(s->process, "process") == 0);
    char profile[] = "web", label[] = "u:r:t:s0";
    s->process->apparmor_profile = profile;
    if (!apparmor_enabled())
        REFUSED(lsm_check(s->process, "process"), "process.apparmorProfile: \"web\" cannot be applied");
    s->process->apparmor_profile = NULL;
    s->process->selinux_label = label;
    if (!selinux_enabled())
        REFUSED(lsm_check(s->process, "process"), "process.selinuxLabel");
}

/* The write goes to the real procfs, not to what lies over /proc; nothing but an LSM takes it. */
static int label_with_fake_proc(const struct spec *s)
{
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/proc", "tmpfs", 0, NULL) < 0)
        return 77;
    mkdir("/proc/self", 0755);
    mkdir("/proc/self/attr", 0755);
    AUTO_FD int fake = open("/proc/self/attr/exec", O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (fake < 0)
        return 78;
    int result = lsm_apply_on_exec(s->process);
    struct stat st;
    if (fstat(fake, &st) < 0 || st.st_size != 0)
        return 1;
    if (!selinux_enabled() && result == 0)
        return 2;
    return selinux_enabled() || strstr(error_text(), "`/proc/self/attr/exec`") ? 0 : 3;
}

TEST(a_label_cannot_be_caught_by_a_fake_proc)
{
    AUTO_SPEC struct spec *s = with(",\"selinuxLabel\":\"u:r:t:s0\"", "");
    CHECK_INT(in_child(label_with_fake_proc, s), 0);
}

static int apply_keyring(const struct spec *s)
{
    (void)s;
    char before[256] = "", text[256] = "";
    if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, before, sizeof(before)) < 0 &&
        (errno == ENOSYS || errno == EPERM))
        return 77;
    if (keyring_new("unit-test", NULL, false) < 0)
        return 1;
    if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof(text)) < 0)
        return 2;
    if (!strstr(text, ";_ses.unit-test") || strcmp(before, text) == 0)
        return 3;
    const char *perm = strchr(strchr(strchr(text, ';') + 1, ';') + 1, ';') + 1;
    return strtoul(perm, NULL, 16) & 0x00080000 ? 0 : 4;
}

TEST(a_session_keyring_of_its_own)
{
    int code = in_child(apply_keyring, NULL);
    CHECK(code == 0 || code == 77);
}

static int apply_loopback(const struct spec *s)
{
    (void)s;
    if (unshare(CLONE_NEWNET) < 0)
        return 77;
    struct ifreq r = {.ifr_name = "lo"};
    AUTO_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (ioctl(fd, SIOCGIFFLAGS, &r) < 0 || r.ifr_flags & IFF_UP)
        return 1;
    if (loopback_up() < 0 || ioctl(fd, SIOCGIFFLAGS, &r) < 0)
        return 2;
    return r.ifr_flags & IFF_UP ? 0 : 3;
}

TEST(loopback)
{
    CHECK_INT(in_child(apply_loopback, NULL), 0);
}

/* ---- sysctl ---- */

#define NAMESPACES "\"namespaces\":[{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"}]"

static void sysctl_refused(const char *key, const char *namespaces, const char *part)
{
    AUTO_FREE char *block = xasprintf("%s,\"sysctl\":{\"%s\":\"1\"}", namespaces, key);
    AUTO_SPEC struct spec *s = with("", block);
    REFUSED(sysctl_check(s), part);
}

TEST(sysctls_that_are_refused)
{
    sysctl_refused("kernel.panic", NAMESPACES, "not in a separate kernel namespace");
    sysctl_refused("vm.swappiness", NAMESPACES, "not in a separate kernel namespace");
    sysctl_refused("net/../kernel/panic", NAMESPACES, "not the name of a kernel parameter");
    sysctl_refused("/net/ipv4/ip_forward", NAMESPACES, "not the name of a kernel parameter");
    sysctl_refused("net..x", NAMESPACES, "not the name of a kernel parameter");
    sysctl_refused("kernel.hostname", NAMESPACES, "use \"hostname\"");
    sysctl_refused("net.ipv4.ip_forward", "\"namespaces\":[]", "the host's network namespace");
    sysctl_refused("net.ipv4.ip_forward",
                   "\"namespaces\":[{\"type\":\"network\",\"path\":\"/proc/self/ns/net\"}]",
                   "the host's network namespace");
    sysctl_refused("fs.mqueue.msg_max", "\"namespaces\":[{\"type\":\"network\"}]",
                   "the host's ipc namespace");
    sysctl_refused("kernel.shmmaxx", NAMESPACES, "not in a separate kernel namespace");
    sysctl_refused("user.max_pid_namespaces", NAMESPACES, "the host's user namespace");
}

static int sysctl_value(const char *path)
{
    AUTO_BUF struct buf b = BUF_INIT;
    return read_file_at(AT_FDCWD, path, 64, &b) < 0 ? -1 : atoi(buf_str(&b));
}

/* A tmpfs over /proc/sys, as a hostile bundle would have it, catches nothing. */
static int apply_sysctls(const struct spec *s)
{
    if (unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/proc/sys", "tmpfs", 0, NULL) < 0)
        return 77;
    if (sysctl_check(s) < 0 || sysctl_apply(s) < 0)
        return 1;
    if (access("/proc/sys/net", F_OK) == 0)
        return 2; /* something was written where it was not meant to be */
    if (umount("/proc/sys") < 0)
        return 78;
    return sysctl_value("/proc/sys/net/ipv4/ip_forward") == 1 &&
                   sysctl_value("/proc/sys/kernel/shmmni") == 99 &&
                   sysctl_value("/proc/sys/net/ipv4/conf/lo/forwarding") == 1
               ? 0
               : 3;
}

TEST(sysctls_of_own_namespaces)
{
    int forward = sysctl_value("/proc/sys/net/ipv4/ip_forward"),
        shm = sysctl_value("/proc/sys/kernel/shmmni");
    AUTO_SPEC struct spec *s =
        with("", NAMESPACES ",\"sysctl\":{\"net.ipv4.ip_forward\":\"1\","
                            "\"net/ipv4/conf/lo/forwarding\":\"1\","
                            "\"kernel.shmmni\":\"99\",\"kernel.domainname\":\"example\"}");
    CHECK_INT(in_child(apply_sysctls, s), 0);
    CHECK_INT(sysctl_value("/proc/sys/net/ipv4/ip_forward"), forward);
    CHECK_INT(sysctl_value("/proc/sys/kernel/shmmni"), shm);
}

/* ---- joining ---- */

/* 0 if nothing may be touched right below the mapping of our stack. */
static int look_below_the_stack(void *arg)
{
    AUTO_BUF struct buf maps = BUF_INIT;
    unsigned long from, to, before = 0, here = (unsigned long)(uintptr_t)&maps;
    char rights[8], were[8] = "";
    if (read_file_at(AT_FDCWD, "/proc/self/maps", 1U << 20, &maps) < 0)
        return 2;
    for (char *rest = maps.data, *line; (line = strsep(&rest, "\n"));) {
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3)
            continue;
        if (here >= from && here < to)
            return !(before == from && str_eq(were, arg));
        before = to;
        memcpy(were, rights, sizeof(were));
    }
    return 3;
}

TEST(the_stack_of_a_process_that_joins_ends_at_a_guard)
{
#ifdef __SANITIZE_ADDRESS__
    printf("# not with AddressSanitizer: there the process has a copy of ours\n");
    return;
#endif
    struct namespaces ns = {.all = CLONE_NEWUTS};
    bool into;
    int status = -1, pidfd = -1;
    pid_t pid = -1;
    char nothing[] = "---p", other[] = "rw-p"; /* control: the page is not there by chance */
    ns.joined_pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(namespaces_clone(&ns, -1, &into, look_below_the_stack, i ? other : nothing, &pid, &pidfd),
                  0);
        CHECK(waitpid(pid, &status, __WALL) == pid && WIFEXITED(status));
        CHECK_INT(WEXITSTATUS(status), i);
        close(pidfd);
    }
    close(ns.joined_pidfd);
}

/* ---- resctrl, on a directory that looks like one ---- */

static char rdt[] = "/tmp/rsbx-unit-rdt.XXXXXX";

static void rdt_file(const char *path, const char *text)
{
    AUTO_FREE char *full = xasprintf("%s/%s", rdt, path);
    write_file_at(AT_FDCWD, full, O_CREAT | O_TRUNC, 0644, text, strlen(text));
}

static bool rdt_has(const char *path, const char *text)
{
    AUTO_FREE char *full = xasprintf("%s/%s", rdt, path);
    AUTO_BUF struct buf b = BUF_INIT;
    return read_file_at(AT_FDCWD, full, 4096, &b) == 0 && strcmp(buf_str(&b), text) == 0;
}

static void rdt_class(const char *name)
{
    AUTO_FREE char *class = xasprintf("%s/%s", rdt, name), *mon = xasprintf("%s/mon_groups", class);
    mkdir(class, 0755);
    mkdir(mon, 0755);
}

static struct spec *rdt_spec(const char *block)
{
    AUTO_FREE char *l = xasprintf("\"intelRdt\":%s", block);
    return with("", l);
}

static void rdt_refused(const char *block, const char *part)
{
    char *created;
    AUTO_SPEC struct spec *s = rdt_spec(block);
    if (s)
        REFUSED(intel_rdt_apply(s, "c1", 4711, &created), part);
    else
        CHECK(strstr(error_text(), part) != NULL || strstr(error_text(), "intelRdt") != NULL);
}

TEST(resctrl)
{
    char *created = NULL;
    CHECK(mkdtemp(rdt) != NULL);
    const char *saved = intel_rdt_root;
    intel_rdt_root = rdt;
    rdt_class("gold");
    rdt_file("gold/schemata", "    L3:0=007ff;1=0001f\n    MB:0=  20;1=  70\n");
    rdt_file("gold/tasks", "");

    AUTO_SPEC struct spec *s = rdt_spec("{\"closID\":\"gold\",\"l3CacheSchema\":\"L3:0=7ff;1=1f\","
                                        "\"schemata\":[\"MB:1=70\"]}");
    CHECK(intel_rdt_apply(s, "c1", 4711, &created) == 0);
    CHECK(created == NULL); /* not ours */
    CHECK(rdt_has("gold/tasks", "4711"));

    CHECK(intel_rdt_join(s, "c1", NULL, 4712) == 0);
    CHECK(rdt_has("gold/tasks", "4712"));

    rdt_refused("{\"closID\":\"gold\",\"l3CacheSchema\":\"L3:0=7ff;1=3f\"}", "exists with other values");
    rdt_refused("{\"closID\":\"gold\",\"memBwSchema\":\"MB:0=21\"}", "linux.intelRdt.memBwSchema");
    rdt_refused("{\"closID\":\"silver\"}", "there is no class \"silver\"");
    rdt_refused("{\"closID\":\"../gold\"}", "linux.intelRdt.closID");
    rdt_refused("{\"closID\":\"info\"}", "linux.intelRdt.closID");
    rdt_refused("{\"memBwSchema\":\"L3:0=1\"}", "must start with MB:");
    rdt_refused("{\"l3CacheSchema\":\"L3:0=1\\nMB:0=1\"}", "must not contain newlines");
    rdt_class("c1");
    rdt_refused("{}", "exists already");

    /* The kernel fills a new directory with files, this one does not: the write fails, and nothing stays. */
    rdt_refused("{\"closID\":\"bronze\",\"memBwSchema\":\"MB:0=10\"}", "write schemata");
    AUTO_FREE char *bronze = xasprintf("%s/bronze", rdt);
    CHECK(access(bronze, F_OK) < 0);

    /* update: the class that the configuration names, and one that an earlier update made */
    struct spec_intel_rdt want = {.l3_cache_schema = (char[]){"L3:0=f"},
                                  .mem_bw_schema = (char[]){"MB:0=30"}};
    pid_t pid = 4713;
    AUTO_SPEC struct spec *plain = rdt_spec("null");
    rdt_file("gold/schemata", "");
    CHECK(intel_rdt_update(s, "c1", &want, &pid, 1, &created) == 0);
    CHECK(rdt_has("gold/schemata", "L3:0=f\nMB:0=30\n"));
    CHECK(created == NULL);
    REFUSED(intel_rdt_update(plain, "c1", &want, &pid, 1, &created), "exists already");
    REFUSED(intel_rdt_update(plain, "c9", &want, &pid, 1, &created), "write schemata"); /* as above */
    AUTO_FREE char *late = xasprintf("%s/c9", rdt);
    CHECK(access(late, F_OK) < 0 && created == NULL);
    rdt_class("c9");
    rdt_file("c9/schemata", "");
    rdt_file("c9/tasks", "");
    created = late;
    CHECK(intel_rdt_update(plain, "c9", &want, &pid, 1, &created) == 0);
    CHECK(rdt_has("c9/schemata", "L3:0=f\nMB:0=30\n"));
    CHECK(intel_rdt_join(plain, "c9", created, 4714) == 0);
    CHECK(rdt_has("c9/tasks", "4714"));
    want.mem_bw_schema = (char[]){"L3:0=1"};
    REFUSED(intel_rdt_update(plain, "c9", &want, &pid, 1, &created), "must start with MB:");

    intel_rdt_root = "/nonexistent";
    REFUSED(intel_rdt_update(s, "c1", &want, &pid, 1, &created), "there is no resctrl file system");
    REFUSED(intel_rdt_check(s), "there is no resctrl file system");
    intel_rdt_root = saved;
    CHECK(intel_rdt_remove(NULL) == 0);
    CHECK(intel_rdt_remove("/nonexistent/x") == 0);
    CHECK(remove_tree_at(AT_FDCWD, rdt) == 0);
}

TEST_MAIN()
