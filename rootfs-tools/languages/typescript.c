/* TypeScript: types are taken out inside the sandbox, not checked, by the typescript package if the host has
 * it, else by Node.js itself (22.13 or later); what is left is JavaScript. */
#include "rootfs-tools/language.h"

static const char query[] =
    "const fs = require('fs'), path = require('path');\n"
    "console.log('program ' + fs.realpathSync(process.execPath) + ' /usr/bin/node');\n"
    "console.log('version ' + process.versions.node);\n"
    "const near = path.join(path.dirname(fs.realpathSync(process.execPath)), "
    "'../lib/node_modules/typescript');\n"
    "const dir = ['/usr/share/nodejs/typescript', '/usr/local/lib/node_modules/typescript',\n"
    "             '/usr/lib/node_modules/typescript', near]\n"
    "            .find(d => fs.existsSync(d + '/lib/typescript.js'));\n"
    "if (dir)\n"
    "    console.log('file ' + fs.realpathSync(dir + '/lib/typescript.js') + ' "
    "/usr/lib/rsbx/typescript.js');\n"
    "else if (!require('module').stripTypeScriptTypes)\n"
    "    console.log('missing TypeScript needs Node.js 22.13 or later (here is ' + process.versions.node +\n"
    "                ') or the typescript package; get it with: apt-get install node-typescript');\n";

static const char strip[] =
    "const fs = require('fs'), path = require('path');\n"
    "const [source, directory] = process.argv.slice(2);\n"
    "const text = fs.readFileSync(source, 'utf8');\n"
    "let out;\n"
    "if (fs.existsSync(__dirname + '/typescript.js')) {\n"
    "    const ts = require('./typescript.js');\n"
    "    const r = ts.transpileModule(text, {fileName: source, reportDiagnostics: true, compilerOptions: {\n"
    "        target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, esModuleInterop: true}});\n"
    "    for (const d of r.diagnostics) {\n"
    "        const at = d.file.getLineAndCharacterOfPosition(d.start);\n"
    "        const message = ts.flattenDiagnosticMessageText(d.messageText, '\\n');\n"
    "        console.error(`${source}:${at.line + 1}:${at.character + 1}: error TS${d.code}: ${message}`);\n"
    "    }\n"
    "    if (r.diagnostics.length) process.exit(2);\n"
    "    out = r.outputText;\n"
    "} else {\n"
    "    out = require('module').stripTypeScriptTypes(text, {mode: 'transform'});\n"
    "}\n"
    "fs.writeFileSync(path.join(directory, 'main.js'), out);\n";

static const struct language_file files[] = {{"/usr/lib/rsbx/strip-types.js", strip}, {NULL, NULL}};

const struct language language_typescript = {
    .name = "typescript",
    .title = "TypeScript (Node.js)",
    .aliases = WORDS("ts"),
    .extensions = WORDS("ts", "mts", "cts"),
    .interpreters = WORDS("ts-node", "tsx"),
    .programs = WORDS("/usr/bin/node", "node", "/usr/bin/nodejs"),
    .query = WORDS("%p", "-e", query),
    .package = "nodejs node-typescript",
    .debian_name = "node-%s",
    .libraries = WORDS("libgcc_s.so.1"),
    .files = files,
    .compile = WORDS("%p", "/usr/lib/rsbx/strip-types.js", "%f", "%d"),
    .run = WORDS("%p", "%d/main.js"),
    .syscalls = WORDS("@sockets", "@events", "@owners", "@ids", "@v8"),
    .lint = "typescript",
    .needs = WORDS("threads"),
};
