/* systemd's manager (org.freedesktop.systemd1) as far as scopes of containers need it. All return -1 after
 * fail(). */
#ifndef RSBX_CGROUP_SYSTEMD_MANAGER_H
#define RSBX_CGROUP_SYSTEMD_MANAGER_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/buffer.h"
#include "spec/json.h"

struct manager {
    sd_bus *bus;
    unsigned version;
};

/* The system's manager, or the calling user's. */
int manager_open(bool user, struct manager *out);
void manager_close(struct manager *m);

/* request: {"unit", "pid", "slice", "description", "properties": [{"name", "type", "value", "since"}...],
 * "annotations": {NAME: TEXT}}. Starts the scope, waits for the job, appends the unit's cgroup to path. */
int manager_start(struct manager *m, const struct json_value *request, struct buf *path);
int manager_set(struct manager *m, const struct json_value *request);
int manager_attach(struct manager *m, const struct json_value *request); /* "unit", "sub", "pid" */
/* "unit", and perhaps "description": one that has another stays. That, and a missing unit, is success. */
int manager_stop(struct manager *m, const struct json_value *request);

#endif
