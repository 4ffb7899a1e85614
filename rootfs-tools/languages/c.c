/* C, compiled by the host's GCC. */
#include "rootfs-tools/language.h"
#include "rootfs-tools/languages/gnu_compiler.h"

const char gnu_compiler_query[] =
    "cc=$1\n"
    "echo \"program $(readlink -f \"$cc\") $2\"\n"
    "echo \"version $(\"$cc\" -dumpfullversion)\"\n" GNU_COMPILER_PARTS ICONV_MODULES;

const struct language language_c = {
    .name = "c",
    .title = "C",
    .aliases = WORDS("gcc"),
    .extensions = WORDS("c"),
    .programs = WORDS("/usr/bin/gcc", "gcc", "cc"),
    .query = WORDS("/bin/sh", "-c", gnu_compiler_query, "sh", "%p", "/usr/bin/gcc"),
    .version = WORDS("%p", "-dumpfullversion"),
    .package = "gcc libc6-dev",
    .libraries = WORDS(GNU_COMPILER_LIBRARIES),
    .skip = WORDS(GNU_COMPILER_SKIP, "cc1plus"),
    .compile = WORDS("%p", "-O2", "-std=gnu17", "-pipe", "-o", "%d/main", "%F", "-lm", "-pthread"),
    .syscalls = WORDS("@system", "@sysv"),
    .run = WORDS("%d/main"),
    .lint = "c",
};
