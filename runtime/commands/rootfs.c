/* rsbx rootfs: makes, shows and removes the root file systems that snippets run in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/io.h"
#include "base/memory.h"
#include "base/strings.h"
#include "commands/command.h"
#include "rootfs-tools/root_maker.h"
#include "rootfs-tools/root_store.h"
#include "spec/json.h"

static struct {
    const char *from, *name, *with, *days;
    bool json, all, force;
} o = {.from = "host", .days = "30"};

static const char *state_root; /* whose containers may use a root */

#define SECONDS_A_DAY 86400

/* Value of a line "key value" of an info file, allocated; NULL if it is not there. */
static char *info_get(const struct buf *info, const char *key)
{
    AUTO_FREE char *start = xasprintf("%s ", key);
    for (const char *line = buf_str((struct buf *)(uintptr_t)info); *line;) {
        size_t len = strcspn(line, "\n");
        if (str_starts(line, start))
            return xstrndup(line + strlen(start), len - strlen(start));
        line += len + (line[len] == '\n');
    }
    return NULL;
}

static int make(struct root_store *store, int argc, char **argv)
{
    struct root_request q = {.from = o.from, .name = o.name, .with = o.with};
    char key[SHA256_HEX];
    AUTO_FREE char *name = NULL;
    if (argc > 1)
        return fail(0, "rootfs make: one language at a time");
    if (argc == 1 && !(q.language = language_find(argv[0])))
        return fail(0, "rootfs make: \"%s\" is no language; \"rsbx languages\" lists them", argv[0]);
    if (argc == 0 && !o.name)
        return fail(0, "rootfs make: which language? (or --name NAME for a root of none)");
    TRY(root_make(store, &q, key, &name));
    printf("%s %s\n", name, key);
    return 0;
}

/* ---- list, inspect ---- */

static char *names_of(const struct root_store *store, const char *key)
{
    AUTO_BUF struct buf names = BUF_INIT;
    char **list;
    if (root_store_names(store, &list) < 0)
        return xstrdup("");
    for (char **n = list; *n; n++) {
        AUTO_FREE char *of = root_store_find(store, *n);
        if (str_eq(of, key))
            buf_printf(&names, "%s%s", names.len ? "," : "", *n);
        free(*n);
    }
    free(list);
    error_clear();
    return buf_take(&names);
}

static void add_json(struct json *j, const struct root_store *store, const char *key, const struct buf *info)
{
    static const char *const words[] = {"language", "version", "program", "from", "with"};
    AUTO_FREE char *names = names_of(store, key);
    AUTO_FREE char *size = info_get(info, "size");
    AUTO_FREE char *created = info_get(info, "created");
    AUTO_FREE char *path = xasprintf("%s/roots/%s/rootfs", store->path, key);
    json_open(j, NULL, '{');
    json_string(j, "key", key);
    json_open(j, "names", '[');
    for (char *rest = names, *name; rest && *rest && (name = strsep(&rest, ","));)
        json_string(j, NULL, name);
    json_close(j, ']');
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        AUTO_FREE char *value = info_get(info, words[i]);
        if (value)
            json_string(j, words[i], value);
    }
    json_uint(j, "size", size ? strtoull(size, NULL, 10) : 0);
    json_uint(j, "created", created ? strtoull(created, NULL, 10) : 0);
    json_string(j, "path", path);
    json_close(j, '}');
}

static void add_row(struct buf *out, const struct root_store *store, const char *key, const struct buf *info)
{
    AUTO_FREE char *names = names_of(store, key);
    AUTO_FREE char *language = info_get(info, "language");
    AUTO_FREE char *version = info_get(info, "version");
    AUTO_FREE char *from = info_get(info, "from");
    AUTO_FREE char *size = info_get(info, "size");
    buf_printf(out, "%.12s  %-20s %-12s %-10s %7.1f MB  %s\n", key, *names ? names : "-",
               language ? language : "-", version ? version : "-", size ? strtod(size, NULL) / 1048576 : 0,
               from ? from : "-");
}

static int show(struct root_store *store, char **keys, bool json_format)
{
    AUTO_BUF struct buf out = BUF_INIT;
    struct json j;
    if (json_format) {
        json_begin(&j, &out, true);
        json_open(&j, NULL, '[');
    } else {
        buf_printf(&out, "%-12s  %-20s %-12s %-10s %10s  %s\n", "KEY", "NAMES", "LANGUAGE", "VERSION", "SIZE",
                   "FROM");
    }
    for (; *keys; keys++) {
        AUTO_BUF struct buf info = BUF_INIT;
        if (root_store_info(store, *keys, &info) < 0) {
            error_clear(); /* removed meanwhile */
            continue;
        }
        if (json_format)
            add_json(&j, store, *keys, &info);
        else
            add_row(&out, store, *keys, &info);
    }
    if (json_format) {
        json_close(&j, ']');
        json_end(&j);
        buf_addc(&out, '\n');
    }
    return write_fd(STDOUT_FILENO, buf_str(&out), out.len);
}

static void free_list(char **list)
{
    for (char **p = list; *p; p++)
        free(*p);
    free(list);
}

static int list(struct root_store *store, int argc, char **argv)
{
    char **keys;
    (void)argv;
    if (argc > 0)
        return fail(0, "rootfs list: takes no argument");
    TRY(root_store_list(store, &keys));
    int r = show(store, keys, o.json);
    free_list(keys);
    return r;
}

static int inspect(struct root_store *store, int argc, char **argv)
{
    if (argc != 1)
        return fail(0, "rootfs inspect: which root?");
    AUTO_FREE char *key = root_store_find(store, argv[0]);
    char *keys[] = {key, NULL};
    return key ? show(store, keys, true) : -1;
}

/* ---- remove, gc, verify ---- */

static int remove_roots(struct root_store *store, int argc, char **argv)
{
    if (argc == 0)
        return fail(0, "rootfs remove: which root?");
    for (int i = 0; i < argc; i++) {
        AUTO_FREE char *key = root_store_find(store, argv[i]);
        if (!key)
            return -1;
        AUTO_FREE char *user = o.force ? NULL : root_store_user(store, key, state_root);
        if (user)
            return fail(0, "rootfs remove %s: %s uses it; --force removes it all the same", argv[i], user);
        TRY(root_store_remove(store, key));
        TRY(root_store_forget(store, key));
    }
    return 0;
}

/* Roots that have no name and were not used for a while, or all; but for those that a prepared bundle or a
 * container uses. */
static int gc(struct root_store *store, int argc, char **argv)
{
    uint64_t days;
    char **keys;
    int removed = 0, r = 0;
    (void)argv;
    if (argc > 0)
        return fail(0, "rootfs gc: takes no argument");
    if (parse_u64(o.days, 36500, &days) < 0)
        return fail(0, "--days: expected a number, found \"%s\"", o.days);
    TRY(root_store_list(store, &keys));
    for (char **k = keys; *k && r == 0; k++) {
        AUTO_FREE char *names = names_of(store, *k);
        if (!o.all && (*names || root_store_last_use(store, *k) + (int64_t)days * SECONDS_A_DAY > time(NULL)))
            continue;
        AUTO_FREE char *user = root_store_user(store, *k, state_root);
        if (user) {
            fprintf(stderr, "rsbx: %.12s stays: %s uses it\n", *k, user);
            continue;
        }
        r = root_store_remove(store, *k);
        if (r == 0)
            r = root_store_forget(store, *k);
        removed++;
    }
    free_list(keys);
    if (r == 0)
        printf("%d removed\n", removed);
    return r;
}

static int verify(struct root_store *store, int argc, char **argv)
{
    char **keys;
    int r = 0;
    if (argc > 0) {
        for (int i = 0; i < argc; i++) {
            AUTO_FREE char *key = root_store_find(store, argv[i]);
            if (!key || root_store_verify(store, key) < 0)
                return -1;
            printf("%.12s is as it was made\n", key);
        }
        return 0;
    }
    TRY(root_store_list(store, &keys));
    for (char **k = keys; *k && r == 0; k++) {
        r = root_store_verify(store, *k);
        if (r == 0)
            printf("%.12s is as it was made\n", *k);
    }
    free_list(keys);
    return r;
}

static const struct {
    const char *name;
    int (*run)(struct root_store *store, int argc, char **argv);
} actions[] = {{"make", make},           {"list", list},       {"ls", list}, {"inspect", inspect},
               {"remove", remove_roots}, {"rm", remove_roots}, {"gc", gc},   {"verify", verify}};

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct root_store store;
    state_root = runtime->root;
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        if (!str_eq(actions[i].name, argv[0]))
            continue;
        int r = root_store_open(runtime->cache, &store);
        if (r == 0)
            r = actions[i].run(&store, argc - 1, argv + 1);
        root_store_close(&store);
        return r;
    }
    return fail(0, "rootfs: expected make, list, inspect, remove, gc or verify, found \"%s\"", argv[0]);
}

static const struct command_option options[] = {
    {"from", 0, OPT_STRING, &o.from, "SOURCE",
     "host, debian[:SUITE], oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE, tar:FILE, dir:DIR"},
    {"name", 0, OPT_STRING, &o.name, "NAME", "name of the new root (default LANGUAGE-SOURCE)"},
    {"with", 0, OPT_STRING, &o.with, "LIST",
     "further Debian packages: numpy,pandas; or a directory of wheels: ./wheels"},
    {"json", 0, OPT_FLAG, &o.json, NULL, "list as JSON"},
    {"days", 0, OPT_STRING, &o.days, "N", "gc: what was not used for so long (default 30)"},
    {"all", 'a', OPT_FLAG, &o.all, NULL, "gc: all roots"},
    {"force", 0, OPT_FLAG, &o.force, NULL, "remove: also one that is in use"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_rootfs = {
    .name = "rootfs",
    .arguments = "make [LANGUAGE] | list | inspect ROOT | remove ROOT... | gc | verify [ROOT...]",
    .summary = "manage the root file systems that snippets run in",
    .details =
        "ROOT is a name or the beginning of a key. \"rsbx run --rootfs ROOT FILE\" runs a snippet in it.",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .stop_after = -1,
    .run = run,
};
