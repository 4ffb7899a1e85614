/* The rules of the languages that generic.c reads: the same nine for each, under the language's own letters.
 */
#ifndef RSBX_LINT_GENERIC_H
#define RSBX_LINT_GENERIC_H

#include "rootfs-tools/lint/front.h"
#include "rootfs-tools/lint/rules.h"

enum generic_rules {
    G_COMMAND = COMMON_RULES, /* 001 */
    G_CODE,
    G_NATIVE,
    G_NETWORK,
    G_FILES,
    G_PATH,
    G_OPAQUE,
    G_DISGUISE,
    G_PROCESS, /* 009 */
    G_END,
};

extern const struct rule bash_rules[], ruby_rules[], php_rules[], perl_rules[], lua_rules[], c_rules[],
    go_rules[];
extern const struct watch bash_watches[], ruby_watches[], php_watches[], perl_watches[], lua_watches[],
    c_watches[], go_watches[];

#endif
