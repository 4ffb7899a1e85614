/* Shared between the files of this directory; nobody else includes it.
 *
 *   host.c          which hierarchies there are and where
 *   cgroup.c        making, finding, saving: the life of a struct cgroup
 *   controllers.c   v2: turning controllers on, giving a cgroup to its owner
 *   join.c          processes into it
 *   resources.c     checks of linux.resources that hold everywhere, and the table of files both versions
 * share resources_v1.c, resources_v2.c   linux.resources to files devices.c       linux.resources.devices:
 * one rule list, applied as v1 exceptions or as a device program processes.c     kill, wait, freeze, remove
 *   events.c        out-of-memory events
 *   statistics.c    numbers
 *   systemd.c       the scope, by way of rsbx-systemd */
#ifndef RSBX_CGROUP_INTERNAL_H
#define RSBX_CGROUP_INTERNAL_H

#include <sys/types.h>

#include "base/buffer.h"
#include "base/strings.h"
#include "cgroup/cgroup.h"

/* Controllers as bits. Those of v1 that v2 has under another name keep the v1 name here; `io` is BLKIO. */
enum {
    CTRL_CPUSET = 1 << 0,
    CTRL_CPU = 1 << 1,
    CTRL_CPUACCT = 1 << 2,
    CTRL_MEMORY = 1 << 3,
    CTRL_PIDS = 1 << 4,
    CTRL_BLKIO = 1 << 5,
    CTRL_HUGETLB = 1 << 6,
    CTRL_DEVICES = 1 << 7,
    CTRL_FREEZER = 1 << 8,
    CTRL_NET_CLS = 1 << 9,
    CTRL_NET_PRIO = 1 << 10,
    CTRL_PERF_EVENT = 1 << 11,
    CTRL_RDMA = 1 << 12,
    CTRL_MISC = 1 << 13,
    CTRL_DMEM = 1 << 14,
    CTRL_NAMED = 1 << 15,   /* a v1 hierarchy without controller: name=systemd */
    CTRL_UNIFIED = 1 << 16, /* the cgroup2 hierarchy itself */
    CTRL_UNASKED = 1 << 17  /* which ones it has beside that is not known yet: cgroup_dir_of() asks */
};
extern const struct name_value controller_names_v1[], controller_names_v2[];

enum { MAX_HIERARCHIES = 20 };

/* One mounted hierarchy. */
struct hierarchy {
    char name[64];  /* as /proc/self/cgroup has it: "cpu,cpuacct", "name=systemd", "" for cgroup2 */
    char *mount;    /* "/sys/fs/cgroup/memory" */
    char *own;      /* NULL: not looked up yet; see hierarchy_own() */
    unsigned ctrls; /* v1: its controllers; cgroup2: CTRL_UNIFIED and what cgroup.controllers says */
};

struct hosts_hierarchies {
    struct hierarchy v[MAX_HIERARCHIES];
    size_t n;
    bool pure_v2;
    const struct hierarchy *unified; /* NULL if there is no cgroup2 mount */
};

/* Found out once per process. NULL after fail(). */
const struct hosts_hierarchies *host_hierarchies(void);
/* The runtime's own cgroup there, relative to the mount: "/", "/user.slice". NULL after fail(). */
const char *hierarchy_own(const struct hierarchy *h);
/* The controllers whose limits are written to cgroup2 files: all, or of a hybrid host those that no v1
 * hierarchy has. */
unsigned controllers_in_v2(const struct hosts_hierarchies *h);

struct kept_file {
    char name[48];
    int fd;
};
struct kept_files { /* cgroup_keep_open(): some twenty with cgroup2, where all are in one directory */
    struct kept_file *v;
    size_t n;
};

/* The container's cgroup in one hierarchy. */
struct cgroup_dir {
    char name[64];
    char *path;
    unsigned ctrls; /* those of the hierarchy; with cgroup2 alone all, whether the host has them or not */
    int join_fd;    /* open for writing on `tasks` (v1) between create and join, else -1 */
    char mount_options[72]; /* v1 without controller: "none,name=systemd" */
    bool
        left_out; /* v1: nobody can see it and no limit needs it, so it is not made until `update` wants it */
    bool existed; /* it was there before us */
    struct kept_files *kept; /* NULL: files are opened and closed for each read */
    unsigned made;           /* how many levels of the path we made, to undo a create that fails */
};

struct cgroup {
    enum cgroup_manager manager;
    char *id;
    struct cgroup_dir v[MAX_HIERARCHIES];
    size_t n;
    bool pure_v2, rootless;
    bool fresh;         /* being made: gets what every container gets */
    bool devices_later; /* of the cgroup_options, while it is being made */
    bool joins_only;    /* from cgroup_open_sub() */
    char *sub_path;     /* of a joins_only one below the container's, or NULL */
    int clone_fd;       /* O_PATH on the cgroup2 directory, -1: none yet */
    int device_prog_fd; /* v2: the attached device program when this process attached it, else -1 */
    const struct spec_device_list *spec_devices; /* linux.devices while the resources are applied, or NULL */
    struct systemd *systemd;
};

/* NULL: has none. What it is called there, v1's or cgroup2's, tells CTRL_UNIFIED in its ctrls. */
struct cgroup_dir *cgroup_dir_of(const struct cgroup *cg, unsigned ctrl);
struct cgroup_dir *cgroup_unified(const struct cgroup *cg); /* the cgroup2 directory or NULL */
/* The systemd driver has the process in `path` (as systemd says it): finds it in the hierarchies, joins the
 * v1 ones, applies the resources. */
int cgroup_settle_in(struct cgroup *cg, const struct cgroup_options *o, const char *path, pid_t pid);
struct cgroup *cgroup_alloc(enum cgroup_manager manager, const char *id);

struct cgroup_dir *cgroup_add_dir(struct cgroup *cg, const char *name, unsigned ctrls, char *path);
bool cgroup_path_climbs(const char *path);             /* has ".." as a component */
void cgroup_add_path(struct buf *b, const char *path); /* its components, each after one slash */
bool cgroup_is_permission(int err);

/* ---- controllers.c ---- */
/* Only those in `which`: all where there is nothing but cgroup2. */
int cgroup_enable_controllers(const struct cgroup_dir *d, const struct hierarchy *h,
                              const struct spec_resources *r, unsigned which);
int cgroup_delegate(const struct cgroup_dir *d, const struct cgroup_options *o);

/* ---- join.c ---- */
int cgroup_open_for_join(struct cgroup *cg);
void cgroup_close_join_fds(struct cgroup *cg);

/* ---- files.c ---- */
/* Writes one value. where is the JSON path that the error starts with. */
int cg_write(const struct cgroup_dir *d, const char *file, const char *where, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void cg_close_kept(struct cgroup_dir *d);
bool cg_has(const struct cgroup_dir *d, const char *file);
int cg_open(const struct cgroup_dir *d, const char *file, int flags);         /* -1 with errno, no fail() */
int cg_read(const struct cgroup_dir *d, const char *file, struct buf *out);   /* -1 with errno, no fail() */
int cg_read_u64(const struct cgroup_dir *d, const char *file, uint64_t *out); /* "max" is UINT64_MAX */
int cg_read_key(const struct cgroup_dir *d, const char *file, const char *key, uint64_t *out);
/* Several values that the kernel checks against each other: written in any order that it takes. */
struct cg_setting {
    const char *file, *where;
    char text[64];
    bool done;
};
struct cg_setting cg_setting(const char *file, const char *where, int64_t value);
int cg_settle(const struct cgroup_dir *d, struct cg_setting *s, size_t n);
int cg_hugepages(const struct cgroup_dir *d, const struct spec_hugepage_limit_list *list, const char *suffix);
int cg_rdma(const struct cgroup_dir *d, const struct spec_rdma_list *list);
/* Walks "key value" lines of text: false at the end. */
bool next_line(char **text, char **line);
/* Directory entries that are sub-cgroups: calls fn with the path of each, deepest first, then of path itself.
 */
int cg_walk(const char *path, int (*fn)(const char *path, void *arg), void *arg);

/* ---- resources*.c ---- */
const struct spec_resources *resources_of(const struct cgroup_options *o);
/* in_v2: controllers_in_v2() */
int resources_check(const struct spec_resources *r, bool pure_v2, unsigned in_v2);
/* Controllers that some limit in r needs, with the JSON path of the first such limit for each bit asked. */
unsigned resources_need(const struct spec_resources *r, bool pure_v2);
const char *resources_path_of(const struct spec_resources *r, unsigned ctrl);
int resources_apply_v1(struct cgroup *cg, const struct spec_resources *r);
int resources_apply_v2(struct cgroup *cg, const struct spec_resources *r);
/* Part of it: the limits of these controllers, without devices and `unified`. */
int limits_apply_v2(const struct cgroup_dir *d, const struct spec_resources *r, unsigned ctrls);
int devices_apply_v2(struct cgroup *cg, const struct spec_resources *r); /* part of it */
int memory_check_before_update(const struct cgroup *cg, const struct spec_memory *m);
uint64_t cpu_weight_from_shares(uint64_t shares);
int swap_v2_from_v1(const struct spec_memory *m, int64_t *out); /* out: INT64_MIN unset, -1 max */
int64_t pids_max(int64_t limit);                                /* -1: max */

/* ---- devices.c, device_program.c ---- */
enum { DEV_MKNOD = 1, DEV_READ = 2, DEV_WRITE = 4 }; /* as in BPF_DEVCG_ACC_* */
struct device_rule {
    bool allow;
    char type; /* 'a', 'b', 'c' */
    unsigned access;
    int64_t major, minor; /* -1: all */
};
struct device_rules {
    struct device_rule *v;
    size_t n;
};
int device_rules_check(const struct spec_device_cgroup_list *list);
/* The document's rules in order, after "deny all", followed by what every container gets (see devices.c). */
void device_rules_collect(const struct spec_device_cgroup_list *list, const struct spec_device_list *devices,
                          struct device_rules *out);
int device_rules_apply_v1(struct cgroup *cg, const struct cgroup_dir *d, const struct device_rules *rules);
/* Reduces the rules to one default and exceptions to it, the only thing v1 and systemd understand. */
int device_rules_reduce(const struct device_rules *rules, bool *default_allow, struct device_rules *out);
struct bpf_insn;
size_t device_program_build(const struct device_rules *rules, struct bpf_insn *out, size_t max);
int device_program_attach(const struct cgroup_dir *d, const struct device_rules *rules);

/* ---- processes.c ---- */
int dir_pids(const char *path, pid_t **pids, size_t *n); /* recursive; -1 with errno, no fail() */
int cgroup_move_all(const struct cgroup *cg, const struct cgroup_dir *to); /* its processes, also into `to` */
int cgroup_dir_frozen(const struct cgroup_dir *d);                         /* 1, 0, -1 cannot tell */

/* ---- systemd.c ---- */
int systemd_check(const struct cgroup_options *o);
int systemd_prepare(const struct cgroup_options *o, struct cgroup *cg);
int systemd_start(struct cgroup *cg, pid_t pid);
int systemd_attach(struct cgroup *cg, pid_t pid);
void systemd_copy(const struct cgroup *from, struct cgroup *to);
bool systemd_is_user(const struct cgroup *cg);
int systemd_update(struct cgroup *cg, const struct spec_resources *r);
int systemd_stop(struct cgroup *cg);
void systemd_save(const struct cgroup *cg, struct json *j);
int systemd_load(const struct json_value *object, struct cgroup *cg);
void systemd_free(struct systemd *s);

#endif
