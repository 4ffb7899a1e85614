/* Lists of CPUs and memory nodes as cpuset(7) writes them: "0-3,7". */
#ifndef RSBX_LINUX_NUMBER_LIST_H
#define RSBX_LINUX_NUMBER_LIST_H

#include <stddef.h>

#define NUMBER_LIST_BITS 8192 /* the most CPUs a kernel can be built for; it has at most 1024 nodes */
#define NUMBER_LIST_WORD (8 * sizeof(unsigned long))

struct number_list {
    unsigned long bits[NUMBER_LIST_BITS / NUMBER_LIST_WORD]; /* as the kernel takes it */
    size_t count;
};

/* An empty text is an empty list. Errors start with where. */
int number_list_parse(const char *text, const char *where, struct number_list *out);

#endif
