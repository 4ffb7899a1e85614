/* System call filters: seccomp(2), config-linux.md "Seccomp".
 *
 * The parent checks the profile, then compiles it to plain BPF, or takes that from the cache
 * (seccomp_cache.c): the usual architectures with seccomp_program.c, the others (s390,
 * mips, ...) with libseccomp, which also knows all names and numbers. The new process only makes the one
 * system call, so that nothing of this runs under the container's limits.
 *
 * Meaning, where the specification leaves it open, as runc does it:
 * - several conditions of one rule must all hold; but where two of them test the same argument, each
 *   condition of that rule is a rule of its own (any may hold);
 * - an unconditional rule whose action is the default action says nothing; unknown names are skipped;
 * - without "flags" (not: with empty ones) the filter gets SECCOMP_FILTER_FLAG_SPEC_ALLOW where the kernel
 *   knows it: the mitigation costs much and the specification's users expect it off.
 * Against runc: an errno for an action that has none is an error, as the specification demands. */
#include "linux/process.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "linux/seccomp_internal.h"

#ifndef SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH (1UL << 4)
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define MAX_ERRNO 4095 /* of the kernel: a filter's larger value is cut down to it */

/* From so many names on libseccomp makes a binary search of the numbers instead of a chain; with fewer it
 * gains nothing (and with none libseccomp 2.5 goes wrong). */
#define TREE_FROM 32

const struct name_value seccomp_actions[] = {
    {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
    {"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0)},
    {"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
    {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_LOG", SCMP_ACT_LOG},
    {"SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY},
    {"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0)},
    {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
    {NULL, 0},
};

const struct name_value seccomp_operators[] = {
    {"SCMP_CMP_EQ", SCMP_CMP_EQ}, {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT}, {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_LT", SCMP_CMP_LT}, {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
    {"SCMP_CMP_NE", SCMP_CMP_NE}, {NULL, 0},
};

const struct name_value seccomp_archs[] = {
    {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
    {"SCMP_ARCH_ARM", SCMP_ARCH_ARM},
#ifdef SCMP_ARCH_LOONGARCH64
    {"SCMP_ARCH_LOONGARCH64", SCMP_ARCH_LOONGARCH64},
#endif
#ifdef SCMP_ARCH_M68K
    {"SCMP_ARCH_M68K", SCMP_ARCH_M68K},
#endif
    {"SCMP_ARCH_MIPS", SCMP_ARCH_MIPS},
    {"SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64},
    {"SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32},
    {"SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL},
    {"SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64},
    {"SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32},
    {"SCMP_ARCH_PARISC", SCMP_ARCH_PARISC},
    {"SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64},
    {"SCMP_ARCH_PPC", SCMP_ARCH_PPC},
    {"SCMP_ARCH_PPC64", SCMP_ARCH_PPC64},
    {"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE},
    {"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64},
    {"SCMP_ARCH_S390", SCMP_ARCH_S390},
    {"SCMP_ARCH_S390X", SCMP_ARCH_S390X},
#ifdef SCMP_ARCH_SH
    {"SCMP_ARCH_SH", SCMP_ARCH_SH},
#endif
#ifdef SCMP_ARCH_SHEB
    {"SCMP_ARCH_SHEB", SCMP_ARCH_SHEB},
#endif
    {"SCMP_ARCH_X32", SCMP_ARCH_X32},
    {"SCMP_ARCH_X86", SCMP_ARCH_X86},
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64},
    {NULL, 0},
};

const struct name_value seccomp_flags[] = {
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
    {NULL, 0},
};

/* ---- check ---- */

/* A NULL program is only looked at when the flags were accepted. */
bool seccomp_flag_supported(unsigned flag)
{
    unsigned flags = flag;
    if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
        flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT;
}

/* Asked once for each action: a profile has a hundred rules. */
static bool action_supported(const struct name_value *action)
{
    enum { NOT_ASKED, NO, YES };
    static unsigned char known[ARRAY_LEN(seccomp_actions)];
    unsigned char *k = &known[action - seccomp_actions];
    uint32_t value = (uint32_t)action->value;
    if (*k == NOT_ASKED)
        *k = syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &value) == 0 || errno != EOPNOTSUPP ? YES : NO;
    return *k == YES;
}

static bool takes_errno(uint64_t action)
{
    return action == SCMP_ACT_ERRNO(0) || action == SCMP_ACT_TRACE(0);
}

struct path_text {
    char s[64];
};

#define DEFAULT_RULE SIZE_MAX

/* Put together for errors only: of a hundred rules it would take longer than to check them. */
static struct path_text path_of(size_t rule, bool of_errno)
{
    struct path_text path;
    if (rule == DEFAULT_RULE)
        snprintf(path.s, sizeof(path.s), "linux.seccomp.%s", of_errno ? "defaultErrnoRet" : "defaultAction");
    else
        snprintf(path.s, sizeof(path.s), "linux.seccomp.syscalls[%zu].%s", rule,
                 of_errno ? "errnoRet" : "action");
    return path;
}

static int check_action(const char *name, struct opt_u32 errno_ret, size_t rule)
{
    const struct name_value *action = name ? name_find(seccomp_actions, name) : NULL;
    if (!action)
        return fail(0, "%s: unknown action \"%s\"", path_of(rule, false).s, name ? name : "");
    if (!action_supported(action))
        return fail(0, "%s: this kernel does not have %s", path_of(rule, false).s, name);
    if (!errno_ret.set)
        return 0;
    if (!takes_errno(action->value))
        return fail(0, "%s: %s takes no errno", path_of(rule, true).s, name);
    uint32_t max = action->value == SCMP_ACT_ERRNO(0) ? MAX_ERRNO : UINT16_MAX;
    if (errno_ret.v > max)
        return fail(0, "%s: %u is larger than %u", path_of(rule, true).s, errno_ret.v, max);
    return 0;
}

static int check_args(const struct spec_syscall *rule, size_t r)
{
    for (size_t i = 0; i < rule->args.n; i++) {
        const struct spec_seccomp_arg *arg = &rule->args.v[i];
        if (arg->index > 5)
            return fail(0, "linux.seccomp.syscalls[%zu].args[%zu].index: %u: system calls have six arguments",
                        r, i, arg->index);
        if (!arg->op || !name_find(seccomp_operators, arg->op))
            return fail(0, "linux.seccomp.syscalls[%zu].args[%zu].op: unknown operator \"%s\"", r, i,
                        arg->op ? arg->op : "");
    }
    return 0;
}

static int check_rule(const struct spec_seccomp *s, size_t r)
{
    const struct spec_syscall *rule = &s->syscalls.v[r];
    /* Without a listenerPath the agent is our own supervisor, whose answer the errno is. */
    bool own_agent = rule->action && strcmp(rule->action, "SCMP_ACT_NOTIFY") == 0 && !s->listener_path;
    struct opt_u32 errno_ret = rule->errno_ret;
    errno_ret.set &= !own_agent;
    TRY(check_action(rule->action, errno_ret, r));
    if (rule->names.n == 0)
        return fail(0, "linux.seccomp.syscalls[%zu].names: must not be empty", r);
    bool notify = strcmp(rule->action, "SCMP_ACT_NOTIFY") == 0;
    for (size_t i = 0; i < rule->names.n; i++) {
        if (!*rule->names.v[i])
            return fail(0, "linux.seccomp.syscalls[%zu].names[%zu]: must not be empty", r, i);
        /* The new process could not tell its parent about the listener any more. */
        if (notify && strcmp(rule->names.v[i], "write") == 0)
            return fail(
                0,
                "linux.seccomp.syscalls[%zu].names[%zu]: SCMP_ACT_NOTIFY cannot be used for the write "
                "syscall",
                r, i);
    }
    return check_args(rule, r);
}

static int check_words(const struct spec_seccomp *s)
{
    for (size_t i = 0; i < s->architectures.n; i++)
        if (!name_find(seccomp_archs, s->architectures.v[i]))
            return fail(0, "linux.seccomp.architectures[%zu]: libseccomp %d.%d.%d does not know \"%s\"", i,
                        SCMP_VER_MAJOR, SCMP_VER_MINOR, SCMP_VER_MICRO, s->architectures.v[i]);
    for (size_t i = 0; i < s->flags.n; i++) {
        const struct name_value *flag = name_find(seccomp_flags, s->flags.v[i]);
        if (!flag)
            return fail(0, "linux.seccomp.flags[%zu]: unknown flag \"%s\"", i, s->flags.v[i]);
        if (!seccomp_flag_supported((unsigned)flag->value))
            return fail(0, "linux.seccomp.flags[%zu]: this kernel does not have %s", i, flag->name);
    }
    return 0;
}

/* "seccomp": {} asks for nothing; runc takes it so, too. */
static bool is_empty(const struct spec_seccomp *s)
{
    return !s || ((!s->default_action || !*s->default_action) && s->syscalls.n == 0);
}

int seccomp_check(const struct spec_seccomp *s)
{
    if (is_empty(s))
        return 0;
    TRY(check_action(s->default_action, s->default_errno_ret, DEFAULT_RULE));
    if (strcmp(s->default_action, "SCMP_ACT_NOTIFY") == 0)
        return fail(0, "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be used as default action");
    if (s->listener_metadata && *s->listener_metadata && (!s->listener_path || !*s->listener_path))
        return fail(0, "linux.seccomp.listenerMetadata: must not be set without listenerPath");
    TRY(check_words(s));
    for (size_t i = 0; i < s->syscalls.n; i++)
        TRY(check_rule(s, i));
    return 0;
}

/* ---- compile ---- */

uint32_t seccomp_action(const char *name, struct opt_u32 errno_ret)
{
    const struct name_value *action = name_find(seccomp_actions, name);
    uint32_t value = action ? (uint32_t)action->value : SCMP_ACT_KILL_PROCESS;
    if (takes_errno(value))
        value |= (errno_ret.set ? errno_ret.v : EPERM) & 0xffff;
    return value;
}

static void release_filter(scmp_filter_ctx *ctx)
{
    if (*ctx)
        seccomp_release(*ctx);
}
#define AUTO_FILTER __attribute__((cleanup(release_filter)))

static int add_conditions(scmp_filter_ctx ctx, const struct spec_syscall *rule, uint32_t action, int number)
{
    struct scmp_arg_cmp conditions[6];
    bool repeated = seccomp_tests_twice(rule);
    for (size_t i = 0; i < rule->args.n; i++) {
        const struct spec_seccomp_arg *arg = &rule->args.v[i];
        struct scmp_arg_cmp condition = {arg->index,
                                         (enum scmp_compare)name_find(seccomp_operators, arg->op)->value,
                                         arg->value, arg->value_two};
        if (!repeated) {
            conditions[i] = condition;
            continue;
        }
        int r = seccomp_rule_add_array(ctx, action, number, 1, &condition);
        if (r < 0 && r != -EEXIST)
            return r;
    }
    if (repeated)
        return 0;
    return seccomp_rule_add_array(ctx, action, number, (unsigned)rule->args.n, conditions);
}

static int add_rule(scmp_filter_ctx ctx, const struct spec_seccomp *s, size_t r)
{
    const struct spec_syscall *rule = &s->syscalls.v[r];
    uint32_t action = seccomp_action(rule->action, rule->errno_ret);
    if (action == seccomp_action(s->default_action, s->default_errno_ret))
        return 0;
    for (size_t i = 0; i < rule->names.n; i++) {
        int number = seccomp_syscall_resolve_name(rule->names.v[i]);
        if (number == __NR_SCMP_ERROR) {
            log_debug("seccomp: unknown system call %s ignored", rule->names.v[i]);
            continue;
        }
        int error = -add_conditions(ctx, rule, action, number);
        if (error != 0 && error != EEXIST)
            return fail(error, "linux.seccomp.syscalls[%zu].names[%zu]: %s: libseccomp refuses the rule", r,
                        i, rule->names.v[i]);
    }
    return 0;
}

/* The architectures that libseccomp compiles; *n says how many. */
static int add_archs(scmp_filter_ctx ctx, const struct spec_seccomp *s, size_t *n)
{
    *n = seccomp_compiles_itself(seccomp_arch_native()) ? 0 : 1;
    for (size_t i = 0; i < s->architectures.n; i++) {
        uint32_t token = (uint32_t)name_find(seccomp_archs, s->architectures.v[i])->value;
        if (seccomp_compiles_itself(token))
            continue;
        int error = -seccomp_arch_add(ctx, token);
        if (error == EDOM)
            return fail(0, "linux.seccomp.architectures[%zu]: %s has another byte order than this machine", i,
                        s->architectures.v[i]);
        if (error != 0 && error != EEXIST)
            return fail(error, "linux.seccomp.architectures[%zu]: %s", i, s->architectures.v[i]);
        ++*n;
    }
    if (*n > 0 && seccomp_compiles_itself(seccomp_arch_native()))
        seccomp_arch_remove(ctx, seccomp_arch_native());
    return 0;
}

static size_t count_names(const struct spec_seccomp *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->syscalls.n; i++)
        n += s->syscalls.v[i].names.n;
    return n;
}

static int export_program(scmp_filter_ctx ctx, struct buf *out)
{
    AUTO_FD int fd = memfd_create("seccomp", MFD_CLOEXEC);
    if (fd < 0)
        return fail(errno, "memfd_create");
    int error = -seccomp_export_bpf(ctx, fd);
    if (error != 0)
        return fail(error, "linux.seccomp: libseccomp cannot make the filter");
    if (lseek(fd, 0, SEEK_SET) < 0)
        return fail(errno, "seek");
    return read_fd(fd, 1 << 20, out);
}

/* What follows our own part: the other architectures, and the end of all that are not listed. */
static int compile_others(const struct spec_seccomp *s, struct buf *out)
{
    AUTO_FILTER scmp_filter_ctx ctx = seccomp_init(seccomp_action(s->default_action, s->default_errno_ret));
    size_t n;
    if (!ctx)
        return fail(0, "linux.seccomp.defaultAction: libseccomp refuses %s", s->default_action);
    TRY(add_archs(ctx, s, &n));
    if (n == 0) {
        struct sock_filter end = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_THREAD};
        buf_add(out, &end, sizeof(end));
        return 0;
    }
    if (count_names(s) > TREE_FROM && seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
        log_debug("seccomp: this libseccomp has no binary tree");
    for (size_t i = 0; i < s->syscalls.n; i++)
        TRY(add_rule(ctx, s, i));
    seccomp_emit_enosys(s, out);
    return export_program(ctx, out);
}

static int compile(const struct spec_seccomp *s, struct buf *out)
{
    seccomp_compile_own(s, out);
    TRY(compile_others(s, out));
    size_t n = out->len / sizeof(struct sock_filter);
    if (n == 0 || n > SECCOMP_MAX_INSTRUCTIONS)
        return fail(0, "linux.seccomp: the filter has %zu instructions, the kernel takes at most %d", n,
                    SECCOMP_MAX_INSTRUCTIONS);
    return 0;
}

static void set_flags(const struct spec_seccomp *s, struct seccomp_program *out)
{
    for (size_t i = 0; i < s->syscalls.n; i++)
        out->notify |= strcmp(s->syscalls.v[i].action, "SCMP_ACT_NOTIFY") == 0;
    if (!s->flags_set && seccomp_flag_supported(SECCOMP_FILTER_FLAG_SPEC_ALLOW))
        out->flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    for (size_t i = 0; i < s->flags.n; i++)
        out->flags |= (unsigned)name_find(seccomp_flags, s->flags.v[i])->value;
    if (out->notify && out->flags & SECCOMP_FILTER_FLAG_TSYNC)
        out->flags |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH; /* seccomp(2): else the two do not go together */
    if (!out->notify && out->flags & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) {
        log_debug(
            "seccomp: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is about SCMP_ACT_NOTIFY, which is not used");
        out->flags &= ~(unsigned)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    }
}

int seccomp_compile(const struct spec_seccomp *s, const char *cache_dir, struct seccomp_program *out)
{
    *out = (struct seccomp_program){0};
    if (is_empty(s))
        return 0;
    TRY(seccomp_check(s));
    AUTO_BUF struct buf program = BUF_INIT;
    struct seccomp_cache_key key;
    if (cache_dir)
        seccomp_cache_key(s, &key);
    if (!cache_dir || !seccomp_cache_fetch(cache_dir, &key, &program)) {
        TRY(compile(s, &program));
        if (cache_dir)
            seccomp_cache_store(cache_dir, &key, &program);
    }
    set_flags(s, out);
    out->instructions = (uint16_t)(program.len / sizeof(struct sock_filter));
    out->filter = buf_take(&program);
    return 0;
}

/* ---- load ---- */

int seccomp_install(const struct seccomp_program *program, int *listener)
{
    *listener = -1;
    if (program->instructions == 0)
        return 0;
    struct sock_fprog prog = {program->instructions, program->filter};
    unsigned flags = program->flags | (program->notify ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0);
    long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
    if (r < 0 && errno == EACCES)
        return fail(0,
                    "linux.seccomp: a filter can only be loaded with CAP_SYS_ADMIN in the user namespace or "
                    "with process.noNewPrivileges");
    if (r < 0 && errno == EBUSY)
        return fail(0,
                    "linux.seccomp: SCMP_ACT_NOTIFY: a filter around this container already has a listener");
    if (r < 0)
        return fail(errno, "linux.seccomp: load the filter");
    if (program->notify)
        *listener = (int)r;
    return 0;
}

void seccomp_free(struct seccomp_program *program)
{
    free(program->filter);
    *program = (struct seccomp_program){0};
}
