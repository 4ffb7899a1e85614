/* C++, compiled by the host's GCC. */
#include "rootfs-tools/language.h"
#include "rootfs-tools/languages/gnu_compiler.h"

const struct language language_cpp = {
    .name = "cpp",
    .title = "C++",
    .aliases = WORDS("c++", "g++", "cxx"),
    .extensions = WORDS("cpp", "cc", "cxx", "c++"),
    .programs = WORDS("/usr/bin/g++", "g++", "c++"),
    .query = WORDS("/bin/sh", "-c", gnu_compiler_query, "sh", "%p", "/usr/bin/g++", gnu_compiler_parts),
    .version = WORDS("%p", "-dumpfullversion"),
    .package = "g++",
    .libraries = WORDS(GNU_COMPILER_LIBRARIES, "libstdc++.so.6"),
    .skip = WORDS(GNU_COMPILER_SKIP),
    .compile = WORDS("%p", "-O2", "-std=gnu++20", "-pipe", "-o", "%d/main", "%F", "-pthread"),
    .syscalls = WORDS("@system", "@sysv"),
    .run = WORDS("%d/main"),
};
