/* What state and list print of a container: the fields and their order that callers know from runc. */
#ifndef RSBX_COMMANDS_DESCRIBE_H
#define RSBX_COMMANDS_DESCRIBE_H

#include "container/container.h"
#include "spec/json.h"

/* The members of the object, without its braces. */
void describe_container(const struct container *c, struct json *j);

/* "usage": what it uses now; nothing when it has stopped. */
void describe_usage(const struct container *c, struct json *j);

#endif
