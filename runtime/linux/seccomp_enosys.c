/* ENOSYS for system calls that the profile's author could not know.
 *
 * A C library tries the newest system call first and falls back to the older one when the answer is ENOSYS;
 * an allow-list that answers EPERM to what it does not name breaks such programs with every new kernel. So
 * in front of a filter whose default action is an errno stand a few instructions that answer ENOSYS to every
 * number above the largest one the profile names, on each of its architectures. Nothing is allowed that was
 * not before. (Filters that kill or trap by default are left as they are: that was asked for.)
 *
 * New system calls have had the same, growing numbers on all architectures since 5.1 (424), therefore a
 * maximum is enough. seccomp(2) describes the input: struct seccomp_data with nr at offset 0, arch at 4. */
#include "linux/seccomp_internal.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>

#include "base/auto.h"

#define X32_BIT 0x40000000U /* __X32_SYSCALL_BIT */

static void emit(struct buf *out, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
    struct sock_filter instruction = {code, jt, jf, k};
    buf_add(out, &instruction, sizeof(instruction));
}

/* Largest number that the profile names on that architecture, 0 if none. Negative ones are libseccomp's own,
 * for calls that the architecture does not have. */
static uint32_t largest_named(const struct spec_seccomp *s, uint32_t token)
{
    int largest = 0;
    for (size_t r = 0; r < s->syscalls.n; r++)
        for (size_t i = 0; i < s->syscalls.v[r].names.n; i++) {
            int number = seccomp_syscall_resolve_name_arch(token, s->syscalls.v[r].names.v[i]);
            if (number > largest)
                largest = number;
        }
    return (uint32_t)largest;
}

/* Three instructions: above max the answer, else over the `rest` instructions that follow. */
static void emit_limit(struct buf *out, uint32_t max, uint32_t rest)
{
    emit(out, BPF_JMP | BPF_JGT | BPF_K, max, 0, 1);
    emit(out, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
    emit(out, BPF_JMP | BPF_JA, rest, 0, 0);
}

/* What is done for one AUDIT_ARCH with the number in the accumulator. Every way out leads to its end. */
static void emit_section(struct buf *out, uint32_t arch, uint32_t max, uint32_t max_x32)
{
    if (arch == SCMP_ARCH_S390 || arch == SCMP_ARCH_S390X) {
        /* The kernel shows numbers that it does not know as 0, the long dead setup(2). */
        emit(out, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
        emit(out, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
    }
    if (arch != SCMP_ARCH_X86_64) {
        emit_limit(out, max, 0);
        return;
    }
    /* x32 shares the AUDIT_ARCH. A filter that does not list it kills its calls, and shall go on to. */
    uint8_t native_part = max ? 3 : 1;
    uint32_t x32_part = max_x32 ? 3 : 0;
    emit(out, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, native_part, 0);
    if (max)
        emit_limit(out, max, x32_part);
    else
        emit(out, BPF_JMP | BPF_JA, x32_part, 0, 0);
    if (max_x32)
        emit_limit(out, max_x32, 0);
}

/* Appends "if arch: section" for one architecture; its end is the next one's beginning, or the filter's. */
static void emit_arch(struct buf *out, uint32_t arch, uint32_t max, uint32_t max_x32)
{
    AUTO_BUF struct buf section = BUF_INIT;
    emit_section(&section, arch, max, max_x32);
    size_t n = section.len / sizeof(struct sock_filter);
    emit(out, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
    emit(out, BPF_JMP | BPF_JEQ | BPF_K, arch, 0, (uint8_t)(n + 1));
    emit(out, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    buf_add(out, section.data, section.len);
}

static bool lists_arch(const struct spec_seccomp *s, uint32_t token)
{
    if (seccomp_arch_native() == token)
        return true;
    for (size_t i = 0; i < s->architectures.n; i++)
        if (name_find(seccomp_archs, s->architectures.v[i])->value == token)
            return true;
    return false;
}

void seccomp_prepend_enosys(const struct spec_seccomp *s, struct buf *program)
{
    uint32_t action = seccomp_action(s->default_action, s->default_errno_ret);
    if ((action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO || action == SCMP_ACT_ERRNO(ENOSYS))
        return;
    AUTO_BUF struct buf out = BUF_INIT;
    for (const struct name_value *arch = seccomp_archs; arch->name; arch++) {
        uint32_t token = (uint32_t)arch->value;
        if (token == SCMP_ARCH_X32 || !lists_arch(s, token))
            continue;
        uint32_t max = largest_named(s, token);
        uint32_t max_x32 =
            token == SCMP_ARCH_X86_64 && lists_arch(s, SCMP_ARCH_X32) ? largest_named(s, SCMP_ARCH_X32) : 0;
        if (max == 0 && max_x32 == 0)
            continue;
        emit_arch(&out, token, max, max_x32);
    }
    buf_add(&out, program->data, program->len);
    struct buf old = *program;
    *program = out;
    out = old;
}
