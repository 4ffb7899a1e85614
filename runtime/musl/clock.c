/* clock_gettime(2) as a system call. The vDSO, which musl would look through first, is three pages to fault
 * in, and rsbx looks at the clock a few times in its life. */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int __clock_gettime(clockid_t clock, struct timespec *ts);

int __clock_gettime(clockid_t clock, struct timespec *ts)
{
    return (int)syscall(SYS_clock_gettime, clock, ts);
}

int clock_gettime(clockid_t clock, struct timespec *ts) __attribute__((alias("__clock_gettime")));
