/* The last runs of snippets, kept as their JSON results in CACHE/runs for `rsbx report`. */
#ifndef RSBX_SUPERVISE_HISTORY_H
#define RSBX_SUPERVISE_HISTORY_H

#include "container/container.h"
#include "supervise/result.h"

enum { HISTORY_MAX = 20 };

/* Makes room for one more: the oldest go, so that saving it need not see to that. For while the program runs.
 * Of runs at the same time each makes room for itself alone: there may be more than HISTORY_MAX until the
 * next run. */
void history_make_room(const struct runtime_options *runtime);

/* Saves a run, and unless there is room for it, removes the oldest beyond HISTORY_MAX. What cannot be saved
 * is no error of the run. */
void history_save(const struct runtime_options *runtime, const char *id, const struct buf *text);

/* The document of a run: "last", the one before ("last-1"), an id, or a file that --report wrote. -1 after
 * fail(). */
int history_load(const struct runtime_options *runtime, const char *name, struct buf *out);

/* Ids of the runs that are kept, newest first; the caller frees each and the array (ends with NULL). */
char **history_list(const struct runtime_options *runtime);

#endif
