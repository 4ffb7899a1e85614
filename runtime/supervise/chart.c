/* One line chart as SVG: an area, a line, a limit, an axis of each kind. Colours come from the page's CSS
 * variables, with fallbacks for a lone file. */
#include <stdio.h>

#include "base/auto.h"
#include "supervise/report.h"

enum {
    WIDTH = 640,
    HEIGHT = 180,
    LEFT = 64,
    RIGHT = 12,
    TOP = 30,
    BOTTOM = 24,
    RATE_MS = 20,
    SHORT_MS = 100
};

/* Characters that are not seen but change how others are: C1 controls, and marks of direction, with which
 * text can be made to look like another (Unicode TR 36, 3.2). Their length in UTF-8, else 0. */
static size_t hidden(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0)
        return 2;
    if (s[0] == 0xd8 && s[1] == 0x9c)
        return 2;
    if (s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf)
        return 3;
    if (s[0] != 0xe2 || !s[1])
        return 0;
    bool marks = s[1] == 0x80 && ((s[2] >= 0x8b && s[2] <= 0x8f) || (s[2] >= 0xa8 && s[2] <= 0xae));
    return marks || (s[1] == 0x81 && s[2] >= 0xa0 && s[2] <= 0xaf) ? 3 : 0;
}

void html_escape(const char *text, struct buf *out)
{
    for (; text && *text; text++) {
        unsigned char c = (unsigned char)*text;
        size_t skip = hidden(text);
        if (skip) {
            buf_adds(out, "\xef\xbf\xbd");
            text += skip - 1;
            continue;
        }
        if (c == '&')
            buf_adds(out, "&amp;");
        else if (c == '<')
            buf_adds(out, "&lt;");
        else if (c == '>')
            buf_adds(out, "&gt;");
        else if (c == '"')
            buf_adds(out, "&quot;");
        else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
            buf_adds(out, "\xef\xbf\xbd"); /* control characters have no place in HTML */
        else
            buf_addc(out, (char)c);
    }
}

static double cell(const struct chart *c, size_t row, enum column column)
{
    return json_as_double(json_at(json_at(c->samples, row), column), 0);
}

static double value_at(const struct chart *c, size_t i)
{
    if (!c->rate)
        return cell(c, i, c->column) / c->divisor;
    /* over a hundredth of the whole at least: the kernel books CPU time by the tick */
    size_t n = json_length(c->samples), k = i;
    double t = cell(c, i, COLUMN_TIME), window = cell(c, n - 1, COLUMN_TIME) / 100;
    if (window < RATE_MS)
        window = RATE_MS;
    while (k > 0 && (k == i || t - cell(c, k, COLUMN_TIME) < window))
        k--;
    bool from_start = k == 0 && t - cell(c, 0, COLUMN_TIME) < window;
    double dt = t - (from_start ? 0 : cell(c, k, COLUMN_TIME));
    double dv = cell(c, i, c->column) - (from_start ? 0 : cell(c, k, c->column));
    return dt > 0 && dv > 0 ? dv / dt * 1000 / c->divisor : 0;
}

/* 1, 2 or 5 times a power of ten, at or above v. */
static double nice_above(double v)
{
    double p = 1e-6;
    const double steps[] = {1, 2, 5};
    for (; v > 0 && p < 1e18; p *= 10)
        for (size_t i = 0; i < 3; i++)
            if (v <= steps[i] * p)
                return steps[i] * p;
    return 1;
}

static double greater(double a, double b)
{
    return a > b ? a : b;
}

static void grid(double top, double span_ms, struct buf *out)
{
    double plot_h = HEIGHT - TOP - BOTTOM, plot_w = WIDTH - LEFT - RIGHT;
    for (int i = 0; i <= 2; i++) {
        double y = HEIGHT - BOTTOM - plot_h * i / 2;
        buf_printf(out,
                   "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"var(--grid,#ddd)\"/>"
                   "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.4g</text>",
                   LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4, top * i / 2);
    }
    double step = nice_above(span_ms / 5);
    for (int i = 0; i <= 5 && step * i <= span_ms; i++) {
        double x = LEFT + plot_w * step * i / span_ms;
        buf_printf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%.4g %s</text>", x, HEIGHT - 6,
                   i == 0                   ? "start"
                   : x > WIDTH - RIGHT - 16 ? "end"
                                            : "middle",
                   step * i / (span_ms < SHORT_MS ? 1 : 1000), span_ms < SHORT_MS ? "ms" : "s");
    }
}

static void line(const struct chart *c, size_t n, double top, double span, struct buf *out)
{
    double plot_h = HEIGHT - TOP - BOTTOM, plot_w = WIDTH - LEFT - RIGHT;
    double y = 0;
    struct buf points = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        double v = value_at(c, i), x = LEFT + plot_w * cell(c, i, COLUMN_TIME) / span;
        if (c->steps && i)
            buf_printf(&points, " %.1f,%.1f", x, y);
        y = HEIGHT - BOTTOM - plot_h * (v > top ? top : v) / top;
        buf_printf(&points, "%s%.1f,%.1f", i ? " " : "", x, y);
    }
    if (n > 1)
        buf_printf(out, "<polygon points=\"%.1f,%d %s %.1f,%d\" fill=\"var(--area,#cfe3f7)\"/>",
                   LEFT + plot_w * cell(c, 0, COLUMN_TIME) / span, HEIGHT - BOTTOM, buf_str(&points),
                   LEFT + plot_w * cell(c, n - 1, COLUMN_TIME) / span, HEIGHT - BOTTOM);
    buf_printf(out,
               "<polyline points=\"%s\" fill=\"none\" stroke=\"var(--line,#1769aa)\" stroke-width=\"2\"/>",
               buf_str(&points));
    if (n == 1)
        buf_printf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"var(--line,#1769aa)\"/>",
                   LEFT + plot_w * cell(c, 0, COLUMN_TIME) / span,
                   HEIGHT - BOTTOM - plot_h * value_at(c, 0) / top);
    buf_free(&points);
}

/* A line across, with its name at the right, above it where there is room. */
static void mark(const char *name, double value, double top, const char *colour, const char *dashes,
                 struct buf *out)
{
    double at = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top;
    buf_printf(out,
               "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"1.5\" "
               "stroke-dasharray=\"%s\"/>",
               LEFT, WIDTH - RIGHT, at, at, colour, dashes);
    buf_printf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"%s\" class=\"mark\">%s</text>",
               WIDTH - RIGHT - 4, at > TOP + 16 ? at - 4 : at + 16, colour, name);
}

double chart_highest(const struct chart *c)
{
    double highest = 0;
    for (size_t i = 0; i < json_length(c->samples); i++)
        highest = greater(highest, value_at(c, i));
    return greater(highest, c->peak);
}

double chart_top(const struct chart *c)
{
    double highest = greater(chart_highest(c), c->least_top);
    if (c->top > 0)
        return c->top;
    /* A limit far above would press the line flat: it is then told in words. */
    return nice_above(c->limit <= highest * 4 ? greater(highest, c->limit) : highest);
}

double chart_span(const struct chart *c)
{
    size_t n = json_length(c->samples);
    double span = c->span > 0 ? c->span : n ? cell(c, n - 1, COLUMN_TIME) : 0;
    return span > 0 ? span : 1;
}

/* Three digits, or all of a whole number: the exact figures stand in the table. */
static void add_value(const char *name, double value, struct buf *out)
{
    buf_printf(out, value >= 100 ? "%s %.0f" : "%s %.3g", name, value);
}

void chart_svg(const struct chart *c, double y, struct buf *out)
{
    AUTO_BUF struct buf words = BUF_INIT, place = BUF_INIT;
    size_t n = json_length(c->samples);
    double highest = chart_highest(c), top = chart_top(c), span = chart_span(c);
    if (y >= 0)
        buf_printf(&place, "y=\"%.0f\" width=\"%d\" height=\"%d\"", y, WIDTH, HEIGHT);
    add_value("peak", highest, &words);
    if (c->average > 0)
        add_value(", average", c->average, &words);
    if (c->limit > 0)
        add_value(", limit", c->limit, &words);
    buf_printf(out,
               "<svg viewBox=\"0 0 %d %d\" %s role=\"img\" "
               "aria-label=\"%s over time, in %s: %s\" font-family=\"system-ui,sans-serif\" "
               "font-size=\"13\" fill=\"var(--text,#222)\"><title>%s over %.4g s, in %s: %s</title>",
               WIDTH, HEIGHT, buf_str(&place), c->title, c->unit, buf_str(&words), c->title, span / 1000,
               c->unit, buf_str(&words));
    buf_printf(out, "<text x=\"%d\" y=\"16\" font-weight=\"600\">%s, %s</text>", LEFT, c->title, c->unit);
    buf_printf(out, "<text x=\"%d\" y=\"16\" text-anchor=\"end\">%s</text>", WIDTH - RIGHT, buf_str(&words));
    grid(top, span, out);
    line(c, n, top, span, out);
    if (c->average > 0)
        mark("average", c->average, top, "var(--line,#1769aa)", "2 4", out);
    if (c->limit > 0 && c->limit <= top)
        mark("limit", c->limit, top, "var(--limit,#c62828)", "6 4", out);
    buf_adds(out, "</svg>");
}
