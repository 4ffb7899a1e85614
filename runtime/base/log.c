/* Messages for people and callers: see log.h. */
#include "base/log.h"

#include <fcntl.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/io.h"

static int file = -1;
static enum log_format format;
static bool debug;

int log_open(const char *path, enum log_format new_format, bool new_debug)
{
    format = new_format;
    debug = new_debug;
    if (!path)
        return 0;
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0)
        return fail(errno, "--log %s", path);
    return 0;
}

bool log_is_debug(void)
{
    return debug;
}

int log_fd(void)
{
    return file;
}

static void add_json_string(struct buf *b, const char *s)
{
    buf_addc(b, '"');
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            buf_printf(b, "\\%c", c);
        else if (c < 0x20)
            buf_printf(b, "\\u%04x", c);
        else
            buf_addc(b, (char)c);
    }
    buf_addc(b, '"');
}

static void to_file(const char *level, const char *text)
{
    char when[40];
    struct timespec now;
    struct tm tm;
    AUTO_BUF struct buf b = BUF_INIT;
    if (file < 0)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (format == LOG_JSON) {
        buf_printf(&b, "{\"level\":\"%s\",\"msg\":", level);
        add_json_string(&b, text);
        buf_printf(&b, ",\"time\":\"%s\"}\n", when);
    } else {
        buf_printf(&b, "time=\"%s\" level=%s msg=", when, level);
        add_json_string(&b, text);
        buf_addc(&b, '\n');
    }
    ssize_t ignored = write(file, b.data, b.len);
    (void)ignored;
}

static void to_stderr(const char *prefix, const char *text)
{
    AUTO_BUF struct buf b = BUF_INIT;
    buf_printf(&b, "rsbx: %s%s\n", prefix, text);
    ssize_t ignored = write(STDERR_FILENO, b.data, b.len);
    (void)ignored;
}

void log_debug(const char *fmt, ...)
{
    if (!debug)
        return;
    AUTO_BUF struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&b, fmt, ap);
    va_end(ap);
    if (file >= 0)
        to_file("debug", buf_str(&b));
    else
        to_stderr("debug: ", buf_str(&b));
}

void log_warn(const char *fmt, ...)
{
    AUTO_BUF struct buf b = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&b, fmt, ap);
    va_end(ap);
    if (file >= 0)
        to_file("warning", buf_str(&b));
    else
        to_stderr("warning: ", buf_str(&b));
}

void log_current_error(void)
{
    to_stderr("", error_text());
    to_file("error", error_text());
}
