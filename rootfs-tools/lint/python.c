/* The Python front end: names, functions and expressions in the order in which they run. */
#include "rootfs-tools/lint/python.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"

struct py_front *py_front(const struct lint *l)
{
    return l->front;
}

struct scope *py_module_scope(const struct lint *l)
{
    return py_front(l)->module;
}

/* ---- members ---- */

/* Modules that other modules carry about as attributes: string._re.enum.sys, tempfile._os, ... */
static const char *const carried[] = {"os",     "sys",   "builtins", "importlib",
                                      "ctypes", "posix", "shutil",   NULL};

static const char *carried_module(const char *name)
{
    if (name[0] == '_' && name[1] != '_')
        name++;
    for (const char *const *m = carried; *m; m++)
        if (str_eq(*m, name))
            return *m;
    return NULL;
}

static const struct value *one_member(struct lint *l, const struct value *object, const char *name,
                                      uint32_t flags)
{
    if (object->kind == V_CLASS) {
        const struct value *v = scope_own(l, object->closure, intern(l, name, strlen(name)));
        return v ? v : path_member(l, "?", name, flags);
    }
    if (object->kind == V_FUNCTION || object->kind == V_UNKNOWN)
        return path_member(l, "?", name, flags);
    if (object->kind != V_PATH)
        return path_member(l, object->kind == V_STRING ? "str" : "?", name, flags);
    flags |= object->flags & VF_HIDDEN;
    const char *module = object->s[0] != '?' ? carried_module(name) : NULL;
    if (module)
        return value_path(l, module, flags);
    const struct value *v = path_member(l, object->s, name, flags);
    if (!object->text)
        return v;
    struct value *copy = value_new(l, V_PATH);
    *copy = *v;
    copy->text = object->text;
    return copy;
}

const struct value *py_member(struct lint *l, const struct value *object, const char *name, uint32_t flags)
{
    const struct value *out = NULL;
    for (const struct value *v = object; v; v = v->alt)
        out = value_either(l, one_member(l, v, name, flags), out);
    return out ? out : UNKNOWN;
}

/* The text of an identifier, which may be in disguise. */
static const char *plain_name(struct lint *l, node n, bool *disguised)
{
    const char *name = node_name(l, n, disguised);
    if (*disguised && is_watched_word(l, name))
        add_finding(l, PY035, SEV_HIGH, n, "letters in disguise: this is a watched name after NFKC");
    return name;
}

/* object.name; *receiver and *name are set: the name to NULL if there is none. */
static const struct value *attribute_of(struct lint *l, node n, enum use use, const struct value **receiver,
                                        const char **name)
{
    bool disguised;
    node attribute = child(l, n, F_attribute);
    *receiver = py_eval(l, child(l, n, F_object), USE_BASE);
    *name = attribute ? plain_name(l, attribute, &disguised) : NULL;
    if (!attribute)
        return UNKNOWN;
    const struct value *v = py_member(l, *receiver, *name, disguised ? VF_HIDDEN : 0);
    emit_use(l, v, attribute, use);
    return v;
}

static const struct value *eval_attribute(struct lint *l, node n, enum use use)
{
    const struct value *receiver;
    const char *name;
    return attribute_of(l, n, use, &receiver, &name);
}

/* ---- names ---- */

static const struct value *from_stars(struct lint *l, const char *name)
{
    for (struct scope *s = l->scope; s; s = s->up) {
        for (size_t i = 0; i < s->n_stars; i++) {
            const struct value *v = path_member(l, s->stars[i], name, 0);
            if (v->kind == V_PATH && (is_watched(l, ON_REF, v->s) || is_watched(l, ON_CALL, v->s)))
                return v;
        }
    }
    return NULL;
}

static const struct value *eval_name(struct lint *l, node n, enum use use)
{
    bool disguised;
    const char *name = plain_name(l, n, &disguised);
    const struct value *v = scope_find(l, l->scope, name, NULL);
    if (!v)
        v = from_stars(l, name);
    if (!v)
        v = path_member(l, "builtins", name, disguised ? VF_HIDDEN : 0);
    if (v->kind == V_PATH)
        emit_use(l, v, n, use);
    return v;
}

static bool declared_global(const struct scope *s, const char *name)
{
    for (size_t i = 0; i < s->n_globals; i++)
        if (s->globals[i] == name)
            return true;
    return false;
}

void py_bind_name(struct lint *l, node n, const struct value *v)
{
    bool disguised;
    const char *name = node_name(l, n, &disguised);
    struct scope *s = declared_global(l->scope, name) ? py_module_scope(l) : l->scope;
    scope_bind(l, s, name, v);
}

static void bind_sequence(struct lint *l, node target, const struct value *v)
{
    size_t i = 0;
    FOR_CHILDREN(l, c, target)
    {
        const struct value *item = v->kind == V_LIST && i < v->n ? v->items[i] : UNKNOWN;
        py_bind(l, c, item);
        i++;
    }
}

/* self.x = v: from now on x may be v, too. */
static void set_attribute(struct lint *l, node target, const struct value *v)
{
    const struct value *object;
    const char *name;
    const struct value *place = attribute_of(l, target, USE_BASE, &object, &name);
    if (object->kind == V_CLASS && name)
        place = path_member(l, "?", name, 0);
    emit(l, ON_SET, place, target, NULL);
    if (object->kind != V_CLASS || !name)
        return;
    const struct value *old = scope_own(l, object->closure, name);
    scope_bind(l, object->closure, name, old ? value_either(l, v, old) : v);
}

void py_bind(struct lint *l, node target, const struct value *v)
{
    switch (kind_of(l, target)) {
    case K_identifier:
        py_bind_name(l, target, v);
        break;
    case K_pattern_list:
    case K_tuple_pattern:
    case K_list_pattern:
    case K_tuple:
    case K_list:
    case K_expression_list:
        bind_sequence(l, target, v);
        break;
    case K_list_splat_pattern:
    case K_parenthesized_expression:
    case K_as_pattern_target:
        if (at(l, target)->first)
            py_bind(l, at(l, target)->first, kind_of(l, target) == K_list_splat_pattern ? UNKNOWN : v);
        break;
    case K_attribute:
        set_attribute(l, target, v);
        break;
    default:
        py_eval(l, target, USE_BASE);
    }
}

/* ---- imports ---- */

static char *dotted(struct lint *l, node n)
{
    char *text = NULL;
    if (kind_of(l, n) == K_relative_import)
        return xasprintf("?");
    FOR_CHILDREN(l, c, n)
    {
        bool disguised;
        if (kind_of(l, c) != K_identifier)
            continue;
        const char *name = plain_name(l, c, &disguised);
        char *longer = text ? xasprintf("%s.%s", text, name) : xstrdup(name);
        free(text);
        text = longer;
    }
    return text ? text : xstrdup("?");
}

static void emit_import(struct lint *l, const struct value *module, node where)
{
    emit(l, ON_IMPORT, module, where, NULL);
    const char *dot = module->kind == V_PATH ? strchr(module->s, '.') : NULL;
    if (dot)
        emit(l, ON_IMPORT, value_path(l, intern(l, module->s, (size_t)(dot - module->s)), 0), where, NULL);
}

void py_import_module(struct lint *l, node n)
{
    node name = kind_of(l, n) == K_aliased_import ? child(l, n, F_name) : n;
    node alias = kind_of(l, n) == K_aliased_import ? child(l, n, F_alias) : 0;
    char *text = dotted(l, name);
    const struct value *module = value_path(l, text, 0);
    emit_import(l, module, name);
    if (alias) {
        py_bind_name(l, alias, module);
    } else if (at(l, name)->first) {
        char *first = xstrndup(text, strcspn(text, "."));
        py_bind_name(l, at(l, name)->first, value_path(l, first, 0));
        free(first);
    }
    free(text);
}

static void import_star(struct lint *l, const char *module)
{
    struct scope *s = l->scope;
    const char **more = arena_alloc(&l->arena, (s->n_stars + 1) * sizeof(*more));
    if (s->n_stars)
        memcpy(more, s->stars, s->n_stars * sizeof(*more));
    more[s->n_stars++] = module;
    s->stars = more;
}

void py_import_from(struct lint *l, node n)
{
    node from = child(l, n, F_module_name);
    if (!from)
        return;
    char *text = dotted(l, from);
    const struct value *module = value_path(l, text, 0);
    free(text);
    emit_import(l, module, from);
    FOR_CHILDREN(l, c, n)
    {
        if (kind_of(l, c) == K_wildcard_import)
            import_star(l, module->s);
        if (at(l, c)->field != F_name)
            continue;
        node name = kind_of(l, c) == K_aliased_import ? child(l, c, F_name) : c;
        node alias = kind_of(l, c) == K_aliased_import ? child(l, c, F_alias) : at(l, c)->first;
        char *word = dotted(l, name);
        const struct value *v = py_member(l, module, intern(l, word, strlen(word)), 0);
        free(word);
        emit(l, ON_IMPORT, v, name, NULL);
        if (alias)
            py_bind_name(l, alias, v);
    }
}

/* ---- functions ---- */

static void bind_parameter(struct lint *l, node p, const struct value *given, bool called,
                           struct scope *closure)
{
    node name = child(l, p, F_name);
    const struct value *v = given ? given : UNKNOWN;
    if (kind_of(l, p) == K_identifier)
        name = p;
    else if (!name)
        name = at(l, p)->first;
    node otherwise = child(l, p, F_value);
    if (otherwise && !given) {
        struct scope *inside = l->scope;
        l->scope = closure;
        v = py_eval(l, otherwise, USE_VALUE);
        if (!called) /* a caller may give another one */
            v = value_flag(l, v, VF_OPEN);
        l->scope = inside;
    }
    if (name && (kind_of(l, name) == K_identifier || kind_of(l, name) == K_list_splat_pattern ||
                 kind_of(l, name) == K_dictionary_splat_pattern))
        py_bind(l, kind_of(l, name) == K_identifier ? name : p,
                kind_of(l, name) == K_identifier ? v : UNKNOWN);
}

static void bind_parameters(struct lint *l, node function, struct scope *closure, const struct call *call)
{
    node list = child(l, function, F_parameters);
    size_t i = 0;
    if (!list)
        return;
    FOR_CHILDREN(l, p, list)
    {
        const struct value *given = call && i < call_positional(call) ? call_arg(call, i) : NULL;
        bind_parameter(l, p, given, call != NULL, closure);
        i++;
    }
}

/* A method's first parameter is an object of its class. */
static void bind_self(struct lint *l, node function, struct scope *closure)
{
    node list = child(l, function, F_parameters), first = list ? at(l, list)->first : 0;
    if (closure->is_class && first && kind_of(l, first) == K_identifier)
        py_bind_name(l, first, value_class(l, closure));
}

/* Walks a function's body with these arguments (NULL: unknown) and gives what it returns. */
const struct value *py_run(struct lint *l, node function, struct scope *closure, const struct call *call)
{
    struct scope *here = l->scope;
    struct py_front *front = py_front(l);
    const struct value *outer = front->returned, *v;
    uint32_t conditional = l->conditional, loops = l->loops;
    node body = child(l, function, F_body);
    l->scope = closure;
    l->conditional = l->loops = 0;
    scope_push(l, false, true);
    bind_parameters(l, function, closure, call);
    if (!call)
        bind_self(l, function, closure);
    front->returned = NULL;
    if (body && kind_of(l, function) == K_lambda) {
        v = py_eval(l, body, USE_VALUE);
    } else {
        if (body)
            py_statement(l, body);
        v = front->returned ? front->returned : UNKNOWN;
    }
    front->returned = outer;
    l->scope = here;
    l->conditional = conditional;
    l->loops = loops;
    return v;
}

enum { SMALL_BODY = 300 }; /* bytes */

const struct value *py_follow(struct lint *l, const struct value *function, const struct call *call)
{
    node body = function->tree == l->tree ? child(l, function->function, F_body) : 0; /* else it is gone */
    if (!body || l->inlined >= 3 || at(l, body)->end - at(l, body)->start > SMALL_BODY)
        return UNKNOWN;
    struct call method = *call;
    if (function->closure->is_class && call->receiver->kind == V_CLASS && call->n < MAX_ARGS) {
        method.args[0] = call->receiver;
        method.arg_nodes[0] = call->where;
        method.keywords[0] = NULL;
        memcpy(method.args + 1, call->args, call->n * sizeof(call->args[0]));
        memcpy(method.arg_nodes + 1, call->arg_nodes, call->n * sizeof(call->arg_nodes[0]));
        memcpy(method.keywords + 1, call->keywords, call->n * sizeof(call->keywords[0]));
        method.n++;
    }
    l->inlined++;
    const struct value *v = py_run(l, function->function, function->closure, &method);
    l->inlined--;
    return v;
}

static const struct value *make_function(struct lint *l, node n)
{
    const struct value *v = value_function(l, n);
    if (!l->inlined)
        pend(l, n, l->scope);
    return v;
}

void py_decorate(struct lint *l, node decorator)
{
    node expression = at(l, decorator)->first;
    if (!expression)
        return;
    struct call call = {.where = expression, .receiver = UNKNOWN, .n = 1, .is_new = true};
    call.args[0] = UNKNOWN;
    call.callee = py_eval(l, expression, USE_CALLEE);
    emit(l, ON_CALL, call.callee, expression, &call);
}

void py_define_function(struct lint *l, node n)
{
    node name = child(l, n, F_name), list = child(l, n, F_parameters);
    py_eval(l, child(l, n, F_return_type), USE_BASE);
    if (list)
        FOR_CHILDREN(l, p, list)
    py_eval(l, child(l, p, F_type), USE_BASE);
    if (!name)
        return;
    if (node_is(l, name, "__del__"))
        add_finding(l, PY039, SEV_NONE, name, "__del__: code that runs when nobody calls it");
    if (node_is(l, name, "__reduce__") || node_is(l, name, "__setstate__"))
        add_finding(l, PY012, SEV_MEDIUM, name, "a method that pickle calls");
    py_bind_name(l, name, make_function(l, n));
}

void py_define_class(struct lint *l, node n)
{
    struct scope *outside = l->scope;
    node bases = child(l, n, F_superclasses), body = child(l, n, F_body), name = child(l, n, F_name);
    if (bases)
        FOR_CHILDREN(l, c, bases)
    py_eval(l, c, USE_BASE);
    scope_push(l, true, false);
    if (name) { /* before the body: a method may use it */
        struct scope *members = l->scope;
        l->scope = outside;
        py_bind_name(l, name, value_class(l, members));
        l->scope = members;
    }
    if (body)
        py_statement(l, body);
    l->scope = outside;
}

/* ---- calls ---- */

static void add_argument(struct lint *l, struct call *call, node n, enum use use)
{
    const char *keyword = NULL;
    bool disguised;
    node value = n;
    if (kind_of(l, n) == K_comment)
        return;
    if (kind_of(l, n) == K_keyword_argument) {
        value = child(l, n, F_value);
        node name = child(l, n, F_name);
        keyword = name ? node_name(l, name, &disguised) : NULL;
    }
    if (kind_of(l, n) == K_list_splat || kind_of(l, n) == K_dictionary_splat)
        call->spread = true;
    const struct value *v = value ? py_eval(l, value, use) : UNKNOWN;
    if (kind_of(l, n) == K_list_splat || kind_of(l, n) == K_dictionary_splat || call->n == MAX_ARGS)
        return;
    call->args[call->n] = v;
    call->arg_nodes[call->n] = value;
    call->keywords[call->n++] = keyword;
}

static void eval_arguments(struct lint *l, struct call *call, node arguments)
{
    bool asks = call->callee->kind == V_PATH && (is_path(call->callee, "builtins.isinstance") ||
                                                 is_path(call->callee, "builtins.issubclass"));
    if (kind_of(l, arguments) == K_generator_expression) {
        add_argument(l, call, arguments, USE_VALUE);
        return;
    }
    FOR_CHILDREN(l, c, arguments)
    add_argument(l, call, c, asks ? USE_BASE : USE_VALUE);
}

static const struct value *eval_call(struct lint *l, node n, enum use use)
{
    node function = child(l, n, F_function), arguments = child(l, n, F_arguments);
    struct call here = {.where = n, .receiver = UNKNOWN}, *call = &here;
    if (!function || !arguments)
        return UNKNOWN;
    uint32_t quiet = l->quiet; /* a call runs, in an annotation too */
    l->quiet = 0;
    if (kind_of(l, function) == K_attribute)
        call->callee = attribute_of(l, function, USE_CALLEE, &call->receiver, &call->method);
    else
        call->callee = py_eval(l, function, USE_CALLEE);
    eval_arguments(l, call, arguments);
    emit(l, ON_CALL, call->callee, n, call);
    py_check_paths(l, call);
    const struct value *v = py_result(l, call);
    if (use == USE_VALUE && v->kind == V_PATH && str_ends(v->s, ".__dict__"))
        emit_use(l, v, n, use); /* vars(os), handed on */
    l->quiet = quiet;
    return v;
}

/* ---- expressions ---- */

static const struct value *eval_all(struct lint *l, node n, enum use use)
{
    FOR_CHILDREN(l, c, n)
    py_eval(l, c, use);
    return UNKNOWN;
}

static const struct value *eval_list(struct lint *l, node n)
{
    struct value *v = value_new(l, V_LIST);
    size_t count = 0;
    bool known = true;
    FOR_CHILDREN(l, c, n)
    count++;
    v->items = arena_alloc(&l->arena, (count + 1) * sizeof(*v->items));
    FOR_CHILDREN(l, c, n)
    {
        if (kind_of(l, c) == K_comment)
            continue;
        v->items[v->n++] = py_eval(l, c, USE_VALUE);
        known &= kind_of(l, c) != K_list_splat;
    }
    return known ? v : UNKNOWN;
}

static const struct value *eval_dict(struct lint *l, node n)
{
    struct value *v = value_new(l, V_DICT);
    size_t count = 0;
    FOR_CHILDREN(l, c, n)
    count++;
    v->items = arena_alloc(&l->arena, (2 * count + 2) * sizeof(*v->items));
    FOR_CHILDREN(l, c, n)
    {
        node key = child(l, c, F_key), value = child(l, c, F_value);
        if (kind_of(l, c) != K_pair || !key || !value) {
            py_eval(l, c, USE_VALUE);
            continue;
        }
        v->items[v->n++] = py_eval(l, key, USE_VALUE);
        const struct value *what = v->items[v->n++] = py_eval(l, value, USE_VALUE);
        if (string_is(v->items[v->n - 2], "()") && what->kind == V_STRING) /* a factory, as logging has it */
            emit_use(l, value_path(l, intern(l, what->s, what->len), VF_HIDDEN), value, USE_BASE);
    }
    return v;
}

static const struct value *eval_binary(struct lint *l, node n)
{
    node op = child(l, n, F_operator), left = child(l, n, F_left), right = child(l, n, F_right);
    if (!op || !left || !right)
        return eval_all(l, n, USE_VALUE);
    const struct value *a = py_eval(l, left, USE_VALUE), *b = py_eval(l, right, USE_VALUE);
    const char *text = l->text + at(l, op)->start;
    size_t len = at(l, op)->end - at(l, op)->start;
    py_check_size(l, n, text, len, a, b);
    if (len == 1 && text[0] == '/' && path_starts(a, "pathlib.") && b->kind == V_STRING)
        return result_of(l, value_path(l, "pathlib.Path", 0), a->text ? py_join_path(l, a->text, b) : b);
    if (len == 1 && text[0] == '%' && a->kind == V_STRING)
        return py_format(l, a, b);
    return fold_binary(l, text, len, a, b);
}

static const struct value *eval_unary(struct lint *l, node n)
{
    node argument = child(l, n, F_argument), op = child(l, n, F_operator);
    const struct value *v = argument ? py_eval(l, argument, USE_VALUE) : UNKNOWN;
    if (v->kind != V_NUMBER || !op)
        return UNKNOWN;
    char c = l->text[at(l, op)->start];
    return c == '-' ? value_number(l, -v->number) : c == '~' ? value_number(l, -v->number - 1) : v;
}

static const struct value *eval_number(struct lint *l, node n)
{
    char s[64];
    size_t k = 0;
    for (uint32_t i = at(l, n)->start; i < at(l, n)->end && k < sizeof(s) - 1; i++)
        if (l->text[i] != '_')
            s[k++] = l->text[i];
    s[k] = '\0';
    if (s[0] == '0' && (s[1] == 'o' || s[1] == 'O'))
        return value_number(l, (double)strtoull(s + 2, NULL, 8));
    if (s[0] == '0' && (s[1] == 'b' || s[1] == 'B'))
        return value_number(l, (double)strtoull(s + 2, NULL, 2));
    return value_number(l, strtod(s, NULL));
}

static const struct value *eval_alternatives(struct lint *l, node n)
{
    const struct value *out = NULL;
    FOR_CHILDREN(l, c, n)
    if (!at(l, c)->field || at(l, c)->field == F_left || at(l, c)->field == F_right)
        out = value_either(l, py_eval(l, c, USE_VALUE), out);
    return out ? out : UNKNOWN;
}

static const struct value *eval_named(struct lint *l, node n)
{
    node name = child(l, n, F_name), value = child(l, n, F_value);
    const struct value *v = value ? py_eval(l, value, USE_VALUE) : UNKNOWN;
    if (name)
        py_bind(l, name, v);
    return v;
}

static const struct value *eval_first(struct lint *l, node n, enum use use)
{
    const struct value *v = UNKNOWN;
    FOR_CHILDREN(l, c, n)
    if (kind_of(l, c) != K_comment)
        v = py_eval(l, c, use);
    return v;
}

static const struct value *eval_quietly(struct lint *l, node n)
{
    l->quiet++;
    FOR_CHILDREN(l, c, n)
    {
        const struct value *v = py_eval(l, c, USE_BASE);
        if (v->kind == V_STRING && strchr(v->s, '(')) /* who asks for the hints runs it */
            lint_nested(l, v, c);
    }
    l->quiet--;
    return UNKNOWN;
}

static const struct value *dispatch(struct lint *l, node n, enum use use)
{
    switch (kind_of(l, n)) {
    case K_identifier:
        return eval_name(l, n, use);
    case K_attribute:
        return eval_attribute(l, n, use);
    case K_call:
        return eval_call(l, n, use);
    case K_subscript:
        return py_subscript(l, n, use);
    case K_string:
    case K_concatenated_string:
        return py_string(l, n);
    case K_integer:
    case K_float:
        return eval_number(l, n);
    case K_binary_operator:
        return eval_binary(l, n);
    case K_unary_operator:
        return eval_unary(l, n);
    case K_list:
    case K_tuple:
    case K_set:
    case K_expression_list:
        return eval_list(l, n);
    case K_dictionary:
        return eval_dict(l, n);
    case K_list_comprehension:
    case K_generator_expression:
    case K_set_comprehension:
    case K_dictionary_comprehension:
        return py_comprehension(l, n);
    case K_lambda:
        return make_function(l, n);
    case K_parenthesized_expression:
        return eval_first(l, n, use);
    case K_await:
        return eval_first(l, n, USE_VALUE);
    case K_conditional_expression:
    case K_boolean_operator:
        return eval_alternatives(l, n);
    case K_named_expression:
        return eval_named(l, n);
    case K_comparison_operator:
        return eval_all(l, n, USE_BASE);
    case K_type:
        return eval_quietly(l, n);
    case K_yield: {
        const struct value *v = eval_first(l, n, USE_VALUE);
        struct py_front *front = py_front(l);
        front->returned = value_either(l, value_list(l, &v, 1), front->returned);
        return UNKNOWN;
    }
    case K_block:
        py_statement(l, n);
        return UNKNOWN;
    case K_comment:
        return UNKNOWN;
    default:
        return eval_all(l, n, USE_VALUE);
    }
}

const struct value *py_eval(struct lint *l, node n, enum use use)
{
    if (!n)
        return UNKNOWN;
    enter(l);
    const struct value *v = dispatch(l, n, use);
    leave(l);
    return v;
}
