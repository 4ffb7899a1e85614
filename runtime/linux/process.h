/* What a process is given before it execs: identity, limits, scheduling, labels. One file a facility in this
 * directory; this header is their map. `where` in check functions is the JSON path that errors start with
 * ("process" or "exec"). Check functions run in the parent before anything has happened; they also refuse
 * what this kernel cannot do. */
#ifndef RSBX_LINUX_PROCESS_H
#define RSBX_LINUX_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/strings.h"
#include "spec/config.h"

/* ---- capabilities.c: capabilities(7) ---- */
/* Unknown names: one warning each (the spec: MUST log a warning), then ignored; with strict they are an error
 * (exec --cap). */
int capabilities_check(const struct spec_capabilities *caps, const char *where, bool strict);
/* Drops the bounding set; before the uid changes. NULL caps: all sets empty. */
int capabilities_drop_bounding(const struct spec_capabilities *caps);
/* Sets effective, permitted, inheritable and ambient; after the uid changed under PR_SET_KEEPCAPS. */
int capabilities_apply(const struct spec_capabilities *caps);
bool capability_effective(int cap); /* has this process it? */
/* Names known to this build and kernel, for `features`; NULL-terminated, static. */
const char *const *capabilities_names(void);

/* ---- user.c: credentials(7) ---- */
struct user_options {
    bool keep_original_groups; /* annotation run.oci.keep_original_groups=1 */
    bool
        deny_setgroups; /* "deny" stands in /proc/self/setgroups: additional gids are an error unless empty */
};
/* umask, setgroups, setresgid, setresuid with capabilities kept for capabilities_apply(). */
int user_apply(const struct spec_user *user, const struct user_options *options);

/* ---- rlimits.c: getrlimit(2), proc(5) ---- */
int rlimits_check(const struct spec_process *p, const char *where); /* names, duplicates, soft <= hard */
int rlimits_apply(pid_t pid, const struct spec_process *p,
                  const char *where); /* prlimit(2); names what cannot be raised and to what */
/* prlimit(2): whether we may set the limits of a process whose user has changed. If not, it sets them itself
 * (pid 0), which can only lower them: without CAP_SYS_RESOURCE we could not raise them either. */
bool rlimits_of_others(void);
/* No hard limit is above ours: the process needs no right to set them. */
bool rlimits_are_lower(const struct spec_process *p);
int oom_score_adj_apply(pid_t pid, int64_t value);

/* ---- scheduler.c: sched_setattr(2), ioprio_set(2), set_mempolicy(2), personality(2), sched_setaffinity(2)
 * ---- */
int scheduling_check(const struct spec_process *p, const char *where);
int scheduling_apply(const struct spec_process *p); /* scheduler and ioPriority, on the calling process */
int memory_policy_check(const struct spec_memory_policy *m);
int memory_policy_apply(const struct spec_memory_policy *m);
int personality_check(const struct spec_personality *p);
int personality_apply(const struct spec_personality *p);
int affinity_check(const struct spec_cpu_affinity *a, const char *where);
int affinity_apply(const char *cpu_list);                                    /* NULL: nothing */
extern const struct name_value memory_policy_modes[], memory_policy_flags[]; /* for `features` */

/* ---- lsm.c: AppArmor, SELinux ---- */
bool apparmor_enabled(void);
bool selinux_enabled(void);
int lsm_check(const struct spec_process *p,
              const char *where); /* a profile or label that this kernel cannot apply is an error */
int lsm_apply_on_exec(const struct spec_process *p); /* through proc_open(): takes effect at execve(2) */

/* ---- keyring.c: keyrings(7) ---- */
/* Joins a new session keyring named _ses.ID; ENOSYS and EPERM-by-seccomp are ignored. own_users: in a user
 * namespace below the initial one. */
int keyring_new(const char *id, const char *selinux_label, bool own_users);

/* ---- sysctl.c ---- */
/* Only keys of namespaces that the container has on its own are allowed (kernel.shm*, kernel.msg*,
 * kernel.sem, fs.mqueue.*: ipc; kernel.hostname, kernel.domainname: uts with a message to use hostname;
 * net.*: network). */
int sysctl_check(const struct spec *spec);
int sysctl_apply(const struct spec *spec); /* in the container's namespaces, through proc_open() */

/* ---- network.c, net_devices.c: netdevice(7), rtnetlink(7) ---- */
int loopback_up(void);     /* brings lo up in the calling process's network namespace */
int loopback_socket(void); /* of that namespace, for loopback_up_through(), which any process may call */
int loopback_up_through(int socket);
int net_devices_check(const struct spec *spec);
int net_devices_move(const struct spec *spec,
                     int netns_fd); /* parent: host devices into the namespace, renamed, addresses kept */

/* ---- intelrdt.c: resctrl ---- */
int intel_rdt_check(const struct spec *spec);
bool intel_rdt_enabled(void);
int intel_rdt_apply(const struct spec *spec, const char *id, pid_t pid,
                    char **created_path); /* created_path: to remove at delete, or NULL */
/* A process that exec brings into the container: into the groups that intel_rdt_apply() made or found, or the
 * one that intel_rdt_update() made (created_path). */
int intel_rdt_join(const struct spec *spec, const char *id, const char *created_path, pid_t pid);
/* update: writes the schemas of want to the container's class; where it has none, makes one for its pids and
 * sets created_path. */
int intel_rdt_update(const struct spec *spec, const char *id, const struct spec_intel_rdt *want,
                     const pid_t *pids, size_t n, char **created_path);
int intel_rdt_remove(const char *created_path);

/* ---- seccomp.c, seccomp_enosys.c, seccomp_cache.c, seccomp_notify.c: seccomp(2) ---- */
struct seccomp_program {
    void *filter;          /* struct sock_filter[] */
    uint16_t instructions; /* 0: no filter */
    unsigned flags;        /* SECCOMP_FILTER_FLAG_* */
    bool notify;           /* some rule is SCMP_ACT_NOTIFY */
};
int seccomp_check(const struct spec_seccomp *s);
/* Compiles with libseccomp, or takes the program from cache_dir (NULL: no cache). The key covers everything
 * that goes into the program: canonical, length-prefixed profile, libseccomp version, architecture, rsbx
 * version. Cache files are 0600, written atomically, owned by us, checked before use, at most 256 of them. */
int seccomp_compile(const struct spec_seccomp *s, const char *cache_dir, struct seccomp_program *out);
/* Loads it into the calling process. *listener gets the notify fd, or -1. (seccomp_load() is libseccomp's.)
 */
int seccomp_install(const struct seccomp_program *program, int *listener);
void seccomp_free(struct seccomp_program *program);
/* Sends listener with the specification's container process state to listenerPath (SCM_RIGHTS).
 * state_json is the container's state object. */
int seccomp_send_listener(const struct spec_seccomp *s, int listener, pid_t pid, const char *state_json);
/* Whether this kernel takes a SECCOMP_FILTER_FLAG_*: the supportedFlags of `features`. */
bool seccomp_flag_supported(unsigned flag);
extern const struct name_value seccomp_actions[], seccomp_operators[], seccomp_archs[],
    seccomp_flags[]; /* NULL-terminated */

/* ---- exec_once.c: execve(2), annotation SNIPPET_EXEC_ONCE ---- */
struct exec_once {
    bool on;
    unsigned long secret[2];
};
/* From here on only exec_once() executes a program in this process and its children, and that only until it
 * has succeeded. Before the container's own filter, which may refuse seccomp(2). */
int exec_once_prepare(struct exec_once *once);
void exec_once(const struct exec_once *once, const char *path, char *const *args,
               char *const *env); /* returns: failed */

#endif
