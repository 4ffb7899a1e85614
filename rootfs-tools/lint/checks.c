/* Checks that hold for every language. */
#include "rootfs-tools/lint/front.h"
#include "rootfs-tools/lint/rules.h"

#include <string.h>

#include "base/strings.h"

/* Text run as code: a literal is analysed in its turn and is itself no more than worth knowing. */
enum severity check_code(struct lint *l, struct call *call, enum severity severity)
{
    const struct value *code = call_arg(call, 0);
    if (call->n == 0 && !call->spread)
        return SEV_NONE;
    if (code->kind != V_STRING)
        return severity;
    lint_nested(l, code, call->where);
    return !is_constant(code) || (code->flags & (VF_HIDDEN | VF_DECODED)) ? severity : SEV_LOW;
}

enum severity check_decoded(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    for (size_t i = 0; i < call->n; i++)
        if (call->args[i]->flags & VF_DECODED)
            return severity;
    return SEV_NONE;
}

enum severity check_needs(struct lint *l, struct call *call, enum severity severity)
{
    (void)l, (void)call, (void)severity;
    return SEV_OFF;
}

/* fopen(path, mode) and its like; only the needs. A mode that is not known is one that writes. */
enum severity check_opened(struct lint *l, struct call *call, enum severity severity)
{
    (void)severity;
    const struct value *mode = call_arg(call, 1);
    const char *writes = str_eq(l->language->name, "perl") ? ">+" : "wax+";
    l->needs |= NEED_FILE_READ;
    if (call->n > 1 && (mode->kind != V_STRING || strpbrk(mode->s, writes)))
        l->needs |= NEED_FILE_WRITE;
    return SEV_OFF;
}

/* Perl's open(F, "command |") and open(F, "-|", ...) */
enum severity perl_open(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    for (size_t i = 0; i < call->n; i++) {
        const struct value *v = call->args[i];
        if (v->kind == V_STRING && v->len && (v->s[0] == '|' || v->s[v->len - 1] == '|'))
            return severity;
    }
    return SEV_NONE;
}

/* Ruby's open('|command') */
enum severity ruby_open(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *v = call_arg(call, 0);
    return v->kind == V_STRING && v->len && v->s[0] == '|' ? severity : SEV_NONE;
}

/* PHP's preg_replace('/x/e', ...), which older ones ran as code */
enum severity php_replace(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *v = call_arg(call, 0);
    const char *last = v->kind == V_STRING && v->len > 2 ? strrchr(v->s, v->s[0]) : NULL;
    return last && last > v->s && strchr(last + 1, 'e') ? severity : SEV_NONE;
}
