/* namespaces(7): which are made, which are joined, and the clone3(2) that does it. */
#ifndef RSBX_LINUX_NAMESPACES_H
#define RSBX_LINUX_NAMESPACES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "spec/config.h"

struct namespace_type {
    const char *name; /* "pid" */
    const char *file; /* below /proc/PID/ns/ */
    int flag;         /* CLONE_NEWPID */
};
extern const struct namespace_type namespace_types[]; /* ends with a NULL name */

struct namespaces {
    uint64_t all;       /* CLONE_NEW* that the container has on its own, made or joined */
    uint64_t new_flags; /* made by us */
    struct {
        int fd, flag;
        const char *path;
    } join[8]; /* joined by path, the user namespace first */
    unsigned n_join;
    int joined_pidfd; /* exec: joins `all` of this process in one setns(2); -1: none */
};

/* Reads linux.namespaces and opens those with a path. */
int namespaces_plan(const struct spec *spec, struct namespaces *ns);
/* exec: all namespaces that spec lists, of the process behind pidfd. */
int namespaces_plan_join(const struct spec *spec, int pidfd, struct namespaces *ns);
void namespaces_close(struct namespaces *ns);

/* Makes the new process: one clone3(2) with CLONE_PIDFD and, when cgroup_fd >= 0, CLONE_INTO_CGROUP; with
 * a pid namespace or rights to join, through an intermediate that joins and ends (the new process is still
 * our child). *into_cgroup tells whether the cgroup was joined. Time and cgroup namespaces are left to
 * namespaces_late(). child runs in the new process and must not return. */
int namespaces_clone(const struct namespaces *ns, int cgroup_fd, bool *into_cgroup, int (*child)(void *),
                     void *arg, pid_t *pid, int *pidfd);

/* The descriptor of a namespace that is joined by its path; -1: there is none of that type. */
int namespaces_joined(const struct namespaces *ns, int flag);

/* In the new process, first: joins what it can join itself. */
int namespaces_join(const struct namespaces *ns);

/* In the new process, when its cgroup is joined: makes or joins the time namespace, makes the cgroup
 * namespace. */
int namespaces_late(const struct namespaces *ns, const struct spec *spec);

/* ---- user namespaces: user_namespaces(7) ---- */
/* Writes the maps of the new process, by ourselves or (not privileged, more than our own id) with
 * newuidmap(1) and newgidmap(1). */
int userns_write_maps(pid_t pid, const struct spec *spec, bool privileged);

/* In the new process, once the maps are there: becomes uid 0 and gid 0 of the namespace. */
int userns_become_root(void);

/* Host id of a container id, or (uint32_t)-1 when it is not mapped. */
uint32_t id_to_host(const struct spec_id_mapping_list *maps, uint32_t id);

#endif
