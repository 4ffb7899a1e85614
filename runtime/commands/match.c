/* --regex of kill and delete: see match.h. */
#include "commands/match.h"

#include <regex.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/log.h"

int match_containers(const struct runtime_options *runtime, const char *pattern,
                     int (*action)(const struct runtime_options *runtime, const char *id))
{
    regex_t re;
    char **ids;
    int r = 0;
    if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return fail(0, "--regex: \"%s\" is not a regular expression", pattern);
    if (container_list(runtime, &ids) < 0) {
        regfree(&re);
        return -1;
    }
    for (char **id = ids; *id; id++) {
        if (regexec(&re, *id, 0, NULL, 0) == 0 && action(runtime, *id) < 0) {
            if (r < 0)
                log_warn("%s", error_text());
            r = fail_where("%s", *id);
        }
        free(*id);
    }
    free(ids);
    regfree(&re);
    return r;
}
