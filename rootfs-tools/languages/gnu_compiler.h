/* What the GNU compilers need: shell text for queries. */
#ifndef RSBX_ROOTFS_TOOLS_LANGUAGES_GNU_COMPILER_H
#define RSBX_ROOTFS_TOOLS_LANGUAGES_GNU_COMPILER_H

/* The character sets of iconv(3). */
#define ICONV_MODULES                                                                                        \
    "for m in /usr/lib/*/gconv /usr/lib64/gconv /usr/lib/gconv; do [ ! -d $m ] || echo 'tree?' $m; done\n"

/* In c.c. C's and C++'s: sh -c gnu_compiler_query sh COMPILER its-path-in-the-root gnu_compiler_parts */
extern const char gnu_compiler_query[];
/* For eval, with the compiler in $cc. */
extern const char gnu_compiler_parts[];

#define GNU_COMPILER_SKIP                                                                                    \
    "lto1", "cc1obj*", "f951", "d21", "gnat1", "go1", "gm2*", "cc1gm2", "plugin", "adalib", "adainclude",    \
        "finclude", "*.gox", "install-tools", "lib?san*", "liblsan*", "libhwasan*", "g++-mapper-server"

/* What the linker scripts of the C library name. */
#define GNU_COMPILER_LIBRARIES                                                                               \
    "libgcc_s.so.1", "libc.so.6", "libm.so.6", "libmvec.so.1", "libpthread.so.0", "libdl.so.2", "librt.so.1"

#endif
