/* Reads a profile difference (--seccomp FILE): what `rsbx run --learn` writes, or a person. Only additions to
 * the language's profile: {"syscalls": [{"names": [...], "args": [...]}]}. */
#include <fcntl.h>
#include <string.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/io.h"
#include "base/strings.h"
#include "rootfs-tools/profile.h"
#include "spec/json.h"

enum { MAX_FILE = 1 << 20, MAX_RULES = 256, MAX_RULE_NAMES = 512 };

struct reading {
    const char *path;
    struct arena *arena;
    struct spec_syscall_list *out;
};

static char *copy(struct reading *r, const char *text)
{
    return arena_strndup(r->arena, text, strlen(text));
}

static int read_names(struct reading *r, size_t at, const struct json_value *rule, struct strings *out)
{
    const struct json_value *names = json_get(rule, "names");
    size_t n = names ? json_length(names) : 0;
    if (n == 0 || n > MAX_RULE_NAMES)
        return fail(0, "%s: syscalls[%zu].names: expected a list of names", r->path, at);
    out->v = arena_alloc(r->arena, (n + 1) * sizeof(char *));
    for (size_t i = 0; i < n; i++) {
        const char *name = json_as_string(json_at(names, i));
        if (!name)
            return fail(0, "%s: syscalls[%zu].names[%zu]: expected a string", r->path, at, i);
        out->v[out->n++] = copy(r, name);
    }
    return 0;
}

static int read_args(struct reading *r, size_t at, const struct json_value *rule, struct spec_syscall *out)
{
    const struct json_value *args = json_get(rule, "args");
    size_t n = args ? json_length(args) : 0;
    if (n > 6)
        return fail(0, "%s: syscalls[%zu].args: a call has six", r->path, at);
    out->args.v = arena_alloc(r->arena, (n + 1) * sizeof(*out->args.v));
    for (size_t i = 0; i < n; i++) {
        const struct json_value *a = json_at(args, i);
        const char *op = json_get_string(a, "op");
        uint64_t index = json_get_uint(a, "index", 9);
        if (!op || index > 5 || !json_get(a, "value"))
            return fail(0, "%s: syscalls[%zu].args[%zu]: expected index, value and op", r->path, at, i);
        out->args.v[out->args.n++] = (struct spec_seccomp_arg){(uint32_t)index, json_get_uint(a, "value", 0),
                                                               json_get_uint(a, "valueTwo", 0), copy(r, op)};
    }
    return 0;
}

static int read_rules(struct reading *r, const struct json_value *doc)
{
    const struct json_value *list = json_get(doc, "syscalls");
    size_t n = list ? json_length(list) : 0;
    if (!list || n > MAX_RULES)
        return fail(0, "%s: syscalls: expected a list of at most %d rules", r->path, MAX_RULES);
    r->out->v = arena_alloc(r->arena, (n + 1) * sizeof(*r->out->v));
    for (size_t i = 0; i < n; i++) {
        const struct json_value *rule = json_at(list, i);
        struct spec_syscall *to = &r->out->v[i];
        const char *action = json_get_string(rule, "action");
        if (action && !str_eq(action, "SCMP_ACT_ALLOW"))
            return fail(0, "%s: syscalls[%zu].action: it only adds, by SCMP_ACT_ALLOW", r->path, i);
        to->action = copy(r, "SCMP_ACT_ALLOW");
        TRY(read_names(r, i, rule, &to->names));
        TRY(read_args(r, i, rule, to));
        r->out->n++;
    }
    return 0;
}

int seccomp_file_read(const char *path, struct arena *arena, struct spec_syscall_list *out)
{
    AUTO_BUF struct buf text = BUF_INIT;
    struct reading r = {path, arena, out};
    *out = (struct spec_syscall_list){0};
    if (read_file_at(AT_FDCWD, path, MAX_FILE, &text) < 0)
        return fail_where("--seccomp");
    struct json_value *doc = json_parse(path, buf_str(&text), text.len);
    int result = doc ? read_rules(&r, doc) : -1;
    json_free(doc);
    return result < 0 ? fail_where("--seccomp") : 0;
}
