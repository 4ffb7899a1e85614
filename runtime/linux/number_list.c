/* Lists of CPUs and memory nodes: see number_list.h. */
#include "linux/number_list.h"

#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"

static void add(struct number_list *list, uint64_t n)
{
    unsigned long bit = 1UL << (n % NUMBER_LIST_WORD), *word = &list->bits[n / NUMBER_LIST_WORD];
    list->count += (*word & bit) == 0;
    *word |= bit;
}

/* "7" or "0-3". Spoils item. */
static int add_item(struct number_list *list, char *item)
{
    uint64_t first, last;
    char *dash = strchr(item, '-');
    if (dash)
        *dash = '\0';
    TRY(parse_u64(item, NUMBER_LIST_BITS - 1, &first));
    last = first;
    if (dash)
        TRY(parse_u64(dash + 1, NUMBER_LIST_BITS - 1, &last));
    if (last < first)
        return -1;
    for (uint64_t n = first; n <= last; n++)
        add(list, n);
    return 0;
}

int number_list_parse(const char *text, const char *where, struct number_list *out)
{
    memset(out, 0, sizeof(*out));
    if (!*text)
        return 0;
    AUTO_FREE char *copy = xstrdup(text);
    char *rest = copy, *item;
    while ((item = strsep(&rest, ",")))
        if (add_item(out, item) < 0)
            return fail(0, "%s: \"%s\" is not a list of numbers below %d such as \"0-3,7\"", where, text,
                        NUMBER_LIST_BITS);
    return 0;
}
