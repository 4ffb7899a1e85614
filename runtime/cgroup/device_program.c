/* Device rules as an eBPF program for cgroup2 (BPF_PROG_TYPE_CGROUP_DEVICE, bpf(2)).
 *
 * The kernel runs it with r1 = struct bpf_cgroup_dev_ctx {access_type, major, minor}; access_type holds the
 * device type in its low and the access in its high half. 1 in r0 allows. Rules go from the last to the
 * first, since the last that matches decides. In
 *
 *     r2 type   r3 access still undecided   r4 major   r5 minor
 *
 * a rule that denies any of the undecided access ends with 0; one that allows takes its access out of r3 and
 * ends with 1 when nothing is left. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
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
    MAX_INSNS = 4096,   /* what every kernel takes, BPF_MAXINSNS */
    INSNS_AROUND = 16,  /* prologue and end */
    INSNS_OF_A_RULE = 7 /* at most */
};

struct program {
    struct bpf_insn *v;
    size_t n, max;
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

static void emit_return(struct program *p, int verdict)
{
    emit(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, verdict);
    emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
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
static void emit_skip_unless(struct program *p, int reg, uint32_t value, size_t skip)
{
    emit(p, BPF_JMP32 | BPF_JNE | BPF_K, reg, 0, (int)skip, (int32_t)value);
}

static void emit_rule(struct program *p, const struct device_rule *r)
{
    /* How many instructions follow the tests: allow takes 4, deny takes 4. */
    const size_t body = 4;
    size_t tests = (size_t)((r->type != 'a') + (r->major >= 0) + (r->minor >= 0));
    if (r->type != 'a')
        emit_skip_unless(p, BPF_REG_2, r->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR,
                         --tests + body);
    if (r->major >= 0)
        emit_skip_unless(p, BPF_REG_4, (uint32_t)r->major, --tests + body);
    if (r->minor >= 0)
        emit_skip_unless(p, BPF_REG_5, (uint32_t)r->minor, --tests + body);
    if (r->allow) {
        emit(p, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_3, 0, 0, (int32_t)(~r->access & 7));
        emit(p, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_3, 0, 2, 0);
        emit_return(p, 1);
    } else {
        emit(p, BPF_JMP | BPF_JSET | BPF_K, BPF_REG_3, 0, 1, (int32_t)r->access);
        emit(p, BPF_JMP | BPF_JA, 0, 0, 2, 0);
        emit_return(p, 0);
    }
}

size_t device_program_build(const struct device_rules *rules, struct bpf_insn *out, size_t max)
{
    struct program p = {out, 0, max};
    emit_prologue(&p);
    for (size_t i = rules->n; i-- > 0;)
        emit_rule(&p, &rules->v[i]);
    emit_return(&p, 0);
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
