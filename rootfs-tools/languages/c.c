/* C, compiled by the host's GCC. */
#include "rootfs-tools/language.h"
#include "rootfs-tools/languages/gnu_compiler.h"

static const char query[] = "cc=$1\n"
                            "echo \"program $(readlink -f \"$cc\") /usr/bin/gcc\"\n"
                            "echo \"version $(\"$cc\" -dumpfullversion)\"\n" GNU_COMPILER_PARTS ICONV_MODULES;

const struct language language_c = {
    .name = "c",
    .title = "C",
    .aliases = WORDS("gcc"),
    .extensions = WORDS("c"),
    .programs = WORDS("/usr/bin/gcc", "gcc", "cc"),
    .query = WORDS("/bin/sh", "-c", query, "sh", "%p"),
    .version = WORDS("%p", "-dumpfullversion"),
    .package = "gcc libc6-dev",
    .libraries = WORDS(GNU_COMPILER_LIBRARIES),
    .skip = WORDS(GNU_COMPILER_SKIP, "cc1plus"),
    .compile = WORDS("%p", "-O2", "-std=gnu17", "-pipe", "-o", "%d/main", "%F", "-lm", "-pthread"),
    .syscalls = WORDS("@system", "@sysv"),
    .run = WORDS("%d/main"),
    .lint = "c",
};
