/* --regex of kill and delete. */
#ifndef RSBX_COMMANDS_MATCH_H
#define RSBX_COMMANDS_MATCH_H

#include "container/container.h"

/* Calls action for every container whose id matches the extended regular expression; goes on after a failure
 * and reports the last one. */
int match_containers(const struct runtime_options *runtime, const char *pattern,
                     int (*action)(const struct runtime_options *runtime, const char *id));

#endif
