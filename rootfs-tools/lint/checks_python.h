/* The checks that Python's watch table names: what arguments make of a call's severity. */
#ifndef RSBX_LINT_CHECKS_PYTHON_H
#define RSBX_LINT_CHECKS_PYTHON_H

#include "rootfs-tools/lint/value.h"

#define CHECK(name) enum severity name(struct lint *l, struct call *call, enum severity severity)
CHECK(py_subprocess);
CHECK(py_exec);
CHECK(py_import);
CHECK(py_getattr);
CHECK(py_first_name);
CHECK(py_format_walk);
CHECK(py_network_socket);
CHECK(py_socket);
CHECK(py_open);
CHECK(py_path_open);
CHECK(py_path_write);
CHECK(py_os_open);
CHECK(py_chmod);
CHECK(py_signal);
CHECK(py_thread);
CHECK(py_getenv);
CHECK(py_unverified);
CHECK(py_ioctl);
CHECK(py_huge);
CHECK(py_huge_range);
CHECK(py_endless);
CHECK(py_pip);
CHECK(py_of_any);
CHECK(py_all_members);
CHECK(py_executable);
#undef CHECK

#endif
