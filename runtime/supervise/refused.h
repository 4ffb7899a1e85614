/* Names the system calls that the filter refused.
 *
 * The rules of the profile that refuse (SCMP_ACT_ERRNO with another errno than ENOSYS) become SCMP_ACT_NOTIFY
 * in memory, and the supervisor answers each such call with the rule's errno and counts it. Why this way:
 *   SCMP_ACT_LOG   lets the call through, and the log is the kernel's: for root, rate-limited, shared.
 *   SCMP_ACT_TRACE needs ptrace on every process: each clone, exec and signal stops for us, also in programs
 *                  that are refused nothing; and it says no to a debugger inside.
 *   NOTIFY         costs nothing until a call is refused, then some 10 to 20 microseconds for that call.
 * Nothing is decided from what the kernel hands over, so there is no race to lose (seccomp_unotify(2),
 * NOTES): the answer is always a refusal. */
#ifndef RSBX_SUPERVISE_REFUSED_H
#define RSBX_SUPERVISE_REFUSED_H

#include <stddef.h>
#include <stdint.h>

#include "spec/config.h"
#include "spec/json.h"
#include "supervise/learn.h"

enum { REFUSED_MAX = 64 };

struct refused {
    int listener;          /* -1: none */
    struct learned *learn; /* note everything, let refused calls through; or NULL */
    const struct spec_seccomp *profile;
    struct {
        char name[40];
        uint32_t arch;
        int number;
        uint64_t count;
    } v[REFUSED_MAX];
    size_t n;
    uint64_t total;
    uint64_t next_ns; /* a program that does nothing but be refused is answered a thousand times a second */
};

/* Turns refusing rules into notifying ones; for container_options.adjust. */
void refused_adjust(struct spec *spec);

/* Answers what is waiting; call when the listener polls readable and now is past next_ns. */
void refused_answer(struct refused *r, uint64_t now);

void refused_json(struct json *j, const char *key, const struct refused *r);

#endif
