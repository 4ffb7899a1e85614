/* User namespace maps: user_namespaces(7), newuidmap(1). */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "linux/namespaces.h"
#include "linux/paths.h"

uint32_t id_to_host(const struct spec_id_mapping_list *maps, uint32_t id)
{
    for (size_t i = 0; i < maps->n; i++)
        if (id >= maps->v[i].container_id && id - maps->v[i].container_id < maps->v[i].size)
            return maps->v[i].host_id + (id - maps->v[i].container_id);
    return (uint32_t)-1;
}

static int write_map(pid_t pid, const char *file, const struct spec_id_mapping_list *maps)
{
    AUTO_BUF struct buf b = BUF_INIT;
    AUTO_FREE char *path = xasprintf("%d/%s", (int)pid, file);
    for (size_t i = 0; i < maps->n; i++)
        buf_printf(&b, "%u %u %u\n", maps->v[i].container_id, maps->v[i].host_id, maps->v[i].size);
    return proc_write(path, buf_str(&b));
}

static int run_map_tool(const char *tool, pid_t pid, const struct spec_id_mapping_list *maps)
{
    size_t n = 2 + 3 * maps->n, at = 0;
    AUTO_FREE char **argv = xcalloc(n + 1, sizeof(*argv));
    argv[at++] = xstrdup(tool);
    argv[at++] = xasprintf("%d", (int)pid);
    for (size_t i = 0; i < maps->n; i++) {
        argv[at++] = xasprintf("%u", maps->v[i].container_id);
        argv[at++] = xasprintf("%u", maps->v[i].host_id);
        argv[at++] = xasprintf("%u", maps->v[i].size);
    }
    pid_t child;
    int error = posix_spawnp(&child, tool, NULL, NULL, argv, environ);
    for (size_t i = 0; i < at; i++)
        free(argv[i]);
    if (error)
        return fail(error, "%s is needed to map more than one id without root (Debian package uidmap)", tool);
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (status != 0)
        return fail(0, "%s failed: do /etc/subuid and /etc/subgid allow these ids for this user?", tool);
    return 0;
}

static bool only_own_id(const struct spec_id_mapping_list *maps, uint32_t id)
{
    return maps->n == 1 && maps->v[0].size == 1 && maps->v[0].host_id == id;
}

static int deny_setgroups(pid_t pid)
{
    AUTO_FREE char *path = xasprintf("%d/setgroups", (int)pid);
    return proc_write(path, "deny");
}

int userns_write_maps(pid_t pid, const struct spec *spec, bool privileged)
{
    const struct spec_id_mapping_list *uids = &spec->linux_->uid_mappings,
                                      *gids = &spec->linux_->gid_mappings;
    if (uids->n > 340 || gids->n > 340) /* user_namespaces(7) */
        return fail(0, "linux.%s: %zu entries, the kernel takes at most 340",
                    uids->n > 340 ? "uidMappings" : "gidMappings", uids->n > 340 ? uids->n : gids->n);
    if (uids->n > 0) {
        if (privileged || only_own_id(uids, geteuid())) {
            if (write_map(pid, "uid_map", uids) < 0)
                return fail_where("linux.uidMappings");
        } else if (run_map_tool("newuidmap", pid, uids) < 0) {
            return fail_where("linux.uidMappings");
        }
    }
    if (gids->n == 0)
        return 0;
    if (privileged || only_own_id(gids, getegid())) {
        if ((!privileged && deny_setgroups(pid) < 0) || write_map(pid, "gid_map", gids) < 0)
            return fail_where("linux.gidMappings");
    } else if (run_map_tool("newgidmap", pid, gids) < 0) {
        return fail_where("linux.gidMappings");
    }
    return 0;
}

int userns_become_root(void)
{
    /* EINVAL: 0 is not mapped; the process keeps the overflow id but has all capabilities in the namespace */
    if (setresgid(0, 0, 0) < 0 && errno != EINVAL)
        return fail(errno, "setresgid");
    if (setresuid(0, 0, 0) < 0 && errno != EINVAL)
        return fail(errno, "setresuid");
    return 0;
}
