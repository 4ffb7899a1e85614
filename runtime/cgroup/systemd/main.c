/* rsbx-systemd: one request to systemd. A JSON object comes on stdin ({"command": "start", ...}, manager.h),
 * one goes to stdout: {"path": "/system.slice/..."} or {"error": "..."}. rsbx itself stays static and small,
 * and talks D-Bus only by this program. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "cgroup/systemd/manager.h"

enum { MAX_REQUEST = 4 << 20 };

static int handle(const struct json_value *request, struct buf *path)
{
    const char *command = json_get_string(request, "command");
    struct manager m;
    int r;
    if (!command || !json_get_string(request, "unit"))
        return fail(0, "rsbx-systemd: no command or no unit");
    if (manager_open(json_get_bool(request, "user", false), &m) < 0)
        return -1;
    if (strcmp(command, "start") == 0)
        r = manager_start(&m, request, path);
    else if (strcmp(command, "set") == 0)
        r = manager_set(&m, request);
    else if (strcmp(command, "attach") == 0)
        r = manager_attach(&m, request);
    else if (strcmp(command, "stop") == 0)
        r = manager_stop(&m, request);
    else
        r = fail(0, "rsbx-systemd: unknown command \"%s\"", command);
    manager_close(&m);
    return r;
}

int main(int argc, char **argv)
{
    AUTO_BUF struct buf in = BUF_INIT;
    AUTO_BUF struct buf out = BUF_INIT;
    AUTO_BUF struct buf path = BUF_INIT;
    struct json_value *request = NULL;
    if (argc > 1) {
        fprintf(stderr, "usage: %s <REQUEST >REPLY (see the head of its source; rsbx calls it)\n", argv[0]);
        return 2;
    }
    int r = read_fd(STDIN_FILENO, MAX_REQUEST, &in);
    if (r == 0) {
        request = json_parse("request", buf_str(&in), in.len);
        r = request ? handle(request, &path) : -1;
    }
    struct json j;
    json_begin(&j, &out, false);
    json_open(&j, NULL, '{');
    if (r < 0) {
        json_string(&j, "error", error_text());
        json_int(&j, "errno", error_errno());
    } else {
        json_string(&j, "path", buf_str(&path));
    }
    json_close(&j, '}');
    json_end(&j);
    json_free(request);
    return write_fd(STDOUT_FILENO, buf_str(&out), out.len) < 0 || r < 0;
}
