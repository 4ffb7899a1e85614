/* What became of a run. A verdict comes from what we did and what the kernel recorded: our own kill and why,
 * the counters of the cgroup, the wait status. An exit code never makes one: exit(137) is an error like
 * exit(1). */
#ifndef RSBX_SUPERVISE_VERDICT_H
#define RSBX_SUPERVISE_VERDICT_H

#include <stdint.h>

#include "supervise/limits.h"

enum verdict {
    VERDICT_OK,     /* exited with 0 */
    VERDICT_ERROR,  /* exited with another code */
    VERDICT_SIGNAL, /* died by a signal, its own or one that was passed on */
    VERDICT_WALL,   /* limits: */
    VERDICT_CPU,
    VERDICT_MEMORY,
    VERDICT_PIDS,      /* failed after a fork was refused */
    VERDICT_OUTPUT,    /* stopped at the output limit (--output-kill) */
    VERDICT_FILE_SIZE, /* failed, and SIGXFSZ ended it or it left a file of just that size */
    VERDICT_DISK,      /* failed, and a writable file system is full */
    VERDICT_REFUSED,   /* by lint; did not run */
    VERDICT_INTERNAL,  /* rsbx failed */
};

const char *verdict_name(enum verdict v);

struct ending {              /* what is known when everything is dead */
    enum verdict killed_for; /* why we killed it; VERDICT_OK: we did not */
    int wait_status;         /* of init */
    const struct usage *usage;
    const struct limits *limits;
    uint64_t output; /* bytes of the longer stream */
    bool file_full;  /* a file has the size of the limit (scratch.h) */
    bool disk_full;
};

struct judgement {
    enum verdict verdict;
    uint64_t limit, observed; /* of the limit that the verdict names; 0 without one */
    const char *unit;         /* "bytes", "ms", "processes"; NULL */
};

struct judgement judge(const struct ending *e);

#endif
