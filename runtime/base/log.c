/* Messages for people and callers: see log.h. */
#include "base/log.h"

#include <fcntl.h>
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/io.h"
#include "base/strings.h"

static int file = -1; /* a file, or the socket of a log service */
static enum { TO_FILE, TO_JOURNAL, TO_SYSLOG } kind;
static const char *identifier; /* what a log service calls us */
static enum log_format format;
static bool debug;

static int open_service(const char *socket_path, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, socket_path);
    identifier = *name ? name : "rsbx";
    if (strchr(identifier, '\n'))
        return fail(0, "--log: the name for the log service must be one line");
    file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (file < 0 || connect(file, (struct sockaddr *)&address, sizeof(address)) < 0)
        return fail(errno, "--log: %s", socket_path);
    return 0;
}

int log_open(const char *path, enum log_format new_format, bool new_debug)
{
    format = new_format;
    debug = new_debug;
    if (!path)
        return 0;
    const char *journal = str_after(path, "journald:"), *syslog = str_after(path, "syslog:");
    kind = journal ? TO_JOURNAL : syslog ? TO_SYSLOG : TO_FILE;
    if (kind != TO_FILE)
        return open_service(journal ? "/run/systemd/journal/socket" : "/dev/log", journal ? journal : syslog);
    if (str_starts(path, "file:"))
        path += strlen("file:");
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

void log_close(void)
{
    if (file >= 0)
        close(file);
    file = -1;
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

/* One datagram: the journal's fields (a value with newlines has its length before it), or RFC 3164. */
static void to_service(int priority, const char *text)
{
    enum { FACILITY_DAEMON = 3 << 3 };
    AUTO_BUF struct buf b = BUF_INIT;
    if (kind == TO_JOURNAL) {
        uint64_t len = htole64(strlen(text));
        buf_printf(&b, "SYSLOG_IDENTIFIER=%s\nPRIORITY=%d\nMESSAGE\n", identifier, priority);
        buf_add(&b, &len, sizeof(len));
        buf_printf(&b, "%s\n", text);
    } else {
        buf_printf(&b, "<%d>%s[%d]: %s", FACILITY_DAEMON | priority, identifier, (int)getpid(), text);
    }
    ssize_t ignored = send(file, b.data, b.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)ignored;
}

static void to_file(const char *level, const char *text)
{
    if (file >= 0 && kind != TO_FILE) {
        to_service(strcmp(level, "error") == 0 ? 3 : strcmp(level, "warning") == 0 ? 4 : 7, text);
        return;
    }
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
