/* One front end for Bash, Ruby, PHP, Perl, Lua, C and Go: calls, members, strings, assignments and imports
 * have other node names in each grammar, but mean the same. Names are followed in one scope for the whole
 * file. */
#include "rootfs-tools/lint/generic.h"

#include <ctype.h>
#include <string.h>

#include "base/auto.h"
#include "base/strings.h"

#define CAST    "?.cast"    /* what a cast made, in C */
#define DEFINED "?.defined" /* a function of the program's own */

static const struct value *eval(struct lint *l, node n, enum use use);
static void assign(struct lint *l, node left, node right);

static bool is(const struct lint *l, const char *language)
{
    return str_eq(l->language->name, language);
}

/* ---- names ---- */

/* The plain name of a variable or function: without $, &, \ and, in PHP, in lower case, as PHP sees
 * functions. */
static const char *plain_name(struct lint *l, node n)
{
    const char *s = l->text + at(l, n)->start;
    size_t len = at(l, n)->end - at(l, n)->start;
    while (len && (strchr("$&@%\\{", *s) || (len > 2 && s[0] == ':' && s[1] == ':'))) {
        s++;
        len--;
    }
    if (len && s[len - 1] == '}')
        len--;
    char lower[64];
    if (!is(l, "php") || kind_of(l, n) == K_variable_name || len >= sizeof(lower))
        return intern(l, s, len);
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)tolower((uint8_t)s[i]);
    return intern(l, lower, len);
}

static const struct value *name_value(struct lint *l, node n, enum use use)
{
    const char *name = plain_name(l, n);
    const struct value *v = scope_own(l, l->scope, name);
    for (size_t i = 0; !v && i < l->scope->n_stars; i++) { /* Go's import . "os/exec" */
        const struct value *m = path_member(l, l->scope->stars[i], name, 0);
        v = m->kind == V_PATH && (is_watched(l, ON_CALL, m->s) || is_watched(l, ON_REF, m->s)) ? m : NULL;
    }
    if (!v)
        v = value_path(l, name, 0);
    emit_use(l, v, n, use);
    return v;
}

/* $x: what was assigned to it, or nothing known. */
static const struct value *variable(struct lint *l, node n)
{
    const struct value *v = scope_own(l, l->scope, plain_name(l, n));
    return v ? v : UNKNOWN;
}

static const struct value *member(struct lint *l, const struct value *object, const char *name,
                                  uint32_t flags)
{
    if (object->kind == V_STRING && is(l, "php")) { /* $c = 'FFI'; $c::cdef(...) */
        AUTO_FREE char *class = xstrndup(object->s, object->len);
        for (char *c = class; *c; c++)
            *c = (char)tolower((uint8_t)*c);
        return path_member(l, class, name, flags | VF_HIDDEN);
    }
    if (object->kind != V_PATH)
        return path_member(l, "?", name, flags);
    static const char *const globals[] = {"_G", "_ENV", "kernel", "Kernel", "CORE", NULL};
    for (const char *const *g = globals; *g; g++)
        if (is_path(object, *g))
            return value_path(l, name, flags | object->flags);
    return path_member(l, object->s, name, flags | (object->flags & VF_HIDDEN));
}

/* Lua's tables of what reaches out. */
static bool holds_power(const struct value *v)
{
    static const char *const tables[] = {"_G",    "_ENV",           "os", "io", "package",
                                         "debug", "package.loaded", NULL};
    for (const char *const *t = tables; *t; t++)
        if (is_path(v, *t))
            return true;
    return false;
}

enum severity lua_whole(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    return holds_power(call_arg(call, 0)) ? severity : SEV_NONE;
}

static const struct value *member_of(struct lint *l, node object, node name, enum use use)
{
    const struct value *base = object ? eval(l, object, USE_BASE) : UNKNOWN, *v;
    if (!name)
        return UNKNOWN;
    if (kind_of(l, name) == K_string || kind_of(l, name) == K_binary_expression) {
        const struct value *word = eval(l, name, USE_VALUE);
        if (word->kind != V_STRING) {
            if (base->kind == V_PATH && base->s[0] != '?')
                add_finding(l, G_OPAQUE, SEV_NONE, name, NULL);
            return UNKNOWN;
        }
        v = member(l, base, intern(l, word->s, word->len), VF_HIDDEN);
    } else if (kind_of(l, at(l, name)->parent) == K_bracket_index_expression) {
        const struct value *word = eval(l, name, USE_VALUE);
        if (!is_constant(word) && word->kind != V_NUMBER && holds_power(base))
            add_finding(l, G_OPAQUE, SEV_NONE, name, NULL);
        v = word->kind == V_STRING ? member(l, base, intern(l, word->s, word->len), VF_HIDDEN) : UNKNOWN;
    } else {
        v = member(l, base, plain_name(l, name), 0);
    }
    emit_use(l, v, name, use);
    return v;
}

/* ---- strings ---- */

static bool is_hole(enum kind k)
{
    return k == K_interpolation || k == K_simple_expansion || k == K_expansion ||
           k == K_command_substitution || k == K_variable_name || k == K_scalar_variable ||
           k == K_dynamic_variable_name;
}

static const struct value *string(struct lint *l, node n)
{
    bool holes = false;
    FOR_CHILDREN(l, c, n)
    {
        if (is_hole(kind_of(l, c))) {
            eval(l, c, USE_VALUE);
            holes = true;
        }
    }
    const char *s = l->text + at(l, n)->start, *end = l->text + at(l, n)->end;
    if (holes)
        return UNKNOWN;
    if (end - s >= 4 && s[0] == '[' && s[1] == '[')
        return value_string(l, s + 2, (size_t)(end - s) - 4, VF_LITERAL);
    while (s < end && !strchr("\"'`", *s))
        s++;
    if (end - s < 2)
        return UNKNOWN;
    if (*s == '\'' && !is(l, "lua") && !is(l, "c"))
        return value_string(l, s + 1, (size_t)(end - s) - 2, VF_LITERAL);
    return unescape(l, s + 1, (size_t)(end - s) - 2, false, 0);
}

/* A shell word: backslashes and quotes fall away. */
static const struct value *word(struct lint *l, node n)
{
    AUTO_BUF struct buf b = BUF_INIT;
    bool hidden = false;
    for (uint32_t i = at(l, n)->start; i < at(l, n)->end; i++) {
        if (l->text[i] == '\\')
            hidden = true;
        else
            buf_addc(&b, l->text[i]);
    }
    return value_string(l, buf_str(&b), b.len, hidden ? VF_HIDDEN : VF_LITERAL);
}

static const struct value *joined(struct lint *l, node n)
{
    const struct value *out = NULL;
    FOR_CHILDREN(l, c, n)
    {
        const struct value *v = eval(l, c, USE_VALUE);
        out = out ? fold_binary(l, "+", 1, out, v) : v;
    }
    return out ? out : UNKNOWN;
}

static const struct value *binary(struct lint *l, node n)
{
    node left = child(l, n, F_left), right = child(l, n, F_right);
    if (!left) {
        left = at(l, n)->first;
        right = left ? at(l, left)->next : 0;
        while (right && at(l, right)->field == F_operator)
            right = at(l, right)->next;
    }
    if (!left || !right)
        return UNKNOWN;
    if (is(l, "perl") && l->text[at(l, left)->end + strspn(l->text + at(l, left)->end, " ")] == '=') {
        assign(l, left, right);
        return UNKNOWN;
    }
    const struct value *a = eval(l, left, USE_VALUE), *b = eval(l, right, USE_VALUE);
    const char *op = l->text + at(l, left)->end;
    size_t len = at(l, right)->start > at(l, left)->end ? at(l, right)->start - at(l, left)->end : 0;
    while (len && isspace((uint8_t)*op)) {
        op++;
        len--;
    }
    while (len && isspace((uint8_t)op[len - 1]))
        len--;
    if (len == 2 && op[0] == '.' && op[1] == '.')
        return fold_binary(l, "+", 1, a, b);
    return fold_binary(l, op, len, a, b);
}

/* ---- calls ---- */

static bool one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (str_eq(*words, word))
            return true;
    return false;
}

static void add_argument(struct lint *l, struct call *call, node n)
{
    if (kind_of(l, n) == K_comment || call->n == MAX_ARGS)
        return;
    node inner = kind_of(l, n) == K_argument ? at(l, n)->first : n;
    call->arg_nodes[call->n] = n;
    call->args[call->n++] = inner ? eval(l, inner, USE_VALUE) : UNKNOWN;
}

static void arguments(struct lint *l, struct call *call, node list)
{
    if (!list)
        return;
    node inner = kind_of(l, list) == K_parenthesized_argument ? at(l, list)->first : list;
    if (inner && kind_of(l, inner) != K_arguments && kind_of(l, inner) != K_argument_list) {
        add_argument(l, call, inner);
        return;
    }
    if (inner)
        FOR_CHILDREN(l, c, inner)
    add_argument(l, call, c);
}

static bool prints(const char *name)
{
    static const char *const words[] = {
        "print", "puts",    "echo", "printf",      "println", "Println", "Printf",    "die",  "warn", "say",
        "log",   "fprintf", "p",    "start_with?", "strcmp",  "strncmp", "HasPrefix", "grep", "sed",  NULL};
    for (const char *const *w = words; *w; w++)
        if (str_eq(*w, last_word(name)))
            return true;
    return false;
}

static void check_paths(struct lint *l, const struct call *call)
{
    if (call->callee->kind != V_PATH || prints(call->callee->s))
        return;
    for (size_t i = 0; i < call->n; i++) {
        const struct value *v = call->args[i];
        enum path_class c = v->kind == V_STRING ? classify_path(v->s, v->len) : PATH_PLAIN;
        if (c != PATH_ESCAPE && c != PATH_SENSITIVE && c != PATH_DOCKER)
            continue;
        char *message = xasprintf("%.80s: %s", v->s,
                                  c == PATH_ESCAPE ? "a path that is a way out of a container"
                                                   : "a path that tells about the system or its secrets");
        add_finding(l, G_PATH, c == PATH_ESCAPE ? SEV_CRITICAL : SEV_HIGH, call->arg_nodes[i],
                    arena_strndup(&l->arena, message, strlen(message)));
        free(message);
    }
}

/* send(:system, ...), call_user_func('system', ...): the first argument is what is called. */
static const struct value *called_by_name(struct lint *l, struct call *call)
{
    static const char *const senders[] = {"send",
                                          "public_send",
                                          "__send__",
                                          "method",
                                          "public_method",
                                          "instance_method",
                                          "call_user_func",
                                          "call_user_func_array",
                                          "array_map",
                                          "register_shutdown_function",
                                          NULL};
    const char *name = call->callee->kind == V_PATH ? last_word(call->callee->s) : "";
    for (const char *const *s = senders; *s; s++) {
        if (!str_eq(*s, name) || !call->n)
            continue;
        const struct value *v = call_arg(call, 0);
        if (v->kind == V_STRING)
            return value_path(l, intern(l, v->s, v->len), v->flags & VF_HIDDEN);
        add_finding(l, G_OPAQUE, SEV_NONE, call->where, NULL);
    }
    return NULL;
}

/* File.send(:delete, ...) is File.delete too. */
static const struct value *member_by_name(struct lint *l, const struct call *call, const struct value *name)
{
    const char *sender = last_word(call->callee->s);
    if (sender == call->callee->s || call->callee->s[0] == '?')
        return NULL;
    AUTO_FREE char *object = xstrndup(call->callee->s, (size_t)(sender - call->callee->s) - 1);
    return path_member(l, object, name->s, name->flags);
}

/* usort($a, 'system'): PHP calls what a string names. */
static void callbacks(struct lint *l, const struct call *call)
{
    static const char *const takers[] = {"usort",
                                         "uasort",
                                         "uksort",
                                         "array_filter",
                                         "array_walk",
                                         "array_reduce",
                                         "array_walk_recursive",
                                         "preg_replace_callback",
                                         "iterator_apply",
                                         "set_error_handler",
                                         "set_exception_handler",
                                         "spl_autoload_register",
                                         "ob_start",
                                         "forward_static_call",
                                         "reflectionfunction",
                                         "closure.fromcallable",
                                         "header_register_callback",
                                         NULL};
    if (!is(l, "php") || call->callee->kind != V_PATH || !one_of(call->callee->s, takers))
        return;
    for (size_t i = 0; i < call->n; i++) {
        if (call->args[i]->kind != V_STRING)
            continue;
        struct call inner = {.where = call->where, .receiver = UNKNOWN, .spread = true};
        inner.callee = value_path(l, intern(l, call->args[i]->s, call->args[i]->len), VF_HIDDEN);
        emit(l, ON_CALL, inner.callee, call->where, &inner);
    }
}

static const struct value *called(struct lint *l, struct call *call)
{
    if (is_path(call->callee, CAST))
        add_finding(l, G_OPAQUE, SEV_NONE, call->where, NULL);
    if (call->callee->kind == V_STRING && (call->callee->flags & VF_OPEN))
        add_finding(l, G_OPAQUE, SEV_NONE, call->where, NULL);
    if (call->callee->kind == V_STRING) /* $f = 'system'; $f(...) */
        call->callee = value_path(l, intern(l, call->callee->s, call->callee->len), VF_HIDDEN);
    const struct value *by_name = called_by_name(l, call);
    const struct value *names[] = {by_name, by_name ? member_by_name(l, call, by_name) : NULL};
    for (size_t i = 0; i < ARRAY_LEN(names) && names[i]; i++) {
        emit(l, ON_REF, names[i], call->where, NULL);
        emit(l, ON_CALL, names[i], call->where, call);
    }
    emit(l, ON_CALL, call->callee, call->where, call);
    callbacks(l, call);
    check_paths(l, call);
    if (is_path(call->callee, "require") && call_arg(call, 0)->kind == V_STRING) {
        const struct value *module = value_path(l, intern(l, call_arg(call, 0)->s, call_arg(call, 0)->len),
                                                call_arg(call, 0)->flags & VF_HIDDEN);
        emit(l, ON_IMPORT, module, call->where, NULL);
        return module;
    }
    if (is_path(call->callee, "string.char") || is_path(call->callee, "chr"))
        return call->n == 1 ? fold_char(l, call->args[0]) : UNKNOWN;
    if (is_path(call->callee, "base64_decode"))
        return decode_base64(l, call_arg(call, 0))->kind == V_STRING ? decode_base64(l, call_arg(call, 0))
                                                                     : value_path(l, "?.decoded", VF_DECODED);
    if (is_path(call->callee, "hex2bin"))
        return decode_hex(l, call_arg(call, 0));
    if (is_path(call->callee, "str_rot13"))
        return decode_rot13(l, call_arg(call, 0));
    if (is_path(call->callee, "strrev"))
        return fold_join(l, value_string(l, "", 0, 0), fold_reverse(l, call_arg(call, 0)));
    return result_of(l, call->callee, NULL);
}

static node first_of(const struct lint *l, node n, const enum field *fields)
{
    node found = 0;
    for (; *fields && !found; fields++)
        found = child(l, n, *fields);
    return found;
}

static const struct value *call(struct lint *l, node n)
{
    static const enum field whole[] = {F_function, F_function_name, F_none},
                            name[] = {F_method, F_name, F_none},
                            object[] = {F_receiver, F_object, F_scope, F_package_name, F_none},
                            list[] = {F_arguments, F_args, F_none};
    struct call c = {.where = n, .receiver = UNKNOWN, .callee = UNKNOWN};
    node function = first_of(l, n, whole), owner = first_of(l, n, object), method = first_of(l, n, name);
    if (owner && (method || function)) {
        c.callee = member_of(l, owner, method ? method : function, USE_CALLEE);
    } else if (function || method) {
        node f = function ? function : method;
        c.callee = eval(l, f, USE_CALLEE);
        if (c.callee->kind == V_UNKNOWN && is_hole(kind_of(l, f)))
            add_finding(l, G_OPAQUE, SEV_NONE, f, NULL);
    } else if (at(l, n)->first) {
        c.callee = eval(l, at(l, n)->first, USE_CALLEE); /* new X(...) */
    }
    node given = first_of(l, n, list);
    if (!given)
        given = child_of_kind(l, n, K_arguments);
    arguments(l, &c, given);
    node block = child(l, n, F_block);
    if (block)
        eval(l, block, USE_VALUE);
    return called(l, &c);
}

/* ---- shells ---- */

static const struct value *command(struct lint *l, node n)
{
    struct call c = {.where = n, .receiver = UNKNOWN, .callee = UNKNOWN};
    node name = child(l, n, F_name);
    const struct value *v = name ? joined(l, name) : UNKNOWN;
    l->needs |= NEED_FORK;
    FOR_CHILDREN(l, a, n)
    if (at(l, a)->field == F_argument)
        add_argument(l, &c, a);
    FOR_CHILDREN(l, a, n)
    if (at(l, a)->field != F_argument && a != name)
        eval(l, a, USE_VALUE);
    if (name && !is_constant(v))
        add_finding(l, G_OPAQUE, SEV_NONE, n, NULL);
    if (v->kind != V_STRING)
        return UNKNOWN;
    const char *slash = strrchr(v->s, '/'), *program = slash ? slash + 1 : v->s;
    c.callee = value_path(l, intern(l, program, strlen(program)), v->flags & VF_HIDDEN);
    emit(l, ON_REF, c.callee, n, NULL);
    return called(l, &c);
}

static const char *command_word(struct lint *l, node n)
{
    node name = kind_of(l, n) == K_command ? child(l, n, F_name) : 0;
    node inner = name ? at(l, name)->first : 0;
    return inner && kind_of(l, inner) == K_word ? plain_name(l, inner) : "";
}

/* curl ... | sh */
static const struct value *pipeline(struct lint *l, node n)
{
    static const char *const sources[] = {"curl", "wget", "base64", "xxd", "nc", "openssl", "gunzip", NULL};
    static const char *const shells[] = {"sh",      "bash", "dash", "zsh",  "python",
                                         "python3", "perl", "node", "ruby", NULL};
    bool from_outside = false;
    FOR_CHILDREN(l, c, n)
    {
        const char *name = command_word(l, c);
        if (from_outside && one_of(name, shells))
            add_finding(l, G_CODE, SEV_CRITICAL, n, "runs what it has fetched or decoded");
        from_outside |= one_of(name, sources);
        eval(l, c, USE_VALUE);
    }
    return UNKNOWN;
}

static void redirect(struct lint *l, node n)
{
    node to = child(l, n, F_destination);
    const struct value *v = to ? eval(l, to, USE_VALUE) : UNKNOWN;
    if (v->kind != V_STRING)
        return;
    enum path_class c = classify_path(v->s, v->len);
    if (str_starts(v->s, "/dev/tcp/") || str_starts(v->s, "/dev/udp/"))
        add_finding(l, G_NETWORK, SEV_HIGH, n, "a network connection made by the shell");
    else if (c >= PATH_SENSITIVE)
        add_finding(l, G_PATH, c == PATH_ESCAPE ? SEV_CRITICAL : SEV_HIGH, n, NULL);
}

/* ---- assignments, imports, definitions ---- */

static node only_item(const struct lint *l, node n)
{
    node first = n ? at(l, n)->first : 0;
    enum kind k = n ? kind_of(l, n) : K_other;
    return (k == K_variable_list || k == K_expression_list) && first ? first : n;
}

static void assign(struct lint *l, node left, node right)
{
    const struct value *v = right ? eval(l, right, USE_VALUE) : UNKNOWN;
    left = only_item(l, left);
    if (!left)
        return;
    enum kind k = kind_of(l, left);
    if (k == K_variable_declaration && at(l, left)->first) {
        FOR_CHILDREN(l, c, left)
        if (at(l, c)->field == F_name || kind_of(l, c) == K_scalar_variable)
            left = c;
        k = kind_of(l, left);
    }
    if (k == K_identifier || k == K_variable_name || k == K_scalar_variable || k == K_constant)
        scope_bind(l, l->scope, plain_name(l, left), v);
    else
        eval(l, left, USE_BASE);
}

static const struct value *assignment(struct lint *l, node n)
{
    node left = child(l, n, F_left), right = child(l, n, F_right);
    if (kind_of(l, n) == K_init_declarator) {
        left = child(l, n, F_declarator);
        right = child(l, n, F_value);
        while (left && kind_of(l, left) != K_identifier) /* int (*f)(void) = system */
            left = child(l, left, F_declarator) ? child(l, left, F_declarator) : at(l, left)->first;
    } else if (kind_of(l, n) == K_variable_assignment) {
        left = child(l, n, F_name);
        right = child(l, n, F_value);
    } else if (!left) {
        left = child_of_kind(l, n, K_variable_list);
        right = child_of_kind(l, n, K_expression_list);
    }
    assign(l, left, only_item(l, right));
    return UNKNOWN;
}

static void import_spec(struct lint *l, node n)
{
    node path = child(l, n, F_path), name = child(l, n, F_name);
    const struct value *v = path ? string(l, path) : UNKNOWN;
    if (v->kind != V_STRING)
        return;
    const struct value *module = value_path(l, intern(l, v->s, v->len), 0);
    const char *slash = strrchr(module->s, '/');
    emit(l, ON_IMPORT, module, path, NULL);
    if (name && node_is(l, name, ".")) {
        const char **stars = arena_alloc(&l->arena, (l->scope->n_stars + 1) * sizeof(*stars));
        for (size_t i = 0; i < l->scope->n_stars; i++)
            stars[i] = l->scope->stars[i];
        stars[l->scope->n_stars++] = module->s;
        l->scope->stars = stars;
        return;
    }
    const char *local = name ? plain_name(l, name) : intern(l, slash ? slash + 1 : module->s, SIZE_MAX);
    scope_bind(l, l->scope, local, module);
}

static void include(struct lint *l, node n)
{
    node path = kind_of(l, n) == K_preproc_include ? child(l, n, F_path) : at(l, n)->first;
    const struct value *v = path ? eval(l, path, USE_VALUE) : UNKNOWN;
    if (kind_of(l, n) == K_preproc_include) {
        if (v->kind == V_STRING && classify_path(v->s, v->len) != PATH_PLAIN)
            add_finding(l, G_PATH, SEV_HIGH, n, "the compiler reads a file outside the program");
        return;
    }
    if (v->kind == V_UNKNOWN)
        add_finding(l, G_OPAQUE, SEV_NONE, n, "opaque: which file is included is only known at run time");
    else if (v->kind == V_STRING && (strstr(v->s, "://") || str_starts(v->s, "data:")))
        add_finding(l, G_CODE, SEV_NONE, n, "includes code from a URL");
}

static const struct value *all(struct lint *l, node n)
{
    FOR_CHILDREN(l, c, n)
    eval(l, c, USE_VALUE);
    return UNKNOWN;
}

static const struct value *define(struct lint *l, node n)
{
    node name = child(l, n, F_name);
    if (name && (kind_of(l, name) == K_identifier || kind_of(l, name) == K_word)) {
        const char *word = plain_name(l, name);
        l->conditional = 0; /* the program's own function takes the place of the language's */
        scope_bind(l, l->scope, word, value_path(l, DEFINED, 0));
        l->conditional = 1;
    }
    FOR_CHILDREN(l, c, n)
    if (c != name)
        eval(l, c, USE_VALUE);
    return UNKNOWN;
}

static const struct value *comment(struct lint *l, node n)
{
    const char *s = l->text + at(l, n)->start;
    if (is(l, "go") &&
        (str_starts(s, "//go:embed") || str_starts(s, "//go:linkname") || str_starts(s, "#cgo")))
        add_finding(l, G_CODE, SEV_HIGH, n, "a directive to the compiler that reaches outside the program");
    return UNKNOWN;
}

/* C: what a macro stands for is no tree. Every watched name in it counts, as a mention and as a call. */
static const struct value *macro(struct lint *l, node n)
{
    const char *s = l->text + at(l, n)->start, *end = l->text + at(l, n)->end;
    while (s < end) {
        size_t len = 0;
        while (s + len < end && (isalnum((uint8_t)s[len]) || s[len] == '_'))
            len++;
        if (len) {
            struct call c = {.where = n, .receiver = UNKNOWN, .spread = true};
            c.callee = value_path(l, intern(l, s, len), 0);
            emit(l, ON_REF, c.callee, n, NULL);
            emit(l, ON_CALL, c.callee, n, &c);
        } else if (end - s > 1 && s[0] == '#' && s[1] == '#') {
            add_finding(l, G_OPAQUE, SEV_NONE, n, "opaque: names that the preprocessor puts together");
        }
        s += len ? len : 1;
    }
    return UNKNOWN;
}

/* ${x}; what else stands in the braces is not followed. */
static const struct value *expansion(struct lint *l, node n)
{
    node first = at(l, n)->first;
    bool plain = first && kind_of(l, first) == K_variable_name && !at(l, first)->next &&
                 at(l, n)->end - at(l, first)->end == 1;
    return plain ? variable(l, first) : all(l, n);
}

static const struct value *attribute(struct lint *l, node n)
{
    AUTO_FREE char *text = xstrndup(l->text + at(l, n)->start, at(l, n)->end - at(l, n)->start);
    if (strstr(text, "constructor") || strstr(text, "destructor") || strstr(text, "ifunc"))
        add_finding(l, G_CODE, SEV_MEDIUM, n, "code that runs before or after main");
    return UNKNOWN;
}

static const struct value *perl_use(struct lint *l, node n)
{
    node name = child_of_kind(l, n, K_package_name);
    if (name)
        emit(l, ON_IMPORT, value_path(l, plain_name(l, name), 0), name, NULL);
    return UNKNOWN;
}

/* $f->(...) and $object->$name(...), of which only the program's own functions are known. */
static const struct value *perl_invocation(struct lint *l, node n)
{
    node object = at(l, n)->first, arrow = object ? at(l, object)->next : 0;
    node name = arrow ? at(l, arrow)->next : 0;
    if (child(l, n, F_function_name))
        return call(l, n);
    bool by_name = name && kind_of(l, name) == K_scalar_variable;
    struct call c = {
        .where = n, .receiver = UNKNOWN, .callee = object ? eval(l, object, USE_CALLEE) : UNKNOWN};
    if (by_name || c.callee->kind == V_UNKNOWN || (c.callee->kind == V_PATH && str_ends(c.callee->s, "()")))
        add_finding(l, G_OPAQUE, SEV_NONE, n, NULL);
    arguments(l, &c, by_name ? child(l, n, F_args) : name);
    return by_name ? UNKNOWN : called(l, &c);
}

static const struct value *own_function(struct lint *l, node n)
{
    all(l, n);
    return value_path(l, DEFINED, 0);
}

static const struct value *cast(struct lint *l, node n)
{
    const struct value *v = child(l, n, F_value) ? eval(l, child(l, n, F_value), USE_CALLEE) : UNKNOWN;
    return v->kind == V_PATH && is_watched(l, ON_REF, v->s) ? v : value_path(l, CAST, 0);
}

static const struct value *in_backquotes(struct lint *l, node n)
{
    if (is(l, "bash"))
        return all(l, n);
    add_finding(l, G_COMMAND, SEV_NONE, n, "runs a command through the shell");
    return all(l, n);
}

static const struct value *symbol(struct lint *l, node n)
{
    return value_string(l, l->text + at(l, n)->start + 1, at(l, n)->end - at(l, n)->start - 1, VF_LITERAL);
}

static const struct value *dispatch(struct lint *l, node n, enum use use)
{
    switch (kind_of(l, n)) {
    case K_identifier:
    case K_name:
    case K_qualified_name:
    case K_constant:
    case K_bareword:
    case K_package_name:
    case K_package_identifier:
        return name_value(l, n, use);
    case K_variable_name:
    case K_scalar_variable:
    case K_simple_expansion:
        return variable(l, n);
    case K_dot_index_expression:
    case K_method_index_expression:
    case K_bracket_index_expression:
        return member_of(l, child(l, n, F_table),
                         child(l, n, kind_of(l, n) == K_method_index_expression ? F_method : F_field), use);
    case K_selector_expression:
        return member_of(l, child(l, n, F_operand), child(l, n, F_field), use);
    case K_scope_resolution:
        return member_of(l, child(l, n, F_scope), child(l, n, F_name), use);
    case K_call:
    case K_function_call:
    case K_function_call_expression:
    case K_member_call_expression:
    case K_scoped_call_expression:
    case K_object_creation_expression:
    case K_call_expression:
    case K_call_expression_with_bareword:
        return call(l, n);
    case K_method_invocation:
        return perl_invocation(l, n);
    case K_command:
        return command(l, n);
    case K_pipeline:
        return pipeline(l, n);
    case K_file_redirect:
        redirect(l, n);
        return UNKNOWN;
    case K_string:
    case K_string_literal:
    case K_interpreted_string_literal:
    case K_raw_string_literal:
    case K_encapsed_string:
    case K_string_single_quoted:
    case K_string_double_quoted:
    case K_string_q_quoted:
    case K_string_qq_quoted:
    case K_raw_string:
    case K_ansi_c_string:
        return string(l, n);
    case K_word:
        return word(l, n);
    case K_concatenation:
    case K_concatenated_string:
    case K_command_name:
        return joined(l, n);
    case K_simple_symbol:
        return symbol(l, n);
    case K_binary:
    case K_binary_expression:
        return binary(l, n);
    case K_parenthesized_expression:
        return at(l, n)->first ? eval(l, at(l, n)->first, use) : UNKNOWN;
    case K_assignment:
    case K_assignment_expression:
    case K_assignment_statement:
    case K_short_var_declaration:
    case K_init_declarator:
    case K_variable_assignment:
        return assignment(l, n);
    case K_import_spec:
        import_spec(l, n);
        return UNKNOWN;
    case K_preproc_include:
    case K_include_expression:
    case K_include_once_expression:
    case K_require_expression:
    case K_require_once_expression:
        include(l, n);
        return UNKNOWN;
    case K_function_definition:
    case K_function_declaration:
    case K_method:
        return define(l, n);
    case K_subshell:
    case K_shell_command_expression:
    case K_backtick_quoted:
    case K_command_qx_quoted:
        return in_backquotes(l, n);
    case K_gnu_asm_expression:
        add_finding(l, G_NATIVE, SEV_HIGH, n, "inline assembly");
        return UNKNOWN;
    case K_preproc_arg:
        return macro(l, n);
    case K_expansion:
        return expansion(l, n);
    case K_attribute_specifier:
        return attribute(l, n);
    case K_use_no_statement:
    case K_require_statement:
        return perl_use(l, n);
    case K_anonymous_function:
    case K_to_reference:
        return own_function(l, n);
    case K_cast_expression:
        return is(l, "c") ? cast(l, n) : all(l, n);
    case K_comment:
        return comment(l, n);
    default:
        return all(l, n);
    }
}

static const struct value *eval(struct lint *l, node n, enum use use)
{
    enter(l);
    const struct value *v = dispatch(l, n, use);
    leave(l);
    return v;
}

void generic_walk(struct lint *l)
{
    struct scope *outer = l->scope;
    scope_push(l, false, true);
    l->conditional = 1; /* the order of execution is not followed: a name may be anything it was ever given */
    eval(l, 1, USE_VALUE);
    l->scope = outer;
}
