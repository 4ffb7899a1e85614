/* What a program needs beyond its profile (`rsbx run --learn FILE`): every call that the profile refuses is
 * noted and let through, every call that it does not know is noted and answered as ever (ENOSYS: most
 * programs have another way). Written as a profile difference, which `--seccomp FILE` takes:
 *
 *     {"syscalls": [{"names": ["ptrace"], "action": "SCMP_ACT_ALLOW"},
 *                   {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
 *                    "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]}],
 *      "unknown": ["clone3"]}
 *
 * For programs that are trusted: while it learns that wall is open. */
#ifndef RSBX_SUPERVISE_LEARN_H
#define RSBX_SUPERVISE_LEARN_H

#include <linux/seccomp.h>

#include "spec/config.h"

enum { LEARN_MAX = 256 };

struct learned {
    struct {
        char name[40];
        int arg; /* index of the argument that decides, -1: none */
        uint64_t mask, value;
        bool unknown;
    } v[LEARN_MAX];
    size_t n;
    bool full;
};

/* Makes the calls that the profile does not mention notify, too. After refused_adjust(). */
void learn_adjust(struct spec *spec);

/* True: the call is to be let through. error: what the profile answers. */
bool learn_note(struct learned *l, const char *name, const struct seccomp_data *data, int error);

int learn_write(const struct learned *l, const char *path);

#endif
