/* Memory for one parse: given back all at once, so that nobody walks the parser's tree to free it; with a
 * budget, because tree-sitter cannot report a failed allocation. Past the budget the lint stops with a
 * reason. */
#ifndef RSBX_LINT_POOL_H
#define RSBX_LINT_POOL_H

#include "rootfs-tools/lint/lint.h"

void pool_start(struct lint *l); /* also forgets what an abandoned parse has left */
void pool_end(void);

void *pool_malloc(size_t size);
void *pool_calloc(size_t n, size_t size);
void *pool_realloc(void *p, size_t size);
void pool_free(void *p);

#endif
