/* What the step tables work on: everything about one container (or one exec) while it is being made. The new
 * process has its own copy of it (it is forked from the runtime), so that nothing needs to be serialised.
 * Private to container/. */
#ifndef RSBX_CONTAINER_SETUP_H
#define RSBX_CONTAINER_SETUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "cgroup/cgroup.h"
#include "container/container.h"
#include "container/steps.h"
#include "linux/namespaces.h"
#include "linux/process.h"
#include "linux/rootfs.h"
#include "spec/config.h"

struct criu;
struct criu_options;
struct restore { /* of a container that comes out of images */
    const struct criu_options *options;
    struct criu *criu;
};

struct setup {
    const char *table; /* "init" or "exec": which table the new process runs */
    const struct runtime_options *runtime;
    const struct container_options *create; /* NULL for exec */
    const struct exec_options *exec;        /* NULL for create */
    const struct restore *restore;          /* NULL for both */
    struct container *c;
    const struct spec *spec;
    const struct spec_process *process;
#ifdef RSBX_TEST_STEPS
    int kill_switch; /* writing to it kills the runtime, also from inside a pid namespace (RSBX_KILL_AT) */
#endif
    bool log_open; /* false in the new process once its log fd is closed */

    struct buf config_text; /* config.json as it was read: our own copy is written from it */
    struct namespaces ns;
    struct rootfs rootfs;
    struct cgroup *cgroup; /* what the process joins; the container's own, or for exec a sub-cgroup */
    struct cgroup_mounts cgroup_mounts;
    bool into_cgroup; /* clone3 put it there already */
    struct seccomp_program seccomp;
    struct exec_once exec_once;

    int sync[2]; /* [0] runtime's end, [1] the new process's */
    int console_socket;
    int pidfd_socket;
    int start_fifo, result_fifo; /* init: waits for a byte; tells why exec failed. -1 for exec */
    int console_slave;
    int stdio[3];
    unsigned preserve_fds; /* after 0, 1, 2, those for LISTEN_FDS included */
    unsigned listen_fds;
    char *notify_dir; /* sd_notify proxy: host directory with notify.sock */
    char *exec_path;  /* the program found */
    char **env;       /* NULL-terminated */
    bool made_state_dir, made_cgroup, made_pid_file;
    bool runs_ahead;         /* init needs nothing from us before it sets up its root: no first GO */
    bool released;           /* init was told to go on before it was ready */
    bool limits_from_inside; /* the process sets its rlimits itself */
    bool cwd_pending;        /* root was refused: the user tries */
    pid_t pid;
    int pidfd;
};

void setup_init(struct setup *s, const struct runtime_options *runtime, struct container *c);
void setup_close(struct setup *s); /* frees and closes; undoes nothing */

/* create.c: runs the table, undoes everything when it fails. */
int container_make(const struct runtime_options *runtime, const struct container_options *options,
                   const struct step_table *table, const struct restore *restore, struct container **out);

/* create.c: steps that create and restore share. */
int step_load_config(struct setup *s);
int step_check(struct setup *s);
int step_sockets(struct setup *s);
int step_state(struct setup *s);
int step_cgroup(struct setup *s);
int step_net_devices(struct setup *s);
void step_note_process(struct setup *s); /* pid, start time, stdio */
int step_save_state(struct setup *s);
int step_pid_file(struct setup *s);

/* create.c: runs from a copy of ourselves where the container could write to our binary. */
int step_seal(struct setup *s);

/* create.c: takes the seccomp notify fd out of the new process and hands it on. */
int take_listener(struct setup *s, int number);

/* init.c: what the new process runs; returns only on failure after telling the runtime why. */
int init_main(void *setup);
bool stops_for_hooks(
    const struct setup *s); /* until the runtime has run its hooks and set the device rules */
int exec_main(void *setup);

/* process.c: steps that init and exec share, in the order in which they run. */
int step_credentials_prepare(struct setup *s); /* reset signals, session, death signal */
int step_session(struct setup *s);
int step_stdio(struct setup *s);
int step_scheduling(struct setup *s);
int step_labels(struct setup *s);
int step_no_new_privileges(struct setup *s);
int step_landlock(struct setup *s);
int step_rlimits_early(struct setup *s);
int step_seccomp_early(struct setup *s); /* without no_new_privs, or with a listener */
int step_bounding_set(struct setup *s);
int step_user(struct setup *s);
int step_capabilities(struct setup *s);
int step_rlimits(struct setup *s);
bool limits_from_inside(const struct setup *s); /* what s->limits_from_inside becomes */
int step_working_directory(struct setup *s);
int step_working_directory_again(struct setup *s);
int step_environment(struct setup *s);
int step_find_program(struct setup *s);
int step_close_fds(struct setup *s);
int check_preserved_fds(const struct setup *s);
int step_seccomp(struct setup *s);
int step_exec(struct setup *s);

#endif
