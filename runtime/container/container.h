/* A container and its life: what commands/ and the snippet supervisor call.
 *
 * State is a directory ROOT/ID (0700 in a 0700 root): state.json (versioned, written atomically), config.json
 * (our own copy: what exec and delete read, never the bundle's), start.sock (init waits on it until `start`),
 * notify/. A lock (flock on the directory) is held by every command that changes the container. */
#ifndef RSBX_CONTAINER_CONTAINER_H
#define RSBX_CONTAINER_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "cgroup/cgroup.h"
#include "spec/config.h"

enum container_status { STATUS_CREATING, STATUS_CREATED, STATUS_RUNNING, STATUS_PAUSED, STATUS_STOPPED };

/* What global options say. */
struct runtime_options {
    const char *root; /* state root, absolute */
    enum cgroup_manager manager;
    bool rootless;     /* --rootless, or found out */
    bool nested;       /* not root, or root of a user namespace below the initial one */
    const char *cache; /* cache directory, absolute, or NULL */
};

/* config.json, read and decoded before: create takes spec and text, and leaves the struct empty. */
struct loaded_config {
    struct spec *spec; /* NULL: create reads it */
    struct buf text;
};

struct container_options {        /* create and run */
    const char *id, *bundle;      /* bundle: NULL is "." */
    const char *config;           /* --config, NULL: BUNDLE/config.json */
    struct loaded_config *loaded; /* the bundle's, or NULL */
    const char *pid_file, *console_socket, *pidfd_socket;
    uint32_t preserve_fds;
    bool no_pivot, no_new_keyring, no_subreaper, detach;
    bool start_at_once;      /* container_start() follows in any case: init need not wait for it */
    bool held_until_started; /* container_start() follows, but not in any case, or container_destroy(): who
                              * does not wait for the lock may see it created while init still works */
    bool die_with_caller;    /* its init is killed when the calling process ends, however that ends */
    int stdio[3];            /* fds for the container's 0, 1, 2; -1: ours */
    bool want_listener; /* a seccomp notify fd without listenerPath is kept in the container: seccomp_listener
                         */
    int keep_fd;        /* stays open, under its number, in the container's init; 0: none */
    void *adjust_arg;
    void (*adjust)(struct spec *spec, void *adjust_arg); /* changes the decoded document before it is checked,
                                                          * or NULL; the state directory keeps the bundle's */
    void (*sealed)(const struct spec *spec, void *adjust_arg); /* when it is certain that this process is not
                                                                * executed anew (base/seal.h), or NULL */
    bool foreground_tty; /* run without -d with process.terminal: create a pty and give us the master */
};

struct container {
    const struct runtime_options *runtime;
    char *id, *bundle, *rootfs;   /* absolute */
    enum container_status status; /* as found out by container_load() or reached */
    pid_t pid;                    /* init in our pid namespace, 0 when stopped */
    uint64_t start_time;          /* field 22 of /proc/PID/stat: tells a reused pid */
    int pidfd;                    /* of init, -1: none */
    char *created;                /* RFC 3339 with nanoseconds, UTC */
    uint64_t created_ns;          /* CLOCK_BOOTTIME at creation */
    uid_t owner;
    struct spec *spec; /* from the state directory */
    struct cgroup *cgroup;
    enum cgroup_manager manager; /* the one it was made with */
    bool manager_known;          /* its state says so: else it is the one that our options name */
    char *intel_rdt_path;
    char *stdio[3];       /* what init's 0, 1 and 2 were ("pipe:[123]"), for checkpoint; NULL: a terminal */
    bool no_new_keyring;  /* --no-new-keyring: for exec too */
    bool restored;        /* by criu, which puts processes into a time namespace */
    int dir_fd;           /* state directory; locked while open with container_load(..., true) */
    int seccomp_listener; /* with want_listener, else -1 */
    int exec_result; /* with start_at_once: init needs no start any more, and tells here about its exec; else
                        -1 */
    int console_master; /* with foreground_tty, else -1 */
    int *trees;         /* mounts that nobody may have attached: container_settle() */
    size_t n_trees;
};

/* create: all or nothing. On success the container is CREATED and locked until container_free(). */
int container_create(const struct runtime_options *runtime, const struct container_options *options,
                     struct container **out);

/* Lets go of what making it has left, which takes a while; else container_free() does it. */
void container_settle(struct container *c);

/* Lets init exec; returns when exec has happened (or failed: the error says why). Runs poststart hooks. */
int container_start(struct container *c);

/* Finds a container; "container \"X\" does not exist" with ENOENT. lock: take the container's lock (waits for
 * it). */
int container_load(const struct runtime_options *runtime, const char *id, bool lock, struct container **out);
/* The same for who only wants to know how it is: without its document, which takes most of the time. spec is
 * NULL. */
int container_look(const struct runtime_options *runtime, const char *id, struct container **out);
/* The same for those who enter it, without the lock: waits for a create that is at work, whose init may still
 * have the host's view of files although its state says "created". */
int container_load_made(const struct runtime_options *runtime, const char *id, struct container **out);
/* One whose state cannot be read: as much of it as can, locked. What is not known is NULL. Where no process
 * of it is found its status is STATUS_CREATING: there may be some. */
int container_salvage(const struct runtime_options *runtime, const char *id, struct container **out);
int container_refresh(struct container *c); /* looks at the process again */
/* Of one that we hold: lets other commands change it while it runs, and keeps them off again. */
void container_unlock(struct container *c);
int container_lock(struct container *c);
void container_free(struct container *c);

int container_kill(struct container *c, int sig, bool all);
int container_delete(const struct runtime_options *runtime, const char *id,
                     bool force); /* runs poststop hooks */
int container_destroy(
    struct container *c); /* of one that we hold: kills, removes cgroup and state, poststop hooks */
int container_pause(struct container *c);
int container_resume(struct container *c);
/* Mounts mounts->mounts in it, all or none, or unmounts what was mounted so on their destinations. */
int container_mounts(struct container *c, const struct spec *mounts, bool add);
int container_update(struct container *c, const struct spec_resources *resources);
int container_update_rdt(struct container *c, const char *l3_schema,
                         const char *bandwidth_schema); /* or NULL */

/* Ids of all containers below the root, NULL-terminated, sorted; the caller frees each and the array. */
int container_list(const struct runtime_options *runtime, char ***ids);

/* The specification's state object. */
void container_state_json(const struct container *c, const char *status, bool pretty, struct buf *out);
const char *container_status_name(enum container_status status);

struct exec_options {
    const struct spec_process *process;
    const char *pid_file, *console_socket, *pidfd_socket;
    const char *const *cgroups; /* --cgroup, n_cgroups of them */
    size_t n_cgroups;
    uint32_t preserve_fds;
    bool detach, ignore_paused;
    int stdio[3];
};
/* Starts a process in a running container; it is our child. Returns when it has executed its program. With a
 * terminal and no console socket c->console_master is its pty. */
int container_exec(struct container *c, const struct exec_options *options, pid_t *pid);

/* "[A-Za-z0-9_+.-]+", not "." or "..", at most 1024 bytes. */
int container_check_id(const char *id);

#endif
