/* A snippet becomes a bundle: see prepare.h. */
#include "rootfs-tools/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/helper.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "rootfs-tools/bundle.h"
#include "rootfs-tools/directory.h"
#include "rootfs-tools/host_root.h"
#include "rootfs-tools/pid1_image.h"
#include "rootfs-tools/profile.h"
#include "spec/snippet.h"

#define MAX_SNIPPET   (16U << 20)
#define MB            (1024ULL * 1024)
#define DEFAULT_LEVEL "critical"

/* What holds when neither the user nor the language says otherwise. */
static const struct snippet_limits general = {
    .wall_ms = 10000,
    .cpu_ms = 5000,
    .memory = 256 * MB,
    .file_size = 16 * MB,
    .disk = 64 * MB,
    .output = 1 * MB,
    .pids = 64,
    .open_files = 512,
    .stack = 8 * MB,
};

/* A compiler is trusted more than what it compiles: time and memory that a large program needs. */
static const struct snippet_limits general_compile = {
    .wall_ms = 30000,
    .cpu_ms = 30000,
    .memory = 1024 * MB,
    .file_size = 128 * MB,
    .disk = 256 * MB,
    .output = 1 * MB,
    .pids = 128,
    .open_files = 512,
    .stack = 64 * MB,
};

static uint64_t pick(uint64_t asked, uint64_t of_language, uint64_t otherwise)
{
    return asked != LIMIT_DEFAULT ? asked : of_language ? of_language : otherwise;
}

static struct snippet_limits resolve(const struct snippet_limits *asked,
                                     const struct snippet_limits *language,
                                     const struct snippet_limits *otherwise)
{
    struct snippet_limits l = {
        .wall_ms = pick(asked->wall_ms, language->wall_ms, otherwise->wall_ms),
        .cpu_ms = pick(asked->cpu_ms, language->cpu_ms, otherwise->cpu_ms),
        .memory = pick(asked->memory, language->memory, otherwise->memory),
        .file_size = pick(asked->file_size, language->file_size, otherwise->file_size),
        .disk = pick(asked->disk, language->disk, otherwise->disk),
        .output = pick(asked->output, language->output, otherwise->output),
        .pids = pick(asked->pids, language->pids, otherwise->pids),
        .open_files = pick(asked->open_files, language->open_files, otherwise->open_files),
        .stack = pick(asked->stack, language->stack, otherwise->stack),
    };
    return l;
}

/* ---- the snippet ---- */

static int read_snippet(const char *path, struct buf *text)
{
    struct stat st;
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0)
        return fail(errno, "%s", path);
    if (S_ISDIR(st.st_mode))
        return fail(0, "%s: is a directory, not a snippet", path);
    if (!S_ISREG(st.st_mode))
        return fail(0, "%s: is not a regular file", path);
    if ((uint64_t)st.st_size > MAX_SNIPPET)
        return fail(0, "%s: is larger than %llu MB, the most that a snippet may have", path,
                    MAX_SNIPPET / MB);
    return read_fd(fd, MAX_SNIPPET, text) < 0 ? fail_where("%s", path) : 0;
}

/* Its name in /work: its own if that is plain text, else "main.EXT". */
static char *name_in_work(const struct language *language, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    bool plain = *name && strlen(name) <= 200;
    for (const char *p = name; *p; p++)
        plain &= *p > ' ' && *p < 0x7f && *p != '"' && *p != '\\';
    return plain && name[0] != '.' ? xstrdup(name) : xasprintf("main.%s", language->extensions[0]);
}

/* ---- the root ---- */

struct root {
    char *path, *program;
    char *pid1; /* of all roots */
    bool made;
};

static char *line_of(const char *info, const char *key)
{
    const char *line = info;
    for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *value = str_after(line, key);
        if (value)
            return xstrndup(value, strcspn(value, "\n"));
    }
    return NULL;
}

/* The interpreter in a root that was not made from the host: the first of the catalogue's absolute paths
 * there. */
static char *program_in(const struct language *language, const char *root)
{
    AUTO_FD int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (const char *const *p = language->programs; fd >= 0 && *p; p++)
        if ((*p)[0] == '/' && faccessat(fd, *p + 1, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
            return xstrdup(*p);
    const char *last = strrchr(language->programs[0], '/');
    AUTO_FREE char *local = xasprintf("/usr/local/bin/%s", last ? last + 1 : language->programs[0]);
    if (fd >= 0 && faccessat(fd, local + 1, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return xstrdup(local);
    fail(0, "--rootfs %s: there is no %s in it", root, language->programs[0]);
    return NULL;
}

static int find_named_root(struct root_store *store, const struct prepare_options *o,
                           const struct language *language, struct root *out)
{
    if (strchr(o->rootfs, '/')) {
        out->path = realpath(o->rootfs, NULL);
        if (!out->path)
            return fail(errno, "--rootfs %s", o->rootfs);
    } else {
        AUTO_FREE char *key = root_store_find(store, o->rootfs);
        AUTO_BUF struct buf info = BUF_INIT;
        if (!key || root_store_info(store, key, &info) < 0)
            return fail_where("--rootfs");
        AUTO_FREE char *made_for = line_of(buf_str(&info), "language ");
        if (str_eq(made_for, language->name))
            out->program = line_of(buf_str(&info), "program ");
        out->path = root_store_use(store, key);
    }
    if (!out->program)
        out->program = program_in(language, out->path);
    return out->program ? 0 : -1;
}

static int find_root(const struct prepare_options *o, const struct language *language, struct root *out)
{
    struct root_store store;
    struct host_root host = {0};
    int r = root_store_open(o->cache, &store);
    if (r == 0 && o->rootfs) {
        r = find_named_root(&store, o, language, out);
    } else if (r == 0) {
        r = host_root_get(&store, language, o->verbose, &host);
        *out = (struct root){take_ptr(host.path), take_ptr(host.program), NULL, host.made};
        host_root_free(&host);
    }
    if (r == 0) {
        out->pid1 = pid1_path(&store);
        r = out->pid1 ? 0 : -1;
    }
    root_store_close(&store);
    return r;
}

/* ---- lint ---- */

struct lint {
    char *program; /* NULL: no hook */
    const char *level, *degraded;
};

static int find_lint(const struct prepare_options *o, const struct language *language, struct lint *out)
{
    static const char *const levels[] = {"off", "info", "low", "medium", "high", "critical"};
    bool known = !o->lint;
    *out = (struct lint){NULL, o->lint ? o->lint : DEFAULT_LEVEL, NULL};
    for (size_t i = 0; i < ARRAY_LEN(levels) && !known; i++)
        known = str_eq(levels[i], o->lint);
    if (!known)
        return fail(0, "--lint: expected off, info, low, medium, high or critical, found \"%s\"", o->lint);
    if (str_eq(o->lint, "off"))
        return 0;
    if (!language->lint)
        return o->lint ? fail(0, "--lint %s: rsbx-lint does not know %s", o->lint, language->title) : 0;
    out->program = helper_path("rsbx-lint");
    if (out->program)
        return 0;
    if (o->lint && !list_has_word(o->allow_degraded, "lint"))
        return -1;
    error_clear();
    out->degraded = "lint"; /* nobody asked for it: said in the result */
    return 0;
}

/* What the snippet and the further files of its language need. */
static int find_needs(const struct prepare_options *o, const struct language *language,
                      const struct bundle *b, struct tight *out)
{
    if (!o->tight)
        return 0;
    if (!language->lint)
        return fail(0, "--tight: rsbx-lint does not know %s", language->title);
    AUTO_FREE char *program = helper_path("rsbx-lint");
    if (!program)
        return fail_where("--tight");
    for (size_t i = 0; i < b->n_files; i++) {
        AUTO_FREE char *path = xasprintf("%s/work/%s", b->path, b->files[i]);
        if (i == 0 || language_by_extension(path) == language)
            TRY(tight_ask(program, language, path, out));
    }
    if (o->verbose) {
        AUTO_BUF struct buf words = BUF_INIT;
        tight_words(out, &words);
        fprintf(stderr, "rsbx: tight: granted: %s%s\n", words.len ? buf_str(&words) : "nothing",
                out->needs & NEED_OPAQUE ? "; what could not be resolved is not granted" : "");
    }
    return 0;
}

/* ---- the bundle ---- */

static int check_walls(const char *option, const char *list)
{
    AUTO_FREE char *copy = xstrdup(list ? list : "");
    char *save = NULL;
    for (char *word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save))
        if (!list_has_word(SNIPPET_WALLS, word))
            return fail(0, "%s: \"%s\" is unknown; it takes " SNIPPET_WALLS, option, word);
    return 0;
}

/* A process limit that was asked for and that nothing but a cgroup could hold here is demanded of it. */
static char *required_walls(const struct prepare_options *o, const struct profile *p)
{
    const char *list = o->require ? o->require : "";
    bool asked = o->limits.pids != LIMIT_DEFAULT && o->limits.pids != 0;
    if (!asked || profile_limits_nproc(p) || list_has_word(o->allow_degraded, "pids-cgroup") ||
        list_has_word(o->allow_degraded, "cgroup"))
        return xstrdup(list);
    return xasprintf("%s%spids-cgroup", list, *list ? "," : "");
}

static int check_env(const struct prepare_options *o)
{
    for (size_t i = 0; i < o->n_env; i++)
        if (!strchr(o->env[i], '=') || o->env[i][0] == '=')
            return fail(0, "--env: expected NAME=VALUE, found \"%s\"", o->env[i]);
    return 0;
}

/* The directory that the compiler writes to, and its bundle. */
static int write_compile_bundle(struct bundle *b, struct profile *p)
{
    uid_t owner = p->ids.single ? (uid_t)-1 : p->ids.user_id;
    gid_t group = p->ids.single ? (gid_t)-1 : p->ids.group_id;
    struct profile inner = *p;
    if (mkdirat(b->fd, "compile", 0700) < 0 || mkdirat(b->fd, "build", 0755) < 0 ||
        fchownat(b->fd, "build", owner, group, 0) < 0)
        return fail(errno, "mkdir in %s", b->path);
    const struct snippet_limits ask_nothing = SNIPPET_LIMITS_DEFAULT;
    inner.compiling = true;
    inner.tight = (struct tight){0}; /* a compiler starts programs */
    inner.limits = resolve(&ask_nothing, &p->language->compile_limits, &general_compile);
    p->lint_program = NULL; /* it was looked at before it was compiled */
    AUTO_SPEC struct spec *spec = profile_make(&inner);
    return bundle_write_config(b, "compile", spec, p->options->lasting);
}

static int write_bundle(struct bundle *b, const struct prepare_options *o, const struct language *language,
                        const struct root *root, const struct lint *lint, const struct tight *tight)
{
    struct profile p = {
        .options = o,
        .language = language,
        .limits = resolve(&o->limits, &language->limits, &general),
        .rootfs = root->path,
        .program = root->program,
        .pid1 = root->pid1,
        .bundle = b->path,
        .lint_program = lint->program,
        .lint_level = lint->level,
        .degraded = lint->degraded,
        .tight = *tight,
    };
    AUTO_FREE char *build = language->compile ? xasprintf("%s/build", b->path) : NULL;
    p.build = build;
    p.files = (const char *const *)b->files;
    TRY(profile_choose_ids(&p.ids));
    AUTO_SPEC struct spec *holder = xcalloc(1, sizeof(*holder)); /* of the rules */
    if (o->seccomp)
        TRY(seccomp_file_read(o->seccomp, &holder->arena, &p.more_calls));
    AUTO_FREE char *require = required_walls(o, &p);
    p.require = *require ? require : NULL;
    if (language->compile)
        TRY(write_compile_bundle(b, &p));
    AUTO_SPEC struct spec *spec = profile_make(&p);
    return bundle_write_config(b, ".", spec, o->lasting);
}

static int make_bundle(const struct prepare_options *o, const struct language *language,
                       const struct root *root, const struct buf *text, struct prepare_result *out)
{
    struct bundle b;
    struct lint lint;
    struct tight tight = {0};
    AUTO_FREE char *name = name_in_work(language, o->file);
    TRY(find_lint(o, language, &lint));
    int r = bundle_begin(o->bundle, &b);
    bool begun = b.path != NULL;
    if (r == 0)
        r = bundle_add_snippet(&b, name, text->data, text->len);
    if (r == 0)
        r = bundle_add_files(&b, o);
    if (r == 0)
        r = find_needs(o, language, &b, &tight);
    if (r == 0)
        r = write_bundle(&b, o, language, root, &lint, &tight);
    if (r == 0) {
        out->bundle = xstrdup(b.path);
        out->compile = language->compile ? xasprintf("%s/compile", b.path) : NULL;
    } else if (begun) {
        AUTO_FREE char *why = xstrdup(error_text());
        int number = error_errno();
        prepare_remove(b.path);
        error_receive(number, why);
    }
    bundle_end(&b);
    free(lint.program);
    return r;
}

static void note_use(const struct prepare_options *o, const struct prepare_result *done)
{
    struct root_store store;
    if (root_store_open(o->cache, &store) == 0)
        root_store_note_bundle(&store, done->rootfs, done->bundle);
    root_store_close(&store);
    error_clear();
}

static int prepare_file(const struct prepare_options *o, struct prepare_result *out)
{
    AUTO_BUF struct buf text = BUF_INIT;
    struct root root = {0};
    *out = (struct prepare_result){0};
    TRY(read_snippet(o->file, &text));
    TRY(check_env(o));
    TRY(check_walls("--require", o->require));
    TRY(check_walls("--allow-degraded", o->allow_degraded));
    out->language =
        o->language ? language_find(o->language) : language_detect(o->file, buf_str(&text), text.len);
    if (!out->language)
        return o->language
                   ? fail(0, "--language: \"%s\" is unknown; \"rsbx languages\" lists them", o->language)
                   : -1;
    uint64_t before = now_ns();
    int r = find_root(o, out->language, &root);
    out->root_ns = now_ns() - before;
    out->rootfs = root.path;
    out->root_made = root.made;
    if (r == 0)
        r = make_bundle(o, out->language, &root, &text, out);
    free(root.program);
    free(root.pid1);
    if (r == 0 && o->lasting)
        note_use(o, out);
    if (r < 0)
        prepare_result_free(out);
    return r;
}

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int prepare(const struct prepare_options *o, struct prepare_result *out)
{
    struct directory_snippet d;
    struct prepare_options inner = *o;
    *out = (struct prepare_result){0};
    if (!is_directory(o->file))
        return prepare_file(o, out);
    TRY(directory_read(o->file, &d));
    inner.file = d.main;
    d.files = xrealloc(d.files, d.n + o->n_files + 1, sizeof(*d.files));
    for (size_t i = 0; i < o->n_files; i++)
        d.files[d.n++] = xstrdup(o->files[i]);
    inner.files = (const char *const *)d.files;
    inner.n_files = d.n;
    int r = prepare_file(&inner, out);
    directory_free(&d);
    return r;
}

void prepare_result_free(struct prepare_result *result)
{
    free(result->bundle);
    free(result->compile);
    free(result->rootfs);
    *result = (struct prepare_result){0};
}
