/* Control groups behind one interface: v1, hybrid and v2, by cgroupfs or systemd, or none at all.
 *
 * A struct cgroup is either made new (cgroup_create) or found again (cgroup_load from the container's state).
 * Errors name the JSON path of the value ("linux.resources.memory.limit: ...") and the cgroup file. */
#ifndef RSBX_CGROUP_CGROUP_H
#define RSBX_CGROUP_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "linux/rootfs.h"
#include "spec/config.h"
#include "spec/json.h"

enum cgroup_manager { CGROUP_CGROUPFS, CGROUP_SYSTEMD, CGROUP_DISABLED };

struct cgroup_options {
    enum cgroup_manager manager;
    const char *id;
    const struct spec *spec; /* cgroupsPath, resources, annotations org.systemd.property.*, namespaces */
    bool rootless; /* not root on the host: a cgroup that cannot be made is left out unless limits ask for it
                    */
    uid_t owner_uid; /* host uid of the container's root, for delegation (/sys/kernel/cgroup/delegate), or
                        (uid_t)-1 */
    gid_t owner_gid;
    bool devices_later; /* v2, cgroupfs: cgroup_limit_devices() follows */
};

struct cgroup;

/* Checks the resources and the path (no "..") without touching anything. */
int cgroup_check(const struct cgroup_options *options);

/* Makes the cgroup in every hierarchy (all or nothing) and applies the resources. An existing cgroup with
 * processes in it is an error ("container's cgroup is not empty: N process(es) found"). With the systemd
 * manager the scope is made when the first process is there: cgroup_adopt(). */
int cgroup_create(const struct cgroup_options *options, struct cgroup **out);

/* Loads and attaches the device program where that was put off: it takes half a millisecond, in which the new
 * process does other things. Before it runs anything of the container's. */
int cgroup_limit_devices(struct cgroup *cg, const struct cgroup_options *options);

/* The same cgroup, whether it was made or not, touching nothing: to clean up after a create that was killed.
 */
int cgroup_find(const struct cgroup_options *options, struct cgroup **out);

/* Directory fd for clone3(CLONE_INTO_CGROUP), or -1 where it cannot be used (v1 only, systemd, disabled).
 * Owned by the cgroup. */
int cgroup_clone_fd(const struct cgroup *cg);

/* Called by the new process itself, before any user namespace takes its privileges: joins what clone3 did not
 * (v1 hierarchies by writing "0" to `tasks` through fds that the parent opened: a single thread moving itself
 * skips the kernel's global lock). into_cgroup tells whether clone3 used cgroup_clone_fd(). */
int cgroup_join_self(struct cgroup *cg, bool into_cgroup);

/* Called by the parent when the process exists, before it goes on, for a new container (the spec given to
 * cgroup_create() must still be there) and for exec: systemd scope, else nothing. */
int cgroup_adopt(struct cgroup *cg, pid_t pid);

/* exec: the cgroup of an existing container, or a sub-cgroup of it ("" or NULL: itself; "cpu:/sub" for one v1
 * controller; never above the container: "bad sub cgroup path"). The returned one only joins. */
int cgroup_open_sub(const struct cgroup *cg, const char *const *paths, size_t n, struct cgroup **out);

/* cpu.shares between 2 and 262144, as v1 has it (0: unset). cgroup_update() refuses others on v1 alone. */
int cgroup_check_shares(const struct spec_cpu *cpu);

/* update: applies resources, all or as far as the error says; checks checkBeforeUpdate and refuses what would
 * kill. */
int cgroup_update(struct cgroup *cg, const struct spec_resources *resources);

/* State on disk: writes an object under "cgroup" into j; loads from it. */
void cgroup_save(const struct cgroup *cg, struct json *j);
int cgroup_load(const struct json_value *object, struct cgroup **out);
void cgroup_close(struct cgroup *cg); /* frees; the cgroup itself stays */

/* For the mount of type "cgroup". */
void cgroup_mount_info(const struct cgroup *cg, struct cgroup_mounts *out);

/* Sends sig to every process (cgroup.kill for SIGKILL on v2; freeze, scan, thaw elsewhere). With no
 * processes: 0. */
int cgroup_kill(struct cgroup *cg, int sig);
/* Waits until no process is left, at most timeout_ms; -1 with ETIMEDOUT. Waits on events, not by polling,
 * where it can. */
int cgroup_wait_empty(struct cgroup *cg, int timeout_ms);
/* Removes it if nobody is in it and nothing below it: then true, and nobody has to be killed or waited for.
 * Never with the systemd manager. */
bool cgroup_remove_empty(struct cgroup *cg);
/* Removes it with everything below; retries EBUSY within a bound. Missing is success. */
int cgroup_destroy(struct cgroup *cg);

int cgroup_pids(const struct cgroup *cg, pid_t **pids, size_t *n); /* recursive; the caller frees */
int cgroup_freeze(struct cgroup *cg, bool frozen);                 /* returns when the kernel says so */
int cgroup_is_frozen(const struct cgroup *cg);                     /* 1, 0, or -1 */
const char *cgroup_freezer(const struct cgroup *cg);               /* directory that freezes it, or NULL */
bool cgroup_exists(const struct cgroup *cg);
const char *cgroup_path(const struct cgroup *cg); /* host directory (that of memory), NULL if disabled */

/* Out-of-memory kills in this cgroup since it was made (memory.events oom_kill; v1 memory.oom_control
 * oom_kill). */
int64_t cgroup_oom_kills(const struct cgroup *cg); /* -1: cannot tell */
/* Forks that the pids limit refused (pids.events "max"); -1: cannot tell. */
int64_t cgroup_pids_refused(const struct cgroup *cg);
/* An fd that polls readable (POLLPRI on v2: inotify, eventfd on v1) when there may be a new OOM event; -1:
 * cannot. */
int cgroup_oom_fd(const struct cgroup *cg);

/* ---- statistics.c ---- */
struct cgroup_psi {
    bool set;
    double some10, some60, some300, full10, full60, full300; /* percent */
    uint64_t some_total, full_total;                         /* microseconds */
};
struct cgroup_blkio_entry {
    uint64_t major, minor, value;
    char op[12]; /* "Read", "Write", "Sync", "Async", "Discard", "Total" */
};
struct cgroup_blkio_list {
    struct cgroup_blkio_entry *v;
    size_t n;
};
struct cgroup_hugetlb {
    char size[16]; /* "2MB" */
    uint64_t usage, max, failcnt;
};
struct cgroup_stats { /* what a controller does not tell stays 0 or unset; freed by cgroup_stats_free() */
    struct {
        bool set;
        uint64_t total_ns, user_ns, kernel_ns;
        uint64_t *percpu_ns, *percpu_user_ns, *percpu_kernel_ns; /* n_percpu of them (v1) */
        size_t n_percpu;
        uint64_t periods, throttled_periods, throttled_ns;
        struct cgroup_psi psi;
    } cpu;
    struct {
        bool set;
        uint64_t usage, max_usage, limit, failcnt; /* bytes; limit UINT64_MAX: none. max_usage 0: unknown */
        uint64_t swap_usage, swap_max_usage, swap_limit, swap_failcnt; /* v1: memory+swap */
        uint64_t kernel_usage, kernel_max, kernel_limit, kernel_failcnt;
        uint64_t tcp_usage, tcp_max, tcp_limit, tcp_failcnt;
        uint64_t cache;
        uint64_t page_faults, major_faults;
        int64_t oom_kills;     /* -1 unknown */
        struct key_values raw; /* memory.stat as it is */
        struct cgroup_psi psi;
    } memory;
    struct {
        bool set;
        uint64_t current, peak, limit; /* limit 0: none; peak 0: unknown */
    } pids;
    struct {
        bool set;
        struct cgroup_blkio_list service_bytes, serviced, queued, service_time, wait_time, merged, time,
            sectors;
        struct cgroup_psi psi;
    } blkio;
    struct {
        bool set;
        char *cpus, *mems;
        uint64_t cpu_exclusive, mem_exclusive, mem_hardwall, memory_migrate, memory_spread_page,
            memory_spread_slab, memory_pressure, sched_load_balance;
        int64_t sched_relax_domain_level;
    } cpuset;
    struct cgroup_hugetlb *hugetlb;
    size_t n_hugetlb;
    struct arena arena;
};
int cgroup_stats(const struct cgroup *cg, struct cgroup_stats *out);
/* Without what only `events` tells: CPUs one by one, kernel memory, swap, sectors and queues, cpuset, huge
 * pages. */
int cgroup_stats_usage(const struct cgroup *cg, struct cgroup_stats *out);
/* For who reads statistics again and again: files stay open after the first read, until cgroup_close(). */
void cgroup_keep_open(struct cgroup *cg);
/* A cheap subset for sampling: cpu total, memory usage and max_usage, pids current and peak, bytes of I/O. */
int cgroup_stats_quick(const struct cgroup *cg, struct cgroup_stats *out);
void cgroup_stats_free(struct cgroup_stats *stats);

/* What this host has, for features and doctor. */
struct cgroup_host {
    bool v1, v2, hybrid;
    const char *v2_mount;    /* "/sys/fs/cgroup" or "/sys/fs/cgroup/unified", NULL */
    const char *controllers; /* space separated, v1 and v2 together */
};
const struct cgroup_host *cgroup_host(void);
bool cgroup_clone_into_works(void); /* clone3(CLONE_INTO_CGROUP); asking costs half a clone */

#endif
