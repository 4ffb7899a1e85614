/* musl/pages.c: what malloc does beyond malloc is seen by nobody, also where the kernel refuses it. */
#include "tests/unit/test.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/memory.h"

enum { BLOCK = 60000 }; /* more pages than are there already, few enough for the pool */

static int madvise_answers(unsigned action)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {ARRAY_LEN(code), code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0;
}

/* errno after malloc() in a child, or 256 and the signal that ended it. */
static int after_malloc(unsigned action, bool no_ahead)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (no_ahead)
            memory_no_ahead();
        if (madvise_answers(action))
            _exit(255);
        errno = 0;
        char *p = malloc(BLOCK);
        int e = errno;
        for (size_t i = 0; p && i < BLOCK; i++)
            ((volatile char *)p)[i] = 1;
        _exit(p ? e : 254);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

TEST(pages_that_cannot_be_faulted_in_leave_errno_alone)
{
    CHECK_INT(after_malloc(SECCOMP_RET_ERRNO | EINVAL, false), 0); /* as before Linux 5.14 */
}

TEST(no_page_is_faulted_in_when_that_is_switched_off)
{
    CHECK_INT(after_malloc(SECCOMP_RET_KILL_PROCESS, true), 0);
}

int main(void)
{
#ifdef __GLIBC__
    (void)test_main;
    printf("ok 1 # skip not linked with musl\n1..1\n");
    return 0;
#else
    return test_main();
#endif
}
