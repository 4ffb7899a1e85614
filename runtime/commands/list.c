/* rsbx list: all containers below the state directory. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"
#include "commands/command.h"
#include "commands/describe.h"

static const char *format;
static bool quiet;

static void print_row(const char *id, const char *pid, const char *status, const char *bundle,
                      const char *created, const char *owner)
{
    printf("%-*s %-11s %-11s %-*s %-30s %s\n", 15, id, pid, status, 27, bundle, created, owner);
}

static void table_row(const struct container *c)
{
    char pid[24], owner[24];
    snprintf(pid, sizeof(pid), "%d", (int)c->pid);
    snprintf(owner, sizeof(owner), c->owner == 0 ? "root" : "#%u", (unsigned)c->owner);
    print_row(c->id, pid, container_status_name(c->status), c->bundle ? c->bundle : "",
              c->created ? c->created : "", owner);
}

static void json_row(const struct container *c, struct json *j)
{
    json_open(j, NULL, '{');
    describe_container(c, j);
    json_close(j, '}');
}

/* A container that ends while we look at it is left out; one that cannot be read must not hide the others. */
static struct container *load(const struct runtime_options *runtime, const char *id, bool whole)
{
    struct container *c;
    if ((whole ? container_load(runtime, id, false, &c) : container_look(runtime, id, &c)) == 0)
        return c;
    if (!strstr(error_text(), "does not exist"))
        fprintf(stderr, "rsbx: warning: %s\n", error_text());
    error_clear();
    return NULL;
}

static void print_all(const struct runtime_options *runtime, char **ids, struct json *j)
{
    for (; *ids; ids++) {
        struct container *c = quiet ? NULL : load(runtime, *ids, j);
        if (quiet)
            puts(*ids);
        else if (c && j)
            json_row(c, j);
        else if (c)
            table_row(c);
        if (c)
            container_free(c);
    }
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    char **ids;
    bool json = str_eq(format, "json");
    AUTO_BUF struct buf b = BUF_INIT;
    struct json j;
    (void)argc, (void)argv;
    if (format && !json && !str_eq(format, "table"))
        return fail(0, "--format: expected table or json, found \"%s\"", format);
    TRY(container_list(runtime, &ids));
    if (json && !quiet) {
        json_begin(&j, &b, false);
        if (ids[0])
            json_open(&j, NULL, '[');
        print_all(runtime, ids, &j);
        if (ids[0])
            json_close(&j, ']');
        json_end(&j);
        puts(ids[0] ? buf_str(&b) : "null");
    } else {
        if (!quiet)
            print_row("ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER");
        print_all(runtime, ids, NULL);
    }
    for (char **p = ids; *p; p++)
        free(*p);
    free(ids);
    return 0;
}

static const struct command_option options[] = {
    {"format", 'f', OPT_STRING, &format, "table|json", "how to print"},
    {"quiet", 'q', OPT_FLAG, &quiet, NULL, "ids only"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_list = {
    .name = "list",
    .arguments = "",
    .summary = "list containers",
    .options = options,
    .max_args = 0,
    .stop_after = -1,
    .run = run,
};
