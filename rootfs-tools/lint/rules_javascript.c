/* JavaScript's rules and what they watch; TypeScript has the same. To add one: a line in javascript.def, its
 * watches here, its cases in tests/lint/cases/javascript.txt. */
#include "rootfs-tools/lint/rules.h"

#include "rootfs-tools/lint/checks_javascript.h"

#define RULE(id, severity, message, needs) {#id, severity, message, needs},
const struct rule javascript_rules[] = {
#include "rootfs-tools/lint/javascript.def"
};
#undef RULE

#define REQUIRES                                                                                             \
    "require module.require process.mainModule.require require.main.require module.parent.require "          \
    "module.constructor._load module._load module.createRequire() process.getBuiltinModule import "          \
    "module.Module._load require.resolve"
#define FS(f) "fs." #f " fs." #f "Sync fs.promises." #f " fs-extra." #f " "
/* clang-format does not settle on this one */
/* clang-format off */
#define WRITES                                                                                               \
    FS(writeFile) FS(appendFile) FS(rm) FS(unlink) FS(rmdir) FS(rename) FS(truncate) FS(symlink) FS(link)    \
    FS(chmod) FS(chown) FS(mkdtemp) FS(mkdir) FS(copyFile) FS(cp) FS(lchown) FS(utimes) FS(ftruncate)        \
    FS(fchmod) FS(fchown) FS(write)                                                                          \
    "fs.createWriteStream fs.writev fs-extra.remove fs-extra.removeSync fs-extra.outputFile"
/* clang-format on */

const struct watch javascript_watches[] = {
    {JS001, ON_IMPORT, "child_process", 0, NULL, 0},
    {JS002, ON_CALL,
     "child_process.exec child_process.execSync child_process.spawn child_process.spawnSync "
     "child_process.fork "
     "child_process.execFile child_process.execFileSync cross-spawn execa shelljs.exec",
     0, NULL, 0},
    {JS002, ON_REF, "process.execve", 0, NULL, 0},
    {JS002, ON_CALL, "*.execSync *.spawnSync *.execFileSync *.execFile", SEV_MEDIUM, js_of_any, NEED_OPAQUE},
    {JS003, ON_IMPORT, "cluster worker_threads", 0, NULL, 0},
    {JS003, ON_CALL, "worker_threads.Worker Worker", 0, js_worker, 0},
    {JS003, ON_CALL, "cluster.fork", 0, NULL, 0},
    {JS004, ON_CALL, "eval", 0, check_code, 0},
    {JS004, ON_ALIAS, "eval", SEV_MEDIUM, NULL, 0},
    {JS005, ON_CALL, "Function GeneratorFunction AsyncFunction", 0, js_function_text, 0},
    {JS005, ON_ALIAS, "Function", SEV_MEDIUM, NULL, 0},
    {JS005, ON_CALL, "*.constructor", SEV_MEDIUM, js_constructor_text, 0},
    {JS006, ON_CALL, "setTimeout setInterval setImmediate", 0, js_timer, 0},
    {JS007, ON_CALL,
     "vm.runInNewContext vm.runInThisContext vm.runInContext vm.Script vm.SourceTextModule "
     "vm.compileFunction "
     "vm.createContext vm.Script().runInThisContext",
     0, NULL, 0},
    {JS007, ON_ALIAS, "vm.runInNewContext vm.runInThisContext vm.runInContext", 0, NULL, 0},
    {JS008, ON_SET, "Error.prepareStackTrace", 0, NULL, 0},
    {JS008, ON_CALL, "*.getThis *.getFunction", 0, NULL, 0},
    {JS008, ON_IMPORT, "vm2 isolated-vm", SEV_MEDIUM, NULL, 0},
    {JS009, ON_REF, "process.binding process._linkedBinding internalBinding process.internalBinding", 0, NULL,
     0},
    {JS010, ON_REF, "process.dlopen", 0, NULL, 0},
    {JS010, ON_IMPORT, "ffi-napi ffi koffi ref-napi ref bindings node-gyp-build nbind", 0, NULL, 0},
    {JS010, ON_CALL, REQUIRES, 0, js_require_native, 0},
    {JS011, ON_REF,
     "module.require module.constructor module.constructor._load module._load module._extensions "
     "module._resolveFilename module._compile process.mainModule require.main.require module.parent.require "
     "process.getBuiltinModule module.createRequire module.prototype module.children module.Module._load "
     "module._cache module.Module._extensions",
     0, NULL, 0},
    {JS011, ON_REF, "*.mainModule *.getBuiltinModule *._linkedBinding *.dlopen", 0, NULL, 0},
    {JS011, ON_SET, "require.cache require.extensions module.prototype module.paths", SEV_MEDIUM, NULL, 0},
    {JS011, ON_REF, "require.cache require.extensions", SEV_MEDIUM, NULL, 0},
    {JS012, ON_CALL, REQUIRES, 0, js_require, 0},
    {JS012, ON_ALIAS, "require", 0, NULL, 0},
    {JS013, ON_REF, WRITES, 0, NULL, 0},
    {JS014, ON_CALL,
     "fs.readFile fs.readFileSync fs.open fs.openSync fs.createReadStream fs.readdir fs.readdirSync "
     "fs.promises.readFile fs.promises.open fs.promises.readdir fs.stat fs.statSync fs.existsSync",
     0, check_needs, NEED_FILE_READ},
    {JS015, ON_IMPORT,
     "net tls dgram http https http2 dns dns/promises undici axios node-fetch request got ws superagent "
     "socket.io socket.io-client ssh2 nodemailer needle phin",
     0, NULL, 0},
    {JS015, ON_CALL, "fetch WebSocket EventSource XMLHttpRequest navigator.sendBeacon importScripts", 0, NULL,
     0},
    {JS016, ON_CALL, "net.connect net.createConnection http.request http.get net.Socket().connect", 0,
     js_connect, 0},
    {JS017, ON_CALL, "process.kill process.abort process.reallyExit process._kill", 0, NULL, 0},
    {JS017, ON_REF, "process.reallyExit process._kill process._debugProcess", 0, NULL, 0},
    {JS017, ON_SET, "process.exit process.kill", 0, NULL, 0},
    {JS018, ON_CALL,
     "process.setuid process.setgid process.seteuid process.setegid process.initgroups process.setgroups "
     "process.umask process.chdir",
     0, NULL, 0},
    {JS019, ON_REF, "process.env", 0, NULL, 0},
    {JS020, ON_CALL, "process.on process.once process.addListener", 0, js_on_event, 0},
    {JS021, ON_REF,
     "process.report v8.writeHeapSnapshot v8.setFlagsFromString v8.startupSnapshot v8.getHeapSnapshot "
     "heapdump "
     "process.setFlagsFromString",
     0, NULL, 0},
    {JS022, ON_REF, "inspector.open inspector.Session inspector.url process._debugEnd", 0, NULL, 0},
    {JS022, ON_CALL, "process.execArgv.push process.execArgv.unshift process.execArgv.splice", 0, NULL, 0},
    {JS022, ON_SET, "process.execArgv process.env.NODE_OPTIONS", 0, NULL, 0},
    {JS021, ON_IMPORT, "heapdump v8-profiler v8-profiler-next", 0, NULL, 0},
    {JS023, ON_IMPORT, "wasi", 0, NULL, 0},
    {JS023, ON_REF,
     "WebAssembly.Module WebAssembly.Instance WebAssembly.instantiate WebAssembly.compile "
     "WebAssembly.instantiateStreaming WebAssembly.compileStreaming wasi.WASI",
     0, NULL, 0},
    {JS024, ON_REF, "SharedArrayBuffer Atomics.wait", 0, NULL, 0},
    {JS025, ON_REF, "Buffer.allocUnsafe Buffer.allocUnsafeSlow", SEV_LOW, NULL, 0},
    {JS025, ON_CALL, "Buffer SlowBuffer", 0, js_buffer, 0},
    {JS025, ON_CALL,
     "Buffer.alloc Array ArrayBuffer Uint8Array Uint16Array Uint32Array Float64Array *.repeat "
     "String.prototype.repeat",
     0, js_huge, 0},
    {JS026, ON_CALL, "setImmediate process.nextTick queueMicrotask", 0, js_again, 0},
    {JS027, ON_REF, "*.__proto__ Object.prototype.__proto__", SEV_LOW, NULL, 0},
    {JS027, ON_SET, "*.__proto__ Object.prototype Array.prototype Function.prototype String.prototype", 0,
     NULL, 0},
    {JS027, ON_CALL, "Object.defineProperty Object.defineProperties Reflect.defineProperty", 0, js_define, 0},
    {JS028, ON_CALL, "Reflect.get Reflect.set", 0, js_dynamic_key, 0},
    {JS028, ON_CALL, "Reflect.apply Reflect.construct", 0, js_dynamic_function, 0},
    {JS029, ON_CALL, "RegExp", 0, js_regex_text, 0},
    {JS028, ON_CALL, "Proxy", 0, js_proxy, 0},
    {JS030, ON_CALL,
     "eval Function vm.runInThisContext vm.runInNewContext vm.Script setTimeout setInterval " REQUIRES, 0,
     check_decoded, 0},
    {JS033, ON_REF, "arguments.callee arguments.caller", 0, NULL, 0},
    {JS034, ON_REF, "module.register module.registerHooks", 0, NULL, 0},
    {JS035, ON_IMPORT, "npm npx yarn pnpm", 0, NULL, 0},
    {JS035, ON_CALL,
     "child_process.exec child_process.execSync child_process.spawn child_process.spawnSync "
     "child_process.execFile child_process.execFileSync",
     0, js_npm, 0},
    {JS036, ON_REF, "os.userInfo os.networkInterfaces os.hostname os.cpus os.setPriority os.homedir", 0, NULL,
     0},
    {JS037, ON_IMPORT, "repl", 0, NULL, 0},
    {JS037, ON_CALL, "tty.ReadStream process.stdin.setRawMode repl.start", 0, NULL, 0},
    {JS038, ON_IMPORT, "diagnostics_channel async_hooks perf_hooks trace_events", 0, NULL, 0},
    {JS040, ON_REF,
     "Deno.run Deno.Command Deno.readFile Deno.readTextFile Deno.writeFile Deno.writeTextFile Deno.remove "
     "Deno.open Deno.connect Deno.listen Deno.dlopen Deno.env Bun.spawn Bun.spawnSync Bun.file Bun.write "
     "Bun.serve Bun.connect Bun.$",
     0, NULL, 0},
    {JS041, ON_WORD, "globalThis.process globalThis.require globalThis.constructor", 0, NULL, 0},
    {0, 0, NULL, 0, NULL, 0},
};

const char *const javascript_aliases[] = {"global",
                                          "globalThis",
                                          "window",
                                          "globalThis",
                                          "self",
                                          "globalThis",
                                          "globalThis.globalThis",
                                          "globalThis",
                                          "fs/promises",
                                          "fs.promises",
                                          "graceful-fs",
                                          "fs",
                                          "inspector/promises",
                                          "inspector",
                                          "worker_threads.default",
                                          "worker_threads",
                                          "dns/promises",
                                          "dns",
                                          "buffer.Buffer",
                                          "Buffer",
                                          "AsyncFunction",
                                          "Function",
                                          "timers.setTimeout",
                                          "setTimeout",
                                          "process.globalThis",
                                          "globalThis",
                                          "original-fs",
                                          "fs",
                                          "module.Module",
                                          "module",
                                          "Function.prototype.constructor",
                                          "Function",
                                          "safer-buffer.Buffer",
                                          "Buffer",
                                          "safe-buffer.Buffer",
                                          "Buffer",
                                          "arguments.callee.constructor",
                                          "Function",
                                          NULL};
