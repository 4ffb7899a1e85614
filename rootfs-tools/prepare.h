/* prepare: a snippet becomes an ordinary OCI bundle.
 *
 *     file -> language (extension, then #!) -> interpreter of the host -> interpreter root (cache) -> bundle
 *
 * A bundle holds config.json (the profile: namespaces, mounts, limits, seccomp, lint hook; what the
 * supervisor needs stands in its annotations, spec/snippet.h) and work/ (copies of the snippet's files, bound
 * read-only into /work of the container). The root is not in the bundle: it is shared, read-only, in the
 * cache.
 *
 * Languages that compile have a second bundle in the first one's directory "compile": it runs the compiler in
 * the same kind of sandbox and leaves the program in build/ of the outer bundle, which the outer bundle binds
 * read-only. Annotation SNIPPET_COMPILE of the outer bundle names it. Who runs the outer bundle runs the
 * inner one first, to its end, and goes on if it exited with 0. */
#ifndef RSBX_ROOTFS_TOOLS_PREPARE_H
#define RSBX_ROOTFS_TOOLS_PREPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A limit that was not asked for: the language's default is taken. 0 means: no limit. */
#define LIMIT_DEFAULT UINT64_MAX

struct snippet_limits {
    uint64_t wall_ms, cpu_ms;
    uint64_t memory, file_size, disk; /* bytes */
    uint64_t output;                  /* bytes, each of stdout and stderr */
    uint64_t pids, open_files;
    uint64_t stack; /* bytes */
};
#define SNIPPET_LIMITS_DEFAULT                                                                               \
    {                                                                                                        \
        LIMIT_DEFAULT, LIMIT_DEFAULT, LIMIT_DEFAULT, LIMIT_DEFAULT, LIMIT_DEFAULT, LIMIT_DEFAULT,            \
            LIMIT_DEFAULT, LIMIT_DEFAULT, LIMIT_DEFAULT                                                      \
    }

struct prepare_options {
    const char *file;     /* the snippet, a host path */
    const char *bundle;   /* directory to make; one that an earlier prepare made is replaced */
    const char *cache;    /* runtime_options.cache */
    const char *language; /* name or alias; NULL: found out from the file */
    const char *rootfs;   /* name of a root (rsbx rootfs list) or a directory; NULL: made from the host */
    const char *lint;     /* level; NULL: the default, "critical" where rsbx-lint knows the language */
    const char *seccomp;  /* file of rules to add, or NULL */
    const char *require, *allow_degraded; /* comma-separated words of SNIPPET_WALLS, or NULL */
    struct snippet_limits limits;
    const char *const *env;   /* "K=V", n_env of them */
    const char *const *files; /* "NAME=PATH": further files beside the snippet; n_files */
    const char *const *args;  /* the program's arguments; n_args */
    size_t n_env, n_files, n_args;
    bool output_kill; /* past the output limit the program is stopped, not cut */
    bool lasting;     /* the bundle stays: people read it, and gc is told that it uses its root */
    bool network;     /* the host's network instead of none */
    bool tight;       /* no more than rsbx-lint finds that the snippet needs: tight.h */
    bool terminal;    /* process.terminal */
    bool verbose;     /* say on stderr what is done */
};

struct language;
struct prepare_result {
    char *bundle;  /* absolute */
    char *compile; /* absolute path of the bundle to run first, or NULL */
    char *rootfs;  /* absolute path of the interpreter root */
    const struct language *language;
    bool root_made;   /* false: it was in the cache */
    uint64_t root_ns; /* time that finding or making the root took */
};

/* All or nothing: after -1 there is no bundle. A missing file leaves ENOENT in error_errno(). */
int prepare(const struct prepare_options *options, struct prepare_result *out);
void prepare_result_free(struct prepare_result *result);

/* Removes a bundle that prepare() made, and nothing else. */
int prepare_remove(const char *bundle);

#endif
