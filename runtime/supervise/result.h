/* The result of a run, and its three forms: JSON (--json, --report), isolate's meta file (--meta), a short
 * table for people (--verbose). */
#ifndef RSBX_SUPERVISE_RESULT_H
#define RSBX_SUPERVISE_RESULT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"
#include "spec/json.h"
#include "supervise/collect.h"
#include "supervise/limits.h"
#include "supervise/refused.h"
#include "supervise/sampler.h"
#include "supervise/verdict.h"

struct output_result {
    struct buf data; /* what was kept: within the limit, from the start */
    struct buf tail; /* the last bytes, also past the limit */
    uint64_t bytes;  /* all that the program wrote */
    bool truncated;  /* past the limit: not all of it was passed on */
    int error;       /* why it could not be passed on, 0: it was, or nobody read it */
};

struct result {
    char *id, *file, *language, *stage; /* stage: "run", or "compile" for a compiler's run */
    char *started;                      /* RFC 3339, UTC */
    struct judgement judgement;
    bool ran;         /* the program was started: exit_code or signal tell its end */
    int exit_code;    /* -1: died by a signal */
    int signal;       /* 0: exited */
    bool interrupted; /* SIGINT or SIGTERM was passed on */
    struct limits limits;
    struct usage usage;
    struct refused refused;
    struct output_result out, err;
    struct sample *history;
    size_t n_history;
    char *error;      /* why rsbx failed or the program was refused, NULL */
    int failure_code; /* exit code when rsbx failed; 0: 125 */
    struct buf lint;  /* JSON array of findings, empty: lint did not run */
    bool collect;     /* --output-dir */
    struct collected files;
    struct strings degraded;
    struct arena arena; /* of degraded */
};

void result_free(struct result *r);

/* Names what the host could not give; once. */
void result_add_degraded(struct result *r, const char *what);

/* As one JSON object: all of it, for the report, and without the samples, which come last: its first
 * short_len bytes and RESULT_END. */
struct result_text {
    struct buf all;
    size_t short_len;
};
#define RESULT_END "\n}\n"
void result_json(const struct result *r, struct result_text *out); /* the caller frees all */
void result_meta(const struct result *r, struct buf *out);
void result_table(const struct result *r, struct buf *out);

/* Whether lint found something at or above level: "FILE:2:4: refused by lint: ..."; NULL if not. The caller
 * frees. */
char *result_lint_refusal(const struct result *r, const char *level);

/* "wall limit of 2 s reached": why it was stopped, for people; NULL when it was not. The caller frees. */
char *result_reason(const struct result *r);

/* Exit code of `rsbx run FILE`: the program's own, 128+n, 124 time, 125 rsbx, 126 refused, 137 memory. */
int result_exit_code(const struct result *r);

/* "SIGSEGV" */
const char *signal_name(int sig);

#endif
