/* The systemd driver: the scope of a container, by way of the program rsbx-systemd. */
#include <stdlib.h>

#include "base/error.h"
#include "cgroup/internal.h"

static int unavailable(void)
{
    return fail(0, "--systemd-cgroup: this build has no systemd driver yet");
}
int systemd_check(const struct cgroup_options *o)
{
    (void)o;
    return unavailable();
}
int systemd_prepare(const struct cgroup_options *o, struct cgroup *cg)
{
    (void)o, (void)cg;
    return unavailable();
}
int systemd_start(struct cgroup *cg, pid_t pid)
{
    (void)cg, (void)pid;
    return unavailable();
}
int systemd_update(struct cgroup *cg, const struct spec_resources *r)
{
    (void)cg, (void)r;
    return unavailable();
}
int systemd_stop(struct cgroup *cg)
{
    (void)cg;
    return unavailable();
}
void systemd_save(const struct cgroup *cg, struct json *j)
{
    (void)cg, (void)j;
}
int systemd_load(const struct json_value *object, struct cgroup *cg)
{
    (void)object, (void)cg;
    return unavailable();
}
void systemd_free(struct systemd *s)
{
    free(s);
}
