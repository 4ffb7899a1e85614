/* What rsbx top shows: a row for each container, followed from look to look, also past its end, when its
 * verdict comes from the runs that are kept (history.h). Gathering (top.c) and drawing (top_draw.c) are
 * apart: the drawing takes rows and gives text. */
#ifndef RSBX_SUPERVISE_TOP_H
#define RSBX_SUPERVISE_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "supervise/usage.h"

enum { TOP_ENDED_MAX = 20 }; /* rows of ended containers that are kept */

struct top_row {
    char *id, *name;   /* name: what the user called the snippet, or the bundle's directory */
    char *verdict;     /* of a snippet that has ended, with the reason; NULL: not known */
    const char *state; /* "running", ...; "ended" when it is there no more */
    bool ended, ok;    /* ok: the verdict is */
    bool seen;         /* in the look that is going on */
    struct usage usage;
    uint64_t at_ns;            /* now_ns() of that usage */
    double cpu, read, written; /* share of one CPU, bytes a second: since the look before */
};

struct top {
    const struct runtime_options *runtime;
    struct top_row *rows;
    size_t n;
    char **kept; /* runs that had ended before we began, or have a row */
};

void top_begin(struct top *t, const struct runtime_options *runtime);
int top_look(struct top *t);
void top_free(struct top *t);

struct top_view {
    const char *sort; /* "cpu", "memory", "peak", "pids", "io", "wall", "name" */
    bool reverse, colours, hide_ended;
    const char *filter;    /* part of an id, a name, a state or a verdict; "": all */
    size_t lines, columns; /* 0 lines: all */
    size_t scroll;         /* rows left out at the top; brought into range */
    const char *prompt;    /* last line instead of the keys, NULL */
};
/* Names of sort keys, separated by commas; whether name is one. */
extern const char top_sort_names[];
bool top_sort_known(const char *name);

/* Sorts the rows and appends the text of one screen. */
void top_draw(struct top *t, struct top_view *view, struct buf *out);

#endif
