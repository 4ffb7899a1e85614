/* Draws the rows of rsbx top: see top.h. A column is a row of a table; those that the terminal has no room
 * for are left out, the least telling first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/strings.h"
#include "supervise/screen.h"
#include "supervise/top.h"

enum { BAR = 14, ID_MAX = 24, ID_MIN = 10, NAME_WIDTH = 20, VERDICT_MIN = 9, VERDICT_MAX = 60, RANK_MAX = 8 };

static const char plain[] = "\033[0m", reverse_video[] = "\033[7m", red[] = "\033[31m", green[] = "\033[32m",
                  yellow[] = "\033[33m";

/* ---- cells ---- */

static void cell_state(const struct top_row *r, struct buf *out)
{
    buf_adds(out, r->state);
}

static void cell_cpu(const struct top_row *r, struct buf *out)
{
    if (r->ended)
        buf_addc(out, '-');
    else
        buf_printf(out, "%.1f", r->cpu * 100);
}

static void add_size(double bytes, struct buf *out)
{
    static const char units[] = "BKMGTP";
    size_t i = 0;
    for (; bytes >= 1000 && units[i + 1]; i++)
        bytes /= 1024;
    buf_printf(out, i && bytes < 9.95 ? "%.1f%c" : "%.0f%c", bytes, units[i]);
}

static void cell_memory(const struct top_row *r, struct buf *out)
{
    add_size((double)r->usage.memory, out);
}

static void cell_average(const struct top_row *r, struct buf *out)
{
    if (r->usage.memory_average)
        add_size((double)r->usage.memory_average, out);
    else
        buf_addc(out, '-');
}

static void cell_peak(const struct top_row *r, struct buf *out)
{
    add_size((double)r->usage.memory_peak, out);
}

static void cell_limit(const struct top_row *r, struct buf *out)
{
    if (r->usage.memory_limit)
        add_size((double)r->usage.memory_limit, out);
    else
        buf_addc(out, '-');
}

/* "[####--   ]": now, peak, limit; without a limit the peak is the whole. */
static void cell_bar(const struct top_row *r, struct buf *out)
{
    const struct usage *u = &r->usage;
    double whole = (double)(u->memory_limit ? u->memory_limit : u->memory_peak);
    if (whole <= 0)
        whole = 1;
    size_t now = (size_t)((double)u->memory / whole * BAR + 0.5);
    size_t peak = (size_t)((double)u->memory_peak / whole * BAR + 0.5);
    buf_addc(out, '[');
    for (size_t i = 0; i < BAR; i++)
        buf_addc(out, i < now ? '#' : i < peak ? '-' : ' ');
    buf_addc(out, ']');
}

static void cell_pids(const struct top_row *r, struct buf *out)
{
    buf_printf(out, "%llu", (unsigned long long)(r->ended ? r->usage.pids_peak : r->usage.pids));
}

static void cell_read(const struct top_row *r, struct buf *out)
{
    add_size(r->ended ? (double)r->usage.read_bytes : r->read, out);
}

static void cell_write(const struct top_row *r, struct buf *out)
{
    add_size(r->ended ? (double)r->usage.written_bytes : r->written, out);
}

static void cell_wall(const struct top_row *r, struct buf *out)
{
    unsigned long long s = r->usage.wall_ns / 1000000000;
    if (s < 100)
        buf_printf(out, "%.1fs", (double)r->usage.wall_ns / 1e9);
    else if (s < 3600)
        buf_printf(out, "%llum%02llus", s / 60, s % 60);
    else if (s < 86400)
        buf_printf(out, "%lluh%02llum", s / 3600, s / 60 % 60);
    else
        buf_printf(out, "%llud%02lluh", s / 86400, s / 3600 % 24);
}

static void cell_verdict(const struct top_row *r, struct buf *out)
{
    buf_adds(out, r->verdict ? r->verdict : "");
}

static void cell_id(const struct top_row *r, struct buf *out)
{
    buf_adds(out, r->id);
}

static void cell_name(const struct top_row *r, struct buf *out)
{
    const char *slash = r->name ? strrchr(r->name, '/') : NULL;
    buf_adds(out, slash ? slash + 1 : r->name ? r->name : "");
}

/* In their order on the screen. A rank says which goes first where there is no room: the highest. */
static const struct column_kind {
    const char *title;
    size_t width; /* 0: ID, NAME, VERDICT: by what is in them */
    bool right;
    int rank;
    void (*add)(const struct top_row *r, struct buf *out);
} columns[] = {
    {"ID", 0, false, 0, cell_id},
    {"NAME", 0, false, 6, cell_name},
    {"STATE", 8, false, 3, cell_state},
    {"CPU%", 6, true, 0, cell_cpu},
    {"MEM", 5, true, 0, cell_memory},
    {"AVG", 5, true, 7, cell_average},
    {"PEAK", 5, true, 2, cell_peak},
    {"LIMIT", 5, true, 4, cell_limit},
    {"NOW-PEAK-LIMIT", BAR + 2, false, 5, cell_bar},
    {"PIDS", 4, true, 3, cell_pids},
    {"READ/s", 6, true, 8, cell_read},
    {"WRITE/s", 7, true, 8, cell_write},
    {"WALL", 7, true, 1, cell_wall},
    {"VERDICT", 0, false, 1, cell_verdict},
};

enum {
    COLUMNS = ARRAY_LEN(columns),
    COLUMN_ID = 0,
    COLUMN_NAME = 1,
    COLUMN_BAR = 8,
    COLUMN_VERDICT = COLUMNS - 1
};

/* ---- sort and filter ---- */

static int compare_double(double a, double b)
{
    return a < b ? 1 : a > b ? -1 : 0; /* the greatest first */
}

static double by_cpu(const struct top_row *r)
{
    return r->cpu;
}

static double by_memory(const struct top_row *r)
{
    return (double)r->usage.memory;
}

static double by_peak(const struct top_row *r)
{
    return (double)r->usage.memory_peak;
}

static double by_pids(const struct top_row *r)
{
    return (double)r->usage.pids;
}

static double by_io(const struct top_row *r)
{
    return r->read + r->written;
}

static double by_wall(const struct top_row *r)
{
    return (double)r->usage.wall_ns;
}

static const struct sort_key {
    const char *name;
    double (*value)(const struct top_row *r); /* NULL: by name */
} sort_keys[] = {{"cpu", by_cpu}, {"memory", by_memory}, {"peak", by_peak}, {"pids", by_pids},
                 {"io", by_io},   {"wall", by_wall},     {"name", NULL}};

const char top_sort_names[] = "cpu, memory, peak, pids, io, wall, name";

static const struct sort_key *sort_key(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(sort_keys); i++)
        if (str_eq(sort_keys[i].name, name))
            return &sort_keys[i];
    return NULL;
}

bool top_sort_known(const char *name)
{
    return sort_key(name) != NULL;
}

static const struct top_view *sorting; /* qsort(3) passes nothing on */

static int compare_rows(const void *pa, const void *pb)
{
    const struct top_row *a = *(const struct top_row *const *)pa, *b = *(const struct top_row *const *)pb;
    const struct sort_key *key = sort_key(sorting->sort);
    if (a->ended != b->ended)
        return a->ended - b->ended; /* below those that run, whatever the order */
    int by = key && key->value ? compare_double(key->value(a), key->value(b)) : 0;
    if (by == 0)
        by = strcmp(a->id, b->id);
    return sorting->reverse ? -by : by;
}

static bool wanted(const struct top_row *r, const struct top_view *v)
{
    if (v->hide_ended && r->ended)
        return false;
    const char *texts[] = {r->id, r->name, r->state, r->verdict};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (texts[i] && strcasestr(texts[i], v->filter ? v->filter : ""))
            return true;
    return false;
}

/* ---- layout ---- */

struct layout {
    size_t width[COLUMNS]; /* 0: left out */
};

static size_t longest(const struct top_row *const *rows, size_t n, size_t column, size_t least, size_t most)
{
    size_t longest_one = least;
    for (size_t i = 0; i < n; i++) {
        AUTO_BUF struct buf b = BUF_INIT;
        columns[column].add(rows[i], &b);
        if (b.len > longest_one)
            longest_one = b.len;
    }
    return longest_one < most ? longest_one : most;
}

static size_t total(const struct layout *l)
{
    size_t sum = 0;
    for (size_t i = 0; i < COLUMNS; i++)
        sum += l->width[i] ? l->width[i] + 1 : 0;
    return sum ? sum - 1 : 0;
}

/* Whether it fits, the verdict cut if need be: its beginning tells most. */
static bool squeeze(struct layout *l, size_t room)
{
    size_t *verdict = &l->width[COLUMN_VERDICT], others = total(l) - *verdict;
    if (total(l) <= room)
        return true;
    if (*verdict < VERDICT_MIN || others + VERDICT_MIN > room)
        return false;
    *verdict = room - others;
    return true;
}

static void lay_out(const struct top_row *const *rows, size_t n, size_t room, struct layout *l)
{
    for (size_t i = 0; i < COLUMNS; i++)
        l->width[i] = columns[i].width;
    l->width[COLUMN_ID] = longest(rows, n, COLUMN_ID, ID_MIN, ID_MAX);
    l->width[COLUMN_NAME] = longest(rows, n, COLUMN_NAME, 4, NAME_WIDTH);
    l->width[COLUMN_VERDICT] = longest(rows, n, COLUMN_VERDICT, VERDICT_MIN, VERDICT_MAX);
    for (int rank = RANK_MAX; rank > 0 && !squeeze(l, room); rank--)
        for (size_t i = COLUMNS; i-- > 0 && !squeeze(l, room);)
            if (columns[i].rank == rank)
                l->width[i] = 0;
    size_t over = total(l) > room ? total(l) - room : 0;
    if (over)
        l->width[COLUMN_ID] = l->width[COLUMN_ID] > over ? l->width[COLUMN_ID] - over : 1;
}

/* ---- drawing ---- */

static const char *colour_of(const struct top_row *r, size_t column)
{
    const struct usage *u = &r->usage;
    if (column == COLUMN_VERDICT)
        return r->ok ? green : red;
    if (column != COLUMN_BAR || !u->memory_limit)
        return NULL;
    double share = (double)(r->ended ? u->memory_peak : u->memory) / (double)u->memory_limit;
    return share >= 0.9 ? red : share >= 0.75 ? yellow : green;
}

static void add_cell(const char *text, const struct column_kind *k, size_t width, bool last, struct buf *out)
{
    size_t len = strlen(text);
    for (size_t i = len; k->right && i < width; i++)
        buf_addc(out, ' ');
    screen_text(text, width, !k->right && !last, out);
}

static size_t last_column(const struct layout *l)
{
    size_t last = COLUMNS - 1;
    while (last > 0 && !l->width[last])
        last--;
    return last;
}

static void draw_header(const struct layout *l, const struct top_view *v, struct buf *out)
{
    if (v->colours)
        buf_adds(out, reverse_video);
    for (size_t i = 0, n = 0; i < COLUMNS; i++) {
        if (!l->width[i])
            continue;
        if (n++)
            buf_addc(out, ' ');
        add_cell(columns[i].title, &columns[i], l->width[i], i == last_column(l), out);
    }
    if (v->colours)
        buf_adds(out, plain);
    buf_addc(out, '\n');
}

static void draw_row(const struct top_row *r, const struct layout *l, const struct top_view *v,
                     struct buf *out)
{
    size_t last = last_column(l);
    for (size_t i = 0, n = 0; i < COLUMNS; i++) {
        AUTO_BUF struct buf b = BUF_INIT;
        if (!l->width[i])
            continue;
        const char *colour = v->colours ? colour_of(r, i) : NULL;
        columns[i].add(r, &b);
        if (n++)
            buf_addc(out, ' ');
        if (colour)
            buf_adds(out, colour);
        add_cell(buf_str(&b), &columns[i], l->width[i], i == last, out);
        if (colour)
            buf_adds(out, plain);
    }
    buf_addc(out, '\n');
}

static void draw_title(const struct top *t, const struct top_view *v, size_t shown, struct buf *out)
{
    size_t ended = 0;
    double cpu = 0, memory = 0;
    AUTO_BUF struct buf b = BUF_INIT;
    for (size_t i = 0; i < t->n; i++) {
        ended += t->rows[i].ended;
        cpu += t->rows[i].cpu;
        memory += (double)t->rows[i].usage.memory;
    }
    buf_printf(&b, "rsbx top: %zu container%s, %zu ended; CPU %.1f%%, memory ", t->n - ended,
               t->n - ended == 1 ? "" : "s", ended, cpu * 100);
    add_size(memory, &b);
    buf_printf(&b, "; by %s%s", v->sort, v->reverse ? ", reversed" : "");
    if (v->filter && *v->filter)
        buf_printf(&b, "; %zu of %zu match \"%s\"", shown, t->n, v->filter);
    screen_text(buf_str(&b), v->columns, false, out);
    buf_addc(out, '\n');
}

void top_draw(struct top *t, struct top_view *v, struct buf *out)
{
    size_t n = 0, from = 0, to;
    AUTO_FREE const struct top_row **rows = xcalloc(t->n + 1, sizeof(struct top_row *));
    struct layout l;
    for (size_t i = 0; i < t->n; i++)
        if (wanted(&t->rows[i], v))
            rows[n++] = &t->rows[i];
    sorting = v;
    if (n > 1)
        qsort(rows, n, sizeof(const struct top_row *), compare_rows);
    to = n;
    if (v->lines) { /* the title, the header, and the keys */
        size_t room = v->lines > 3 ? v->lines - 3 : 0;
        if (v->scroll + room > n)
            v->scroll = n > room ? n - room : 0;
        from = v->scroll;
        to = from + room < n ? from + room : n;
    }
    lay_out(rows, n, v->columns, &l);
    draw_title(t, v, n, out);
    draw_header(&l, v, out);
    for (size_t i = from; i < to; i++)
        draw_row(rows[i], &l, v, out);
    if (!v->lines)
        return;
    for (size_t i = to - from + 2; i + 1 < v->lines; i++)
        buf_addc(out, '\n');
    screen_text(
        v->prompt
            ? v->prompt
            : "q quit  c cpu  m memory  p peak  n pids  i io  w wall  a name  r reverse  e ended  / filter",
        v->columns, false, out);
}
