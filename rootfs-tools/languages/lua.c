/* Lua: one executable. */
#include "rootfs-tools/language.h"

const struct language language_lua = {
    .name = "lua",
    .title = "Lua",
    .extensions = WORDS("lua"),
    .interpreters = WORDS("lua", "luajit", "texlua"),
    .programs = WORDS("/usr/bin/lua5.4", "/usr/bin/lua", "lua5.4", "lua", "lua5.3", "luajit"),
    .version = WORDS("%p", "-v"),
    .package = "lua5.4",
    .debian_name = "lua-%s",
    .run = WORDS("%p", "%f"),
    .lint = "lua",
};
