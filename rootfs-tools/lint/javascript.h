/* The parts of the JavaScript front end to each other. */
#ifndef RSBX_LINT_JAVASCRIPT_H
#define RSBX_LINT_JAVASCRIPT_H

#include "rootfs-tools/lint/front.h"
#include "rootfs-tools/lint/rules.h"

struct js_front {
    struct scope *module;
    const struct value *returned; /* by the function that is being walked */
    bool with;                    /* there was a `with` */
};
struct js_front *js_front(const struct lint *l);

void js_statement(struct lint *l, node n);
const struct value *js_function(struct lint *l, node n, bool later); /* later: walk its body, too */

/* javascript_objects.c */
const struct value *js_object(struct lint *l, node n);
const struct value *js_class(struct lint *l, node n);
const struct value *js_this(struct lint *l);
const struct value *js_instance(struct lint *l, const struct value *class, struct call *call);
void js_set_member(struct lint *l, node left, const struct value *object, const char *name,
                   const struct value *v);
const struct value *js_merged(struct lint *l, const struct value *a,
                              const struct value *b); /* of two V_DICT */

/* javascript_names.c */
/* A member or subscript expression; receiver and method (a name, or NULL) if wanted. */
const struct value *js_access(struct lint *l, node n, enum use use, const struct value **receiver,
                              const char **method);
void js_bind_parameter(struct lint *l, node parameter, const struct value *given);
void js_assign(struct lint *l, node left, const struct value *v);
void js_export(struct lint *l, node n);

/* javascript_calls.c: events and result of a call whose callee and arguments are known */
const struct value *js_called(struct lint *l, struct call *call);
bool js_is_require(const struct value *v);

/* checks_javascript.c */
void js_check_hash_bang(struct lint *l, node n);
void js_check_text(struct lint *l);
void js_check_specifier(struct lint *l, const struct value *specifier, node where);

#endif
