/* Makes an interpreter root from the host: see host_root.h.
 *
 *     language.programs -> the host's program -> asked about itself (language.query) -> files, trees ->
 * root_builder
 *
 * The index host/LANGUAGE-ID remembers the answer, so that the next time costs some calls of stat(2):
 *
 *     root KEY
 *     program /usr/bin/python3.11
 *     version 3.11.2
 *     source DEV INO MTIME SIZE MODE PATH      (the program as found, the real one, its libraries, the trees)
 */
#include "rootfs-tools/host_root.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/version.h"
#include "rootfs-tools/root_builder.h"
#include "rootfs-tools/spawn.h"

#define ROOT_FORMAT      "4" /* of roots and of the index: another one makes all anew */
#define QUERY_TIMEOUT_MS 20000

char *host_program(const struct language *language)
{
    char *path = NULL;
    for (const char *const *p = language->programs; *p && !path; p++)
        path = find_program(*p);
    return path;
}

void host_root_free(struct host_root *root)
{
    free(root->path);
    free(root->program);
    free(root->version);
    *root = (struct host_root){0};
}

/* ---- the index ---- */

static void hash_words(struct sha256 *s, const char *const *words)
{
    for (; words && *words; words++)
        sha256_adds(s, *words);
    sha256_adds(s, "");
}

/* Everything in the catalogue that shapes the root goes into the index's name. */
static char *index_name(const struct language *l, const char *program)
{
    struct sha256 s;
    char hex[SHA256_HEX];
    sha256_init(&s);
    sha256_adds(&s, ROOT_FORMAT);
    sha256_adds(&s, l->name);
    sha256_adds(&s, program);
    hash_words(&s, l->query);
    hash_words(&s, l->libraries);
    hash_words(&s, l->skip);
    for (const struct language_file *f = l->files; f && f->path; f++) {
        sha256_adds(&s, f->path);
        sha256_adds(&s, f->text);
    }
    sha256_hex(&s, hex);
    return xasprintf("%s-%.16s", l->name, hex);
}

static char *source_line(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return xasprintf("source - %s", path);
    return xasprintf("source %llu %llu %lld.%09ld %lld %u %s", (unsigned long long)st.st_dev,
                     (unsigned long long)st.st_ino, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                     (long long)st.st_size, st.st_mode, path);
}

/* What is written there is read where it can be: it takes a tenth of writing it once more. */
static bool source_unchanged(const char *line)
{
    const char *path = strchr(line, '/'), *numbers = str_after(line, "source ");
    uint64_t v[6];
    struct stat st;
    if (path && numbers && scan_numbers(numbers, ".", v, 6))
        return stat(path, &st) == 0 && v[0] == st.st_dev && v[1] == st.st_ino &&
               v[2] == (uint64_t)st.st_mtim.tv_sec && v[3] == (uint64_t)st.st_mtim.tv_nsec &&
               v[4] == (uint64_t)st.st_size && v[5] == st.st_mode;
    AUTO_FREE char *now = path ? source_line(path) : NULL;
    return now && strcmp(now, line) == 0;
}

/* Fills out from the index if all that it names is as it was. Returns whether it did. */
static bool index_lookup(struct root_store *store, const char *name, struct host_root *out)
{
    AUTO_BUF struct buf text = BUF_INIT;
    AUTO_FREE char *path = xasprintf("host/%s", name);
    if (read_file_at(store->fd, path, 1U << 20, &text) < 0) {
        error_clear();
        return false;
    }
    bool good = true;
    char *rest = text.data;
    for (char *line; good && (line = strsep(&rest, "\n")) && *line;) {
        const char *value;
        if ((value = str_after(line, "root ")))
            good = strlen(value) < SHA256_HEX && stpcpy(out->key, value) && root_store_has(store, value);
        else if ((value = str_after(line, "program ")))
            out->program = xstrdup(value);
        else if ((value = str_after(line, "version ")))
            out->version = xstrdup(value);
        else
            good = source_unchanged(line);
    }
    if (good && *out->key && out->program && out->version) {
        out->path = root_store_use(store, out->key);
        return true;
    }
    host_root_free(out);
    return false;
}

static int index_write(struct root_store *store, const char *name, const struct host_root *root,
                       const struct buf *sources)
{
    AUTO_BUF struct buf text = BUF_INIT;
    AUTO_FREE char *path = xasprintf("host/%s", name);
    buf_printf(&text, "root %s\nprogram %s\nversion %s\n", root->key, root->program, root->version);
    for (const char *s = sources->data; s && s < sources->data + sources->len; s += strlen(s) + 1) {
        AUTO_FREE char *line = source_line(s);
        buf_printf(&text, "%s\n", line);
    }
    return write_file_atomic_at(store->fd, path, 0644, text.data, text.len);
}

/* ---- asking the program ---- */

static char *fill_template(const char *word, const char *program)
{
    return strcmp(word, "%p") == 0 ? xstrdup(program) : xstrdup(word);
}

static int ask(const struct language *l, const char *const *words, const char *program, struct buf *answer)
{
    const char *argv[16] = {0};
    size_t n = 0;
    for (; words[n] && n + 1 < ARRAY_LEN(argv); n++)
        argv[n] = fill_template(words[n], program);
    int r = spawn_output(argv, QUERY_TIMEOUT_MS, true, answer);
    while (n > 0)
        free((char *)(uintptr_t)argv[--n]);
    return r < 0 ? fail_where("%s was asked about itself", l->title) : 0;
}

char *host_version(const struct language *l, const char *program)
{
    AUTO_BUF struct buf answer = BUF_INIT;
    if (ask(l, l->version ? l->version : l->query, program, &answer) < 0) {
        error_clear();
        return NULL;
    }
    if (!l->version) {
        if (str_starts(buf_str(&answer), "missing ") || strstr(buf_str(&answer), "\nmissing "))
            return NULL;
        const char *line = strstr(buf_str(&answer), "version ");
        return line ? xstrndup(line + 8, strcspn(line + 8, "\n")) : NULL;
    }
    const char *digit = strpbrk(buf_str(&answer), "0123456789");
    return digit ? xstrndup(digit, strspn(digit, "0123456789.")) : NULL;
}

/* ---- making ---- */

struct making {
    const struct language *language;
    struct root_builder *builder;
    struct host_root *out;
    char *first_tree; /* where it went */
};

static int add_fact(struct making *m, const char *kind, const char *a, const char *b)
{
    struct root_builder *builder = m->builder;
    enum root_need need = str_ends(kind, "?") ? ROOT_OPTIONAL : ROOT_NEEDED;
    if (strcmp(kind, "version") == 0) {
        m->out->version = xstrdup(a);
        return 0;
    }
    if (a[0] != '/')
        return fail(0, "%s named \"%s\" as one of its files", m->language->title, a);
    if (strcmp(kind, "link") == 0)
        return root_add_link(builder, a, b);
    if (str_starts(kind, "file")) /* not watched: there may be thousands */
        return root_add_file(builder, need, a, b);
    buf_add(&builder->sources, a, strlen(a) + 1);
    if (strcmp(kind, "watch") == 0)
        return 0;
    if (strcmp(kind, "program") == 0)
        m->out->program = xstrdup(b);
    if (strcmp(kind, "program") == 0)
        return root_add_file(builder, ROOT_PROGRAM, a, b);
    if (!m->first_tree)
        m->first_tree = xstrdup(b);
    return root_add_tree(builder, need, a, b, m->language->skip);
}

/* Lines of words: "tree PATH DEST". Blanks in paths are not supported by the format, and refused. */
static int add_facts(struct making *m, char *answer)
{
    for (char *line; (line = strsep(&answer, "\n"));) {
        if (str_after(line, "missing "))
            return fail(0, "%s", str_after(line, "missing "));
        char *kind = strsep(&line, " "), *a = strsep(&line, " "), *b = strsep(&line, " ");
        if (!*kind)
            continue;
        static const char *const kinds[] = {"program", "version", "tree", "tree?",
                                            "file",    "file?",   "link", "watch"};
        bool known = false;
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
            known |= strcmp(kind, kinds[i]) == 0;
        if (!known || !a || line)
            return fail(0, "%s answered \"%s %s\", which is not understood", m->language->title, kind,
                        a ? a : "");
        TRY(add_fact(m, kind, a, b ? b : a));
    }
    return m->out->program && m->out->version
               ? 0
               : fail(0, "%s did not say where it is or which version it is", m->language->title);
}

static int add_files_of_language(struct making *m)
{
    for (const struct language_file *f = m->language->files; f && f->path; f++) {
        const char *rest = str_after(f->path, "%t");
        AUTO_FREE char *path =
            rest ? xasprintf("%s%s", m->first_tree ? m->first_tree : "", rest) : xstrdup(f->path);
        TRY(root_add_text(m->builder, path, f->text));
    }
    return 0;
}

static int fill_root(struct making *m, const char *program)
{
    const struct language *l = m->language;
    TRY(root_add_skeleton(m->builder));
    if (l->query) {
        AUTO_BUF struct buf answer = BUF_INIT;
        TRY(ask(l, l->query, program, &answer));
        TRY(add_facts(m, answer.data ? answer.data : (char[]){""}));
    } else {
        AUTO_FREE char *real = realpath(program, NULL);
        m->out->version = host_version(l, program);
        if (!real || !m->out->version)
            return fail(0, "%s does not say its version", program);
        TRY(add_fact(m, "program", real, program));
    }
    for (const char *const *name = l->libraries; name && *name; name++)
        TRY(root_add_library(m->builder, *name));
    TRY(add_files_of_language(m));
    return root_add_needed(m->builder);
}

static int make_root(struct root_store *store, const struct language *l, const char *program,
                     const char *index, struct host_root *out)
{
    struct root_draft draft;
    struct root_builder builder;
    struct making m = {l, &builder, out, NULL};
    int r = root_draft_begin(store, &draft);
    root_builder_begin(&builder, draft.root_fd);
    buf_add(&builder.sources, program, strlen(program) + 1);
    if (r == 0)
        r = fill_root(&m, program);
    if (r == 0) {
        AUTO_FREE char *info = xasprintf("language %s\nversion %s\nprogram %s\nfrom host %s\ncreated %lld\n",
                                         l->name, out->version, out->program, program, (long long)time(NULL));
        r = root_draft_commit(&draft, info, out->key);
    }
    if (r == 0)
        r = index_write(store, index, out, &builder.sources);
    root_builder_end(&builder);
    root_draft_end(&draft);
    free(m.first_tree);
    return r;
}

/* Ctrl-C is looked at between files (root_builder.c), so that nothing is left behind; afterwards it does what
 * it always does. */
static int make_uninterrupted(struct root_store *store, const struct language *l, const char *program,
                              const char *index, struct host_root *out)
{
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGHUP);
    sigprocmask(SIG_BLOCK, &stop, &before);
    int r = make_root(store, l, program, index, out);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return r;
}

int host_root_get(struct root_store *store, const struct language *l, bool verbose, struct host_root *out)
{
    *out = (struct host_root){0};
    AUTO_FREE char *program = host_program(l);
    if (!program) {
        AUTO_FREE char *how = language_how_to_get(l);
        AUTO_FREE char *text = xasprintf("%s is not installed; get it with: %s", l->title, how);
        return error_receive(ENOENT, text); /* for the exit code: not found */
    }
    AUTO_FREE char *index = index_name(l, program);
    if (index_lookup(store, index, out))
        return 0;
    AUTO_FD int lock = root_store_lock(store, index);
    if (lock < 0)
        return -1;
    if (index_lookup(store, index, out)) /* somebody else made it while we waited */
        return 0;
    if (verbose)
        fprintf(stderr, "rsbx: making the root for %s from %s (once)\n", l->title, program);
    if (make_uninterrupted(store, l, program, index, out) < 0) {
        host_root_free(out);
        return fail_where("making the root for %s in %s", l->title, store->path);
    }
    out->path = root_store_use(store, out->key);
    out->made = true;
    return 0;
}
