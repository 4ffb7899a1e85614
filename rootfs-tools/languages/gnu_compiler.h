/* What the GNU compilers need: shell text for queries. $1 is the compiler. Files of the C library's
 * development packages are asked from the package manager, so that headers of other packages stay outside. */
#ifndef RSBX_ROOTFS_TOOLS_LANGUAGES_GNU_COMPILER_H
#define RSBX_ROOTFS_TOOLS_LANGUAGES_GNU_COMPILER_H

#define GNU_COMPILER_PARTS                                                                                   \
    "echo \"tree $(dirname \"$(\"$cc\" -print-libgcc-file-name)\")\"\n"                                      \
    "for name in as ld; do\n"                                                                                \
    "    path=$(\"$cc\" -print-prog-name=$name); path=$(command -v \"$path\") || continue\n"                 \
    "    echo \"file $(readlink -f \"$path\") /usr/bin/$name\"\n"                                            \
    "done\n"                                                                                                 \
    "packages='libc6-dev linux-libc-dev libcrypt-dev libstdc++-'$(\"$cc\" -dumpversion | cut -d. -f1)-dev\n" \
    "if dpkg-query -W libc6-dev >/dev/null 2>&1; then\n"                                                     \
    "    for p in $packages; do dpkg-query -L $p 2>/dev/null; done\n"                                        \
    "elif rpm -q glibc-devel >/dev/null 2>&1; then\n"                                                        \
    "    rpm -ql glibc-devel glibc-headers kernel-headers libxcrypt-devel libstdc++-devel 2>/dev/null\n"     \
    "else\n"                                                                                                 \
    "    find -L /usr/include -type f; ls -d /usr/lib/*crt*.o /usr/lib/libc.* /usr/lib/libm.* 2>/dev/null\n" \
    "fi | grep -E '^/usr/(include|lib(64)?)/' | grep -v ' ' | sort -u |\n"                                   \
    "    xargs -d '\\n' sh -c 'find -L \"$@\" -maxdepth 0 -type f' sh | sed 's/^/file /'\n"                  \
    "for list in /var/lib/dpkg/info/libc6-dev*.list; do [ -f \"$list\" ] && echo \"watch $list\"; done\n"

/* The character sets of iconv(3). */
#define ICONV_MODULES                                                                                        \
    "for m in /usr/lib/*/gconv /usr/lib64/gconv /usr/lib/gconv; do [ ! -d $m ] || echo tree $m; done\n"

/* C's and C++'s: sh -c gnu_compiler_query sh COMPILER its-path-in-the-root. In c.c. */
extern const char gnu_compiler_query[];

#define GNU_COMPILER_SKIP                                                                                    \
    "lto1", "cc1obj*", "f951", "d21", "gnat1", "go1", "gm2*", "cc1gm2", "plugin", "adalib", "adainclude",    \
        "finclude", "*.gox", "install-tools", "lib?san*", "liblsan*", "libhwasan*", "g++-mapper-server"

/* What the linker scripts of the C library name. */
#define GNU_COMPILER_LIBRARIES                                                                               \
    "libgcc_s.so.1", "libc.so.6", "libm.so.6", "libmvec.so.1", "libpthread.so.0", "libdl.so.2", "librt.so.1"

#endif
