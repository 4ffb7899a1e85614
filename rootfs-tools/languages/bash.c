/* Bash, also for sh scripts, with the commands that scripts live from: those that the host has of the list.
 */
#include "rootfs-tools/language.h"

static const char query[] =
    "echo \"program $(readlink -f \"$1\") /usr/bin/bash\"\n"
    "echo \"version $(\"$1\" -c 'echo ${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]}.${BASH_VERSINFO[2]}')\"\n"
    "echo 'link /usr/bin/sh bash'\n"
    "for name in awk basename bc cat chmod cmp comm cp csplit cut date dd diff dirname du echo env expand "
    "expr "
    "factor false find fmt fold grep egrep fgrep gzip gunzip head id join ln ls md5sum mkdir mkfifo mktemp "
    "mv nl "
    "nproc numfmt od paste printenv printf pr ps pwd readlink realpath rev rm rmdir sed seq sha1sum "
    "sha256sum shuf "
    "sleep sort split stat sum tac tail tar tee test timeout touch tr true truncate tsort tty uname unexpand "
    "uniq "
    "unlink wc which xargs xxd yes; do\n"
    "    path=$(type -P \"$name\")\n" /* not the builtin of that name */
    "    case $path in /*) echo \"file? $(readlink -f \"$path\") /usr/bin/$name\";; esac\n"
    "done\n";

const struct language language_bash = {
    .name = "bash",
    .title = "Bash",
    .aliases = WORDS("sh", "shell"),
    .extensions = WORDS("sh", "bash"),
    .interpreters = WORDS("bash", "sh", "dash"),
    .programs = WORDS("/usr/bin/bash", "/bin/bash", "bash"),
    .query = WORDS("%p", "-c", query, "bash", "%p"),
    .package = "bash",
    .syscalls = WORDS("@sockets", "@events", "@owners", "@ids", "@xattr"),
    .run = WORDS("%p", "%f"),
    .lint = "bash",
    .needs = WORDS("subprocess", "fork"),
};
