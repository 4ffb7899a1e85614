/* rsbx top: all containers, live. On a terminal keys sort, filter and scroll; elsewhere, and with --batch, it
 * writes the table again and again. One poll(2) waits for keys, signals and the next look. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/io.h"
#include "base/strings.h"
#include "commands/command.h"
#include "supervise/screen.h"
#include "supervise/top.h"

enum { FILTER_MAX = 60 };

static bool batch;
static uint32_t count;
static uint64_t delay = 1000000000ULL;
static const char *sort = "cpu", *filter = "";

struct screen_state {
    struct top top;
    struct top_view view;
    char typed[FILTER_MAX + 1]; /* the filter */
    bool typing, quit;
    struct buf prompt;
};

/* ---- keys ---- */

static const struct {
    char key;
    const char *sort;
} sort_keys[] = {{'c', "cpu"}, {'m', "memory"}, {'p', "peak"}, {'n', "pids"},
                 {'i', "io"},  {'w', "wall"},   {'a', "name"}};

static void type(struct screen_state *s, int key)
{
    size_t n = strlen(s->typed);
    if (key == KEY_ESCAPE)
        s->typed[0] = '\0';
    else if (key == KEY_ERASE && n > 0)
        s->typed[n - 1] = '\0';
    else if (key >= 0x20 && key < 0x7f && n < FILTER_MAX)
        s->typed[n] = (char)key, s->typed[n + 1] = '\0';
    s->typing = key != KEY_ESCAPE && key != KEY_ENTER;
    s->view.scroll = 0;
}

static void press(struct screen_state *s, int key)
{
    struct top_view *v = &s->view;
    size_t page = v->lines > 4 ? v->lines - 4 : 1;
    if (s->typing && key != KEY_END_OF_INPUT) {
        type(s, key);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(sort_keys); i++)
        if (sort_keys[i].key == key)
            v->sort = sort_keys[i].sort;
    switch (key) {
    case 'q':
    case KEY_END_OF_INPUT:
        s->quit = true;
        break;
    case 'r':
        v->reverse = !v->reverse;
        break;
    case 'e':
        v->hide_ended = !v->hide_ended;
        break;
    case '/':
        s->typing = true;
        break;
    case KEY_ESCAPE:
        s->typed[0] = '\0';
        break;
    case KEY_UP:
        v->scroll -= v->scroll > 0;
        break;
    case KEY_DOWN:
        v->scroll++;
        break;
    case KEY_PAGE_UP:
        v->scroll -= v->scroll < page ? v->scroll : page;
        break;
    case KEY_PAGE_DOWN:
        v->scroll += page;
        break;
    default:
        break;
    }
}

/* ---- drawing ---- */

static int draw(struct screen_state *s)
{
    AUTO_BUF struct buf b = BUF_INIT;
    buf_clear(&s->prompt);
    if (s->typing)
        buf_printf(&s->prompt, "show only those with: %s_  (Enter keeps it, Esc shows all)", s->typed);
    s->view.prompt = s->typing ? buf_str(&s->prompt) : NULL;
    screen_size(&s->view.lines, &s->view.columns);
    top_draw(&s->top, &s->view, &b);
    return screen_draw(&b);
}

/* ---- signals ---- */

static int open_signals(void)
{
    sigset_t set;
    const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        sigaddset(&set, signals[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? fail(errno, "signalfd") : fd;
}

/* 0, or the signal that ends us. */
static int take_signals(int fd)
{
    struct signalfd_siginfo info;
    int end = 0;
    while (read(fd, &info, sizeof(info)) == sizeof(info)) {
        int sig = (int)info.ssi_signo;
        if (sig == SIGTSTP) { /* the shell gets its screen, and we ours when it lets us go on */
            screen_close();
            raise(SIGSTOP);
            TRY(screen_open());
        } else if (sig != SIGWINCH) {
            end = sig;
        }
    }
    return end;
}

/* ---- loops ---- */

static int wait_until(uint64_t next, int signals, bool keys)
{
    uint64_t now = now_ns();
    struct pollfd p[2] = {{signals, POLLIN, 0}, {keys ? STDIN_FILENO : -1, POLLIN, 0}};
    uint64_t left = next > now ? next - now : 0;
    struct timespec timeout = {(time_t)(left / 1000000000), (long)(left % 1000000000)};
    if (ppoll(p, 2, &timeout, NULL) < 0 && errno != EINTR)
        return fail(errno, "poll");
    return 0;
}

static int watch(struct screen_state *s, int signals)
{
    uint64_t next = now_ns();
    for (uint32_t n = 0; !s->quit;) {
        if (now_ns() >= next) {
            if (count && n++ == count)
                return 0;
            TRY(top_look(&s->top));
            next = now_ns() + delay;
        }
        TRY(draw(s));
        TRY(wait_until(next, signals, true));
        int end = take_signals(signals);
        if (end)
            return end < 0 ? -1 : 128 + end;
        for (int key; (key = screen_key()) != KEY_NONE && !s->quit;)
            press(s, key);
    }
    return 0;
}

static int print_again_and_again(struct screen_state *s, int signals)
{
    for (uint32_t n = 0; !count || n < count; n++) {
        AUTO_BUF struct buf b = BUF_INIT;
        uint64_t next = now_ns() + delay;
        TRY(top_look(&s->top));
        top_draw(&s->top, &s->view, &b);
        buf_addc(&b, '\n');
        TRY(write_fd(STDOUT_FILENO, buf_str(&b), b.len));
        while (now_ns() < next && !(count && n + 1 == count)) {
            TRY(wait_until(next, signals, false));
            int end = take_signals(signals);
            if (end)
                return end < 0 ? -1 : 128 + end;
        }
    }
    return 0;
}

static int run(const struct runtime_options *runtime, int argc, char **argv)
{
    struct screen_state s = {.view = {.sort = sort, .columns = 200}};
    (void)argc, (void)argv;
    if (!top_sort_known(sort))
        return fail(0, "--sort: expected one of %s, found \"%s\"", top_sort_names, sort);
    if (delay < 100000000)
        return fail(0, "--delay: expected a duration of at least 100ms");
    if (strlen(filter) > FILTER_MAX)
        return fail(0, "--filter: expected at most %d characters", FILTER_MAX);
    strcpy(s.typed, filter);
    s.view.filter = s.typed;
    batch = batch || !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO);
    s.view.colours = !batch && screen_has_colours(STDOUT_FILENO);
    AUTO_FD int signals = open_signals();
    TRY(signals);
    top_begin(&s.top, runtime);
    int r = batch ? 0 : screen_open();
    if (r == 0)
        r = batch ? print_again_and_again(&s, signals) : watch(&s, signals);
    screen_close();
    top_free(&s.top);
    buf_free(&s.prompt);
    return r;
}

static const struct command_option options[] = {
    {"batch", 'b', OPT_FLAG, &batch, NULL,
     "write the table to stdout again and again; as where that is no terminal"},
    {"count", 'n', OPT_U32, &count, "N", "look N times, then exit"},
    {"delay", 'd', OPT_DURATION, &delay, "DURATION", "time between two looks (default 1s)"},
    {"sort", 's', OPT_STRING, &sort, "KEY", "cpu, memory, peak, pids, io, wall or name (default cpu)"},
    {"filter", 'f', OPT_STRING, &filter, "TEXT", "only those with TEXT in id, name, state or verdict"},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

const struct command command_top = {
    .name = "top",
    .arguments = "",
    .summary = "show all containers and what they use, live",
    .details = "The bar is memory now (#), its peak (-) and the limit (its end); without a limit the peak is "
               "its end.\n"
               "Snippets stay for a while when they have ended, with their verdict.\n"
               "Keys: q quit; c m p n i w a sort; r reverse; e hide the ended; / filter; arrows scroll.",
    .options = options,
    .min_args = 0,
    .max_args = 0,
    .stop_after = -1,
    .run = run,
};
