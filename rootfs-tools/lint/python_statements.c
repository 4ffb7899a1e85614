/* The Python front end's statements, in the order in which they run. */
#include "rootfs-tools/lint/python.h"

#include <string.h>

#include "base/auto.h"
#include "base/strings.h"

static void assign(struct lint *l, node n)
{
    node left = child(l, n, F_left), right = child(l, n, F_right), type = child(l, n, F_type);
    if (type)
        py_eval(l, type, USE_BASE);
    if (!right && left && kind_of(l, left) != K_identifier) /* x[f()]: int */
        py_eval(l, left, USE_VALUE);
    if (!right)
        return;
    const struct value *v = kind_of(l, right) == K_assignment ? UNKNOWN : py_eval(l, right, USE_VALUE);
    if (kind_of(l, right) == K_assignment) { /* a = b = value */
        assign(l, right);
        node inner = child(l, right, F_left);
        v = inner && kind_of(l, inner) == K_identifier ? py_eval(l, inner, USE_BASE) : UNKNOWN;
    }
    if (left)
        py_bind(l, left, v);
}

static void assign_with_operator(struct lint *l, node n)
{
    node op = child(l, n, F_operator), left = child(l, n, F_left), right = child(l, n, F_right);
    if (!op || !left || !right)
        return;
    const struct value *a = py_eval(l, left, USE_BASE), *b = py_eval(l, right, USE_VALUE);
    const struct value *v =
        l->loops ? UNKNOWN
                 : fold_binary(l, l->text + at(l, op)->start, at(l, op)->end - at(l, op)->start - 1, a, b);
    if (kind_of(l, left) == K_identifier)
        py_bind_name(l, left, v);
}

static void declare_global(struct lint *l, node n)
{
    struct scope *s = l->scope;
    FOR_CHILDREN(l, c, n)
    {
        bool disguised;
        const char **more = arena_alloc(&l->arena, (s->n_globals + 1) * sizeof(*more));
        if (s->n_globals)
            memcpy(more, s->globals, s->n_globals * sizeof(*more));
        more[s->n_globals++] = node_name(l, c, &disguised);
        s->globals = more;
    }
}

static void loop(struct lint *l, node n)
{
    node left = child(l, n, F_left), right = child(l, n, F_right);
    if (kind_of(l, n) == K_while_statement)
        py_check_loop(l, n);
    if (right) {
        const struct value *v = py_eval(l, right, USE_VALUE);
        if (left)
            py_bind(l, left, any_item(l, v));
    }
    forget_assigned(l, n);
    l->loops++;
    l->conditional++;
    FOR_CHILDREN(l, c, n)
    if (c != left && c != right)
        py_statement(l, c);
    l->conditional--;
    l->loops--;
}

static void with_item(struct lint *l, node n)
{
    node value = child(l, n, F_value);
    if (!value)
        return;
    node alias = kind_of(l, value) == K_as_pattern ? child(l, value, F_alias) : 0;
    const struct value *v = py_eval(l, alias ? at(l, value)->first : value, USE_VALUE);
    if (alias)
        py_bind(l, alias, v);
}

static void except_clause(struct lint *l, node n)
{
    FOR_CHILDREN(l, c, n)
    {
        node alias = kind_of(l, c) == K_as_pattern ? child(l, c, F_alias) : 0;
        if (kind_of(l, c) == K_block)
            py_statement(l, c);
        else
            py_eval(l, alias ? at(l, c)->first : c, USE_BASE);
        if (alias)
            py_bind(l, alias, UNKNOWN);
    }
}

static void walk_children(struct lint *l, node n, bool conditional)
{
    l->conditional += conditional;
    FOR_CHILDREN(l, c, n)
    py_statement(l, c);
    l->conditional -= conditional;
}

static void exec_2(struct lint *l, node n)
{
    struct call call = {.where = n, .receiver = UNKNOWN, .n = 1};
    call.callee = value_path(l, "builtins.exec", 0);
    call.arg_nodes[0] = at(l, n)->first;
    call.args[0] = py_eval(l, at(l, n)->first, USE_VALUE);
    emit(l, ON_CALL, call.callee, n, &call);
}

static void return_value(struct lint *l, node n)
{
    struct py_front *front = py_front(l);
    FOR_CHILDREN(l, c, n)
    if (kind_of(l, c) != K_comment)
        front->returned = value_either(l, py_eval(l, c, USE_VALUE), front->returned);
}

/* ---- match ---- */

/* The names in a pattern and what they may stand for. */
static void bind_pattern(struct lint *l, node n, const struct value *v);

static const struct value *part(struct lint *l, node where, const struct value *v, node key)
{
    const struct value *name = py_eval(l, key, USE_VALUE);
    if (v->kind == V_DICT)
        return dict_get(v, name) ? dict_get(v, name) : UNKNOWN;
    return v->kind == V_PATH ? py_item(l, v, name, where) : UNKNOWN;
}

static void bind_items(struct lint *l, node n, const struct value *v)
{
    size_t i = 0;
    node key = 0;
    FOR_CHILDREN(l, c, n)
    {
        if (at(l, c)->field == F_key)
            key = c;
        else if (at(l, c)->field == F_value && key)
            bind_pattern(l, c, part(l, n, v, key));
        else
            bind_pattern(l, c, v->kind == V_LIST && i < v->n ? v->items[i] : UNKNOWN);
        i++;
    }
}

/* case object(system=f): f is v.system */
static void bind_member(struct lint *l, node n, const struct value *v)
{
    bool disguised;
    node name = at(l, n)->first;
    if (!name || kind_of(l, name) != K_identifier)
        return;
    const struct value *member = py_member(l, v, node_name(l, name, &disguised), VF_HIDDEN);
    emit_use(l, member, name, USE_VALUE);
    FOR_CHILDREN(l, c, n)
    if (c != name)
        bind_pattern(l, c, member);
}

static void bind_pattern(struct lint *l, node n, const struct value *v)
{
    enter(l);
    switch (kind_of(l, n)) {
    case K_identifier:
        py_bind_name(l, n, v);
        break;
    case K_dotted_name: /* a.b is a constant to compare with */
        if (at(l, n)->first && !at(l, at(l, n)->first)->next)
            bind_pattern(l, at(l, n)->first, v);
        break;
    case K_keyword_pattern:
        bind_member(l, n, v);
        break;
    case K_list_pattern:
    case K_tuple_pattern:
    case K_dict_pattern:
        bind_items(l, n, v);
        break;
    case K_class_pattern:
        FOR_CHILDREN(l, c, n)
        if (c != at(l, n)->first) {
            node inner = kind_of(l, c) == K_case_pattern ? at(l, c)->first : 0;
            bind_pattern(l, c, inner && kind_of(l, inner) == K_keyword_pattern ? v : UNKNOWN);
        }
        break;
    case K_case_pattern:
    case K_union_pattern:
    case K_as_pattern:
        FOR_CHILDREN(l, c, n)
        bind_pattern(l, c, v);
        break;
    case K_splat_pattern:
        FOR_CHILDREN(l, c, n)
        bind_pattern(l, c, UNKNOWN);
        break;
    default:
        py_eval(l, n, USE_BASE);
    }
    leave(l);
}

static void match(struct lint *l, node n)
{
    const struct value *items[16], *v;
    size_t count = 0;
    node body = child(l, n, F_body);
    FOR_CHILDREN(l, c, n)
    if (c != body && kind_of(l, c) != K_comment && count < ARRAY_LEN(items))
        items[count++] = py_eval(l, c, USE_VALUE);
    v = count == 1 ? items[0] : value_list(l, items, count);
    l->conditional++;
    FOR_CHILDREN(l, clause, body) /* none of node 0 */
    FOR_CHILDREN(l, c, clause)
    if (kind_of(l, c) == K_case_pattern)
        bind_pattern(l, c, v);
    else
        py_statement(l, c);
    l->conditional--;
}

static void statement(struct lint *l, node n)
{
    switch (kind_of(l, n)) {
    case K_comment:
        break;
    case K_import_statement:
        FOR_CHILDREN(l, c, n)
        if (at(l, c)->field == F_name)
            py_import_module(l, c);
        break;
    case K_import_from_statement:
        py_import_from(l, n);
        break;
    case K_assignment:
        assign(l, n);
        break;
    case K_augmented_assignment:
        assign_with_operator(l, n);
        break;
    case K_global_statement:
    case K_nonlocal_statement:
        declare_global(l, n);
        break;
    case K_for_statement:
    case K_while_statement:
        loop(l, n);
        break;
    case K_with_item:
        with_item(l, n);
        break;
    case K_except_clause:
    case K_except_group_clause:
        except_clause(l, n);
        break;
    case K_exec_statement:
        exec_2(l, n);
        break;
    case K_match_statement:
        match(l, n);
        break;
    case K_return_statement:
        return_value(l, n);
        break;
    case K_function_definition:
        py_define_function(l, n);
        break;
    case K_class_definition:
        py_define_class(l, n);
        break;
    case K_decorator:
        py_decorate(l, n);
        break;
    case K_expression_statement:
    case K_block:
    case K_module:
    case K_decorated_definition:
    case K_with_statement:
    case K_with_clause:
    case K_ERROR:
        walk_children(l, n, false);
        break;
    case K_if_statement:
    case K_elif_clause:
    case K_else_clause:
    case K_try_statement:
    case K_finally_clause:
        walk_children(l, n, true);
        break;
    default:
        py_eval(l, n, USE_VALUE);
    }
}

void py_statement(struct lint *l, node n)
{
    enter(l);
    statement(l, n);
    leave(l);
}

void py_walk(struct lint *l)
{
    struct scope *outer = l->scope;
    struct py_front *outer_front = l->front, front = {0};
    l->front = &front;
    front.module = scope_push(l, false, true);
    if (outer_front)
        front.module = outer_front->module;
    py_statement(l, 1);
    while (l->pending) {
        struct pending *p = l->pending;
        l->pending = p->next;
        if (!l->pending)
            l->last_pending = NULL;
        py_run(l, p->function, p->closure, NULL);
    }
    l->front = outer_front;
    l->scope = outer;
}
