/* See refused.h. */
#include "supervise/refused.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/seccomp.h>
#include <seccomp.h>

#include "base/strings.h"

enum { FREE_ANSWERS = 10000 };
#define SLOW_NS 1000000ULL

void refused_adjust(struct spec *spec)
{
    struct spec_seccomp *s = spec->linux_ ? spec->linux_->seccomp : NULL;
    if (!s || s->listener_path)
        return;
    for (size_t i = 0; i < s->syscalls.n; i++) {
        struct spec_syscall *rule = &s->syscalls.v[i];
        if (!str_eq(rule->action, "SCMP_ACT_ERRNO"))
            continue;
        if (rule->errno_ret.set ? rule->errno_ret.v == ENOSYS : s->default_errno_ret.v == ENOSYS)
            continue; /* "this kernel has no such call": a question, not a refusal */
        /* NOTIFY takes no errno: from now on only errno_of() looks at .v */
        if (!rule->errno_ret.set)
            rule->errno_ret.v = s->default_errno_ret.set ? s->default_errno_ret.v : EPERM;
        rule->errno_ret.set = false;
        rule->action = arena_strndup(&spec->arena, "SCMP_ACT_NOTIFY", strlen("SCMP_ACT_NOTIFY"));
    }
}

static bool compare(const struct spec_seccomp_arg *a, uint64_t value)
{
    static const struct name_value ops[] = {{"SCMP_CMP_NE", 0},        {"SCMP_CMP_LT", 1}, {"SCMP_CMP_LE", 2},
                                            {"SCMP_CMP_EQ", 3},        {"SCMP_CMP_GE", 4}, {"SCMP_CMP_GT", 5},
                                            {"SCMP_CMP_MASKED_EQ", 6}, {NULL, 0}};
    const struct name_value *op = name_find(ops, a->op ? a->op : "");
    switch (op ? op->value : 99) {
    case 0:
        return value != a->value;
    case 1:
        return value < a->value;
    case 2:
        return value <= a->value;
    case 3:
        return value == a->value;
    case 4:
        return value >= a->value;
    case 5:
        return value > a->value;
    case 6:
        return (value & a->value) == a->value_two;
    default:
        return true;
    }
}

static bool rule_matches(const struct spec_syscall *rule, const char *name, const struct seccomp_data *data)
{
    bool named = false;
    if (!str_eq(rule->action, "SCMP_ACT_NOTIFY"))
        return false;
    for (size_t i = 0; i < rule->names.n && !named; i++)
        named = str_eq(rule->names.v[i], name);
    if (!named)
        return false;
    for (size_t i = 0; i < rule->args.n; i++)
        if (rule->args.v[i].index > 5 || !compare(&rule->args.v[i], data->args[rule->args.v[i].index]))
            return false;
    return true;
}

static int errno_of(const struct refused *r, const char *name, const struct seccomp_data *data)
{
    const struct spec_seccomp *s = r->profile;
    for (size_t i = 0; i < s->syscalls.n; i++) {
        const struct spec_syscall *rule = &s->syscalls.v[i];
        if (rule_matches(rule, name, data) && rule->errno_ret.v > 0 && rule->errno_ret.v < 4096)
            return (int)rule->errno_ret.v;
    }
    return EPERM;
}

static const char *count(struct refused *r, const struct seccomp_data *data)
{
    r->total++;
    for (size_t i = 0; i < r->n; i++)
        if (r->v[i].number == data->nr && r->v[i].arch == data->arch) {
            r->v[i].count++;
            return r->v[i].name;
        }
    if (r->n == REFUSED_MAX)
        return "";
    char *name = seccomp_syscall_resolve_num_arch(data->arch, data->nr);
    r->v[r->n].number = data->nr;
    r->v[r->n].arch = data->arch;
    r->v[r->n].count = 1;
    if (name)
        snprintf(r->v[r->n].name, sizeof(r->v[r->n].name), "%s", name);
    else
        snprintf(r->v[r->n].name, sizeof(r->v[r->n].name), "%d", data->nr);
    free(name);
    return r->v[r->n++].name;
}

void refused_answer(struct refused *r, uint64_t now)
{
    /* The structs grow with the kernel: seccomp_unotify(2) says to ask for their sizes. Ours are the smaller
     * ones on newer kernels, which then write more than we know; so there is room. */
    union {
        struct seccomp_notif n;
        char room[256];
    } request;
    union {
        struct seccomp_notif_resp r;
        char room[256];
    } answer;
    memset(&request, 0, sizeof(request));
    memset(&answer, 0, sizeof(answer));
    if (ioctl(r->listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
        return; /* ENOENT: the caller was killed meanwhile */
    const char *name = count(r, &request.n.data);
    answer.r.id = request.n.id;
    int error = errno_of(r, name, &request.n.data);
    if (r->learn && learn_note(r->learn, name, &request.n.data, error))
        answer.r.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    else
        answer.r.error = -error;
    (void)ioctl(r->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    r->next_ns = r->total > FREE_ANSWERS && !r->learn ? now + SLOW_NS : 0;
}

void refused_json(struct json *j, const char *key, const struct refused *r)
{
    json_open(j, key, '[');
    for (size_t i = 0; i < r->n; i++) {
        json_open(j, NULL, '{');
        json_string(j, "syscall", r->v[i].name);
        json_uint(j, "count", r->v[i].count);
        json_close(j, '}');
    }
    json_close(j, ']');
}
