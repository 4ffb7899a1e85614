/* Numbers of the rules and what front ends and tables share. */
#ifndef RSBX_LINT_RULES_H
#define RSBX_LINT_RULES_H

#include "rootfs-tools/lint/value.h"

#define RULE(id, severity, message, needs) id,
enum python_rules {
    PY_FIRST = COMMON_RULES - 1,
#include "rootfs-tools/lint/python.def"
    PY_END,
};
enum javascript_rules {
    JS_FIRST = COMMON_RULES - 1,
#include "rootfs-tools/lint/javascript.def"
    JS_END,
};
#undef RULE

/* checks_python.c */
void py_check_paths(struct lint *l, struct call *call);
void py_check_size(struct lint *l, node n, const char *op, size_t len, const struct value *a,
                   const struct value *b);
void py_check_loop(struct lint *l, node n);
void py_check_item(struct lint *l, node n, const struct value *base, const struct value *index);
const struct value *py_join_path(struct lint *l, const struct value *a, const struct value *b);
const struct value *py_format(struct lint *l, const struct value *format, const struct value *args);
const struct value *py_format_braces(struct lint *l, const struct value *format, const struct call *call);

/* checks_javascript.c */
void js_check_call(struct lint *l, struct call *call);
void js_check_loop(struct lint *l, node n);
void js_check_regex(struct lint *l, node n);
void js_check_word(struct lint *l, const struct value *name, node where);

/* paths.c: what a constant path means */
enum path_class {
    PATH_PLAIN,
    PATH_ABSOLUTE,
    PATH_TMP,
    PATH_SYSTEM,
    PATH_SENSITIVE,
    PATH_ESCAPE,
    PATH_DOCKER
};
enum path_class classify_path(const char *s, size_t len);
bool secret_name(const char *s); /* PASSWORD, API_KEY, ... */

/* checks shared by languages (checks.c) */
enum severity check_code(struct lint *l, struct call *call, enum severity severity);
enum severity check_decoded(struct lint *l, struct call *call, enum severity severity);
enum severity check_needs(struct lint *l, struct call *call, enum severity severity);

enum severity check_opened(struct lint *l, struct call *call, enum severity severity);
enum severity perl_open(struct lint *l, struct call *call, enum severity severity);
enum severity ruby_open(struct lint *l, struct call *call, enum severity severity);
enum severity php_replace(struct lint *l, struct call *call, enum severity severity);
enum severity lua_whole(struct lint *l, struct call *call, enum severity severity); /* generic.c */

extern const struct watch python_watches[], javascript_watches[];
extern const struct rule python_rules[], javascript_rules[];
extern const char *const python_aliases[], *const javascript_aliases[];

#endif
