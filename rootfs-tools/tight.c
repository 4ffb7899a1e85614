/* See tight.h. */
#include "rootfs-tools/tight.h"

#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/strings.h"
#include "rootfs-tools/spawn.h"
#include "spec/json.h"

#define TIMEOUT_MS   10000
#define NOT_ANALYSED "LINT1"

static const struct name_value names[] = {NEED_NAMES, {NULL, 0}};

#define PROCESSES (NEED_SUBPROCESS | NEED_FORK)

/* Calls that are of use only to a snippet with one of these needs. Those that interpreters make on their own,
 * whatever they run, are not here. */
static const struct cut {
    uint32_t needs;
    const char *const *calls;
} cuts[] = {
    /* processes that belong together talk, too; socketpair(2) leads nowhere and stays: asyncio's loop has one
     */
    {NEED_NETWORK | PROCESSES, WORDS("socket", "connect", "bind", "listen", "accept", "accept4", "setsockopt",
                                     "getpeername", "sendmmsg", "recvmmsg")},
    {NEED_SUBPROCESS, WORDS("execveat")},
    {PROCESSES, WORDS("fork", "vfork", "setpgid")},
    {PROCESSES | NEED_THREADS, WORDS("clone")}, /* without PROCESSES threads only */
    {PROCESSES | NEED_SIGNALS,
     WORDS("kill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "pidfd_send_signal")},
    {NEED_PRIVILEGE, WORDS("setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups",
                           "setrlimit", "setpriority")},
    {NEED_SUBPROCESS | NEED_NATIVE, WORDS("memfd_create")},
};

bool tight_grants(const struct tight *t, uint32_t any_of)
{
    return !t->on || (t->needs & any_of);
}

bool tight_cuts(const struct tight *t, const char *call)
{
    if (!t->on)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(cuts); i++)
        for (const char *const *c = cuts[i].calls; *c; c++)
            if (strcmp(*c, call) == 0)
                return !tight_grants(t, cuts[i].needs);
    return false;
}

void tight_words(const struct tight *t, struct buf *out)
{
    const char *between = "";
    for (const struct name_value *n = names; n->name; n++) {
        if (!(t->needs & n->value))
            continue;
        buf_printf(out, "%s%s", between, n->name);
        between = " ";
    }
}

/* ---- asking ---- */

static int add_need(const char *word, struct tight *out)
{
    const struct name_value *n = word ? name_find(names, word) : NULL;
    if (!n)
        return fail(0, "rsbx-lint: unknown need \"%s\": it is of another version", word ? word : "");
    out->needs |= (uint32_t)n->value;
    return 0;
}

/* A text that was not analysed says nothing about what it needs. */
static int check_analysed(const struct json_value *report)
{
    const struct json_value *findings = json_get(report, "findings");
    for (size_t i = 0; i < json_length(findings); i++) {
        const struct json_value *f = json_at(findings, i);
        if (str_eq(json_get_string(f, "rule"), NOT_ANALYSED))
            return fail(0, "--tight: %s", json_get_string(f, "message"));
    }
    return 0;
}

static int read_report(const struct json_value *report, struct tight *out)
{
    TRY(check_analysed(report));
    const struct json_value *file = json_at(json_get(report, "files"), 0);
    const struct json_value *needs = json_get(file, "needs");
    if (!needs)
        return fail(0, "rsbx-lint: its report has no files[0].needs");
    for (size_t i = 0; i < json_length(needs); i++)
        TRY(add_need(json_as_string(json_at(needs, i)), out));
    if (json_get_bool(file, "opaque", true))
        out->needs |= NEED_OPAQUE;
    return 0;
}

int tight_ask(const char *program, const struct language *language, const char *path, struct tight *out)
{
    AUTO_BUF struct buf b = BUF_INIT;
    const char *const argv[] = {program,   "--language", language->lint, "--no-comments",
                                "--needs", "--json",     path,           NULL};
    TRY(spawn_output(argv, TIMEOUT_MS, 0, &b));
    struct json_value *report = json_parse("rsbx-lint", buf_str(&b), b.len);
    int r = report ? read_report(report, out) : -1;
    json_free(report);
    for (const char *const *n = language->needs; r == 0 && n && *n; n++)
        r = add_need(*n, out);
    out->on = true;
    return r;
}
