/* Seccomp filters: what a compiled program answers (by an interpreter of classic BPF, for architectures that
 * this machine does not have, too) and what the kernel makes of it (in a forked process). */
#include "tests/unit/spec.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "linux/process.h"
#include "spec/json.h"

#define ALLOW   SECCOMP_RET_ALLOW
#define ERR(e)  (SECCOMP_RET_ERRNO | (e))
#define X32(nr) ((nr) | 0x40000000)
#define X86_64  AUDIT_ARCH_X86_64
#define X86     AUDIT_ARCH_I386

static struct spec *profile(const char *seccomp)
{
    return spec_with_linux("\"seccomp\":%s", seccomp);
}

static const struct spec_seccomp *seccomp_of(const struct spec *s)
{
    return s->linux_->seccomp;
}

/* The instructions that libseccomp and we use; anything else is 0xdeadbeef. */
static uint32_t evaluate(const struct seccomp_program *p, const struct seccomp_data *data)
{
    const struct sock_filter *f = p->filter;
    uint32_t a = 0, word, mem[16] = {0};
    for (uint32_t pc = 0; pc < p->instructions; pc++) {
        uint32_t k = f[pc].k;
        bool taken;
        switch (f[pc].code) {
        case BPF_LD | BPF_W | BPF_ABS:
            if (k % 4 || k > sizeof(*data) - 4)
                return 0xdeadbeef;
            memcpy(&word, (const char *)data + k, 4);
            a = word;
            continue;
        case BPF_LD | BPF_W | BPF_MEM:
            a = mem[k & 15];
            continue;
        case BPF_ST:
            mem[k & 15] = a;
            continue;
        case BPF_ALU | BPF_AND | BPF_K:
            a &= k;
            continue;
        case BPF_RET | BPF_K:
            return k;
        case BPF_JMP | BPF_JA:
            pc += k;
            continue;
        case BPF_JMP | BPF_JEQ | BPF_K:
            taken = a == k;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            taken = a > k;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            taken = a >= k;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            taken = (a & k) != 0;
            break;
        default:
            return 0xdeadbeef;
        }
        pc += taken ? f[pc].jt : f[pc].jf;
    }
    return 0xdeadbeef;
}

static uint32_t answer(const struct seccomp_program *p, uint32_t arch, int nr, uint64_t arg0, uint64_t arg1)
{
    struct seccomp_data data = {.nr = nr, .arch = arch, .args = {arg0, arg1}};
    return evaluate(p, &data);
}

static void check_refused(const char *seccomp, const char *part)
{
    AUTO_SPEC struct spec *s = profile(seccomp);
    CHECK(s != NULL);
    if (!s)
        return;
    error_clear();
    bool refused = seccomp_check(seccomp_of(s)) < 0 && strstr(error_text(), part);
    if (!refused)
        printf("# %s\n#   gave \"%s\", expected \"%s\"\n", seccomp, error_text(), part);
    CHECK(refused);
}

static void compile(const char *seccomp, struct seccomp_program *out)
{
    *out = (struct seccomp_program){0};
    AUTO_SPEC struct spec *s = profile(seccomp);
    CHECK(s != NULL);
    if (s && seccomp_compile(seccomp_of(s), NULL, out) < 0) {
        printf("# %s\n", error_text());
        CHECK(false);
    }
}

TEST(what_is_refused)
{
    check_refused("{\"defaultAction\":\"SCMP_ACT_MAYBE\"}", "linux.seccomp.defaultAction: unknown action");
    check_refused("{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}",
                  "SCMP_ACT_NOTIFY cannot be used as default action");
    check_refused("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1}",
                  "linux.seccomp.defaultErrnoRet: SCMP_ACT_ALLOW takes no errno");
    check_refused("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096}", "larger than 4095");
    check_refused("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_VAX\"]}",
                  "linux.seccomp.architectures[0]");
    check_refused("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_NONE\"]}",
                  "linux.seccomp.flags[0]: unknown flag");
    check_refused("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],"
                  "\"action\":\"SCMP_ACT_KILL\",\"errnoRet\":1}]}",
                  "linux.seccomp.syscalls[0].errnoRet: SCMP_ACT_KILL takes no errno");
    check_refused("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/s\",\"syscalls\":[{\"names\":"
                  "[\"read\",\"write\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
                  "names[1]: SCMP_ACT_NOTIFY cannot be used for the write syscall");
    check_refused("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/s\",\"syscalls\":[{\"names\":"
                  "[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\",\"errnoRet\":1}]}",
                  "syscalls[0].errnoRet: SCMP_ACT_NOTIFY takes no errno");
    check_refused("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":"
                  "\"SCMP_ACT_KILL\",\"args\":[{\"index\":6,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}]}",
                  "syscalls[0].args[0].index");
    check_refused("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":"
                  "\"SCMP_ACT_KILL\",\"args\":[{\"index\":1,\"value\":1,\"op\":\"SCMP_CMP_ISH\"}]}]}",
                  "syscalls[0].args[0].op: unknown operator");
}

TEST(every_action)
{
    static const struct {
        const char *name;
        uint32_t answer;
    } actions[] = {
        {"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
        {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
        {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
        {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
        {"SCMP_ACT_ERRNO", ERR(EPERM)},
        {"SCMP_ACT_TRACE", SECCOMP_RET_TRACE | EPERM},
        {"SCMP_ACT_LOG", SECCOMP_RET_LOG},
        {"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF},
    };
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        AUTO_FREE char *text = xasprintf("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/s\","
                                         "\"syscalls\":[{\"names\":[\"getcwd\"],\"action\":\"%s\"}]}",
                                         actions[i].name);
        struct seccomp_program p;
        compile(text, &p);
        CHECK_INT(answer(&p, X86_64, SYS_getcwd, 0, 0), actions[i].answer);
        CHECK_INT(answer(&p, X86_64, SYS_read, 0, 0), ALLOW);
        CHECK_INT(p.notify, actions[i].answer == SECCOMP_RET_USER_NOTIF);
        seccomp_free(&p);
    }
}

TEST(every_operator)
{
    static const struct {
        const char *op;
        uint64_t value, two;
        uint64_t yes[2], no[2];
    } ops[] = {
        {"SCMP_CMP_NE", 5, 0, {4, UINT64_C(0x100000005)}, {5, 5}},
        {"SCMP_CMP_LT",
         UINT64_C(0x200000005),
         0,
         {UINT64_C(0x1ffffffff), 4},
         {UINT64_C(0x200000005), UINT64_MAX}},
        {"SCMP_CMP_LE", 5, 0, {5, 0}, {6, UINT64_C(0x100000000)}},
        {"SCMP_CMP_EQ", 5, 0, {5, 5}, {UINT64_C(0x100000005), 6}},
        {"SCMP_CMP_GE", 5, 0, {5, UINT64_C(0x100000000)}, {4, 0}},
        {"SCMP_CMP_GT", 5, 0, {6, UINT64_C(0x100000000)}, {5, 0}},
        {"SCMP_CMP_MASKED_EQ",
         UINT64_C(0xf00000000f),
         UINT64_C(0x1000000003),
         {UINT64_C(0x1000000003), UINT64_C(0x10000000f3)},
         {UINT64_C(0x1000000002), 3}},
    };
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        AUTO_FREE char *text = xasprintf(
            "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"ioctl\"],\"action\":"
            "\"SCMP_ACT_ERRNO\",\"errnoRet\":0,\"args\":[{\"index\":1,\"value\":%llu,\"valueTwo\":%llu,"
            "\"op\":\"%s\"}]}]}",
            (unsigned long long)ops[i].value, (unsigned long long)ops[i].two, ops[i].op);
        struct seccomp_program p;
        compile(text, &p);
        for (int n = 0; n < 2; n++) {
            CHECK_INT(answer(&p, X86_64, SYS_ioctl, 0, ops[i].yes[n]), ERR(0));
            CHECK_INT(answer(&p, X86_64, SYS_ioctl, 0, ops[i].no[n]), ALLOW);
        }
        seccomp_free(&p);
    }
}

TEST(conditions_on_two_arguments_must_both_hold)
{
    struct seccomp_program p;
    compile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"socket\"],\"action\":"
            "\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},"
            "{\"index\":1,\"value\":2,\"op\":\"SCMP_CMP_EQ\"}]}]}",
            &p);
    CHECK_INT(answer(&p, X86_64, SYS_socket, 1, 2), ERR(EPERM));
    CHECK_INT(answer(&p, X86_64, SYS_socket, 1, 3), ALLOW);
    CHECK_INT(answer(&p, X86_64, SYS_socket, 9, 2), ALLOW);
    seccomp_free(&p);
}

TEST(conditions_on_one_argument_are_alternatives)
{
    struct seccomp_program p;
    compile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"socket\"],\"action\":"
            "\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,\"value\":16,\"op\":\"SCMP_CMP_EQ\"},"
            "{\"index\":0,\"value\":17,\"op\":\"SCMP_CMP_EQ\"}]}]}",
            &p);
    CHECK_INT(answer(&p, X86_64, SYS_socket, 16, 0), ERR(EPERM));
    CHECK_INT(answer(&p, X86_64, SYS_socket, 17, 0), ERR(EPERM));
    CHECK_INT(answer(&p, X86_64, SYS_socket, 1, 0), ALLOW);
    seccomp_free(&p);
}

TEST(unknown_names_and_repeated_rules_are_no_errors)
{
    struct seccomp_program p;
    compile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
            "{\"names\":[\"no_such_call\",\"getcwd\",\"getcwd\"],\"action\":\"SCMP_ACT_ERRNO\"},"
            "{\"names\":[\"getcwd\"],\"action\":\"SCMP_ACT_ERRNO\"},"
            "{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
            &p);
    CHECK_INT(answer(&p, X86_64, SYS_getcwd, 0, 0), ERR(EPERM));
    CHECK_INT(answer(&p, X86_64, SYS_mkdir, 0, 0), ALLOW);
    seccomp_free(&p);
}

TEST(newer_calls_get_enosys)
{
    struct seccomp_program p;
    compile(
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"],"
        "\"syscalls\":[{\"names\":[\"read\",\"statx\"],\"action\":\"SCMP_ACT_ALLOW\"},"
        "{\"names\":[\"clone3\"],\"action\":\"SCMP_ACT_ERRNO\"}]}",
        &p);
    CHECK_INT(answer(&p, X86_64, SYS_read, 0, 0), ALLOW);
    CHECK_INT(answer(&p, X86_64, SYS_mount, 0, 0), ERR(EPERM));
    CHECK_INT(answer(&p, X86_64, SYS_clone3, 0, 0), ERR(EPERM)); /* named, so known */
    CHECK_INT(answer(&p, X86_64, SYS_clone3 + 1, 0, 0), ERR(ENOSYS));
    CHECK_INT(answer(&p, X86_64, 100000, 0, 0), ERR(ENOSYS));
    CHECK_INT(answer(&p, X86, 3, 0, 0), ALLOW);
    CHECK_INT(answer(&p, X86, 21, 0, 0), ERR(EPERM));
    CHECK_INT(answer(&p, X86, 436, 0, 0), ERR(ENOSYS));
    CHECK_INT(answer(&p, AUDIT_ARCH_AARCH64, 500, 0, 0), SECCOMP_RET_KILL_THREAD); /* not listed */
    CHECK_INT(answer(&p, X86_64, X32(SYS_read), 0, 0), SECCOMP_RET_KILL_THREAD);
    CHECK_INT(answer(&p, X86_64, X32(500), 0, 0), SECCOMP_RET_KILL_THREAD);
    seccomp_free(&p);
}

TEST(newer_calls_of_x32_get_enosys)
{
    struct seccomp_program p;
    compile(
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X32\"],"
        "\"syscalls\":[{\"names\":[\"read\",\"statx\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
        &p);
    CHECK_INT(answer(&p, X86_64, SYS_read, 0, 0), ALLOW);
    CHECK_INT(answer(&p, X86_64, SYS_mount, 0, 0), ERR(EPERM));
    CHECK_INT(answer(&p, X86_64, SYS_statx + 1, 0, 0), ERR(ENOSYS));
    CHECK_INT(answer(&p, X86_64, X32(SYS_read), 0, 0), ALLOW);
    CHECK_INT(answer(&p, X86_64, X32(SYS_mount), 0, 0), ERR(EPERM));
    CHECK_INT(answer(&p, X86_64, X32(600), 0, 0), ERR(ENOSYS));
    seccomp_free(&p);
}

TEST(enosys_only_where_the_default_is_an_errno)
{
    static const char *const actions[] = {"SCMP_ACT_KILL_PROCESS", "SCMP_ACT_ALLOW", "SCMP_ACT_LOG",
                                          "SCMP_ACT_TRAP"};
    static const uint32_t answers[] = {SECCOMP_RET_KILL_PROCESS, ALLOW, SECCOMP_RET_LOG, SECCOMP_RET_TRAP};
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        AUTO_FREE char *text = xasprintf("{\"defaultAction\":\"%s\",\"syscalls\":[{\"names\":[\"read\"],"
                                         "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":5}]}",
                                         actions[i]);
        struct seccomp_program p;
        compile(text, &p);
        CHECK_INT(answer(&p, X86_64, 5000, 0, 0), answers[i]);
        CHECK_INT(answer(&p, X86_64, SYS_read, 0, 0), ERR(5));
        seccomp_free(&p);
    }
}

/* A profile of many names becomes a binary tree: it must answer as the chain of a small one does. */
TEST(a_tree_answers_as_a_chain)
{
    AUTO_BUF struct buf names = BUF_INIT;
    bool allowed[460] = {false};
    for (int nr = 0; nr < 440; nr += 1 + nr % 3) {
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, nr);
        if (name) {
            buf_printf(&names, "%s\"%s\"", names.len ? "," : "", name);
            allowed[nr] = true;
        }
        free(name);
    }
    AUTO_FREE char *text =
        xasprintf("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"architectures\":"
                  "[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"],"
                  "\"syscalls\":[{\"names\":[%s],\"action\":\"SCMP_ACT_ALLOW\"}]}",
                  names.data);
    struct seccomp_program p;
    compile(text, &p);
    for (int nr = 0; nr < 460; nr++)
        CHECK_INT(answer(&p, X86_64, nr, 1, 2), allowed[nr] ? ALLOW : ERR(ENOSYS));
    CHECK_INT(answer(&p, AUDIT_ARCH_ARM, 0, 0, 0), SECCOMP_RET_KILL_THREAD);
    seccomp_free(&p);
}

/* ---- random profiles against what they mean ---- */

static uint32_t seed = 1;

static uint32_t dice(uint32_t sides)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % sides;
}

static uint64_t any_value(void)
{
    static const uint64_t values[] = {0,
                                      1,
                                      2,
                                      5,
                                      0xffffffff,
                                      UINT64_C(0x100000000),
                                      UINT64_C(0x100000005),
                                      UINT64_C(0xffffffff00000001),
                                      UINT64_MAX};
    return values[dice(ARRAY_LEN(values))];
}

static bool holds(const struct spec_seccomp_arg *a, uint64_t v)
{
    switch (name_find(seccomp_operators, a->op)->value) {
    case SCMP_CMP_NE:
        return v != a->value;
    case SCMP_CMP_LT:
        return v < a->value;
    case SCMP_CMP_LE:
        return v <= a->value;
    case SCMP_CMP_EQ:
        return v == a->value;
    case SCMP_CMP_GE:
        return v >= a->value;
    case SCMP_CMP_GT:
        return v > a->value;
    default:
        return (v & a->value) == (a->value_two & a->value);
    }
}

static const char *const guessed[] = {"read", "ioctl", "socket", "openat2"};
static const int guessed_numbers[] = {SYS_read, SYS_ioctl, SYS_socket, 437};

static void random_profile(struct buf *out)
{
    buf_adds(out,
             "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\"],\"syscalls\":["
             "{\"names\":[\"getpid\",\"openat2\"],\"action\":\"SCMP_ACT_ERRNO\"}");
    for (uint32_t r = 1 + dice(5); r > 0; r--) {
        buf_printf(out, ",{\"names\":[\"%s\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[",
                   guessed[dice(ARRAY_LEN(guessed))]);
        const char *comma = "";
        for (unsigned arg = 0; arg < 2; arg++)
            if (dice(3) > 0) {
                uint64_t value = any_value(), two = any_value() & value;
                buf_printf(out, "%s{\"index\":%u,\"value\":%llu,\"valueTwo\":%llu,\"op\":\"%s\"}", comma, arg,
                           (unsigned long long)value, (unsigned long long)two,
                           seccomp_operators[dice(7)].name);
                comma = ",";
            }
        buf_adds(out, "]}");
    }
    buf_adds(out, "]}");
}

static bool means_allow(const struct spec_seccomp *s, const char *name, const uint64_t *args)
{
    for (size_t r = 1; r < s->syscalls.n; r++) {
        const struct spec_syscall *rule = &s->syscalls.v[r];
        bool all = strcmp(rule->names.v[0], name) == 0;
        for (size_t i = 0; i < rule->args.n; i++)
            all &= holds(&rule->args.v[i], args[rule->args.v[i].index]);
        if (all)
            return true;
    }
    return false;
}

TEST(random_conditions_mean_what_they_say)
{
    int wrong = 0;
    for (int n = 0; n < 400 && wrong == 0; n++) {
        AUTO_BUF struct buf text = BUF_INIT;
        random_profile(&text);
        AUTO_SPEC struct spec *s = profile(text.data);
        struct seccomp_program p = {0};
        if (!s || seccomp_compile(seccomp_of(s), NULL, &p) < 0) {
            printf("# %s: %s\n", error_text(), text.data);
            CHECK(false);
            return;
        }
        for (int q = 0; q < 100; q++) {
            uint32_t which = dice(ARRAY_LEN(guessed));
            uint64_t args[2] = {any_value() + dice(2), any_value() + dice(2)};
            uint32_t want = means_allow(seccomp_of(s), guessed[which], args) ? ALLOW : ERR(EPERM);
            uint32_t got = answer(&p, X86_64, guessed_numbers[which], args[0], args[1]);
            if (got != want && wrong++ == 0)
                printf("# %s(%#llx, %#llx): %#x, expected %#x under %s\n", guessed[which],
                       (unsigned long long)args[0], (unsigned long long)args[1], got, want, text.data);
        }
        seccomp_free(&p);
    }
    CHECK_INT(wrong, 0);
}

TEST(rules_that_disagree)
{
    struct seccomp_program p;
    /* a condition counts before none, whatever the order */
    compile(
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"ioctl\"],\"action\":\"SCMP_ACT_"
        "ALLOW\"},"
        "{\"names\":[\"ioctl\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":25,\"args\":[{\"index\":1,"
        "\"value\":21522,"
        "\"op\":\"SCMP_CMP_EQ\"}]},{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":97},"
        "{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"op\":"
        "\"SCMP_CMP_EQ\"}]}]}",
        &p);
    CHECK_INT(answer(&p, X86_64, SYS_ioctl, 0, 21522), ERR(25));
    CHECK_INT(answer(&p, X86_64, SYS_ioctl, 0, 21523), ALLOW);
    CHECK_INT(answer(&p, X86_64, SYS_socket, 1, 0), ALLOW);
    CHECK_INT(answer(&p, X86_64, SYS_socket, 2, 0), ERR(97));
    seccomp_free(&p);
    /* the stricter of two, then the first of two */
    compile(
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\",\"write\"],\"action\":"
        "\"SCMP_ACT_ALLOW\"},{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":5},{\"names\":"
        "[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":6},{\"names\":[\"write\"],\"action\":"
        "\"SCMP_ACT_ERRNO\"}]}",
        &p);
    CHECK_INT(answer(&p, X86_64, SYS_read, 0, 0), ERR(5));
    CHECK_INT(answer(&p, X86_64, SYS_write, 0, 0), ALLOW); /* the default, said again, says nothing */
    seccomp_free(&p);
}

TEST(arm64_and_riscv64)
{
    struct seccomp_program p;
    compile("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_AARCH64\",\"SCMP_ARCH_"
            "RISCV64\"],"
            "\"syscalls\":[{\"names\":[\"read\",\"clone3\"],\"action\":\"SCMP_ACT_ALLOW\"},{\"names\":["
            "\"socket\"],"
            "\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}]}",
            &p);
    static const uint32_t archs[] = {AUDIT_ARCH_AARCH64, AUDIT_ARCH_RISCV64};
    for (size_t i = 0; i < 2; i++) {
        CHECK_INT(answer(&p, archs[i], 63, 0, 0), ALLOW);
        CHECK_INT(answer(&p, archs[i], 64, 0, 0), ERR(EPERM));
        CHECK_INT(answer(&p, archs[i], 198, 1, 0), ALLOW);
        CHECK_INT(answer(&p, archs[i], 198, UINT64_C(0x100000001), 0), ERR(EPERM));
        CHECK_INT(answer(&p, archs[i], 436, 0, 0), ERR(ENOSYS));
    }
    CHECK_INT(answer(&p, X86_64, SYS_read, 0, 0), ALLOW); /* the native one is always there */
    CHECK_INT(answer(&p, AUDIT_ARCH_S390X, 3, 0, 0), SECCOMP_RET_KILL_THREAD);
    seccomp_free(&p);
}

/* A number of -1 is what a tracer leaves of a call that it skips. */
TEST(minus_one_is_the_default)
{
    struct seccomp_program p;
    compile("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_"
            "ALLOW\"}]}",
            &p);
    CHECK_INT(answer(&p, X86_64, -1, 0, 0), ERR(EPERM));
    seccomp_free(&p);
}

/* The same profile by libseccomp alone: Docker's, whose rules it gets right. */
static int by_libseccomp(const struct spec_seccomp *s, struct seccomp_program *out, struct buf *b)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(s->default_errno_ret.v));
    for (size_t i = 0; i < s->architectures.n; i++)
        seccomp_arch_add(ctx, (uint32_t)name_find(seccomp_archs, s->architectures.v[i])->value);
    for (size_t r = 0; r < s->syscalls.n; r++)
        for (size_t i = 0; i < s->syscalls.v[r].names.n; i++) {
            const struct spec_syscall *rule = &s->syscalls.v[r];
            uint32_t action = strcmp(rule->action, "SCMP_ACT_ALLOW") == 0 ? SCMP_ACT_ALLOW
                                                                          : SCMP_ACT_ERRNO(rule->errno_ret.v);
            struct scmp_arg_cmp c = {0};
            if (rule->args.n)
                c = (struct scmp_arg_cmp){
                    rule->args.v[0].index,
                    (enum scmp_compare)name_find(seccomp_operators, rule->args.v[0].op)->value,
                    rule->args.v[0].value, rule->args.v[0].value_two};
            seccomp_rule_add_array(ctx, action, seccomp_syscall_resolve_name(rule->names.v[i]),
                                   (unsigned)rule->args.n, &c);
        }
    AUTO_FD int fd = memfd_create("test", MFD_CLOEXEC);
    int result = seccomp_export_bpf(ctx, fd);
    seccomp_release(ctx);
    if (result < 0 || lseek(fd, 0, SEEK_SET) < 0 || read_fd(fd, 1 << 20, b) < 0)
        return -1;
    *out = (struct seccomp_program){.filter = b->data, .instructions = (uint16_t)(b->len / 8)};
    return 0;
}

TEST(docker_s_profile_as_libseccomp_compiles_it)
{
    AUTO_BUF struct buf text = BUF_INIT, program = BUF_INIT;
    CHECK(read_file_at(AT_FDCWD, "tests/data/docker-seccomp.json", 1 << 20, &text) == 0);
    AUTO_SPEC struct spec *s = profile(buf_str(&text));
    struct seccomp_program p, reference;
    if (!s || seccomp_compile(seccomp_of(s), NULL, &p) < 0 ||
        by_libseccomp(seccomp_of(s), &reference, &program) < 0) {
        CHECK(false);
        return;
    }
    static const uint64_t values[] = {
        0,  8,  40, 0x20000, 0x20008, 0xffffffff, 0x10000000, UINT64_C(0x2800000000),
        1,  2,  3,  4,       5,       6,          7,          9,
        10, 11, 12, 13,      14,      15,         16,         17,
        18, 19, 20, 21,      22,      23,         24,         25};
    int compared = 0;
    for (size_t v = 0; v < 2 * ARRAY_LEN(values); v++)
        for (int n = 0; n < 2048; n++) {
            int nr = n < 1024 ? n : X32(n - 1024);
            uint32_t arch = v % 2 ? X86 : X86_64, got = answer(&p, arch, nr, values[v / 2], 0),
                     want = answer(&reference, arch, nr, values[v / 2], 0);
            if (got == ERR(ENOSYS) && want == ERR(EPERM) && (arch == X86_64 ? nr & 0xffff : nr) > 440)
                continue; /* newer than the profile */
            CHECK_INT(got, want);
            compared++;
        }
    CHECK(compared > 5000);
    seccomp_free(&p);
}

/* No rule here is of socketcall(2) or ipc(2) themselves, which would answer for all: each name alone decides.
 * The last five have no number of their own, and libseccomp 2.5 drops them: they are there in the one way
 * only. */
TEST(multiplexed_calls_as_libseccomp_compiles_them)
{
    static const struct {
        const char *name;
        uint16_t nr, call;
    } calls[] = {
        {"socket", 102, 1},      {"bind", 102, 2},        {"connect", 102, 3},     {"listen", 102, 4},
        {"getsockname", 102, 6}, {"getpeername", 102, 7}, {"socketpair", 102, 8},  {"sendto", 102, 11},
        {"recvfrom", 102, 12},   {"shutdown", 102, 13},   {"setsockopt", 102, 14}, {"getsockopt", 102, 15},
        {"sendmsg", 102, 16},    {"recvmsg", 102, 17},    {"accept4", 102, 18},    {"recvmmsg", 102, 19},
        {"sendmmsg", 102, 20},   {"semget", 117, 2},      {"semctl", 117, 3},      {"msgsnd", 117, 11},
        {"msgrcv", 117, 12},     {"msgget", 117, 13},     {"msgctl", 117, 14},     {"shmat", 117, 21},
        {"shmdt", 117, 22},      {"shmget", 117, 23},     {"shmctl", 117, 24},     {"accept", 102, 5},
        {"send", 102, 9},        {"recv", 102, 10},       {"semop", 117, 1},       {"semtimedop", 117, 4}};
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        AUTO_BUF struct buf text = BUF_INIT, program = BUF_INIT;
        buf_printf(&text,
                   "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_"
                   "ARCH_X86\"],"
                   "\"syscalls\":[{\"names\":[\"%s\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
                   calls[i].name);
        AUTO_SPEC struct spec *s = profile(buf_str(&text));
        struct seccomp_program p, reference;
        if (!s || seccomp_compile(seccomp_of(s), NULL, &p) < 0 ||
            by_libseccomp(seccomp_of(s), &reference, &program) < 0) {
            CHECK(false);
            return;
        }
        bool dropped = i >= ARRAY_LEN(calls) - 5;
        for (int nr = 0; nr < 450; nr++)
            for (uint64_t call = 0; call < 32; call++) {
                bool ours = answer(&p, X86, nr, call, 0) == SECCOMP_RET_ALLOW;
                if (nr == 102 || nr == 117 || dropped)
                    CHECK_INT(ours, nr == calls[i].nr && call == calls[i].call);
                if (!dropped)
                    CHECK_INT(ours, answer(&reference, X86, nr, call, 0) == SECCOMP_RET_ALLOW);
            }
        seccomp_free(&p);
    }
}

/* The kernel takes the lower 16 bits of ipc(2)'s first argument: a version above them is no way around a
 * rule. */
TEST(a_version_does_not_hide_a_call_of_ipc)
{
    struct seccomp_program p;
    compile(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"],"
        "\"syscalls\":[{\"names\":[\"shmget\"],\"action\":\"SCMP_ACT_ERRNO\"}]}",
        &p);
    CHECK_INT(answer(&p, X86, 117, 23, 0), ERR(EPERM));
    CHECK_INT(answer(&p, X86, 117, 0x10017, 0), ERR(EPERM));
    CHECK_INT(answer(&p, X86, 117, 0xffff0017, 0), ERR(EPERM));
    CHECK_INT(answer(&p, X86, 117, 24, 0), SECCOMP_RET_ALLOW);
    CHECK_INT(answer(&p, X86, 117, 0x10018, 0), SECCOMP_RET_ALLOW);
    seccomp_free(&p);
}

TEST(flags)
{
    struct seccomp_program p;
    compile("{\"defaultAction\":\"SCMP_ACT_ALLOW\"}", &p);
    CHECK_INT(p.flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
    seccomp_free(&p);
    compile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[]}", &p);
    CHECK_INT(p.flags, 0);
    seccomp_free(&p);
    compile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\","
            "\"SECCOMP_FILTER_FLAG_TSYNC\"]}",
            &p);
    CHECK_INT(p.flags, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_TSYNC);
    seccomp_free(&p);
}

/* ---- in the kernel ---- */

/* Runs body() in a child under the profile; its exit code, or 256 + signal. */
static int run_under(const char *seccomp, int (*body)(int listener))
{
    struct seccomp_program p;
    compile(seccomp, &p);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        int listener;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_install(&p, &listener) < 0) {
            printf("# %s\n", error_text());
            fflush(stdout);
            _exit(99);
        }
        _exit(body(listener));
    }
    seccomp_free(&p);
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid);
    return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int errno_of_getcwd(int listener)
{
    (void)listener;
    char path[100];
    return syscall(SYS_getcwd, path, sizeof(path)) < 0 ? errno : 0;
}

TEST(the_kernel_obeys)
{
    CHECK_INT(run_under("{\"defaultAction\":\"SCMP_ACT_ALLOW\"}", errno_of_getcwd), 0);
    CHECK_INT(
        run_under("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"getcwd\"],\"action\":"
                  "\"SCMP_ACT_ERRNO\",\"errnoRet\":87}]}",
                  errno_of_getcwd),
        87);
    CHECK_INT(
        run_under("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"getcwd\"],\"action\":"
                  "\"SCMP_ACT_KILL_PROCESS\"}]}",
                  errno_of_getcwd),
        256 + SIGSYS);
    CHECK_INT(run_under("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"exit_group\"],"
                        "\"action\":\"SCMP_ACT_ALLOW\"}]}",
                        errno_of_getcwd),
              EPERM);
}

static int with_listener(int listener)
{
    return listener > 2 && fcntl(listener, F_GETFD) == FD_CLOEXEC ? 7 : 8;
}

TEST(a_listener_comes_with_notify)
{
    CHECK_INT(
        run_under("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/s\","
                  "\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\",\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"],"
                  "\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
                  with_listener),
        7);
}

/* ---- the agent ---- */

static char dir[] = "/tmp/rsbx-unit-seccomp.XXXXXX";

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    AUTO_FD int parent = open(dir, O_PATH | O_CLOEXEC);
    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", parent, path);
    CHECK(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    CHECK(listen(fd, 1) == 0);
    return fd;
}

static void check_received(int from, int sent_fd)
{
    char text[4096];
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec iov = {text, sizeof(text)};
    struct msghdr m = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(from, &m, 0);
    CHECK(n > 0);
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    CHECK(c && c->cmsg_type == SCM_RIGHTS);
    if (n <= 0 || !c)
        return;
    AUTO_FD int fd = -1;
    memcpy(&fd, CMSG_DATA(c), sizeof(fd));
    struct stat a, b;
    CHECK(fstat(fd, &a) == 0 && fstat(sent_fd, &b) == 0 && a.st_ino == b.st_ino);
    struct json_value *v = json_parse("message", text, (size_t)n);
    CHECK(v != NULL);
    CHECK_STR(json_get_string(v, "ociVersion"), "1.3.0");
    CHECK_STR(json_as_string(json_at(json_get(v, "fds"), 0)), "seccompFd");
    CHECK_INT(json_get_int(v, "pid", 0), 77);
    CHECK_STR(json_get_string(v, "metadata"), "a \"b\"");
    CHECK_STR(json_get_string(json_get(v, "state"), "id"), "c1");
    json_free(v);
    CHECK_INT(read(from, text, 1), 0); /* exactly one state, then the end */
}

static void send_and_receive(const char *name)
{
    AUTO_FREE char *path = xasprintf("%s/%s", dir, name);
    AUTO_FD int server = listen_at(name);
    AUTO_FD int pipe_end = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    char metadata[] = "a \"b\"";
    struct spec_seccomp s = {.listener_path = path, .listener_metadata = metadata};
    bool sent = seccomp_send_listener(&s, pipe_end, 77, "{\"id\":\"c1\"}") == 0;
    CHECK(sent);
    if (!sent)
        return;
    AUTO_FD int from = accept4(server, NULL, NULL, SOCK_CLOEXEC);
    check_received(from, pipe_end);
    unlink(path);
}

TEST(the_agent_gets_state_and_fd)
{
    CHECK(mkdtemp(dir) != NULL);
    send_and_receive("agent");
    /* In the directory longer than the 108 bytes of sun_path. */
    send_and_receive("an-agent-whose-path-is-longer-than-what-fits-into-the-address-of-a-unix-socket-socket");
    char path[] = "/nonexistent/agent";
    struct spec_seccomp s = {.listener_path = path};
    CHECK(seccomp_send_listener(&s, 0, 77, "{}") < 0);
    CHECK(strstr(error_text(), "failed to connect with seccomp agent: /nonexistent/agent") != NULL);
    CHECK(rmdir(dir) == 0);
}

TEST_MAIN()
