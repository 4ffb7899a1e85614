/* One criu(8), started as "criu swrk" and spoken to over a socket in its RPC (rpc.proto of criu; the numbers
 * below are its field numbers). What checkpoint and restore share. Private to the checkpoint files. */
#ifndef RSBX_CONTAINER_CHECKPOINT_CRIU_H
#define RSBX_CONTAINER_CHECKPOINT_CRIU_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "container/checkpoint.h"

enum criu_request { CRIU_DUMP = 1, CRIU_RESTORE = 2, CRIU_PRE_DUMP = 4, CRIU_NOTIFY = 6 };

enum criu_field { /* of criu_opts */
                  CRIU_IMAGES_DIR_FD = 1,
                  CRIU_PID = 2,
                  CRIU_LEAVE_RUNNING = 3,
                  CRIU_EXT_UNIX_SK = 4,
                  CRIU_TCP_ESTABLISHED = 5,
                  CRIU_EVASIVE_DEVICES = 6,
                  CRIU_SHELL_JOB = 7,
                  CRIU_FILE_LOCKS = 8,
                  CRIU_LOG_LEVEL = 9,
                  CRIU_LOG_FILE = 10,
                  CRIU_PAGE_SERVER = 11, /* {1: address, 2: port} */
                  CRIU_NOTIFY_SCRIPTS = 12,
                  CRIU_ROOT = 13,
                  CRIU_PARENT_IMG = 14,
                  CRIU_TRACK_MEM = 15,
                  CRIU_AUTO_DEDUP = 16,
                  CRIU_WORK_DIR_FD = 17,
                  CRIU_LINK_REMAP = 18,
                  CRIU_EXT_MNT = 23, /* {1: key, 2: value} */
                  CRIU_MANAGE_CGROUPS = 24,
                  CRIU_CG_ROOT = 25, /* {1: controller, 2: path} */
                  CRIU_RST_SIBLING = 26,
                  CRIU_INHERIT_FD = 27, /* {1: key, 2: fd} */
                  CRIU_MANAGE_CGROUPS_MODE = 34,
                  CRIU_EXTERNAL = 37,
                  CRIU_EMPTY_NS = 38,
                  CRIU_JOIN_NS = 39, /* {1: name, 2: file} */
                  CRIU_FREEZE_CGROUP = 44,
                  CRIU_TCP_SKIP_IN_FLIGHT = 46,
                  CRIU_LAZY_PAGES = 48,
                  CRIU_ORPHAN_PTS_MASTER = 50,
                  CRIU_CONFIG_FILE = 51,
                  CRIU_TCP_CLOSE = 52,
                  CRIU_LSM_PROFILE = 53,
                  CRIU_LSM_MOUNT_CONTEXT = 63,
                  CRIU_NETWORK_LOCK = 64,
                  CRIU_SKIP_FILE_RWX_CHECK = 66,
};

enum { CRIU_MAX_PASS = 8 };

struct criu {
    /* in */
    enum criu_request request;
    struct buf opts;         /* criu_opts, encoded */
    int stdio[3];            /* criu's own, which restored processes may inherit; -1: /dev/null */
    int pass[CRIU_MAX_PASS]; /* further fds for it, which it finds from CRIU_FIRST_PASSED on */
    int n_pass;
    int (*enter)(void *arg); /* in its process, before it executes criu; NULL: nothing */
    /* What it tells while at work: "setup-namespaces", "orphan-pts-master" with an fd, ...; NULL: nothing */
    int (*notify)(void *arg, const char *script, pid_t pid, int fd);
    void *arg;

    /* inside */
    char *program, *log_path;
    char *failure; /* of notify */
    const char *image_path, *work_path;
    int images; /* directory */
    int socket;
    pid_t pid;
};

#define CRIU_NONE                                                                                            \
    {                                                                                                        \
        .images = -1, .socket = -1                                                                           \
    }

enum { CRIU_FIRST_PASSED = 6 }; /* 3: its socket; 4 and 5: the directories of images and log */

/* Finds criu, opens the directory of images, and encodes what both directions need. */
int criu_init(struct criu *k, enum criu_request request, const struct container *c,
              const struct criu_options *o);
/* Starts it: it waits for its request. Its process then is k->pid. */
int criu_start(struct criu *k);
/* Sends the request and stays until it is done. *restored: the restored init, our child. */
int criu_finish(struct criu *k, pid_t *restored);
void criu_free(struct criu *k);
#define AUTO_CRIU __attribute__((cleanup(criu_free)))

/* criu_opts fields that are pairs, and those that are flags. */
void criu_pair(struct criu *k, enum criu_field field, const char *key, const char *value);
void criu_flag(struct criu *k, enum criu_field field, bool value);

/* ---- checkpoint_mounts.c ---- */
/* What is mounted in the container from outside: criu gets each under a name when it writes images, and where
 * the thing is now when it reads them. root: the container's root as its init sees it, or -1 (restore). */
void criu_external_mounts(struct criu *k, const struct container *c, int root);

/* The file in the images that says what init's stdin, stdout and stderr were: an array of three strings,
 * "pipe:[123]" or "file[MOUNT:INODE]" (criu's names for them) for those that come from outside. */
#define DESCRIPTORS_FILE "descriptors.json"
#define DESCRIPTOR_FIFO  "fifo:" /* before a file's name, when it is one */

#endif
