/* See learn.h. */
#include "supervise/learn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/sched.h>
#include <seccomp.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/strings.h"
#include "spec/json.h"

enum { NUMBERS = 1024 }; /* above all that Linux has, below those of x32 */

/* Calls whose profile looks at one argument: which, and which bits of it make the difference. */
static const struct {
    const char *name;
    int arg;
    uint64_t mask;
} deciding[] = {
    {"socket", 0, UINT64_MAX},    {"socketpair", 0, UINT64_MAX},  {"ioctl", 1, UINT32_MAX},
    {"prctl", 0, UINT32_MAX},     {"personality", 0, UINT64_MAX}, {"clone", 0, ~0xffULL /* the signal */},
    {"setrlimit", 0, UINT32_MAX}, {"prlimit64", 1, UINT32_MAX},
};

static bool is_settled(const struct spec_seccomp *s, const char *name)
{
    for (size_t i = 0; i < s->syscalls.n; i++) {
        const struct spec_syscall *rule = &s->syscalls.v[i];
        for (size_t k = 0; rule->args.n == 0 && k < rule->names.n; k++)
            if (str_eq(rule->names.v[k], name))
                return true;
    }
    return false;
}

void learn_adjust(struct spec *spec)
{
    struct spec_seccomp *s = spec->linux_ ? spec->linux_->seccomp : NULL;
    if (!s || s->listener_path)
        return;
    struct arena *arena = &spec->arena;
    struct spec_syscall rule = {.names.v = arena_alloc(arena, NUMBERS * sizeof(char *))};
    for (int nr = 0; nr < NUMBERS; nr++) {
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);
        if (name && !is_settled(s, name))
            rule.names.v[rule.names.n++] = arena_strndup(arena, name, strlen(name));
        free(name);
    }
    rule.action = arena_strndup(arena, "SCMP_ACT_NOTIFY", strlen("SCMP_ACT_NOTIFY"));
    rule.errno_ret.v = ENOSYS; /* refused.c takes it from there */
    struct spec_syscall *all = arena_alloc(arena, (s->syscalls.n + 1) * sizeof(*all));
    memcpy(all, s->syscalls.v, s->syscalls.n * sizeof(*all));
    all[s->syscalls.n] = rule;
    s->syscalls.v = all;
    s->syscalls.n++;
}

bool learn_note(struct learned *l, const char *name, const struct seccomp_data *data, int error)
{
    int arg = -1;
    uint64_t mask = 0, value = 0;
    for (size_t i = 0; i < ARRAY_LEN(deciding); i++)
        if (str_eq(name, deciding[i].name)) {
            arg = deciding[i].arg;
            mask = deciding[i].mask;
            value = data->args[arg] & mask;
        }
    bool unknown = error == ENOSYS && arg < 0;
    for (size_t i = 0; i < l->n; i++)
        if (str_eq(l->v[i].name, name) && l->v[i].value == value)
            return !unknown;
    l->full |= l->n == LEARN_MAX;
    if (l->n < LEARN_MAX && *name) {
        snprintf(l->v[l->n].name, sizeof(l->v[0].name), "%s", name);
        l->v[l->n].arg = arg;
        l->v[l->n].mask = mask;
        l->v[l->n].value = value;
        l->v[l->n++].unknown = unknown;
    }
    return !unknown;
}

static void rule_json(struct json *j, const struct learned *l, size_t i)
{
    json_open(j, NULL, '{');
    json_open(j, "names", '[');
    json_string(j, NULL, l->v[i].name);
    json_close(j, ']');
    json_string(j, "action", "SCMP_ACT_ALLOW");
    if (l->v[i].arg >= 0) {
        bool whole = l->v[i].mask == UINT64_MAX;
        json_open(j, "args", '[');
        json_open(j, NULL, '{');
        json_int(j, "index", l->v[i].arg);
        json_uint(j, "value", whole ? l->v[i].value : l->v[i].mask);
        if (!whole)
            json_uint(j, "valueTwo", l->v[i].value);
        json_string(j, "op", whole ? "SCMP_CMP_EQ" : "SCMP_CMP_MASKED_EQ");
        json_close(j, '}');
        json_close(j, ']');
    }
    json_close(j, '}');
}

int learn_write(const struct learned *l, const char *path)
{
    AUTO_BUF struct buf b = BUF_INIT;
    struct json j;
    json_begin(&j, &b, true);
    json_open(&j, NULL, '{');
    json_open(&j, "syscalls", '[');
    for (size_t i = 0; i < l->n; i++)
        if (!l->v[i].unknown)
            rule_json(&j, l, i);
    json_close(&j, ']');
    json_open(&j, "unknown", '[');
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].unknown)
            json_string(&j, NULL, l->v[i].name);
    json_close(&j, ']');
    json_close(&j, '}');
    json_end(&j);
    buf_addc(&b, '\n');
    if (l->full)
        return fail(0, "--learn: more than %d different calls", LEARN_MAX);
    if (write_file_at(AT_FDCWD, path, O_CREAT | O_TRUNC, 0644, buf_str(&b), b.len) < 0)
        return fail_where("--learn");
    return 0;
}
