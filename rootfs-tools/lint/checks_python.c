/* What arguments say about a Python call. */
#include "rootfs-tools/lint/front.h"
#include "rootfs-tools/lint/rules.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/strings.h"
#include "rootfs-tools/lint/checks_python.h"

/* ---- programs ---- */

static bool mentions_pip(const struct value *v)
{
    if (v->kind == V_LIST) {
        for (size_t i = 0; i < v->n; i++)
            if (mentions_pip(v->items[i]))
                return true;
        return false;
    }
    return string_is(v, "pip") || string_is(v, "pip3") ||
           (v->kind == V_STRING && (strstr(v->s, "pip install") || strstr(v->s, "pip3 install")));
}

enum severity py_pip(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    return mentions_pip(call_arg(call, 0)) ? severity : SEV_NONE;
}

enum severity py_subprocess(struct lint *l, struct call *call, enum severity severity)
{
    const struct value *shell = call_keyword(call, "shell");
    if (mentions_pip(call_arg(call, 0)))
        add_finding(l, PY041, SEV_NONE, call->where, NULL);
    if (!shell)
        return severity;
    for (size_t i = 0; i < call->n; i++)
        if (call->keywords[i] && str_eq(call->keywords[i], "shell") &&
            kind_of(l, call->arg_nodes[i]) == K_false)
            return severity;
        else if (call->keywords[i] && str_eq(call->keywords[i], "shell") &&
                 kind_of(l, call->arg_nodes[i]) == K_true)
            return SEV_CRITICAL;
    return shell->kind == V_NUMBER && shell->number != 0 ? SEV_CRITICAL : severity;
}

/* ---- names at run time ---- */

/* Statements in a literal: nothing an honest program needs. */
enum severity py_exec(struct lint *l, struct call *call, enum severity severity)
{
    enum severity found = check_code(l, call, severity);
    return found == SEV_LOW ? SEV_MEDIUM : found;
}

enum severity py_import(struct lint *l, struct call *call, enum severity severity)
{
    const struct value *name = call_arg(call, 0);
    (void)severity;
    if (!is_constant(name)) {
        l->needs |= call->n ? NEED_OPAQUE : 0;
        return call->n ? SEV_MEDIUM : SEV_NONE;
    }
    return name->flags & (VF_HIDDEN | VF_DECODED) ? SEV_MEDIUM : SEV_LOW;
}

/* x.system('ls'), whatever x is. */
enum severity py_of_any(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    return call->n || call->spread ? severity : SEV_NONE;
}

/* os.__dict__.items(), inspect.getmembers(os): everything in a module, whatever its name */
enum severity py_all_members(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const char *table = strstr(call->callee->s, ".__dict__.");
    const struct value *of = table ? call->callee : call_arg(call, 0);
    bool whole = table || str_eq(call->callee->s, "inspect.getmembers");
    return whole && of->kind == V_PATH && of->s[0] != '?' ? severity : SEV_NONE;
}

enum severity py_executable(struct lint *l, struct call *call, enum severity severity)
{
    enum { PROT_EXEC = 4 };
    (void)l;
    const struct value *prot = call_keyword(call, "prot");
    if (!prot)
        prot = call_arg(call, 3);
    return prot->kind == V_NUMBER && prot->number >= 0 && prot->number < 1024 &&
                   ((unsigned)prot->number & PROT_EXEC)
               ? severity
               : SEV_NONE;
}

enum severity py_getattr(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *name = call_arg(call, 1);
    if (is_constant(name))
        return SEV_NONE;
    return call_positional(call) >= 2 ? severity : SEV_NONE;
}

enum severity py_first_name(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    return is_constant(call_arg(call, 0)) || !call->n ? SEV_NONE : severity;
}

/* '{0.__class__.__mro__}'.format(x) */
enum severity py_format_walk(struct lint *l, struct call *call, enum severity severity)
{
    static const char *const steps[] = {"__mro__",  "__globals__",  "__subclasses__", "__bases__", "__base__",
                                        "__init__", "__builtins__", "__dict__",       "__code__",  NULL};
    (void)l;
    const struct value *text = call->receiver;
    for (const char *const *s = steps; text->kind == V_STRING && *s; s++)
        if (strstr(text->s, *s) && strchr(text->s, '{'))
            return severity;
    return SEV_NONE;
}

/* ---- sockets ---- */

static bool is_family(const struct value *v, const char *const *names, const int *numbers)
{
    for (; v; v = v->alt) {
        for (const int *n = numbers; v->kind == V_NUMBER && *n; n++)
            if (v->number == *n)
                return true;
        for (const char *const *f = names; *f; f++)
            if (is_path(v, *f))
                return true;
    }
    return false;
}

/* Families that reach the kernel; the sandbox refuses them. */
static bool kernel_family(const struct value *v)
{
    static const char *const names[] = {"socket.AF_NETLINK", "socket.AF_PACKET",    "socket.AF_VSOCK",
                                        "socket.AF_ALG",     "socket.AF_CAN",       "socket.SOCK_RAW",
                                        "socket.AF_TIPC",    "socket.AF_BLUETOOTH", NULL};
    static const int numbers[] = {16, 17, 38, 40, 0};
    return is_family(v, names, numbers);
}

/* AF_UNIX, which the sandbox allows: it ends at the sandbox's own files and processes. */
static bool is_local(const struct call *call)
{
    static const char *const names[] = {"socket.AF_UNIX", NULL};
    static const int numbers[] = {1, 0};
    const struct value *family = call_keyword(call, "family");
    return is_family(family ? family : call_arg(call, 0), names, numbers);
}

static bool is_pair(const struct call *call)
{
    return is_path(call->callee, "socket.socketpair");
}

enum severity py_network_socket(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    return is_local(call) || (is_pair(call) && !call->n) ? SEV_OFF : severity;
}

enum severity py_socket(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *family = call_keyword(call, "family"), *type = call_keyword(call, "type");
    bool raw = is_path(type ? type : call_arg(call, 1), "socket.SOCK_RAW") ||
               (call_arg(call, 1)->kind == V_NUMBER && call_arg(call, 1)->number == 3);
    if (raw || kernel_family(family ? family : call_arg(call, 0)))
        return severity;
    return is_local(call) && !is_pair(call) ? SEV_LOW : SEV_NONE;
}

/* ---- files ---- */

const struct value *py_join_path(struct lint *l, const struct value *a, const struct value *b)
{
    if (b->len && b->s[0] == '/')
        return b;
    bool slash = a->len && a->s[a->len - 1] == '/';
    const struct value *start = slash ? a : fold_binary(l, "+", 1, a, value_string(l, "/", 1, 0));
    return start->kind == V_STRING ? fold_binary(l, "+", 1, start, b) : UNKNOWN;
}

static enum severity write_severity(struct lint *l, const struct value *path, node where)
{
    const struct value *text = path->kind == V_PATH && path->text ? path->text : path;
    l->needs |= NEED_FILE_WRITE;
    if (text->kind != V_STRING)
        return SEV_OFF;
    enum path_class c = classify_path(text->s, text->len);
    if (c == PATH_TMP)
        add_finding(l, PY033, SEV_NONE, where, "a fixed name in /tmp");
    return c == PATH_PLAIN || c == PATH_TMP ? SEV_OFF : SEV_MEDIUM;
}

static bool writes(const struct value *mode)
{
    return mode->kind == V_STRING && strpbrk(mode->s, "wax+");
}

enum severity py_open(struct lint *l, struct call *call, enum severity severity)
{
    const struct value *mode = call_keyword(call, "mode");
    (void)severity;
    l->needs |= NEED_FILE_READ;
    if (call_keyword(call, "inplace")) /* fileinput.input() */
        return write_severity(l, call_arg(call, 0), call->where);
    if (!mode)
        mode = call_arg(call, 1);
    if (mode->kind == V_UNKNOWN && (call_keyword(call, "mode") || call_positional(call) > 1 || call->spread))
        l->needs |= NEED_FILE_WRITE;
    return writes(mode) ? write_severity(l, call_arg(call, 0), call->where) : SEV_NONE;
}

/* Path('x').open('w'): the path is the receiver's. */
enum severity py_path_open(struct lint *l, struct call *call, enum severity severity)
{
    const struct value *mode = call_arg(call, 0);
    (void)severity;
    l->needs |= NEED_FILE_READ;
    return writes(mode) ? write_severity(l, call->receiver, call->where) : SEV_NONE;
}

enum severity py_path_write(struct lint *l, struct call *call, enum severity severity)
{
    (void)severity;
    return write_severity(l, call->receiver, call->where);
}

enum severity py_os_open(struct lint *l, struct call *call, enum severity severity)
{
    (void)severity;
    const struct value *flags = call_arg(call, 1);
    l->needs |= NEED_FILE_READ;
    if (is_path(flags, "os.O_RDONLY"))
        return SEV_NONE;
    return write_severity(l, call_arg(call, 0), call->where);
}

enum severity py_chmod(struct lint *l, struct call *call, enum severity severity)
{
    const struct value *mode = call_arg(call, str_starts(call->callee->s, "pathlib") ? 0 : 1);
    l->needs |= NEED_FILE_WRITE;
    if (mode->kind != V_NUMBER)
        return SEV_OFF;
    unsigned bits = (unsigned)mode->number;
    return (bits & 06000) || (bits & 0777) == 0777 ? severity : SEV_OFF;
}

/* s.connect('/run/docker.sock') opens it as well as open() does. */
static bool connects(const struct value *callee, enum path_class c)
{
    return c == PATH_DOCKER && callee->kind == V_PATH && str_eq(last_word(callee->s), "connect");
}

static enum severity path_severity(enum path_class c, bool opens)
{
    if (c == PATH_ESCAPE)
        return opens ? SEV_CRITICAL : SEV_HIGH;
    if (c == PATH_SYSTEM)
        return opens ? SEV_MEDIUM : SEV_NONE;
    return c == PATH_SENSITIVE || c == PATH_DOCKER ? (opens ? SEV_HIGH : SEV_MEDIUM) : SEV_NONE;
}

/* Calls that only look at text, or print it. */
static bool only_text(const struct call *call)
{
    static const char *const words =
        " print startswith endswith find index split replace join format append add get "
        "debug info warning error exception log write encode strip count rstrip lstrip "
        "search match sub compile fullmatch remove Path PurePath PosixPath joinpath getattr "
        "isinstance len str add_argument skip skipIf skipUnless describe ";
    AUTO_FREE char *word =
        call->callee->kind == V_PATH ? xasprintf(" %s ", last_word(call->callee->s)) : NULL;
    return !word || strstr(words, word);
}

static bool opens_files(const struct value *callee)
{
    static const char *const words =
        " open os.open io.FileIO io.open_code os.readlink os.listdir os.scandir os.stat "
        "mmap.mmap shutil.copy shutil.copyfile pathlib.Path().open pathlib.Path().read_text "
        "pathlib.Path().read_bytes pathlib.Path().write_text pathlib.Path().write_bytes "
        "codecs.open os.mkfifo os.symlink os.link os.chroot os.rename ";
    if (callee->kind != V_PATH)
        return false;
    const char *name = str_after(callee->s, "builtins.");
    AUTO_FREE char *word = xasprintf(" %s ", name ? name : callee->s);
    return strstr(words, word) != NULL;
}

void py_check_paths(struct lint *l, struct call *call)
{
    bool opens = opens_files(call->callee), text = only_text(call);
    for (size_t i = 0; i <= call->n && i <= 2; i++) {
        bool receiver = i == call->n || i == 2;
        const struct value *v = receiver ? call->receiver->text : call->args[i];
        if (!v || v->kind != V_STRING || (text && !opens) || (receiver && !opens))
            continue;
        enum path_class c = classify_path(v->s, v->len);
        enum severity severity = path_severity(c, opens || connects(call->callee, c));
        if (!severity)
            continue;
        char *message = xasprintf("%.80s: %s", v->s,
                                  c == PATH_ESCAPE   ? "a path that is a way out of a container"
                                  : c == PATH_DOCKER ? "the socket of a container engine"
                                                     : "a path that tells about the system or its secrets");
        add_finding(l, c == PATH_ESCAPE ? PY022 : PY021, severity,
                    receiver ? call->where : call->arg_nodes[i],
                    arena_strndup(&l->arena, message, strlen(message)));
        free(message);
    }
}

/* ---- signals, threads, environment ---- */

enum severity py_signal(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *how = call_arg(call, 1);
    return is_path(how, "signal.SIG_IGN") || how->kind == V_FUNCTION ? severity : SEV_OFF;
}

enum severity py_thread(struct lint *l, struct call *call, enum severity severity)
{
    (void)call;
    return l->loops ? severity : SEV_OFF;
}

enum severity py_getenv(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *name = call_arg(call, 0);
    return name->kind == V_STRING && !secret_name(name->s) ? SEV_OFF : severity;
}

void py_check_item(struct lint *l, node n, const struct value *base, const struct value *index)
{
    if (!is_path(base, "os.environ"))
        return;
    l->needs |= NEED_ENVIRONMENT;
    if (index->kind != V_STRING || secret_name(index->s))
        add_finding(l, PY037, SEV_NONE, n, "reads secrets from the environment");
}

enum severity py_unverified(struct lint *l, struct call *call, enum severity severity)
{
    for (size_t i = 0; i < call->n; i++)
        if (call->keywords[i] && str_eq(call->keywords[i], "verify") &&
            kind_of(l, call->arg_nodes[i]) == K_false)
            return severity;
    return SEV_NONE;
}

enum severity py_ioctl(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *request = call_arg(call, 1);
    return is_path(request, "termios.TIOCSTI") || (request->kind == V_NUMBER && request->number == 0x5412)
               ? severity
               : SEV_NONE;
}

/* ---- sizes and loops ---- */

enum { HUGE_SIZE = 100000000 };

void py_check_size(struct lint *l, node n, const char *op, size_t len, const struct value *a,
                   const struct value *b)
{
    bool sequence = a->kind == V_STRING || a->kind == V_LIST || b->kind == V_STRING || b->kind == V_LIST;
    const struct value *times = a->kind == V_NUMBER ? a : b;
    if (len == 1 && op[0] == '*' && sequence && times->kind == V_NUMBER && times->number >= HUGE_SIZE)
        add_finding(l, PY031, SEV_NONE, n, NULL);
    if (len != 2 || op[0] != '*' || op[1] != '*' || a->kind != V_NUMBER || b->kind != V_NUMBER)
        return;
    if (fabs(a->number) >= 2 && a->number == floor(a->number) &&
        b->number * log2(fabs(a->number)) >= HUGE_SIZE)
        add_finding(l, PY031, SEV_NONE, n, NULL);
}

enum severity py_huge(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *n = call_arg(call, 0);
    return n->kind == V_NUMBER && n->number >= HUGE_SIZE ? severity : SEV_NONE;
}

enum severity py_endless(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *v = call_arg(call, 0);
    return is_path(v, "itertools.cycle()") || is_path(v, "itertools.count()") ? severity : SEV_NONE;
}

/* list(range(10**9)): what m_range() leaves of a long one has its length */
enum severity py_huge_range(struct lint *l, struct call *call, enum severity severity)
{
    (void)l;
    const struct value *v = call_arg(call, 0);
    return is_path(v, "builtins.range()") && v->n && v->items[0]->number >= HUGE_SIZE ? severity : SEV_NONE;
}

void py_check_loop(struct lint *l, node n)
{
    static const enum kind ways_out[] = {
        K_break_statement, K_return_statement, K_raise_statement, K_yield, K_await, K_call, K_other};
    node condition = child(l, n, F_condition), body = child(l, n, F_body);
    if (!condition || !body)
        return;
    bool always = kind_of(l, condition) == K_true ||
                  (kind_of(l, condition) == K_integer && !node_is(l, condition, "0"));
    if (always && !contains_kind(l, body, ways_out, false))
        add_finding(l, PY030, SEV_NONE, n, NULL);
}
