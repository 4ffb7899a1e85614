/* Runs a step table: see steps.h. */
#include "container/steps.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/strings.h"
#include "container/setup.h"

#ifdef RSBX_TEST_STEPS
static bool named(const char *variable, const char *table, const char *step)
{
    const char *at = getenv(variable);
    const char *rest = at ? str_after(at, table) : NULL;
    return rest && rest[0] == ':' && str_eq(rest + 1, step);
}

static int inject(const char *table, const struct step *step, const struct setup *s)
{
    if (named("RSBX_KILL_AT", table, step->name)) {
        if (syscall(SYS_pidfd_send_signal, s->runtime_pidfd, SIGKILL, NULL, 0) < 0)
            raise(SIGKILL); /* after `create` has ended: init itself. Else init goes on and has to notice */
    }
    if (named("RSBX_FAIL_AT", table, step->name))
        return fail(EIO, "injected");
    return 0;
}
#else
static int inject(const char *table, const struct step *step, const struct setup *s)
{
    (void)table, (void)step, (void)s;
    return 0;
}
#endif

int steps_run(const char *table, const struct step *steps, size_t n, struct setup *s)
{
    bool timed = log_is_debug();
    for (size_t i = 0; i < n; i++) {
        uint64_t start = timed ? now_ns() : 0;
        if (inject(table, &steps[i], s) < 0 || steps[i].run(s) < 0)
            return fail_where("%s", steps[i].name);
        if (timed && s->log_open)
            log_debug("%s: %s: %llu us", table, steps[i].name, (unsigned long long)(now_ns() - start) / 1000);
    }
    return 0;
}

void steps_print(const char *table, const struct step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++)
        printf("%s:%s\n", table, steps[i].name);
}
