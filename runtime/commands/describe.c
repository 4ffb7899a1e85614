/* What state and list print of a container: see describe.h. */
#include "commands/describe.h"

#include "base/version.h"
#include "supervise/usage.h"

void describe_container(const struct container *c, struct json *j)
{
    json_string(j, "ociVersion", OCI_VERSION);
    json_string(j, "id", c->id);
    json_int(j, "pid", c->pid);
    json_string(j, "status", container_status_name(c->status));
    json_string(j, "bundle", c->bundle ? c->bundle : "");
    json_string(j, "rootfs", c->rootfs ? c->rootfs : "");
    json_string(j, "created", c->created ? c->created : "0001-01-01T00:00:00Z");
    if (c->spec && c->spec->annotations.n > 0) {
        json_open(j, "annotations", '{');
        for (size_t i = 0; i < c->spec->annotations.n; i++)
            json_string(j, c->spec->annotations.v[i].key, c->spec->annotations.v[i].value);
        json_close(j, '}');
    }
    json_string(j, "owner", "");
}

void describe_usage(const struct container *c, struct json *j)
{
    /* a stopped one's cgroup stays until `delete`, with its final figures */
    if (c->status != STATUS_CREATING &&
        (c->status != STATUS_STOPPED || (c->cgroup && cgroup_exists(c->cgroup))))
        usage_state_json(j, c);
}
