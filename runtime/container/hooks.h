/* The six kinds of hooks of the runtime specification ("POSIX-platform Hooks"). */
#ifndef RSBX_CONTAINER_HOOKS_H
#define RSBX_CONTAINER_HOOKS_H

#include "container/container.h"

/* A hook that is running. */
struct hook_run {
    pid_t pid;            /* 0: none */
    int captured;         /* its output */
    int64_t timeout;      /* seconds; 0: none */
    uint64_t deadline_ns; /* now_ns() */
};

int hook_start(const struct spec *spec, const struct spec_hook *hook, const char *state_json,
               char **environment, struct hook_run *out);
/* Until it has ended, or its time is over. -1: it failed, or was killed for that. */
int hook_wait(struct hook_run *run);
/* Kills it, if it is there. */
void hook_abandon(struct hook_run *run);

/* Runs them in order with the container's state on stdin ("created" and so on). kind is the JSON name
 * ("createRuntime"). environment is what a hook without "env" gets; NULL: our own. Output of a hook goes
 * where the annotations run.oci.hooks.stdout and .stderr say, else it is part of the error when the hook
 * fails. -1: "error running createRuntime hook #1: ..." */
int hooks_run(const struct container *c, const char *kind, const struct spec_hook_list *hooks,
              const char *state_json, char **environment);

#endif
