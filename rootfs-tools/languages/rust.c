/* Rust, compiled by the host's rustc (not rustup's shim) and linked by its GCC. */
#include "rootfs-tools/language.h"
#include "rootfs-tools/languages/gnu_compiler.h"

static const char query[] =
    "root=$(\"$1\" --print sysroot) || exit 1\n"
    "target=$(\"$1\" -vV | sed -n 's/^host: //p')\n"
    "to=/opt/rust; [ \"$root\" = /usr ] && to=/usr\n"
    "echo \"program $root/bin/rustc $to/bin/rustc\"\n"
    "echo \"version $(\"$1\" --version | cut -d' ' -f2)\"\n"
    "echo \"tree $root/lib/rustlib/$target/lib $to/lib/rustlib/$target/lib\"\n"
    "[ -d \"$root/lib/rustlib/$target/bin\" ] &&\n"
    "    echo \"tree $root/lib/rustlib/$target/bin $to/lib/rustlib/$target/bin\"\n"
    "for f in \"$root\"/lib/librustc_driver-*.so \"$root\"/lib/libLLVM*.so* \"$root\"/lib/libstd-*.so; do\n"
    "    [ -f \"$f\" ] && [ ! -L \"$f\" ] && echo \"file $f $to/lib/$(basename \"$f\")\"\n"
    "done\n"
    "cc=$(command -v gcc) || { echo 'missing Rust needs a linker; get it with: apt-get install gcc "
    "libc6-dev'; exit; }\n"
    "echo \"file $(readlink -f \"$cc\") /usr/bin/cc\"\n"
    "eval \"$2\"\n";

const struct language language_rust = {
    .name = "rust",
    .title = "Rust",
    .aliases = WORDS("rs", "rustc"),
    .extensions = WORDS("rs"),
    .programs = WORDS("/usr/bin/rustc", "rustc"),
    .query = WORDS("/bin/sh", "-c", query, "sh", "%p", gnu_compiler_parts),
    .version = WORDS("%p", "--version"),
    .package = "rustc gcc libc6-dev",
    .libraries = WORDS(GNU_COMPILER_LIBRARIES),
    .skip = WORDS(GNU_COMPILER_SKIP, "cc1", "cc1plus", "librustc-*_rt.*"),
    .compile = WORDS("%p", "--edition", "2021", "-O", "-C", "codegen-units=1", "-o", "%d/main", "%f"),
    .syscalls = WORDS("@system"),
    .run = WORDS("%d/main"),
    .compile_limits = {.memory = 2048ULL << 20},
};
