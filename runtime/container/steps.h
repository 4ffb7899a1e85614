/* The order is data: what happens in creating a container is a table of named steps, run top to bottom.
 *
 * An error is prefixed by its step ("mounts: /data: no such file or directory"). With --debug each step's
 * microseconds are logged. In a test build (RSBX_TEST_STEPS) the environment makes any step fail or kills the
 * runtime at it: RSBX_FAIL_AT=create:cgroup, RSBX_KILL_AT=init:pivot (init: kills the runtime from inside
 * init). */
#ifndef RSBX_CONTAINER_STEPS_H
#define RSBX_CONTAINER_STEPS_H

#include <stddef.h>

struct setup;

struct step {
    const char *name;
    int (*run)(struct setup *s);
};

struct step_table {
    const char *name;
    const struct step *steps;
    size_t n;
};

int steps_run(const char *table, const struct step *steps, size_t n, struct setup *s);

/* Prints "TABLE:NAME" of each step. */
void steps_print(const char *table, const struct step *steps, size_t n);

/* Test build: an fd; a byte sent to it kills the calling process (as pidfds and kill(2) cannot, out of a pid
 * namespace): the kernel sends the signal that F_SETSIG names. */
int steps_kill_switch(void);

/* All tables, for tests that walk them: `rsbx steps` of a test build. */
void create_print_steps(void);
void init_print_steps(void);
void exec_print_steps(void);

#endif
