/* The six kinds of hooks of the runtime specification ("POSIX-platform Hooks"). */
#ifndef RSBX_CONTAINER_HOOKS_H
#define RSBX_CONTAINER_HOOKS_H

#include "container/container.h"

/* Runs them in order with the container's state on stdin ("created" and so on). kind is the JSON name
 * ("createRuntime"). environment is what a hook without "env" gets; NULL: our own. Output of a hook goes
 * where the annotations run.oci.hooks.stdout and .stderr say, else it is part of the error when the hook
 * fails. -1: "error running createRuntime hook #1: ..." */
int hooks_run(const struct container *c, const char *kind, const struct spec_hook_list *hooks,
              const char *state_json, char **environment);

#endif
