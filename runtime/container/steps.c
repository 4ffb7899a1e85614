/* Runs a step table: see steps.h. */
#include "container/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

int steps_kill_switch(void)
{
    int pair[2];
    /* not close-on-exec: closing is an event too, and we exec ourselves (base/seal.c) */
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || fcntl(pair[0], F_SETOWN, getpid()) < 0 ||
        fcntl(pair[0], F_SETSIG, SIGKILL) < 0 || fcntl(pair[0], F_SETFL, O_ASYNC) < 0)
        return -1;
    return pair[1];
}

static int inject(const char *table, const struct step *step, const struct setup *s)
{
    /* After `create` has ended nobody gets the signal: init stops, and the test kills who waits for it. */
    if (named("RSBX_KILL_AT", table, step->name) && send(s->kill_switch, "", 1, MSG_NOSIGNAL) < 0)
        pause();
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
