/* What the front ends share with each other and with their models of library calls. */
#ifndef RSBX_LINT_FRONT_H
#define RSBX_LINT_FRONT_H

#include "rootfs-tools/lint/value.h"

/* Why an expression is looked at: what is merely the beginning of a longer name is no use of it by itself. */
enum use { USE_VALUE, USE_CALLEE, USE_BASE };

/* python.c */
const struct value *py_eval(struct lint *l, node n, enum use use);
void py_walk(struct lint *l);
const struct value *py_member(struct lint *l, const struct value *object, const char *name, uint32_t flags);
const struct value *py_follow(struct lint *l, const struct value *function, const struct call *call);
void py_bind(struct lint *l, node target, const struct value *v);
struct scope *py_module_scope(const struct lint *l);
/* python_text.c */
const struct value *py_string(struct lint *l, node n);
const struct value *py_comprehension(struct lint *l, node n);
const struct value *py_subscript(struct lint *l, node n, enum use use);
const struct value *py_item(struct lint *l, const struct value *base, const struct value *index, node where);
/* python_calls.c: what a call gives */
const struct value *py_result(struct lint *l, struct call *call);

/* javascript.c */
const struct value *js_eval(struct lint *l, node n, enum use use);
void js_walk(struct lint *l);
const struct value *js_member(struct lint *l, const struct value *object, const char *name, uint32_t flags);
const struct value *js_follow(struct lint *l, const struct value *function, const struct call *call);
/* javascript_names.c: patterns, imports, what a name means */
void js_bind(struct lint *l, node pattern, const struct value *v, bool var);
const struct value *js_name(struct lint *l, node n);
const struct value *js_module(struct lint *l, const struct value *specifier, node where);
void js_import(struct lint *l, node n);
const struct value *js_string(struct lint *l, node n);
/* javascript_calls.c */
const struct value *js_result(struct lint *l, struct call *call);

/* generic.c */
void generic_walk(struct lint *l);

/* front.c */
struct pending *pend(struct lint *l, node function, struct scope *closure);
const char *node_name(struct lint *l, node n, bool *disguised); /* an identifier's text, interned */
void emit_use(struct lint *l, const struct value *v, node where, enum use use);
const struct value *any_item(struct lint *l, const struct value *list);
const struct value *path_member(struct lint *l, const char *path, const char *name, uint32_t flags);
const struct value *result_of(struct lint *l, const struct value *path, const struct value *text);
void forget_assigned(struct lint *l, node loop);
bool contains_kind(struct lint *l, node n, const enum kind *kinds, bool into_functions);
bool node_is(const struct lint *l, node n, const char *text);
void enter(struct lint *l);
void leave(struct lint *l);

#endif
