/* The JavaScript and TypeScript front end: statements and expressions in the order in which they run. */
#include "rootfs-tools/lint/javascript.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"

struct js_front *js_front(const struct lint *l)
{
    return l->front;
}

/* ---- functions ---- */

static bool is_async(const struct lint *l, node n)
{
    return str_starts(l->text + at(l, n)->start, "async") || kind_of(l, n) == K_generator_function ||
           kind_of(l, n) == K_generator_function_declaration;
}

const struct value *js_function(struct lint *l, node n, bool later)
{
    struct value *v = value_function(l, n);
    v->flags = is_async(l, n) ? VF_ASYNC : 0;
    if (later && !l->inlined)
        pend(l, n, l->scope);
    return v;
}

static void bind_parameters(struct lint *l, node function, const struct call *call)
{
    node list = child(l, function, F_parameters), single = child(l, function, F_parameter);
    size_t i = 0;
    if (single)
        js_bind(l, single, call ? call_arg(call, 0) : UNKNOWN, false);
    if (!list)
        return;
    FOR_CHILDREN(l, p, list)
    {
        if (kind_of(l, p) == K_comment)
            continue;
        js_bind_parameter(l, p, call && i < call->n ? call->args[i] : NULL);
        i++;
    }
}

/* Walks a function's body with these arguments (NULL: unknown) and gives what it returns. */
static const struct value *run_function(struct lint *l, node function, struct scope *closure,
                                        const struct call *call)
{
    struct scope *here = l->scope;
    struct js_front *front = js_front(l);
    const struct value *outer = front->returned, *v;
    uint32_t conditional = l->conditional, loops = l->loops;
    node body = child(l, function, F_body);
    l->scope = closure;
    l->conditional = l->loops = 0;
    scope_push(l, false, true);
    node name = kind_of(l, function) == K_function_expression ? child(l, function, F_name) : 0;
    if (name)
        js_bind(l, name, UNKNOWN, false);
    bind_parameters(l, function, call);
    front->returned = NULL;
    if (body && kind_of(l, body) == K_statement_block) {
        js_statement(l, body);
        v = front->returned ? front->returned : UNKNOWN;
    } else {
        v = js_eval(l, body, USE_VALUE);
    }
    front->returned = outer;
    l->scope = here;
    l->conditional = conditional;
    l->loops = loops;
    return v;
}

static bool is_small(struct lint *l, node function)
{
    node body = child(l, function, F_body);
    return body && (kind_of(l, body) != K_statement_block || at(l, body)->end - at(l, body)->start < 200);
}

const struct value *js_follow(struct lint *l, const struct value *function, const struct call *call)
{
    if (function->tree != l->tree || l->inlined >= 3 || !is_small(l, function->function))
        return UNKNOWN;
    l->inlined++;
    const struct value *v = run_function(l, function->function, function->closure, call);
    l->inlined--;
    return v;
}

/* (function (require) { ... })(require): the body runs here and now. */
static const struct value *run_in_place(struct lint *l, const struct value *function, const struct call *call)
{
    return run_function(l, function->function, function->closure, call);
}

/* ---- calls ---- */

static node unwrap(const struct lint *l, node n)
{
    while (n && kind_of(l, n) == K_parenthesized_expression)
        n = at(l, n)->first;
    return n;
}

static bool is_function_kind(enum kind k)
{
    return k == K_function_expression || k == K_arrow_function || k == K_generator_function;
}

/* factory(require, exports, module) */
static bool is_wrapped_require(const struct lint *l, node arguments, node n)
{
    if (!node_is(l, n, "require"))
        return false;
    FOR_CHILDREN(l, c, arguments)
    if (node_is(l, c, "exports") || node_is(l, c, "module"))
        return true;
    return false;
}

static void eval_arguments(struct lint *l, struct call *call, node arguments)
{
    if (!arguments)
        return;
    if (kind_of(l, arguments) == K_template_string) {
        call->args[0] = js_eval(l, arguments, USE_VALUE);
        call->arg_nodes[0] = arguments;
        call->n = 1;
        return;
    }
    FOR_CHILDREN(l, c, arguments)
    {
        if (kind_of(l, c) == K_comment)
            continue;
        bool wraps = is_wrapped_require(l, arguments, c);
        const struct value *v = js_eval(l, c, wraps ? USE_BASE : USE_VALUE);
        if (wraps)
            add_finding(l, JS012, SEV_LOW, c, "require: handed on, as module wrappers do");
        if (kind_of(l, c) == K_spread_element) {
            call->spread = true;
            for (size_t i = 0; v->kind == V_LIST && i < v->n && call->n < MAX_ARGS; i++) {
                call->arg_nodes[call->n] = c;
                call->args[call->n++] = v->items[i];
            }
            continue;
        }
        if (call->n == MAX_ARGS)
            continue;
        call->args[call->n] = v;
        call->arg_nodes[call->n++] = c;
    }
}

static void eval_callee(struct lint *l, struct call *call, node function)
{
    enum kind k = kind_of(l, function);
    if (k == K_member_expression || k == K_subscript_expression) {
        call->callee = js_access(l, function, USE_CALLEE, &call->receiver, &call->method);
        return;
    }
    call->receiver = UNKNOWN;
    call->callee = js_eval(l, function, USE_CALLEE);
}

static const struct value *eval_import_call(struct lint *l, struct call *call, node arguments)
{
    eval_arguments(l, call, arguments);
    call->callee = value_path(l, "import", 0);
    emit(l, ON_CALL, call->callee, call->where, call);
    return value_flag(l, js_module(l, call_arg(call, 0), call->where), VF_MODULE);
}

static const struct value *eval_call(struct lint *l, node n, bool is_new)
{
    node function = child(l, n, is_new ? F_constructor : F_function), arguments = child(l, n, F_arguments);
    struct call here = {.where = n, .receiver = UNKNOWN, .is_new = is_new}, *call = &here;
    if (!function)
        return UNKNOWN;
    if (kind_of(l, function) == K_import)
        return eval_import_call(l, call, arguments);
    node plain = unwrap(l, function);
    if (plain && is_function_kind(kind_of(l, plain))) {
        const struct value *f = js_function(l, plain, false);
        eval_arguments(l, call, arguments);
        return run_in_place(l, f, call);
    }
    eval_callee(l, call, function);
    eval_arguments(l, call, arguments);
    return js_called(l, call);
}

/* ---- expressions ---- */

static const struct value *eval_all(struct lint *l, node n, enum use use)
{
    FOR_CHILDREN(l, c, n)
    js_eval(l, c, use);
    return UNKNOWN;
}

static const struct value *eval_last(struct lint *l, node n, enum use use)
{
    const struct value *v = UNKNOWN;
    FOR_CHILDREN(l, c, n)
    if (kind_of(l, c) != K_comment)
        v = js_eval(l, c, at(l, c)->next ? USE_BASE : use);
    return v;
}

static const struct value *eval_first(struct lint *l, node n, enum use use)
{
    return js_eval(l, at(l, n)->first, use);
}

static const struct value *eval_array(struct lint *l, node n)
{
    struct value *v = value_new(l, V_LIST);
    size_t count = 0;
    FOR_CHILDREN(l, c, n)
    count++;
    v->items = arena_alloc(&l->arena, (count + 1) * sizeof(*v->items));
    bool known = true;
    FOR_CHILDREN(l, c, n)
    {
        if (kind_of(l, c) == K_comment)
            continue;
        const struct value *item = js_eval(l, c, USE_VALUE);
        if (kind_of(l, c) != K_spread_element) {
            v->items[v->n++] = item;
            continue;
        }
        item = as_items(l, item);
        if (!v->n && item->kind == V_LIST && !at(l, c)->next) /* [...'abc'] */
            return item;
        known = false;
    }
    if (!known)
        v->n = 0;
    return v;
}

static bool op_is(const struct lint *l, node op, const char *text)
{
    return node_is(l, op, text);
}

static const struct value *eval_binary(struct lint *l, node n)
{
    node op = child(l, n, F_operator), left = child(l, n, F_left), right = child(l, n, F_right);
    if (!op || !left || !right)
        return eval_all(l, n, USE_VALUE);
    if (op_is(l, op, "||") || op_is(l, op, "&&") || op_is(l, op, "??")) {
        const struct value *a = js_eval(l, left, op_is(l, op, "&&") ? USE_BASE : USE_VALUE);
        l->conditional++;
        const struct value *b = js_eval(l, right, USE_VALUE);
        l->conditional--;
        return op_is(l, op, "&&") ? b : value_either(l, a, b);
    }
    const struct value *a = js_eval(l, left, USE_BASE), *b = js_eval(l, right, USE_BASE);
    const char *text = l->text + at(l, op)->start;
    if (text[0] == '+' && a->kind == V_LIST && a->n == 0)
        a = value_string(l, "", 0, 0);
    return fold_binary(l, text, at(l, op)->end - at(l, op)->start, a, b);
}

static const struct value *eval_unary(struct lint *l, node n)
{
    node op = child(l, n, F_operator), argument = child(l, n, F_argument);
    if (!op || !argument)
        return UNKNOWN;
    bool type =
        op_is(l, op, "typeof") && kind_of(l, argument) == K_identifier; /* a test whether it is there */
    l->quiet += type;
    const struct value *v = js_eval(l, argument, USE_BASE);
    l->quiet -= type;
    if (op_is(l, op, "-") && v->kind == V_NUMBER)
        return value_number(l, -v->number);
    return op_is(l, op, "+") && v->kind == V_NUMBER ? v : UNKNOWN;
}

static const struct value *eval_ternary(struct lint *l, node n)
{
    js_eval(l, child(l, n, F_condition), USE_BASE);
    l->conditional++;
    const struct value *a = js_eval(l, child(l, n, F_consequence), USE_VALUE);
    const struct value *b = js_eval(l, child(l, n, F_alternative), USE_VALUE);
    l->conditional--;
    return value_either(l, a, b);
}

static const struct value *eval_number(struct lint *l, node n)
{
    char s[64];
    size_t k = 0;
    for (uint32_t i = at(l, n)->start; i < at(l, n)->end && k < sizeof(s) - 1; i++)
        if (l->text[i] != '_' && l->text[i] != 'n')
            s[k++] = l->text[i];
    s[k] = '\0';
    if (s[0] == '0' && (s[1] | 32) == 'o')
        return value_number(l, (double)strtoull(s + 2, NULL, 8));
    if (s[0] == '0' && (s[1] | 32) == 'b')
        return value_number(l, (double)strtoull(s + 2, NULL, 2));
    return value_number(l, strtod(s, NULL));
}

static const struct value *eval_assignment(struct lint *l, node n)
{
    node left = child(l, n, F_left), right = child(l, n, F_right);
    if (!left || !right)
        return UNKNOWN;
    const struct value *v = js_eval(l, right, USE_VALUE);
    js_assign(l, left, v);
    return v;
}

static const struct value *eval_augmented(struct lint *l, node n)
{
    node op = child(l, n, F_operator), left = child(l, n, F_left), right = child(l, n, F_right);
    if (!op || !left || !right)
        return UNKNOWN;
    const struct value *a = js_eval(l, left, USE_BASE), *b = js_eval(l, right, USE_VALUE);
    const struct value *v = UNKNOWN;
    if (op_is(l, op, "+=") && !l->loops)
        v = fold_binary(l, "+", 1, a, b);
    else if (op_is(l, op, "||=") || op_is(l, op, "?\?="))
        v = value_either(l, a, b);
    js_assign(l, left, v);
    return v;
}

static const struct value *dispatch(struct lint *l, node n, enum use use)
{
    switch (kind_of(l, n)) {
    case K_identifier:
    case K_shorthand_property_identifier: {
        const struct value *v = js_name(l, n);
        emit_use(l, v, n, use);
        return v;
    }
    case K_member_expression:
    case K_subscript_expression:
        return js_access(l, n, use, NULL, NULL);
    case K_call_expression:
        return eval_call(l, n, false);
    case K_new_expression:
        return eval_call(l, n, true);
    case K_string:
    case K_template_string:
        return js_string(l, n);
    case K_number:
        return eval_number(l, n);
    case K_regex:
        js_check_regex(l, n);
        return path_member(l, "RegExp", "prototype", 0);
    case K_binary_expression:
        return eval_binary(l, n);
    case K_unary_expression:
        return eval_unary(l, n);
    case K_ternary_expression:
        return eval_ternary(l, n);
    case K_sequence_expression:
        return eval_last(l, n, USE_VALUE);
    case K_parenthesized_expression:
        return eval_last(l, n, use);
    case K_assignment_expression:
        return eval_assignment(l, n);
    case K_augmented_assignment_expression:
        return eval_augmented(l, n);
    case K_arrow_function:
    case K_function_expression:
    case K_generator_function:
    case K_method_definition:
        return js_function(l, n, true);
    case K_object:
        return js_object(l, n);
    case K_array:
        return eval_array(l, n);
    case K_class:
    case K_class_declaration:
        return js_class(l, n);
    case K_this:
        return js_this(l);
    case K_meta_property: /* new.target is a function */
        return node_is(l, n, "new.target") ? value_path(l, "Function.prototype", 0) : UNKNOWN;
    case K_yield_expression: {
        const struct value *v = eval_last(l, n, USE_VALUE);
        js_front(l)->returned = value_either(l, value_list(l, &v, 1), js_front(l)->returned);
        return UNKNOWN;
    }
    case K_await_expression:
    case K_non_null_expression:
    case K_as_expression:
    case K_satisfies_expression:
    case K_instantiation_expression:
        return eval_first(l, n, use);
    case K_type_annotation:
    case K_type_arguments:
    case K_type_parameters:
    case K_comment:
        return UNKNOWN;
    case K_spread_element:
        return eval_last(l, n, USE_VALUE);
    case K_statement_block:
        js_statement(l, n);
        return UNKNOWN;
    default:
        return eval_all(l, n, USE_VALUE);
    }
}

const struct value *js_eval(struct lint *l, node n, enum use use)
{
    if (!n)
        return UNKNOWN;
    enter(l);
    const struct value *v = dispatch(l, n, use);
    leave(l);
    return v;
}

/* ---- statements ---- */

static void declare(struct lint *l, node n)
{
    bool var = kind_of(l, n) == K_variable_declaration;
    FOR_CHILDREN(l, c, n)
    {
        if (kind_of(l, c) != K_variable_declarator)
            continue;
        node name = child(l, c, F_name), value = child(l, c, F_value);
        const struct value *v = value ? js_eval(l, value, USE_VALUE) : &undefined_value;
        if (name)
            js_bind(l, name, v, var);
    }
}

static void block(struct lint *l, node n)
{
    struct scope *outside = l->scope;
    if (kind_of(l, n) == K_statement_block)
        scope_push(l, false, false);
    FOR_CHILDREN(l, c, n) /* functions are there before the first statement */
    if (kind_of(l, c) == K_function_declaration || kind_of(l, c) == K_generator_function_declaration) {
        node name = child(l, c, F_name);
        if (name)
            js_bind(l, name, js_function(l, c, true), false);
    }
    FOR_CHILDREN(l, c, n)
    js_statement(l, c);
    l->scope = outside;
}

static void loop(struct lint *l, node n)
{
    struct scope *outside = l->scope;
    node body = child(l, n, F_body), left = child(l, n, F_left), right = child(l, n, F_right);
    js_check_loop(l, n);
    scope_push(l, false, false);
    if (right) {
        const struct value *v = js_eval(l, right, USE_VALUE);
        if (left)
            js_bind(l, left, any_item(l, v), node_is(l, child(l, n, F_kind), "var"));
    }
    forget_assigned(l, n);
    l->loops++;
    l->conditional++;
    FOR_CHILDREN(l, c, n)
    if (c != body && c != left && c != right)
        js_statement(l, c);
    if (body)
        js_statement(l, body);
    l->conditional--;
    l->loops--;
    l->scope = outside;
}

static void children(struct lint *l, node n, bool conditional)
{
    l->conditional += conditional;
    FOR_CHILDREN(l, c, n)
    js_statement(l, c);
    l->conditional -= conditional;
}

static void catch_clause(struct lint *l, node n)
{
    struct scope *outside = l->scope;
    node parameter = child(l, n, F_parameter), body = child(l, n, F_body);
    scope_push(l, false, false);
    if (parameter)
        js_bind(l, parameter, UNKNOWN, false);
    l->conditional++;
    if (body)
        js_statement(l, body);
    l->conditional--;
    l->scope = outside;
}

static void return_value(struct lint *l, node n)
{
    struct js_front *front = js_front(l);
    FOR_CHILDREN(l, c, n)
    if (kind_of(l, c) != K_comment)
        front->returned = value_either(l, js_eval(l, c, USE_VALUE), front->returned);
}

/* with (process): a name may be a member of it. */
static void with(struct lint *l, node n)
{
    struct scope *outside = l->scope;
    const struct value *object = js_eval(l, child(l, n, F_object), USE_VALUE);
    js_front(l)->with = true;
    scope_push(l, false, false)->with = object;
    l->conditional++;
    js_statement(l, child(l, n, F_body));
    l->conditional--;
    l->scope = outside;
}

static void statement(struct lint *l, node n)
{
    switch (kind_of(l, n)) {
    case K_comment:
    case K_function_declaration:
    case K_generator_function_declaration:
    case K_interface_declaration:
    case K_type_alias_declaration:
    case K_ambient_declaration:
        break;
    case K_import_statement:
        js_import(l, n);
        break;
    case K_export_statement:
        js_export(l, n);
        break;
    case K_lexical_declaration:
    case K_variable_declaration:
        declare(l, n);
        break;
    case K_program:
    case K_statement_block:
        block(l, n);
        break;
    case K_for_statement:
    case K_for_in_statement:
    case K_while_statement:
    case K_do_statement:
        loop(l, n);
        break;
    case K_catch_clause:
        catch_clause(l, n);
        break;
    case K_return_statement:
        return_value(l, n);
        break;
    case K_with_statement:
        add_finding(l, JS033, SEV_NONE, n, NULL);
        with(l, n);
        break;
    case K_html_comment:
        add_finding(l, JS033, SEV_NONE, n, "an HTML comment is a comment here");
        break;
    case K_hash_bang_line:
        js_check_hash_bang(l, n);
        break;
    case K_if_statement:
    case K_else_clause:
    case K_try_statement:
    case K_switch_statement:
        children(l, n, true);
        break;
    case K_expression_statement:
    case K_labeled_statement:
    case K_finally_clause:
    case K_ERROR:
        children(l, n, false);
        break;
    default:
        js_eval(l, n, USE_VALUE);
    }
}

void js_statement(struct lint *l, node n)
{
    if (!n)
        return;
    enter(l);
    statement(l, n);
    leave(l);
}

void js_walk(struct lint *l)
{
    struct scope *outer = l->scope;
    struct js_front *outer_front = l->front, front = {0};
    l->front = &front;
    front.module = scope_push(l, false, true);
    if (outer_front)
        front.module = outer_front->module;
    else
        js_check_text(l);
    js_statement(l, 1);
    while (l->pending) {
        struct pending *p = l->pending;
        l->pending = p->next;
        if (!l->pending)
            l->last_pending = NULL;
        run_function(l, p->function, p->closure, NULL);
    }
    l->front = outer_front;
    l->scope = outer;
}
