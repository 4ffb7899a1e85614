/* The program that device rules become decides as the rules do, and the kernel's verifier takes it. */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "cgroup/internal.h"
#include "tests/unit/test.h"

enum { MAX = 4096, ALL = 7 };
static struct bpf_insn insns[MAX];

struct access {
    uint32_t type, what, major, minor;
};

/* The rules one after the other, as config-linux.md has them: the last that matches decides, for each access.
 */
static bool rules_allow(const struct device_rules *rules, const struct access *a)
{
    unsigned allowed = 0;
    for (size_t i = 0; i < rules->n; i++) {
        const struct device_rule *r = &rules->v[i];
        uint32_t type = r->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
        if ((r->type != 'a' && type != a->type) || (r->major >= 0 && r->major != a->major) ||
            (r->minor >= 0 && r->minor != a->minor))
            continue;
        allowed = r->allow ? allowed | r->access : allowed & ~r->access;
    }
    return (a->what & ~allowed) == 0;
}

static bool jumps(const struct bpf_insn *i, uint64_t reg)
{
    uint64_t imm = (uint64_t)(int64_t)i->imm;
    if (BPF_CLASS(i->code) == BPF_JMP32) {
        reg = (uint32_t)reg;
        imm = (uint32_t)imm;
    }
    switch (BPF_OP(i->code)) {
    case BPF_JA:
        return true;
    case BPF_JEQ:
        return reg == imm;
    case BPF_JNE:
        return reg != imm;
    case BPF_JSET:
        return (reg & imm) != 0;
    default:
        abort();
    }
}

/* Runs the instructions that the program consists of; anything else aborts. */
static uint64_t program_runs(const struct bpf_insn *program, size_t n, const struct access *a)
{
    const uint32_t context[] = {a->what << 16 | a->type, a->major, a->minor};
    uint64_t reg[16] = {0};
    for (size_t pc = 0; pc < n; pc++) {
        const struct bpf_insn *i = &program[pc];
        uint64_t *dst = &reg[i->dst_reg];
        switch (i->code) {
        case BPF_LDX | BPF_MEM | BPF_W:
            *dst = context[i->off / 4];
            break;
        case BPF_ALU64 | BPF_MOV | BPF_X:
            *dst = reg[i->src_reg];
            break;
        case BPF_ALU64 | BPF_MOV | BPF_K:
            *dst = (uint64_t)(int64_t)i->imm;
            break;
        case BPF_ALU64 | BPF_AND | BPF_K:
            *dst &= (uint64_t)(int64_t)i->imm;
            break;
        case BPF_ALU64 | BPF_RSH | BPF_K:
            *dst >>= i->imm;
            break;
        case BPF_JMP | BPF_EXIT:
            return reg[0];
        default:
            if (BPF_CLASS(i->code) != BPF_JMP && BPF_CLASS(i->code) != BPF_JMP32)
                abort();
            if (jumps(i, *dst))
                pc += (size_t)i->off;
        }
    }
    abort();
}

/* 1: the kernel takes the program, 0: not, -1: we may not ask. */
static int kernel_takes(size_t n)
{
    union bpf_attr attr;
    memset(&attr, 0, sizeof(attr));
    attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attr.insn_cnt = (uint32_t)n;
    attr.insns = (uint64_t)(uintptr_t)insns;
    attr.license = (uint64_t)(uintptr_t) "MIT";
    int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
    if (fd < 0)
        return errno == EPERM || errno == ENOSYS ? -1 : 0;
    close(fd);
    return 1;
}

static void print_rules(const struct device_rules *rules)
{
    for (size_t i = 0; i < rules->n; i++)
        printf("#   %s %c %lld:%lld %u\n", rules->v[i].allow ? "allow" : "deny", rules->v[i].type,
               (long long)rules->v[i].major, (long long)rules->v[i].minor, rules->v[i].access);
}

/* Every access to devices with the numbers that random_rule() gives, and to one that no rule names. */
static bool decides_alike(const struct device_rules *rules, size_t n)
{
    static const uint32_t numbers[] = {0, 1, 5, UINT32_MAX, 77};
    struct access a;
    for (a.type = BPF_DEVCG_DEV_BLOCK; a.type <= BPF_DEVCG_DEV_CHAR; a.type++)
        for (a.what = 1; a.what <= ALL; a.what++)
            for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
                for (size_t k = 0; k < ARRAY_LEN(numbers); k++) {
                    a.major = numbers[i];
                    a.minor = numbers[k];
                    if (program_runs(insns, n, &a) != rules_allow(rules, &a)) {
                        printf("# type %u, %u:%u, access %u\n", a.type, a.major, a.minor, a.what);
                        return false;
                    }
                }
    return true;
}

static uint32_t seed = 1;

static uint32_t below(uint32_t n) /* the same on every run */
{
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)seed * n >> 32);
}

static struct device_rule random_rule(void)
{
    static const int64_t numbers[] = {-1, 0, 1, 5, UINT32_MAX};
    return (struct device_rule){.allow = below(2) != 0,
                                .type = "abcc"[below(4)],
                                .access = below(2) ? ALL : (unsigned)(1 + below(ALL)),
                                .major = numbers[below(ARRAY_LEN(numbers))],
                                .minor = numbers[below(ARRAY_LEN(numbers))]};
}

TEST(program_decides_as_the_rules)
{
    struct device_rule v[12];
    bool may_ask = true;
    for (int round = 0; round < 3000; round++) {
        struct device_rules rules = {v, below(ARRAY_LEN(v) + 1)};
        for (size_t i = 0; i < rules.n; i++)
            v[i] = random_rule();
        size_t n = device_program_build(&rules, insns, MAX);
        bool alike = n <= MAX && decides_alike(&rules, n);
        int taken = may_ask && round % 8 == 0 ? kernel_takes(n) : 1;
        may_ask = taken >= 0;
        CHECK(alike);
        CHECK(taken != 0);
        if (!alike || taken == 0) {
            print_rules(&rules);
            return;
        }
    }
    if (!may_ask)
        printf("# the kernel's verifier was not asked: no right to load programs\n");
}

TEST(neighbours_share_their_tests)
{
    /* what a container without rules of its own has: 6 to load, 4 to end, 16 to decide */
    struct device_rule v[] = {{false, 'a', ALL, -1, -1}, {true, 'c', 1, -1, -1}, {true, 'b', 1, -1, -1},
                              {true, 'c', ALL, 1, 3},    {true, 'c', ALL, 1, 8}, {true, 'c', ALL, 1, 7},
                              {true, 'c', ALL, 5, 0},    {true, 'c', ALL, 1, 5}, {true, 'c', ALL, 1, 9},
                              {true, 'c', ALL, 136, -1}, {true, 'c', ALL, 5, 2}};
    struct device_rules rules = {v, ARRAY_LEN(v)};
    CHECK_INT(device_program_build(&rules, insns, MAX), 26);
}

TEST(a_program_that_does_not_fit_says_its_size)
{
    enum { N = 3000 };
    static struct device_rule v[N];
    for (int i = 0; i < N; i++)
        v[i] = (struct device_rule){i % 2 != 0, 'c', ALL, i, i};
    struct device_rules rules = {v, N};
    size_t n = device_program_build(&rules, insns, MAX);
    CHECK(n > MAX);
    struct device_rules none = {v, 0};
    CHECK_INT(device_program_build(&none, insns, MAX),
              8); /* 6 to load, which goes on being valid, and "no" */
}

TEST_MAIN()
