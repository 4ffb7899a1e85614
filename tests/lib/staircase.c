/* staircase STEPS MIB MS: takes MIB more memory each MS milliseconds, STEPS times, and ends with a line that
 * holds the time-weighted average of what it took, in bytes, by its own clock, and the milliseconds that
 * took. What a sampler's average is judged by. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void sleep_until(double when)
{
    struct timespec t = {(time_t)when, (long)((when - (double)(time_t)when) * 1e9)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static double start, last, held, area; /* seconds, seconds, bytes, byte seconds */

/* Between two calls what is held grew evenly to bytes: they are near each other while it grows. */
static void account(double bytes)
{
    double t = now();
    area += (held + bytes) / 2 * (t - last);
    held = bytes;
    last = t;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    int steps = atoi(argv[1]), mib = atoi(argv[2]);
    double step = atoi(argv[3]) / 1e3;
    start = last = now();
    for (int i = 0; i < steps; i++) {
        char *p = mmap(NULL, (size_t)mib << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            return 1;
        for (int k = 0; k < mib; k++) {
            account(held);
            memset(p + ((size_t)k << 20), 1, 1 << 20);
            account(held + (1 << 20));
        }
        sleep_until(start + step * (i + 1));
        account(held);
    }
    printf("%.0f %.3f\n", area / (last - start), (last - start) * 1e3);
    return 0;
}
