/* What arguments, and the text itself, say about JavaScript. */
#include "rootfs-tools/lint/checks_javascript.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/strings.h"
#include "rootfs-tools/lint/javascript.h"

enum severity js_worker(struct lint *l, struct call *call, enum severity severity)
{
    const struct value *options = call_arg(call, 1), *code = call_arg(call, 0);
    const struct value *eval = dict_get(options, value_string(l, "eval", 4, 0));
    if (eval && code->kind == V_STRING)
        lint_nested(l, code, call->where);
    return eval ? SEV_HIGH : severity;
}

/* Function('a', 'return a'): the last argument is the body. `return this` is the old way to the global
 * object. */
enum severity js_function_text(struct lint *l, struct call *call, enum severity severity)
{
    if (!call->n)
        return call->spread ? severity : SEV_NONE;
    const struct value *body = call->args[call->n - 1];
    if (body->kind != V_STRING || call->spread)
        return severity;
    lint_nested(l, body, call->where);
    if ((body->flags & (VF_HIDDEN | VF_DECODED)) || (call->callee->flags & VF_HIDDEN))
        return severity;
    return string_is(body, "return this") || string_is(body, "return this;") ? SEV_LOW : SEV_MEDIUM;
}

/* x.constructor('return 1'): of a function it makes one from text. */
enum severity js_constructor_text(struct lint *l, struct call *call, enum severity severity)
{
    const struct value *body = call->n ? call->args[call->n - 1] : UNKNOWN;
    if (body->kind != V_STRING || call->is_new || is_path(call->receiver, "?.this"))
        return SEV_NONE;
    lint_nested(l, body, call->where);
    return severity;
}

enum severity js_of_any(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    return call->n || call->spread ? severity : SEV_NONE;
}

enum severity js_timer(struct lint *l, struct call *call, enum severity severity)
{
    if (call_arg(call, 0)->kind != V_STRING)
        return SEV_NONE;
    lint_nested(l, call_arg(call, 0), call->where);
    return severity;
}

enum severity js_require(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *name = call_arg(call, 0);
    if (!call->n && !call->spread)
        return SEV_NONE;
    return is_constant(name) && !(name->flags & (VF_HIDDEN | VF_DECODED)) ? SEV_NONE : severity;
}

enum severity js_require_native(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *name = call_arg(call, 0);
    return name->kind == V_STRING && str_ends(name->s, ".node") ? severity : SEV_NONE;
}

enum severity js_connect(struct lint *l, struct call *call, enum severity severity)
{
    const struct value *where = call_arg(call, 0);
    const struct value *path = dict_get(where, value_string(l, "path", 4, 0));
    if (!path)
        path = dict_get(where, value_string(l, "socketPath", 10, 0));
    if (!path)
        path = where;
    return path->kind == V_STRING && path->s[0] == '/' ? severity : SEV_NONE;
}

enum severity js_on_event(struct lint *l, struct call *call, enum severity severity)
{
    static const char *const events[] = {
        "SIGTERM", "SIGINT", "SIGHUP", "SIGXCPU", "uncaughtException", "unhandledRejection", NULL};
    (void)l;
    for (const char *const *e = events; *e; e++)
        if (string_is(call_arg(call, 0), *e))
            return severity;
    return SEV_NONE;
}

enum { HUGE_SIZE = 100000000 };

enum severity js_huge(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *n = call_arg(call, 0);
    return n->kind == V_NUMBER && n->number >= HUGE_SIZE ? severity : SEV_NONE;
}

/* new Buffer(n) gives memory that is not cleared */
enum severity js_buffer(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    return call_arg(call, 0)->kind == V_NUMBER ? severity : SEV_NONE;
}

enum severity js_dynamic_key(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    return call_arg(call, 1)->kind != V_STRING && call->n > 1 ? severity : SEV_NONE;
}

/* Reflect.apply(a[k], ...) */
enum severity js_dynamic_function(struct lint *l, struct call *call, enum severity severity)
{
    bool computed = call->n && kind_of(l, call->arg_nodes[0]) == K_subscript_expression;
    return computed && call->args[0]->kind == V_UNKNOWN ? severity : SEV_NONE;
}

/* function f() { setImmediate(f) } */
enum severity js_again(struct lint *l, struct call *call, enum severity severity)
{
    const struct value *f = call_arg(call, 0);
    if (f->kind != V_FUNCTION || f->tree != l->tree)
        return SEV_NONE;
    const struct ast_node *outer = at(l, f->function), *inner = at(l, call->where);
    return outer->start <= inner->start && inner->end <= outer->end ? severity : SEV_NONE;
}

enum severity js_proxy(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *target = call_arg(call, 0);
    return is_path(target, "globalThis") || is_path(target, "process") || is_path(target, "require")
               ? severity
               : SEV_NONE;
}

enum severity js_define(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *target = call_arg(call, 0);
    return is_path(target, "globalThis") || is_path(target, "Object.prototype") ||
                   is_path(target, "Array.prototype") || is_path(target, "Function.prototype")
               ? severity
               : SEV_NONE;
}

enum severity js_npm(struct lint *l, struct call *call, enum severity severity)
{
    static const char *const programs[] = {"npm",  "npx",   "yarn",  "pnpm", "npm ",
                                           "npx ", "yarn ", "pnpm ", NULL};
    const struct value *v = call_arg(call, 0);
    (void)l;
    for (const char *const *p = programs; v->kind == V_STRING && *p; p++)
        if (str_ends(*p, " ") ? str_starts(v->s, *p) : str_eq(v->s, *p))
            return severity;
    return SEV_NONE;
}

/* ---- any call ---- */

static bool opens_files(const struct value *callee)
{
    static const char *const words = " readFile readFileSync open openSync createReadStream readdir "
                                     "readdirSync stat statSync readlink readlinkSync "
                                     "writeFile writeFileSync access accessSync existsSync createWriteStream "
                                     "lstat lstatSync copyFile copyFileSync ";
    if (!path_starts(callee, "fs."))
        return false;
    AUTO_FREE char *word = xasprintf(" %s ", last_word(callee->s));
    return strstr(words, word) != NULL;
}

void js_check_call(struct lint *l, struct call *call)
{
    if (!opens_files(call->callee))
        return;
    const struct value *v = call_arg(call, 0);
    l->needs |= NEED_FILE_READ;
    enum path_class c = v->kind == V_STRING ? classify_path(v->s, v->len) : PATH_PLAIN;
    enum severity severity = c == PATH_ESCAPE                          ? SEV_CRITICAL
                             : c == PATH_SENSITIVE || c == PATH_DOCKER ? SEV_HIGH
                             : c == PATH_SYSTEM                        ? SEV_MEDIUM
                                                                       : SEV_NONE;
    if (!severity)
        return;
    char *message = xasprintf("%.80s: %s", v->s,
                              c == PATH_ESCAPE ? "a path that is a way out of a container"
                                               : "a path that tells about the system or its secrets");
    add_finding(l, JS014, severity, call->where, arena_strndup(&l->arena, message, strlen(message)));
    free(message);
}

/* A name that was folded together and means something. */
void js_check_word(struct lint *l, const struct value *name, node where)
{
    if (name->kind != V_STRING || !(name->flags & VF_HIDDEN))
        return;
    const char *word = str_after(name->s, "node:");
    if (!word)
        word = name->s;
    if (strlen(word) < 2 || !is_watched_word(l, word))
        return;
    char *message = xasprintf("%.60s: a watched name that is put together at run time", word);
    add_finding(l, JS031, SEV_NONE, where, arena_strndup(&l->arena, message, strlen(message)));
    free(message);
}

void js_check_specifier(struct lint *l, const struct value *specifier, node where)
{
    static const char *const schemes[] = {"data:", "https:", "http:", "blob:", NULL};
    for (const char *const *s = schemes; *s; s++)
        if (str_starts(specifier->s, *s))
            add_finding(l, JS034, SEV_NONE, where, NULL);
    if (str_starts(specifier->s, "file:"))
        add_finding(l, JS034, SEV_MEDIUM, where, "a module by its file URL");
}

/* ---- loops and regular expressions ---- */

void js_check_loop(struct lint *l, node n)
{
    static const enum kind ways_out[] = {K_break_statement,
                                         K_return_statement,
                                         K_throw_statement,
                                         K_yield_expression,
                                         K_await_expression,
                                         K_call_expression,
                                         K_other};
    node condition = child(l, n, F_condition), body = child(l, n, F_body);
    if (!body || kind_of(l, n) == K_for_in_statement)
        return;
    node plain = condition;
    while (plain && kind_of(l, plain) == K_parenthesized_expression)
        plain = at(l, plain)->first;
    bool always = (plain && (kind_of(l, plain) == K_true || node_is(l, plain, "1"))) ||
                  (kind_of(l, n) == K_for_statement && (!plain || node_is(l, plain, ";")));
    if (always && !contains_kind(l, body, ways_out, false))
        add_finding(l, JS026, SEV_NONE, n, NULL);
}

static bool is_repeat(char c)
{
    return c == '+' || c == '*';
}

/* (a+)+: a repeated group whose last part repeats */
static bool is_exponential(const char *s, size_t len)
{
    uint32_t depth = 0;
    bool inner[32] = {false};
    for (size_t i = 0; i + 1 < len; i++) {
        char c = s[i], next = s[i + 1];
        if (c == '\\') {
            i++;
        } else if (c == '[') {
            while (i + 1 < len && s[i] != ']')
                i += s[i] == '\\' ? 2 : 1;
        } else if (c == '(') {
            if (++depth < ARRAY_LEN(inner))
                inner[depth] = false;
        } else if (c == ')' && depth) {
            if (depth < ARRAY_LEN(inner) && inner[depth] && (is_repeat(next) || next == '{'))
                return true;
            depth--;
        } else if (is_repeat(c) && depth < ARRAY_LEN(inner)) {
            inner[depth] = next == ')';
        }
    }
    return false;
}

void js_check_regex(struct lint *l, node n)
{
    if (is_exponential(l->text + at(l, n)->start + 1, at(l, n)->end - at(l, n)->start - 1))
        add_finding(l, JS029, SEV_NONE, n, NULL);
}

/* new RegExp('(a+)+') */
enum severity js_regex_text(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *v = call_arg(call, 0);
    return v->kind == V_STRING && is_exponential(v->s, v->len + 1) ? severity : SEV_NONE;
}

/* ---- the text as a whole ---- */

void js_check_hash_bang(struct lint *l, node n)
{
    AUTO_FREE char *line = xstrndup(l->text + at(l, n)->start, at(l, n)->end - at(l, n)->start);
    if (!strstr(line, "node") && !strstr(line, "deno") && !strstr(line, "bun") && !strstr(line, "js"))
        add_finding(l, JS042, SEV_NONE, n, NULL);
}

void js_check_text(struct lint *l)
{
    if (l->len >= 3 && memcmp(l->text, "\xef\xbb\xbf", 3) == 0)
        add_finding_at(l, JS042, SEV_NONE, 0, 3, "begins with a byte order mark");
    size_t symbols = 0, letters = 0;
    for (size_t i = 0; i < l->len; i++) {
        char c = l->text[i];
        symbols += c == '[' || c == ']' || c == '(' || c == ')' || c == '!' || c == '+';
        letters += isalnum((uint8_t)c) != 0;
    }
    if (l->len > 200 && symbols * 10 > l->len * 8 && letters * 20 < l->len)
        add_finding_at(l, JS039, SEV_NONE, 0, l->len < 80 ? l->len : 80, NULL);
}
