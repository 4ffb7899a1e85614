/* What `prepare` tells `run` about a snippet travels in the bundle as annotations, so that the bundle stays
 * plain OCI: other runtimes ignore them. Numbers are decimal; an absent annotation means no limit. Memory,
 * pids and rlimits (file size, open files, stack, core) stand in their OCI places. */
#ifndef RSBX_SPEC_SNIPPET_H
#define RSBX_SPEC_SNIPPET_H

#define SNIPPET_LANGUAGE "org.rsbx.snippet.language" /* "python": its presence makes a bundle a snippet's */
#define SNIPPET_FILE     "org.rsbx.snippet.file"     /* path in the container: "/work/hello.py" */
#define SNIPPET_SOURCE   "org.rsbx.snippet.source"   /* path in the bundle: "work/hello.py" (lint reads it) */
#define SNIPPET_NAME     "org.rsbx.snippet.name"     /* what the user called it: "examples/hello.py" */
#define SNIPPET_WALL_MS  "org.rsbx.limit.wall-ms"    /* wall clock from start, milliseconds */
#define SNIPPET_CPU_MS   "org.rsbx.limit.cpu-ms"     /* CPU of all processes together, milliseconds */
#define SNIPPET_MEMORY                                                                                       \
    "org.rsbx.limit.memory-bytes"            /* as linux.resources.memory.limit, for hosts without a cgroup */
#define SNIPPET_PIDS   "org.rsbx.limit.pids" /* as linux.resources.pids.limit, likewise */
#define SNIPPET_OUTPUT "org.rsbx.limit.output-bytes" /* each of stdout and stderr */
#define SNIPPET_OUTPUT_KILL                                                                                  \
    "org.rsbx.limit.output-kill" /* "1": past the limit the program is stopped; else output is cut and it    \
                                    goes on */
#define SNIPPET_FILE_SIZE "org.rsbx.limit.file-size-bytes" /* as RLIMIT_FSIZE, to name the limit */
#define SNIPPET_DISK      "org.rsbx.limit.disk-bytes"      /* size= of the writable tmpfs mounts, each */
#define SNIPPET_LINT_LEVEL                                                                                   \
    "org.rsbx.lint.level" /* "off", "info", "low", "medium", "high", "critical": refuse at or above */
#define SNIPPET_COMPILE                                                                                      \
    "org.rsbx.snippet.compile" /* "compile": bundle below this one to run first (see rootfs-tools/prepare.h) \
                                */
/* Colon-separated paths of the container: writing is confined to them (linux/landlock.h). */
#define SNIPPET_LANDLOCK "org.rsbx.landlock"
/* Comma-separated words of SNIPPET_WALLS: without which it is not run; which it may do without (walls.h). */
#define SNIPPET_REQUIRE "org.rsbx.require"
#define SNIPPET_ALLOW   "org.rsbx.allow-degraded"
#define SNIPPET_WALLS   "cgroup,memory-cgroup,cpu-cgroup,pids-cgroup,seccomp,landlock,lint"
/* "1": process.args begin with pid1.c's three words, and pids.limit counts it. */
#define SNIPPET_INIT      "org.rsbx.snippet.init"
#define SNIPPET_STAGE     "org.rsbx.snippet.stage" /* "compile" in that bundle, else absent */
#define SNIPPET_TIGHT     "org.rsbx.snippet.tight" /* "threads network": what --tight left it; absent without */
#define SNIPPET_EXEC_ONCE "org.rsbx.exec-once"     /* "1": after the container's program none is executed */
#define SNIPPET_DEGRADED  "org.rsbx.degraded"      /* comma separated: what prepare had to leave out */

/* What process 1 of a sandbox (rootfs-tools/pid1) tells its supervisor, in one write(2), when the program has
 * ended. */
struct pid1_report {
    int status;     /* as wait(2) gives it */
    int exec_errno; /* 0, or why the program could not be executed */
};

#define PID1_TIME_IS_UP 124 /* its exit code when its own wall clock ran out */

#endif
