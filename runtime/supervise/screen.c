/* See screen.h. */
#include "supervise/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"

static const char enter[] = "\033[?1049h\033[?25l\033[2J"; /* second screen, no cursor, empty */
static const char leave[] = "\033[0m\033[?25h\033[?1049l";

static struct termios saved;
static volatile sig_atomic_t open_now;

void screen_close(void) /* only what signal-safety(7) allows */
{
    if (!open_now)
        return;
    open_now = 0;
    if (write(STDOUT_FILENO, leave, sizeof(leave) - 1) < 0)
        return; /* the terminal is gone */
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);
}

static void on_crash(int sig)
{
    screen_close();
    signal(sig, SIG_DFL);
    raise(sig);
}

static void restore_after_a_crash(void)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND};
    for (size_t i = 0; i < ARRAY_LEN(crashes); i++)
        sigaction(crashes[i], &action, NULL);
    atexit(screen_close);
}

int screen_open(void)
{
    if (tcgetattr(STDIN_FILENO, &saved) < 0)
        return fail(errno, "terminal");
    struct termios raw = saved;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO); /* ISIG stays: Ctrl-C and Ctrl-Z are signals */
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    restore_after_a_crash();
    open_now = 1;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) < 0)
        return fail(errno, "terminal");
    return write_fd(STDOUT_FILENO, enter, sizeof(enter) - 1);
}

void screen_size(size_t *lines, size_t *columns)
{
    struct winsize w;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row > 0 && w.ws_col > 0;
    *lines = known ? w.ws_row : 24;
    *columns = known ? w.ws_col : 80;
}

int screen_draw(const struct buf *text)
{
    AUTO_BUF struct buf b = BUF_INIT;
    buf_adds(&b, "\033[H");
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] == '\n')
            buf_adds(&b, "\033[0m\033[K\r\n"); /* what a longer line left behind goes */
        else
            buf_addc(&b, text->data[i]);
    buf_adds(&b, "\033[0m\033[J");
    return write_fd(STDOUT_FILENO, b.data, b.len);
}

/* ---- keys ---- */

static int byte(int timeout_ms)
{
    struct pollfd p = {STDIN_FILENO, POLLIN, 0};
    unsigned char c;
    if (poll(&p, 1, timeout_ms) <= 0)
        return -1;
    return read(STDIN_FILENO, &c, 1) == 1 ? c : p.revents & POLLHUP ? -2 : -1;
}

/* After ESC: "[A", "OA", "[5~"; a lone ESC is followed by nothing. */
static int sequence(void)
{
    int c = byte(20), last = -1;
    if (c != '[' && c != 'O')
        return KEY_ESCAPE;
    int first = c = byte(20);
    for (int n = 0; n < 8 && c >= 0; n++) { /* ECMA-48, 5.4: ends with a byte of 0x40 to 0x7e */
        last = c;
        if (c >= 0x40)
            break;
        c = byte(20);
    }
    if (last == 'A')
        return KEY_UP;
    if (last == 'B')
        return KEY_DOWN;
    if (last == '~' && (first == '5' || first == '6'))
        return first == '5' ? KEY_PAGE_UP : KEY_PAGE_DOWN;
    return KEY_NONE;
}

int screen_key(void)
{
    int c = byte(0);
    switch (c) {
    case -2:
        return KEY_END_OF_INPUT;
    case -1:
        return KEY_NONE;
    case 27:
        return sequence();
    case '\r':
    case '\n':
        return KEY_ENTER;
    case 8:
    case 127:
        return KEY_ERASE;
    default:
        return c;
    }
}

bool screen_has_colours(int fd)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fd) && !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

/* ---- text from outside ---- */

/* One character of two bytes whose width is 1 everywhere: Latin, Greek, Cyrillic. */
static bool is_plain_pair(const unsigned char *s)
{
    unsigned c = (unsigned)(s[0] & 0x1f) << 6 | (unsigned)(s[1] & 0x3f);
    if ((s[0] & 0xe0) != 0xc0 || (s[1] & 0xc0) != 0x80)
        return false;
    return (c >= 0xc0 && c < 0x250) || (c >= 0x388 && c < 0x483) || (c >= 0x48a && c < 0x530);
}

void screen_text(const char *text, size_t width, bool pad, struct buf *out)
{
    const unsigned char *s = (const unsigned char *)(text ? text : "");
    size_t n = 0;
    for (; *s && n < width; n++) {
        if (*s >= 0x20 && *s < 0x7f) {
            buf_addc(out, (char)*s++);
        } else if (is_plain_pair(s)) {
            buf_add(out, s, 2);
            s += 2;
        } else {
            buf_addc(out, '?');
            for (s++; (*s & 0xc0) == 0x80;) /* the rest of the same character */
                s++;
        }
    }
    for (; pad && n < width; n++)
        buf_addc(out, ' ');
}
