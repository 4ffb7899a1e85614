/* supervise/sampler.c: what it keeps of a long run is bounded, in order, and covers all of it. */
#include "tests/unit/test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervise/sampler.h"

#define MS 1000000ULL

/* AddressSanitizer keeps what was freed, which would count as memory here. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0:quarantine_size_mb=1";
}

/* Ten minutes of 100 ms, looked at as fast as it goes: the start moves back instead of the clock forward. */
TEST(ten_minutes)
{
    struct sampler s;
    struct rusage none = {0};
    size_t most = 0, held = 16 << 20; /* the kernel counts small sizes roughly */
    char *hold = malloc(held);
    memset(hold, 1, held);
    sampler_begin(&s, NULL, getpid());
    sampler_look(&s);
    const struct sample *memory = s.history;
    for (int i = 0; i < 6000; i++) {
        s.start_ns -= 100 * MS;
        s.last_ns -= 100 * MS;
        sampler_look(&s);
        most = s.n > most ? s.n : most;
    }
    CHECK(s.history == memory);
    sampler_end(&s, &none);
    CHECK(most <= SAMPLES_MAX && s.n <= SAMPLES_MAX);
    CHECK(s.n >= SAMPLES_MAX / 2 - 1);
    CHECK(s.usage.memory_looks == 6002);
    uint64_t gap = 0;
    for (size_t i = 1; i < s.n; i++) {
        CHECK(s.history[i].t_ns >= s.history[i - 1].t_ns);
        uint64_t step = s.history[i].t_ns - s.history[i - 1].t_ns;
        gap = step > gap ? step : gap;
    }
    CHECK(s.history[0].t_ns < 5000 * MS);
    CHECK(s.history[s.n - 1].t_ns >= 600000 * MS);
    CHECK(gap < 5000 * MS);
    CHECK(s.usage.memory_average > held * 3 / 4 && s.usage.memory_average < held * 2);
    free(hold);
    sampler_free(&s);
}

/* Looks are near each other at first and 100 ms apart later. */
TEST(intervals)
{
    struct sampler s;
    sampler_begin(&s, NULL, getpid());
    CHECK(sampler_next(&s) - s.last_ns == 4 * MS);
    s.start_ns -= 1000 * MS;
    CHECK(sampler_next(&s) - s.last_ns == 50 * MS);
    s.start_ns -= 100000 * MS;
    CHECK(sampler_next(&s) - s.last_ns == 100 * MS);
    sampler_free(&s);
}

/* wait4(2) says of a child what it was before its exec, too: a copy of its parent. */
TEST(peak_of_ours)
{
    struct sampler s;
    struct rusage own, r = {0};
    size_t held = 64 << 20;
    void *hold = mmap(NULL, held, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(hold, 1, held);
    munmap(hold, held - (16 << 20)); /* the rest is the child's, too: it is seen to have something */
    getrusage(RUSAGE_SELF, &own);
    CHECK((size_t)own.ru_maxrss * 1024 > held / 2);
    for (int above = 0; above <= 1; above++) {
        pid_t pid = fork();
        if (pid == 0) {
            pause();
            _exit(0);
        }
        sampler_begin(&s, NULL, pid);
        sampler_look(&s);
        r.ru_maxrss = own.ru_maxrss + above * (long)(held / 1024);
        sampler_end(&s, &r);
        CHECK(s.usage.memory_peak > 0);
        CHECK((s.usage.memory_peak > held / 2) == (above > 0));
        sampler_free(&s);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    munmap((char *)hold + held - (16 << 20), 16 << 20);
}

TEST_MAIN()
