/* rsbx languages: what this host can run, and how to get the rest. */
#include <stdio.h>
#include <stdlib.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/io.h"
#include "commands/command.h"
#include "rootfs-tools/host_root.h"
#include "rootfs-tools/language.h"
#include "spec/json.h"

static bool json;

static void add_words(struct json *j, const char *key, const char *const *words)
{
    json_open(j, key, '[');
    for (; words && *words; words++)
        json_string(j, NULL, *words);
    json_close(j, ']');
}

static void add_json(struct json *j, const struct language *l, const char *program, const char *version)
{
    AUTO_FREE char *how = language_how_to_get(l);
    json_open(j, NULL, '{');
    json_string(j, "name", l->name);
    json_string(j, "title", l->title);
    json_bool(j, "available", version != NULL);
    json_string(j, "version", version);
    json_string(j, "program", program);
    json_bool(j, "compiled", l->compile != NULL);
    add_words(j, "aliases", l->aliases);
    add_words(j, "extensions", l->extensions);
    json_string(j, "lint", l->lint);
    json_string(j, "install", how);
    json_close(j, '}');
}

static void add_row(struct buf *out, const struct language *l, const char *program, const char *version)
{
    AUTO_BUF struct buf extensions = BUF_INIT;
    AUTO_FREE char *how = language_how_to_get(l);
    for (const char *const *e = l->extensions; e && *e; e++)
        buf_printf(&extensions, "%s.%s", e == l->extensions ? "" : " ", *e);
    buf_printf(out, "%-12s %-18s %-10s %s\n", l->name, buf_str(&extensions), version ? version : "-",
               version ? program : how);
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    (void)runtime, (void)argc, (void)argv;
    AUTO_BUF struct buf out = BUF_INIT;
    struct json j;
    if (json) {
        json_begin(&j, &out, true);
        json_open(&j, NULL, '[');
    } else {
        buf_printf(&out, "%-12s %-18s %-10s %s\n", "LANGUAGE", "FILES", "VERSION",
                   "PROGRAM, OR HOW TO GET IT");
    }
    for (size_t i = 0; languages[i]; i++) {
        AUTO_FREE char *program = host_program(languages[i]);
        AUTO_FREE char *version = program ? host_version(languages[i], program) : NULL;
        if (json)
            add_json(&j, languages[i], program, version);
        else
            add_row(&out, languages[i], program, version);
    }
    if (json) {
        json_close(&j, ']');
        json_end(&j);
        buf_addc(&out, '\n');
    }
    return write_fd(1, out.data, out.len);
}

static const struct command_option options[] = {
    {"json", 0, OPT_FLAG, &json, NULL, "as JSON"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_languages = {
    .name = "languages",
    .arguments = "",
    .summary = "list the languages that can be run here",
    .options = options,
    .stop_after = -1,
    .run = run,
    .stateless = true,
};
