/* JavaScript: Node.js, one executable. Debian's own keeps some of its built-in modules in /usr/share/nodejs.
 */
#include "rootfs-tools/language.h"

static const char query[] =
    "const fs = require('fs');\n"
    "console.log('program ' + fs.realpathSync(process.execPath) + ' /usr/bin/node');\n"
    "console.log('version ' + process.versions.node);\n"
    "for (const name of ['acorn', 'acorn-walk', 'cjs-module-lexer', 'undici', 'minimatch', "
    "'balanced-match',\n"
    "                    'brace-expansion', 'amaro']) {\n"
    "    const tree = '/usr/share/nodejs/' + name;\n"
    "    if (process.execPath === '/usr/bin/node' && fs.existsSync(tree)) console.log('tree ' + tree);\n"
    "}\n";

const struct language language_javascript = {
    .name = "javascript",
    .title = "JavaScript (Node.js)",
    .aliases = WORDS("js", "node", "nodejs", "node-js"),
    .extensions = WORDS("js", "mjs", "cjs"),
    .interpreters = WORDS("node", "nodejs"),
    .programs = WORDS("/usr/bin/node", "node", "/usr/bin/nodejs"),
    .query = WORDS("%p", "-e", query),
    .package = "nodejs",
    .debian_name = "node-%s",
    .libraries = WORDS("libgcc_s.so.1"),
    .run = WORDS("%p", "%f"),
    .syscalls = WORDS("@sockets", "@events", "@owners", "@ids", "@v8"),
    .lint = "javascript",
    .needs = WORDS("threads"),
};
