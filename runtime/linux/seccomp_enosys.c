/* ENOSYS for system calls that the profile's author could not know.
 *
 * A C library tries the newest system call first and falls back to the older one when the answer is ENOSYS;
 * an allow-list that answers EPERM to what it does not name breaks such programs with every new kernel. So
 * in front of a filter whose default action is an errno stand a few instructions that answer ENOSYS to every
 * number above the largest one the profile names, on each of its architectures. Nothing is allowed that was
 * not before. (Filters that kill or trap by default are left as they are: that was asked for.)
 * seccomp_program.c does the same for the architectures that it compiles.
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

#define ARM_PRIVATE 0x0f0000 /* __ARM_NR_BASE: cacheflush and such, far above all others */

static void emit(struct buf *out, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
    struct sock_filter instruction = {code, jt, jf, k};
    buf_add(out, &instruction, sizeof(instruction));
}

/* Largest number that the profile names on that architecture, 0 if none. */
uint32_t seccomp_largest_named(const struct spec_seccomp *s, uint32_t token)
{
    uint32_t largest = 0;
    struct seccomp_number numbers[2];
    for (size_t r = 0; r < s->syscalls.n; r++)
        for (size_t i = 0; i < s->syscalls.v[r].names.n; i++)
            for (size_t n = seccomp_numbers(token, s->syscalls.v[r].names.v[i], numbers); n > 0; n--)
                if (numbers[n - 1].number > largest &&
                    !(token == SCMP_ARCH_ARM && numbers[n - 1].number >= ARM_PRIVATE))
                    largest = numbers[n - 1].number;
    return largest;
}

/* Appends "if arch and number > max: ENOSYS" for one architecture; all else reaches its end. */
static void emit_arch(struct buf *out, uint32_t arch, uint32_t max)
{
    /* s390: the kernel shows numbers that it does not know as 0, the long dead setup(2). */
    bool s390 = arch == SCMP_ARCH_S390 || arch == SCMP_ARCH_S390X;
    emit(out, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
    emit(out, BPF_JMP | BPF_JEQ | BPF_K, arch, 0, s390 ? 4 : 3);
    emit(out, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    if (s390)
        emit(out, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
    emit(out, BPF_JMP | BPF_JGT | BPF_K, max, 0, 1);
    emit(out, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
}

bool seccomp_lists_arch(const struct spec_seccomp *s, uint32_t token)
{
    if (seccomp_arch_native() == token)
        return true;
    for (size_t i = 0; i < s->architectures.n; i++)
        if (name_find(seccomp_archs, s->architectures.v[i])->value == token)
            return true;
    return false;
}

void seccomp_emit_enosys(const struct spec_seccomp *s, struct buf *out)
{
    uint32_t action = seccomp_action(s->default_action, s->default_errno_ret);
    if ((action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO || action == SCMP_ACT_ERRNO(ENOSYS))
        return;
    for (const struct name_value *arch = seccomp_archs; arch->name; arch++) {
        uint32_t token = (uint32_t)arch->value;
        if (seccomp_compiles_itself(token) || !seccomp_lists_arch(s, token))
            continue;
        uint32_t max = seccomp_largest_named(s, token);
        if (max > 0)
            emit_arch(out, token, max);
    }
}
