/* Annotation org.rsbx.exec-once: the container's program is the last one that is executed in it.
 *
 * A filter cannot count, and it is there before the one execve(2) that must pass. But it sees all six
 * argument registers, of which execve(2) uses three: the first exec carries a random number in two of the
 * others, which was nowhere but in this process's memory and registers and is gone with them. seccomp(2),
 * execve(2). */
#include "linux/process.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "spec/snippet.h"

#define X32_BIT 0x40000000U /* __X32_SYSCALL_BIT: x32 shares the AUDIT_ARCH of x86_64 */

#define LOAD(offset)         BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define IF(test, k, yes, no) BPF_JUMP(BPF_JMP | BPF_K | BPF_##test, (k), (yes), (no))
#define RETURN(action)       BPF_STMT(BPF_RET | BPF_K, (action))
#define REFUSE               (SECCOMP_RET_ERRNO | EPERM)
#define SECRET_HALF(half)    (offsetof(struct seccomp_data, args[4]) + 4 * (half))
#define MUST_BE_SECRET(half) LOAD(SECRET_HALF(half)), IF(JEQ, words[half], 1, 0), RETURN(REFUSE)

int exec_once_prepare(struct exec_once *once)
{
    if (getrandom(once->secret, sizeof(once->secret), 0) != (ssize_t)sizeof(once->secret))
        return fail(errno, "getrandom");
    uint32_t words[4];
    _Static_assert(sizeof(words) == sizeof(once->secret), "args 4 and 5");
    memcpy(words, once->secret, sizeof(words));
    /* Calls of other architectures, which count differently, are none that we know. */
    struct sock_filter filter[] = {
        LOAD(offsetof(struct seccomp_data, arch)),
        IF(JEQ, seccomp_arch_native(), 1, 0),
        RETURN(SECCOMP_RET_ERRNO | ENOSYS),
        LOAD(offsetof(struct seccomp_data, nr)),
        IF(JSET, X32_BIT, 0, 1),
        RETURN(SECCOMP_RET_ERRNO | ENOSYS),
        IF(JEQ, __NR_execveat, 0, 1),
        RETURN(REFUSE),
        IF(JEQ, __NR_execve, 1, 0),
        RETURN(SECCOMP_RET_ALLOW),
        MUST_BE_SECRET(0),
        MUST_BE_SECRET(1),
        MUST_BE_SECRET(2),
        MUST_BE_SECRET(3),
        RETURN(SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {ARRAY_LEN(filter), filter};
    unsigned flags =
        seccomp_flag_supported(SECCOMP_FILTER_FLAG_SPEC_ALLOW) ? SECCOMP_FILTER_FLAG_SPEC_ALLOW : 0;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) < 0)
        return fail(errno, "annotation " SNIPPET_EXEC_ONCE);
    once->on = true;
    return 0;
}

void exec_once(const struct exec_once *once, const char *path, char *const *args, char *const *env)
{
    syscall(SYS_execve, path, args, env, 0UL, once->secret[0], once->secret[1]);
}
