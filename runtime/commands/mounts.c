/* rsbx mounts: adds mounts to a running container, and takes them away again. */
#include <fcntl.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/strings.h"
#include "commands/command.h"

static struct spec *read_mounts(const char *file)
{
    AUTO_BUF struct buf text = BUF_INIT;
    bool standard_input = str_eq(file, "-");
    int r = standard_input ? read_fd(STDIN_FILENO, 1U << 20, &text)
                           : read_file_at(AT_FDCWD, file, 1U << 20, &text);
    return r < 0 ? NULL
                 : spec_decode_mounts(standard_input ? "standard input" : file, buf_str(&text), text.len);
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct container *c;
    (void)argc;
    bool add = str_eq(argv[0], "add");
    if (!add && !str_eq(argv[0], "remove"))
        return fail(0, "mounts: expected add or remove, found \"%s\"", argv[0]);
    AUTO_SPEC struct spec *mounts = read_mounts(argv[2]);
    if (!mounts)
        return -1;
    TRY(container_load(runtime, argv[1], true, &c));
    int r = container_mounts(c, mounts, add);
    container_free(c);
    return r;
}

static const struct command_option options[] = {
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_mounts = {
    .name = "mounts",
    .arguments = "add|remove ID FILE",
    .summary = "add mounts to a running container, or remove what was added",
    .details = "FILE (\"-\": standard input) is an array of mounts as in config.json; add takes bind mounts\n"
               "and tmpfs, remove looks at their destinations alone.",
    .options = options,
    .min_args = 3,
    .max_args = 3,
    .stop_after = -1,
    .run = run,
    .enters = true,
};
