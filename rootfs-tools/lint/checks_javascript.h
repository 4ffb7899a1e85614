/* The checks that JavaScript's watch table names. */
#ifndef RSBX_LINT_CHECKS_JAVASCRIPT_H
#define RSBX_LINT_CHECKS_JAVASCRIPT_H

#include "rootfs-tools/lint/value.h"

#define CHECK(name) enum severity name(struct lint *l, struct call *call, enum severity severity)
CHECK(js_worker);
CHECK(js_function_text);
CHECK(js_timer);
CHECK(js_require);
CHECK(js_require_native);
CHECK(js_connect);
CHECK(js_on_event);
CHECK(js_huge);
CHECK(js_buffer);
CHECK(js_dynamic_key);
CHECK(js_proxy);
CHECK(js_define);
CHECK(js_npm);
CHECK(js_constructor_text);
CHECK(js_of_any);
CHECK(js_again);
CHECK(js_dynamic_function);
CHECK(js_regex_text);
#undef CHECK

#endif
