/* C, compiled by the host's GCC. */
#include "rootfs-tools/language.h"
#include "rootfs-tools/languages/gnu_compiler.h"

/* Files of the C library's development packages are asked from the package manager, so that headers of other
 * packages stay outside. */
const char gnu_compiler_parts[] =
    "echo \"tree $(dirname \"$(\"$cc\" -print-libgcc-file-name)\")\"\n"
    "for name in as ld; do\n"
    "    path=$(\"$cc\" -print-prog-name=$name); path=$(command -v \"$path\") || continue\n"
    "    echo \"file $(readlink -f \"$path\") /usr/bin/$name\"\n"
    "done\n"
    "packages='libc6-dev linux-libc-dev libcrypt-dev libstdc++-'$(\"$cc\" -dumpversion | cut -d. -f1)-dev\n"
    "if dpkg-query -W libc6-dev >/dev/null 2>&1; then\n"
    "    for p in $packages; do dpkg-query -L $p 2>/dev/null; done\n"
    "elif rpm -q glibc-devel >/dev/null 2>&1; then\n"
    "    rpm -ql glibc-devel glibc-headers kernel-headers libxcrypt-devel libstdc++-devel 2>/dev/null\n"
    "else\n"
    "    find -L /usr/include -type f; ls -d /usr/lib/*crt*.o /usr/lib/libc.* /usr/lib/libm.* 2>/dev/null\n"
    "fi | grep -E '^/usr/(include|lib(64)?)/' | grep -v ' ' | sort -u |\n"
    "    tr '\\n' '\\0' | xargs -0 sh -c 'find -L \"$@\" -maxdepth 0 -type f' sh | sed 's/^/file? /'\n"
    "for list in /var/lib/dpkg/info/libc6-dev*.list; do [ ! -f \"$list\" ] || echo \"watch $list\"; done\n";

const char gnu_compiler_query[] = "cc=$1\n"
                                  "echo \"program $(readlink -f \"$cc\") $2\"\n"
                                  "echo \"version $(\"$cc\" -dumpfullversion)\"\n"
                                  "eval \"$3\"\n" ICONV_MODULES;

const struct language language_c = {
    .name = "c",
    .title = "C",
    .aliases = WORDS("gcc"),
    .extensions = WORDS("c"),
    .programs = WORDS("/usr/bin/gcc", "gcc", "cc"),
    .query = WORDS("/bin/sh", "-c", gnu_compiler_query, "sh", "%p", "/usr/bin/gcc", gnu_compiler_parts),
    .version = WORDS("%p", "-dumpfullversion"),
    .package = "gcc libc6-dev",
    .libraries = WORDS(GNU_COMPILER_LIBRARIES),
    .skip = WORDS(GNU_COMPILER_SKIP, "cc1plus"),
    .compile = WORDS("%p", "-O2", "-std=gnu17", "-pipe", "-o", "%d/main", "%F", "-lm", "-pthread"),
    .syscalls = WORDS("@system", "@sysv"),
    .run = WORDS("%d/main"),
    .lint = "c",
};
