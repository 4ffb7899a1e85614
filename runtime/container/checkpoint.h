/* Checkpoint and restore of containers by criu(8): what commands/ calls. */
#ifndef RSBX_CONTAINER_CHECKPOINT_H
#define RSBX_CONTAINER_CHECKPOINT_H

#include "container/container.h"

struct criu_options {
    const char *image_path;   /* NULL: "checkpoint" in the working directory */
    const char *work_path;    /* where criu's log goes; NULL: the image path */
    const char *parent_path;  /* of an earlier pre-dump, relative to the image path */
    const char *page_server;  /* ADDRESS:PORT */
    const char *cgroups_mode; /* soft (default), full, strict, ignore */
    const char *network_lock; /* iptables, nftables, skip; NULL: criu's default */
    const char *lsm_profile, *lsm_mount_context;
    const char *const *empty_ns; /* n_empty_ns of them; "network" is always one */
    size_t n_empty_ns;
    int status_fd; /* gets a NUL byte when lazy pages can be fetched; -1: none */
    bool leave_running, pre_dump, lazy_pages, auto_dedup;
    bool tcp_established, tcp_skip_in_flight, tcp_close;
    bool link_remap, ext_unix_sk, shell_job, file_locks;
};

/* Writes the images. The container goes on running after a failure, with leave_running and with pre_dump, and
 * has no processes any more otherwise: container_destroy() then removes what is left of it. */
int container_checkpoint(struct container *c, const struct criu_options *options);

/* As container_create(), but the processes come out of the images; the container is RUNNING. */
int container_restore(const struct runtime_options *runtime, const struct container_options *options,
                      const struct criu_options *criu, struct container **out);

/* The steps of restore, for tests. */
void restore_print_steps(void);

#endif
