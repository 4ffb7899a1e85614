/* A unit test is one program: TEST(name) { CHECK(...); } as often as wanted, prints TAP, exits 1 if a check
 * failed.
 *
 *     #include "tests/unit/test.h"
 *     TEST(sizes) { int64_t v; CHECK(parse_size("1k", &v) == 0); CHECK_INT(v, 1024); }
 *     TEST_MAIN() */
#ifndef RSBX_TESTS_UNIT_TEST_H
#define RSBX_TESTS_UNIT_TEST_H

#include <stdio.h>
#include <string.h>

struct test_case {
    const char *name;
    void (*run)(void);
    struct test_case *next;
};
static struct test_case *test_first, **test_last = &test_first;
static int test_failed_checks;

#define TEST(id)                                                                                             \
    static void test_##id(void);                                                                             \
    static struct test_case case_##id = {#id, test_##id, NULL};                                              \
    __attribute__((constructor)) static void add_##id(void)                                                  \
    {                                                                                                        \
        *test_last = &case_##id;                                                                             \
        test_last = &case_##id.next;                                                                         \
    }                                                                                                        \
    static void test_##id(void)

#define CHECK(cond)                                                                                          \
    do {                                                                                                     \
        if (!(cond)) {                                                                                       \
            printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond);                                              \
            test_failed_checks++;                                                                            \
        }                                                                                                    \
    } while (0)
#define CHECK_INT(got, want)                                                                                 \
    do {                                                                                                     \
        long long got_ = (long long)(got), want_ = (long long)(want);                                        \
        if (got_ != want_) {                                                                                 \
            printf("# %s:%d: %s is %lld, expected %lld\n", __FILE__, __LINE__, #got, got_, want_);           \
            test_failed_checks++;                                                                            \
        }                                                                                                    \
    } while (0)
#define CHECK_STR(got, want)                                                                                 \
    do {                                                                                                     \
        const char *got_ = (got), *want_ = (want);                                                           \
        if (!got_ || strcmp(got_, want_) != 0) {                                                             \
            printf("# %s:%d: %s is \"%s\", expected \"%s\"\n", __FILE__, __LINE__, #got,                     \
                   got_ ? got_ : "(null)", want_);                                                           \
            test_failed_checks++;                                                                            \
        }                                                                                                    \
    } while (0)

static int test_main(void)
{
    int n = 0, bad = 0;
    for (struct test_case *t = test_first; t; t = t->next) {
        test_failed_checks = 0;
        t->run();
        printf("%sok %d %s\n", test_failed_checks ? "not " : "", ++n, t->name);
        bad += test_failed_checks > 0;
    }
    printf("1..%d\n", n);
    return bad > 0;
}
#define TEST_MAIN()                                                                                          \
    int main(void)                                                                                           \
    {                                                                                                        \
        return test_main();                                                                                  \
    }

#endif
