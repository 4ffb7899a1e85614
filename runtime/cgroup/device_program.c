/* Device rules as an eBPF program for cgroup2 (BPF_PROG_TYPE_CGROUP_DEVICE, bpf(2)).
 *
 * The kernel runs it with r1 = struct bpf_cgroup_dev_ctx {access_type, major, minor}; access_type holds the
 * device type in its low and the access in its high half. 1 in r0 allows. Rules go from the last to the
 * first, since the last that matches decides. In
 *
 *     r2 type   r3 access still undecided   r4 major   r5 minor
 *
 * a rule that denies any of the undecided access ends with 0; one that allows takes its access out of r3 and
 * ends with 1 when nothing is left.
 *
 * Neighbours with the same verdict for the same access (a run) may be asked in any order, so they are sorted
 * and share the tests of their type and major number. What the kernel takes to load a program is its
 * verifier's walk along every path: the fewer instructions and ends, the faster. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/os_text.h"
#include "base/strings.h"
#include "cgroup/internal.h"

enum {
    MAX_INSNS = 4096,    /* what every kernel takes, BPF_MAXINSNS */
    INSNS_AROUND = 16,   /* prologue and end */
    INSNS_OF_A_RULE = 7, /* at most */
    ALL_ACCESS = DEV_READ | DEV_WRITE | DEV_MKNOD
};

/* Where a jump leads whose target is not known yet: its offset holds one of these until patch(). */
enum label { DENY = -1, ALLOW = -2, MATCHED = -3 };

struct program {
    struct bpf_insn *v;
    size_t n, max; /* n counts on beyond max */
};

static void emit(struct program *p, uint8_t code, int dst, int src, int off, int32_t imm)
{
    if (p->n < p->max) {
        p->v[p->n] = (struct bpf_insn){.code = code, .off = (int16_t)off, .imm = imm};
        p->v[p->n].dst_reg = (uint8_t)(dst & 15);
        p->v[p->n].src_reg = (uint8_t)(src & 15);
    }
    p->n++;
}

static void emit_prologue(struct program *p)
{
    emit(p, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_2, BPF_REG_1, 0, 0);
    emit(p, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_2, 0, 0);
    emit(p, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_2, 0, 0, 0xffff);
    emit(p, BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_3, 0, 0, 16);
    emit(p, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_4, BPF_REG_1, 4, 0);
    emit(p, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_5, BPF_REG_1, 8, 0);
}

/* Compares of 32 bits, so that numbers above INT32_MAX are not sign-extended: JMP32 is newer than the program
 * type (5.1 and 4.15), but every kernel with a usable cgroup2 freezer (5.2) has it. */
static void emit_jump_if(struct program *p, int reg, uint32_t value, int target)
{
    emit(p, BPF_JMP32 | BPF_JEQ | BPF_K, reg, 0, target, (int32_t)value);
}

/* Returns where the jump stands, for land(). */
static size_t emit_jump_unless(struct program *p, int reg, uint32_t value)
{
    emit(p, BPF_JMP32 | BPF_JNE | BPF_K, reg, 0, 0, (int32_t)value);
    return p->n - 1;
}

/* The jump at `from` leads to what is emitted next. */
static void land(struct program *p, size_t from)
{
    if (from < p->max)
        p->v[from].off = (int16_t)(p->n - from - 1);
}

/* Jumps to `label` since `from` lead to what is emitted next. Returns whether there are any. */
static bool patch(struct program *p, size_t from, enum label label)
{
    bool any = false;
    for (size_t i = from; i < p->n && i < p->max; i++)
        if (BPF_CLASS(p->v[i].code) != BPF_LDX && p->v[i].off == (int16_t)label) {
            land(p, i);
            any = true;
        }
    return any;
}

static uint32_t type_number(char type)
{
    return type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
}

static int compare(const void *a, const void *b)
{
    const struct device_rule *x = a, *y = b;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    if (x->major != y->major)
        return x->major < y->major ? -1 : 1;
    return x->minor == y->minor ? 0 : x->minor < y->minor ? -1 : 1;
}

/* Rules of one type and one major number, which may be any (-1). */
static void emit_minors(struct program *p, const struct device_rule *r, size_t n, int target)
{
    if (r->minor < 0) { /* any: stands first, and the others say nothing more */
        emit_jump_if(p, BPF_REG_4, (uint32_t)r->major, target);
        return;
    }
    size_t other_major = r->major < 0 ? SIZE_MAX : emit_jump_unless(p, BPF_REG_4, (uint32_t)r->major);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || r[i].minor != r[i - 1].minor)
            emit_jump_if(p, BPF_REG_5, (uint32_t)r[i].minor, target);
    if (other_major != SIZE_MAX)
        land(p, other_major);
}

/* Rules of one type. */
static void emit_type(struct program *p, const struct device_rule *r, size_t n, int target)
{
    if (r->major < 0 && r->minor < 0) {
        emit_jump_if(p, BPF_REG_2, type_number(r->type), target);
        return;
    }
    size_t other_type = r->type == 'a' ? SIZE_MAX : emit_jump_unless(p, BPF_REG_2, type_number(r->type));
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && r[end].major == r[i].major; end++)
            ;
        emit_minors(p, r + i, end - i, target);
    }
    if (other_type != SIZE_MAX)
        land(p, other_type);
}

/* What a match does that leaves some access undecided. */
static void emit_match(struct program *p, const struct device_rule *r)
{
    if (r->allow) {
        emit(p, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_3, 0, 0, (int32_t)(~r->access & ALL_ACCESS));
        emit_jump_if(p, BPF_REG_3, 0, ALLOW);
    } else {
        emit(p, BPF_JMP | BPF_JSET | BPF_K, BPF_REG_3, 0, DENY, (int32_t)r->access);
    }
}

static bool is_everything(const struct device_rule *r)
{
    return r->type == 'a' && r->major < 0 && r->minor < 0;
}

/* Sorted rules of one verdict. False: nothing behind them is ever reached, `*last` is the verdict. */
static bool emit_run(struct program *p, const struct device_rule *r, size_t n, bool *last)
{
    bool all_access = r->access == ALL_ACCESS;
    if (is_everything(r)) { /* sorted first */
        if (!all_access)
            emit_match(p, r);
        else
            *last = r->allow;
        return !all_access;
    }
    size_t from = p->n;
    int target = !all_access ? MATCHED : r->allow ? ALLOW : DENY;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && r[end].type == r[i].type; end++)
            ;
        emit_type(p, r + i, end - i, target);
    }
    if (!all_access) {
        size_t past = p->n;
        emit(p, BPF_JMP | BPF_JA, 0, 0, 0, 0);
        patch(p, from, MATCHED);
        emit_match(p, r);
        land(p, past);
    }
    return true;
}

static void emit_end(struct program *p, int verdict)
{
    emit(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, verdict);
    emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

size_t device_program_build(const struct device_rules *rules, struct bpf_insn *out, size_t max)
{
    struct program p = {out, 0, max};
    bool last = false;
    AUTO_FREE struct device_rule *sorted = xcalloc(rules->n ? rules->n : 1, sizeof(*sorted));
    memcpy(sorted, rules->v, rules->n * sizeof(*sorted));
    emit_prologue(&p);
    for (size_t end = rules->n, begin; end > 0; end = begin) {
        begin = end - 1;
        while (begin > 0 && sorted[begin - 1].allow == sorted[begin].allow &&
               sorted[begin - 1].access == sorted[begin].access)
            begin--;
        qsort(sorted + begin, end - begin, sizeof(*sorted), compare);
        if (!emit_run(&p, sorted + begin, end - begin, &last))
            break;
    }
    patch(&p, 0, last ? ALLOW : DENY);
    emit_end(&p, last);
    if (patch(&p, 0, last ? DENY : ALLOW)) /* the verifier refuses what cannot be reached */
        emit_end(&p, !last);
    return p.n;
}

static int bpf(int cmd, union bpf_attr *attr)
{
    return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* Before Linux 5.11 programs count against RLIMIT_MEMLOCK; without the right to raise it the load may still
 * fit. */
static void raise_memlock(struct rlimit *saved)
{
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    if (getrlimit(RLIMIT_MEMLOCK, saved) == 0 && setrlimit(RLIMIT_MEMLOCK, &all) < 0) {
        all.rlim_cur = all.rlim_max = saved->rlim_max;
        if (setrlimit(RLIMIT_MEMLOCK, &all) < 0)
            log_debug("cgroup: RLIMIT_MEMLOCK stays as it is");
    }
}

static int load(const struct bpf_insn *insns, size_t n)
{
    union bpf_attr attr;
    memset(&attr, 0, sizeof(attr));
    attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attr.insn_cnt = (uint32_t)n;
    attr.insns = (uint64_t)(uintptr_t)insns;
    attr.license = (uint64_t)(uintptr_t) "MIT";
    memcpy(attr.prog_name, "rsbx_devices", sizeof("rsbx_devices"));
    int fd = bpf(BPF_PROG_LOAD, &attr);
    if (fd < 0 && errno == EPERM) {
        struct rlimit saved = {0, 0};
        raise_memlock(&saved);
        fd = bpf(BPF_PROG_LOAD, &attr);
        int e = errno;
        if (setrlimit(RLIMIT_MEMLOCK, &saved) < 0)
            log_debug("cgroup: RLIMIT_MEMLOCK could not be set back");
        errno = e;
    }
    if (fd < 0 && errno == E2BIG) { /* 4.15 to 5.? without prog_name */
        memset(attr.prog_name, 0, sizeof(attr.prog_name));
        fd = bpf(BPF_PROG_LOAD, &attr);
    }
    if (fd < 0 && errno == EINVAL)
        return fail(ENOTSUP,
                    "linux.resources.devices: the kernel takes no device programs (CONFIG_CGROUP_BPF)");
    return fd < 0 ? fail(errno, "linux.resources.devices: load the device program") : fd;
}

enum { MAX_ATTACHED = 64 };

/* Ids of the device programs attached to this very cgroup. */
static int attached(int cgroup_fd, uint32_t *ids, uint32_t *n)
{
    union bpf_attr attr;
    memset(&attr, 0, sizeof(attr));
    attr.query.target_fd = (uint32_t)cgroup_fd;
    attr.query.attach_type = BPF_CGROUP_DEVICE;
    attr.query.prog_ids = (uint64_t)(uintptr_t)ids;
    attr.query.prog_cnt = *n;
    int r = bpf(BPF_PROG_QUERY, &attr);
    *n = r < 0 ? 0 : attr.query.prog_cnt;
    return r;
}

static void detach_old(int cgroup_fd, const uint32_t *ids, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        union bpf_attr attr;
        memset(&attr, 0, sizeof(attr));
        attr.prog_id = ids[i];
        AUTO_FD int fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
        if (fd < 0)
            continue;
        memset(&attr, 0, sizeof(attr));
        attr.target_fd = (uint32_t)cgroup_fd;
        attr.attach_bpf_fd = (uint32_t)fd;
        attr.attach_type = BPF_CGROUP_DEVICE;
        if (bpf(BPF_PROG_DETACH, &attr) < 0)
            log_debug("cgroup: an old device program stays attached: %s", errno_text(errno));
    }
}

/* Every attached program must allow an access, so the new one comes first and the old ones go after it: there
 * is no moment without rules. */
int device_program_attach(const struct cgroup_dir *d, const struct device_rules *rules)
{
    size_t max = INSNS_AROUND + rules->n * INSNS_OF_A_RULE;
    if (max > MAX_INSNS)
        max = MAX_INSNS;
    AUTO_FREE struct bpf_insn *insns = xcalloc(max, sizeof(*insns));
    size_t n = device_program_build(rules, insns, max);
    if (n > max)
        return fail(E2BIG, "linux.resources.devices: %zu rules", rules->n);
    AUTO_FD int prog = load(insns, n);
    if (prog < 0)
        return -1;
    AUTO_FD int dir = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return fail(errno, "open %s", d->path);
    uint32_t old[MAX_ATTACHED], n_old = MAX_ATTACHED;
    if (attached(dir, old, &n_old) < 0)
        n_old = 0;
    union bpf_attr attr;
    memset(&attr, 0, sizeof(attr));
    attr.target_fd = (uint32_t)dir;
    attr.attach_bpf_fd = (uint32_t)prog;
    attr.attach_type = BPF_CGROUP_DEVICE;
    attr.attach_flags = BPF_F_ALLOW_MULTI;
    if (bpf(BPF_PROG_ATTACH, &attr) < 0)
        return fail(errno, "linux.resources.devices: attach the device program to %s", d->path);
    detach_old(dir, old, n_old);
    return 0;
}
