/* rsbx spec: writes a config.json to start from. */
#include <fcntl.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "commands/command.h"
#include "spec/config.h"

static const char *bundle, *file = "config.json";
static bool rootless;

static int write_new_file(int dirfd, const char *path, const struct buf *text)
{
    int r = write_file_at(dirfd, path, O_CREAT | O_EXCL, 0666, text->data, text->len);
    if (r < 0 && error_errno() == EEXIST)
        return fail(0, "%s exists already: remove it first, or name another with --file", path);
    return r;
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    (void)runtime, (void)argc, (void)argv;
    AUTO_SPEC struct spec *spec = rootless ? spec_default_rootless(geteuid(), getegid()) : spec_default();
    AUTO_BUF struct buf text = BUF_INIT;
    spec_encode(spec, true, &text);
    buf_addc(&text, '\n');
    if (strcmp(file, "-") == 0)
        return write_fd(STDOUT_FILENO, text.data, text.len);
    AUTO_FD int dir = open(bundle ? bundle : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return fail(errno, "%s", bundle ? bundle : ".");
    return write_new_file(dir, file, &text);
}

static const struct command_option options[] = {
    {"bundle", 'b', OPT_STRING, &bundle, "DIR", "directory to write to (default: the working directory)"},
    {"file", 'f', OPT_STRING, &file, "FILE",
     "name of the file (default: config.json), - for standard output"},
    {"rootless", 0, OPT_FLAG, &rootless, NULL, "for a user who is not root"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_spec = {
    .name = "spec",
    .arguments = "",
    .summary = "write a config.json to start from",
    .options = options,
    .stop_after = -1,
    .run = run,
    .stateless = true,
};
