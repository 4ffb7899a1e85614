/* supervise/sampler.c: what it keeps of a long run is bounded, in order, and covers all of it. */
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervise/sampler.h"

#define MS 1000000ULL

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

TEST_MAIN()
