/* The parts of the Python front end to each other. */
#ifndef RSBX_LINT_PYTHON_H
#define RSBX_LINT_PYTHON_H

#include "rootfs-tools/lint/front.h"
#include "rootfs-tools/lint/rules.h"

struct py_front {
    struct scope *module;
    const struct value *returned; /* by the function that is being walked */
};
struct py_front *py_front(const struct lint *l);

/* python.c */
const struct value *py_run(struct lint *l, node function, struct scope *closure, const struct call *call);
void py_bind_name(struct lint *l, node name, const struct value *v);
void py_import_module(struct lint *l, node n);
void py_import_from(struct lint *l, node n);
void py_define_function(struct lint *l, node n);
void py_define_class(struct lint *l, node n);
void py_decorate(struct lint *l, node decorator);

/* python_statements.c */
void py_statement(struct lint *l, node n);

#endif
