/* C++, compiled by the host's GCC. */
#include "rootfs-tools/language.h"
#include "rootfs-tools/languages/gnu_compiler.h"

static const char query[] = "cc=$1\n"
                            "echo \"program $(readlink -f \"$cc\") /usr/bin/g++\"\n"
                            "echo \"version $(\"$cc\" -dumpfullversion)\"\n" GNU_COMPILER_PARTS ICONV_MODULES;

const struct language language_cpp = {
    .name = "cpp",
    .title = "C++",
    .aliases = WORDS("c++", "g++", "cxx"),
    .extensions = WORDS("cpp", "cc", "cxx", "c++"),
    .programs = WORDS("/usr/bin/g++", "g++", "c++"),
    .query = WORDS("/bin/sh", "-c", query, "sh", "%p"),
    .version = WORDS("%p", "-dumpfullversion"),
    .package = "g++",
    .libraries = WORDS(GNU_COMPILER_LIBRARIES, "libstdc++.so.6"),
    .skip = WORDS(GNU_COMPILER_SKIP),
    .compile = WORDS("%p", "-O2", "-std=gnu++20", "-pipe", "-o", "%d/main", "%F", "-pthread"),
    .syscalls = WORDS("@system", "@sysv"),
    .run = WORDS("%d/main"),
};
