/* Python 3: the interpreter and its standard library, without its own tests, GUI and package manager. */
#include "rootfs-tools/language.h"

/* sys.executable may be a venv's; base_prefix is where the library is. What stands below another prefix than
 * /usr (pyenv, /usr/local) moves to /usr: Python finds its library from where its executable is. */
static const char query[] =
    "import os, sys, sysconfig\n"
    "program = os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable)\n"
    "prefix = os.path.realpath(sys.base_prefix)\n"
    "version = '%d.%d' % sys.version_info[:2]\n"
    "print('program', program, '/usr/bin/python' + version)\n"
    "print('version', '.'.join(map(str, sys.version_info[:3])))\n"
    "print('link', '/usr/bin/python3', 'python' + version)\n"
    "print('link', '/usr/bin/python', 'python3')\n"
    "for tree in sorted({sysconfig.get_path('stdlib'), sysconfig.get_path('platstdlib')}):\n"
    "    tree = os.path.realpath(tree)\n"
    "    print('tree', tree, '/usr' + tree[len(prefix):] if tree.startswith(prefix + '/') else tree)\n";

static const struct language_file files[] = {
    /* A pipe makes stdout block-buffered, and what a program printed last before it was killed would be lost.
     * -u would write every argument of print() by itself. */
    {"%t/sitecustomize.py", "import sys\nif sys.stdout:\n    sys.stdout.reconfigure(line_buffering=True)\n"},
    {NULL, NULL},
};

const struct language language_python = {
    .name = "python",
    .title = "Python",
    .aliases = WORDS("py", "python3", "py3", "cpython"),
    .extensions = WORDS("py", "pyw"),
    .interpreters = WORDS("python", "pypy"),
    .programs = WORDS("/usr/bin/python3", "python3"),
    .query = WORDS("%p", "-I", "-S", "-c", query),
    .package = "python3",
    .debian_name = "python3-%s",
    .libraries = WORDS("libgcc_s.so.1", /* pthread_cancel(3) loads it */
                       "libstdc++.so.6" /* wheels */),
    .skip = WORDS("test", "tests", "*/test", "*/tests", "idlelib", "tkinter", "turtledemo", "turtle.py",
                  "ensurepip", "lib2to3", "config-*", "site-packages", "dist-packages", "pydoc_data", "venv",
                  "EXTERNALLY-MANAGED", "sitecustomize.py", "sitecustomize.*.pyc", "LICENSE.txt", "*.a",
                  "*.opt-2.pyc", "*.opt-1.pyc"),
    .files = files,
    .syscalls = WORDS("@sockets", "@events", "@owners", "@ids", "@xattr", "@signals", "@scheduling"),
    .run = WORDS("%p", "-s", "-B", "%f"),
    .lint = "python",
};
