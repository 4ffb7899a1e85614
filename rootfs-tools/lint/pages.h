/* Memory straight from the kernel, made present at once: a fault for each page costs ten times what the page
 * does, and was half of a run on a small file. */
#ifndef RSBX_LINT_PAGES_H
#define RSBX_LINT_PAGES_H

#include <stddef.h>

void *pages_take(size_t size);                           /* zeroed; NULL if there is none */
void *pages_grow(void *p, size_t size, size_t new_size); /* may move; p NULL: takes; NULL: p is as it was */
void pages_give(void *p, size_t size);                   /* p may be NULL */
void pages_expect(const void *from, const void *to);     /* of the program: is about to be read */

#endif
