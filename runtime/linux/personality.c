/* linux.personality: the execution domain (personality(2)). */
#include "linux/process.h"

#include <errno.h>
#include <sys/personality.h>

#include "base/error.h"

static const struct name_value domains[] = {
    {"LINUX", PER_LINUX},
    {"LINUX32", PER_LINUX32},
    {NULL, 0},
};

int personality_check(const struct spec_personality *p)
{
    if (!p)
        return 0;
    if (!p->domain || !name_find(domains, p->domain))
        return fail(0, "linux.personality.domain: unknown domain \"%s\"", p->domain ? p->domain : "");
    if (p->flags.n > 0) /* the specification names none */
        return fail(0, "linux.personality.flags[0]: unknown flag \"%s\"", p->flags.v[0]);
    return 0;
}

int personality_apply(const struct spec_personality *p)
{
    if (!p)
        return 0;
    TRY(personality_check(p));
    if (personality(name_find(domains, p->domain)->value) < 0)
        return fail(errno, "linux.personality: set the domain %s", p->domain);
    return 0;
}
