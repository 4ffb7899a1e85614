/* The profile: what a snippet's container is allowed, as a config.json in memory. */
#ifndef RSBX_ROOTFS_TOOLS_PROFILE_H
#define RSBX_ROOTFS_TOOLS_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "rootfs-tools/language.h"
#include "rootfs-tools/prepare.h"
#include "rootfs-tools/tight.h"
#include "spec/config.h"

#define SANDBOX_UID 1000 /* of the snippet, in the container */

/* Which ids of the host stand behind those of the container. */
struct profile_ids {
    bool single;      /* only one id can be mapped: SANDBOX_UID is ourselves */
    uint32_t root_id; /* behind 0; unused with single */
    uint32_t user_id; /* behind SANDBOX_UID */
    uint32_t group_id;
};

/* As root with its capabilities: two ids that no account and no other sandbox uses (drawn at random from the
 * range that systemd's UIDS-GIDS.md leaves unused); else our own. */
int profile_choose_ids(struct profile_ids *out);

struct profile {
    const struct prepare_options *options;
    const struct language *language;
    struct snippet_limits limits; /* no LIMIT_DEFAULT left */
    struct profile_ids ids;
    const char *rootfs, *program; /* host path; path in the root */
    const char *pid1;             /* host path of process 1's program */
    const char *const *files; /* names below work/ of the bundle, NULL-terminated; the first is the snippet */
    const char *bundle;       /* absolute host path of the outer bundle */
    const char *build;        /* host directory for the compiled program, or NULL */
    bool compiling;           /* the inner bundle */
    const char *lint_program; /* absolute path of rsbx-lint, or NULL: no hook */
    const char *lint_level, *degraded, *require;
    struct spec_syscall_list more_calls; /* --seccomp */
    struct tight tight;
};

bool profile_has_network(const struct profile *p);

/* Whether RLIMIT_NPROC can hold the process limit where there is no cgroup. */
bool profile_limits_nproc(const struct profile *p);

/* Whether core dumps go to a program of the host's. */
bool profile_pipes_cores(void);

/* The caller frees it with spec_free(). */
struct spec *profile_make(const struct profile *p);

/* seccomp_profile.c */
struct spec_seccomp *seccomp_profile(struct arena *arena, const struct profile *profile);

/* seccomp_file.c: rules that --seccomp FILE adds. */
int seccomp_file_read(const char *path, struct arena *arena, struct spec_syscall_list *out);

#endif
