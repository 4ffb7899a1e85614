/* Profile to BPF for the architectures that matter: the 64-bit ones, and i386.
 *
 * libseccomp 2.5 merges all rules of a system call into one tree of comparisons and loses some on the way: of
 * "a == 0 and b != 9" and "a != 5 and b == 0" it answers some calls wrongly (tests/unit/seccomp.c finds such
 * profiles by the hundred, among conditions with NE, LT and LE). It also takes milliseconds. Here a profile
 * becomes
 *
 *   if arch == A: find the number's segment by bisection; a segment is a range of numbers with one answer, or
 *                 one number with rules that are tried one after the other
 *
 * What several matching rules mean: one with conditions counts before one without; of those that are left the
 * stricter action, as the kernel has it for several filters (seccomp(2)); then the first. Numbers above the
 * largest one that the profile names are ENOSYS, see seccomp_enosys.c.
 *
 * On i386 sockets and System V IPC are reached in two ways: by a number of their own, and through
 * socketcall(2) or ipc(2), which take the call as their first argument and pointers in place of the others. A
 * rule goes to both, as with libseccomp: there its condition on the first argument is replaced by the call.
 *
 * seccomp_data: nr at 0, arch at 4, args at 16, eight bytes each. */
#include "linux/seccomp_internal.h"

#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/log.h"
#include "base/memory.h"

#define X32_BIT 0x40000000U /* __X32_SYSCALL_BIT: x32 shares the AUDIT_ARCH of x86_64 */

/* Jump targets within a condition until it is placed. */
enum { NEXT = 0, HOLDS = 0xfe, FAILS = 0xff };

struct condition {
    struct sock_filter code[6];
    uint8_t n;
};

/* A rule as it concerns one number. */
struct entry {
    uint32_t number, action, order;
    uint32_t call; /* what the first argument has to be, for socketcall(2) and ipc(2); 0: not one of these */
    bool narrow;   /* an architecture of 32 bits: the upper halves of arguments mean nothing */
    const struct spec_syscall *rule;
};

struct entries {
    struct entry *v;
    size_t n;
};

/* Numbers from start up to the next segment: one action, or the rules of that one number. */
struct segment {
    uint32_t start, action;
    const struct entry *rules;
    size_t n_rules;
};

struct segments {
    struct segment *v;
    size_t n;
};

bool seccomp_compiles_itself(uint32_t token)
{
    switch (token) {
    case SCMP_ARCH_X86_64:
    case SCMP_ARCH_X32:
    case SCMP_ARCH_X86:
    case SCMP_ARCH_AARCH64:
    case SCMP_ARCH_RISCV64:
#ifdef SCMP_ARCH_LOONGARCH64
    case SCMP_ARCH_LOONGARCH64:
#endif
        return true;
    default:
        return false;
    }
}

static void emit(struct buf *out, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
    struct sock_filter instruction = {code, jt, jf, k};
    buf_add(out, &instruction, sizeof(instruction));
}

static size_t instructions(const struct buf *b)
{
    return b->len / sizeof(struct sock_filter);
}

/* ---- conditions ---- */

static void add_code(struct condition *c, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
    c->code[c->n++] = (struct sock_filter){code, jt, jf, k};
}

static void load_half(struct condition *c, uint32_t index, bool high)
{
    uint32_t offset = (uint32_t)offsetof(struct seccomp_data, args) + 8 * index;
    bool second = high == (__BYTE_ORDER == __LITTLE_ENDIAN);
    add_code(c, BPF_LD | BPF_W | BPF_ABS, offset + (second ? 4 : 0), 0, 0);
}

static void test(struct condition *c, uint16_t jump, uint32_t k, uint8_t yes, uint8_t no)
{
    add_code(c, (uint16_t)(BPF_JMP | BPF_K | jump), k, yes, no);
}

static void test_masked(struct condition *c, const struct spec_seccomp_arg *a, bool high)
{
    unsigned shift = high ? 32 : 0;
    load_half(c, a->index, high);
    add_code(c, BPF_ALU | BPF_AND | BPF_K, (uint32_t)(a->value >> shift), 0, 0);
    test(c, BPF_JEQ, (uint32_t)((a->value_two & a->value) >> shift), NEXT, FAILS);
}

/* The upper half alone may decide; otherwise the code goes on with the lower one. */
static void test_high(struct condition *c, const struct spec_seccomp_arg *a, uint64_t op)
{
    uint32_t high = (uint32_t)(a->value >> 32);
    load_half(c, a->index, true);
    switch (op) {
    case SCMP_CMP_EQ:
        test(c, BPF_JEQ, high, NEXT, FAILS);
        break;
    case SCMP_CMP_NE:
        test(c, BPF_JEQ, high, NEXT, HOLDS);
        break;
    case SCMP_CMP_GE:
    case SCMP_CMP_GT:
        test(c, BPF_JGT, high, HOLDS, NEXT);
        test(c, BPF_JEQ, high, NEXT, FAILS);
        break;
    default: /* LT, LE */
        test(c, BPF_JGT, high, FAILS, NEXT);
        test(c, BPF_JEQ, high, NEXT, HOLDS);
    }
}

static void test_low(struct condition *c, const struct spec_seccomp_arg *a, uint64_t op)
{
    static const struct {
        uint64_t op;
        uint16_t jump;
        uint8_t yes, no;
    } tests[] = {
        {SCMP_CMP_EQ, BPF_JEQ, NEXT, FAILS}, {SCMP_CMP_NE, BPF_JEQ, FAILS, NEXT},
        {SCMP_CMP_GE, BPF_JGE, NEXT, FAILS}, {SCMP_CMP_GT, BPF_JGT, NEXT, FAILS},
        {SCMP_CMP_LT, BPF_JGE, FAILS, NEXT}, {SCMP_CMP_LE, BPF_JGT, FAILS, NEXT},
    };
    load_half(c, a->index, false);
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        if (tests[i].op == op)
            test(c, tests[i].jump, (uint32_t)a->value, tests[i].yes, tests[i].no);
}

static struct condition condition_of(const struct spec_seccomp_arg *a, bool narrow)
{
    struct condition c = {0};
    uint64_t op = name_find(seccomp_operators, a->op)->value;
    if (op == SCMP_CMP_MASKED_EQ) {
        if (!narrow)
            test_masked(&c, a, true);
        test_masked(&c, a, false);
        return c;
    }
    if (!narrow)
        test_high(&c, a, op);
    test_low(&c, a, op);
    return c;
}

/* `rest`: instructions between the condition's end and what is done when the rule does not match. */
static void place(struct buf *out, const struct condition *c, unsigned rest)
{
    for (unsigned i = 0; i < c->n; i++) {
        struct sock_filter f = c->code[i];
        unsigned to_end = c->n - i - 1U;
        if (BPF_CLASS(f.code) == BPF_JMP) {
            f.jt = (uint8_t)(f.jt == HOLDS ? to_end : f.jt == FAILS ? to_end + rest : f.jt);
            f.jf = (uint8_t)(f.jf == HOLDS ? to_end : f.jf == FAILS ? to_end + rest : f.jf);
        }
        buf_add(out, &f, sizeof(f));
    }
}

/* "if all n conditions hold: return action". At most 6 * 6 + 1 instructions: jumps stay below 256. */
static void emit_conditions(struct buf *out, const struct spec_seccomp_arg *args, size_t n,
                            const struct entry *e)
{
    struct condition conditions[6];
    unsigned rest = 1;
    for (size_t i = 0; i < n; i++) {
        conditions[i] = condition_of(&args[i], e->narrow);
        rest += conditions[i].n;
    }
    for (size_t i = 0; i < n; i++) {
        rest -= conditions[i].n;
        place(out, &conditions[i], rest);
    }
    emit(out, BPF_RET | BPF_K, e->action, 0, 0);
}

bool seccomp_tests_twice(const struct spec_syscall *rule)
{
    unsigned seen = 0;
    for (size_t i = 0; i < rule->args.n; i++) {
        if (seen & 1U << rule->args.v[i].index)
            return true;
        seen |= 1U << rule->args.v[i].index;
    }
    return false;
}

/* libseccomp's own numbers for what i386 has through socketcall(2) and ipc(2), from syscalls(2) and the
 * kernel's include/uapi/linux/net.h and ipc.h, and the numbers of their own that came with Linux 4.3 and 5.1.
 */
enum { SOCKETCALL = 102, IPC = 117, PSEUDO_SOCKET = -100, PSEUDO_IPC = -200, PSEUDO_END = -300 };

static bool has_conditions(const struct entry *e)
{
    return e->call || e->rule->args.n > 0;
}

/* The same with the call as first argument, where the number is that of many. */
static void emit_call(struct buf *out, const struct spec_seccomp_arg *args, size_t n, const struct entry *e)
{
    struct spec_seccomp_arg all[7];
    size_t m = 0;
    if (e->call && e->number == IPC) /* the upper half is a version, which the kernel cuts off: ipc(2) */
        all[m++] = (struct spec_seccomp_arg){.index = 0,
                                             .value = 0xffff,
                                             .value_two = e->call,
                                             .op = (char *)(uintptr_t) "SCMP_CMP_MASKED_EQ"};
    else if (e->call)
        all[m++] =
            (struct spec_seccomp_arg){.index = 0, .value = e->call, .op = (char *)(uintptr_t) "SCMP_CMP_EQ"};
    for (size_t i = 0; i < n; i++)
        if (!e->call || args[i].index != 0)
            all[m++] = args[i];
    emit_conditions(out, all, m, e);
}

static void emit_rule(struct buf *out, const struct entry *e)
{
    const struct spec_seccomp_arg_list *args = &e->rule->args;
    if (!seccomp_tests_twice(e->rule)) {
        emit_call(out, args->v, args->n, e);
        return;
    }
    for (size_t i = 0; i < args->n; i++)
        emit_call(out, &args->v[i], 1, e);
}

/* ---- segments ---- */

/* Stricter is smaller, as seccomp(2) orders actions (the kernel compares them signed, too). */
static int32_t strictness(uint32_t action)
{
    return (int32_t)(action & SECCOMP_RET_ACTION_FULL);
}

static int by_number_and_weight(const void *one, const void *other)
{
    const struct entry *a = one, *b = other;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    bool a_all = !has_conditions(a), b_all = !has_conditions(b);
    if (a_all != b_all)
        return a_all ? 1 : -1;
    if (strictness(a->action) != strictness(b->action))
        return strictness(a->action) < strictness(b->action) ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static uint32_t direct_on_i386(int pseudo)
{
    static const struct {
        int16_t pseudo;
        uint16_t number;
    } direct[] = {
        {-101, 359}, {-102, 361}, {-103, 362}, {-104, 363}, {-106, 367}, {-107, 368}, {-108, 360},
        {-111, 369}, {-112, 371}, {-113, 373}, {-114, 366}, {-115, 365}, {-116, 370}, {-117, 372},
        {-118, 364}, {-119, 337}, {-120, 345}, {-202, 393}, {-203, 394}, {-211, 400}, {-212, 401},
        {-213, 399}, {-214, 402}, {-221, 397}, {-222, 398}, {-223, 395}, {-224, 396},
    };
    for (size_t i = 0; i < ARRAY_LEN(direct); i++)
        if (direct[i].pseudo == pseudo)
            return direct[i].number;
    return 0;
}

size_t seccomp_numbers(uint32_t token, const char *name, struct seccomp_number out[2])
{
    int number = seccomp_syscall_resolve_name_arch(token, name);
    size_t n = 0;
    if (number == __NR_SCMP_ERROR)
        log_debug("seccomp: unknown system call %s ignored", name);
    if (number >= 0)
        out[n++] = (struct seccomp_number){(uint32_t)number, 0};
    else if (token == SCMP_ARCH_X86 && number < PSEUDO_SOCKET && number > PSEUDO_END) {
        bool ipc = number < PSEUDO_IPC;
        uint32_t direct = direct_on_i386(number);
        out[n++] = (struct seccomp_number){ipc ? IPC : SOCKETCALL,
                                           (uint32_t)((ipc ? PSEUDO_IPC : PSEUDO_SOCKET) - number)};
        if (direct)
            out[n++] = (struct seccomp_number){direct, 0};
    }
    return n; /* none: other architectures have it */
}

static void collect_name(const struct spec_seccomp *s, uint32_t token, size_t r, const char *name,
                         struct entries *out)
{
    const struct spec_syscall *rule = &s->syscalls.v[r];
    uint32_t action = seccomp_action(rule->action, rule->errno_ret);
    bool narrow = token == SCMP_ARCH_X32 || token == SCMP_ARCH_X86;
    struct seccomp_number numbers[2];
    size_t n = seccomp_numbers(token, name, numbers);
    /* Unconditional and the default: says nothing. */
    if (rule->args.n == 0 && action == seccomp_action(s->default_action, s->default_errno_ret))
        return;
    for (size_t i = 0; i < n; i++)
        out->v[out->n++] =
            (struct entry){numbers[i].number, action, (uint32_t)r, numbers[i].call, narrow, rule};
}

static void collect(const struct spec_seccomp *s, uint32_t token, struct entries *out)
{
    size_t names = 0;
    for (size_t r = 0; r < s->syscalls.n; r++)
        names += s->syscalls.v[r].names.n;
    out->v = xrealloc(out->v, out->n + 2 * names + 1, sizeof(*out->v));
    for (size_t r = 0; r < s->syscalls.n; r++)
        for (size_t i = 0; i < s->syscalls.v[r].names.n; i++)
            collect_name(s, token, r, s->syscalls.v[r].names.v[i], out);
}

static void add_segment(struct segments *out, uint32_t start, uint32_t action, const struct entry *rules,
                        size_t n_rules)
{
    struct segment *last = out->n ? &out->v[out->n - 1] : NULL;
    if (last && n_rules == 0 && last->n_rules == 0 && last->action == action)
        return;
    out->v[out->n++] = (struct segment){start, action, rules, n_rules};
}

/* The answers to numbers that no rule is about: `known` up to the largest named one, `newer` above. */
struct gaps {
    uint32_t known, newer, largest;
};

/* Entries are sorted and belong to one architecture, whose numbers begin at `start`. None is above the
 * largest named number. */
static void add_entries(struct segments *out, const struct entry *v, size_t n, uint32_t start,
                        const struct gaps *g)
{
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && v[end].number == v[i].number;)
            end++;
        bool plain = !has_conditions(&v[i]);
        if (v[i].number != start)
            add_segment(out, start, g->known, NULL, 0);
        add_segment(out, v[i].number, v[i].action, plain ? NULL : &v[i], plain ? 0 : end - i);
        start = v[i].number + 1;
    }
    if (start <= g->largest) {
        add_segment(out, start, g->known, NULL, 0);
        start = g->largest + 1;
    }
    add_segment(out, start, g->newer, NULL, 0);
}

/* ---- program ---- */

static void emit_body(struct buf *out, const struct segment *s, uint32_t otherwise)
{
    if (s->n_rules == 0) {
        emit(out, BPF_RET | BPF_K, s->action, 0, 0);
        return;
    }
    for (size_t i = 0; i < s->n_rules; i++) {
        if (!has_conditions(&s->rules[i])) {
            emit(out, BPF_RET | BPF_K, s->rules[i].action, 0, 0);
            return;
        }
        emit_rule(out, &s->rules[i]);
    }
    emit(out, BPF_RET | BPF_K, otherwise, 0, 0);
}

/* Conditional jumps reach 255 instructions, JA any number. */
static void emit_search(struct buf *out, const struct segment *v, size_t n, uint32_t otherwise)
{
    if (n == 1) {
        emit_body(out, v, otherwise);
        return;
    }
    AUTO_BUF struct buf lower = BUF_INIT;
    emit_search(&lower, v, n / 2, otherwise);
    size_t skip = instructions(&lower);
    if (skip <= UINT8_MAX) {
        emit(out, BPF_JMP | BPF_JGE | BPF_K, v[n / 2].start, (uint8_t)skip, 0);
    } else {
        emit(out, BPF_JMP | BPF_JGE | BPF_K, v[n / 2].start, 0, 1);
        emit(out, BPF_JMP | BPF_JA, (uint32_t)skip, 0, 0);
    }
    buf_add(out, lower.data, lower.len);
    emit_search(out, v + n / 2, n - n / 2, otherwise);
}

static struct gaps gaps_of(const struct spec_seccomp *s, uint32_t token)
{
    uint32_t action = seccomp_action(s->default_action, s->default_errno_ret);
    struct gaps g = {action, action, seccomp_largest_named(s, token)};
    if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO && g.largest > 0)
        g.newer = SECCOMP_RET_ERRNO | ENOSYS;
    return g;
}

/* All numbers of x86_64 and, from X32_BIT on, of x32: killed where it is not listed, as libseccomp does. */
static void add_x86_64(const struct spec_seccomp *s, struct entries *all, struct segments *out)
{
    struct gaps g = gaps_of(s, SCMP_ARCH_X86_64);
    size_t n = all->n;
    bool x32 = seccomp_lists_arch(s, SCMP_ARCH_X32);
    if (x32)
        collect(s, SCMP_ARCH_X32, all);
    qsort(all->v, all->n, sizeof(*all->v), by_number_and_weight);
    out->v = xcalloc(3 * all->n + 8, sizeof(*out->v));
    add_entries(out, all->v, n, 0, &g);
    struct gaps killed = {SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_THREAD, 0};
    if (x32)
        killed = gaps_of(s, SCMP_ARCH_X32);
    add_entries(out, all->v + n, all->n - n, X32_BIT, &killed);
    add_segment(out, UINT32_MAX, g.known, NULL, 0); /* a tracer's -1: there is no such call */
}

static void emit_arch(const struct spec_seccomp *s, uint32_t token, struct buf *out)
{
    struct entries all = {0};
    struct segments segments = {0};
    collect(s, token, &all);
    if (token == SCMP_ARCH_X86_64) {
        add_x86_64(s, &all, &segments);
    } else {
        struct gaps g = gaps_of(s, token);
        qsort(all.v, all.n, sizeof(*all.v), by_number_and_weight);
        segments.v = xcalloc(3 * all.n + 8, sizeof(*segments.v));
        add_entries(&segments, all.v, all.n, 0, &g);
    }
    AUTO_BUF struct buf section = BUF_INIT;
    emit(&section, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    emit_search(&section, segments.v, segments.n, seccomp_action(s->default_action, s->default_errno_ret));
    emit(out, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
    emit(out, BPF_JMP | BPF_JEQ | BPF_K, token, 1, 0);
    emit(out, BPF_JMP | BPF_JA, (uint32_t)instructions(&section), 0, 0);
    buf_add(out, section.data, section.len);
    free(segments.v);
    free(all.v);
}

void seccomp_compile_own(const struct spec_seccomp *s, struct buf *out)
{
    for (const struct name_value *arch = seccomp_archs; arch->name; arch++) {
        uint32_t token = (uint32_t)arch->value;
        if (seccomp_compiles_itself(token) && token != SCMP_ARCH_X32 && seccomp_lists_arch(s, token))
            emit_arch(s, token, out);
    }
}
