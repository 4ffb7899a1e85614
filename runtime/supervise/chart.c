/* One line chart as SVG: an area, a line, a limit, an axis of each kind. Colours come from the page's CSS
 * variables, with fallbacks for a lone file. */
#include <stdio.h>

#include "supervise/report.h"

enum { WIDTH = 640, HEIGHT = 180, LEFT = 64, RIGHT = 12, TOP = 30, BOTTOM = 24 };

void html_escape(const char *text, struct buf *out)
{
    for (; text && *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '&')
            buf_adds(out, "&amp;");
        else if (c == '<')
            buf_adds(out, "&lt;");
        else if (c == '>')
            buf_adds(out, "&gt;");
        else if (c == '"')
            buf_adds(out, "&quot;");
        else if (c < 0x20 && c != '\n' && c != '\t')
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
    double t0 = i ? cell(c, i - 1, COLUMN_TIME) : 0, v0 = i ? cell(c, i - 1, c->column) : 0;
    double dt = cell(c, i, COLUMN_TIME) - t0, dv = cell(c, i, c->column) - v0;
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
    for (int i = 0; i <= 4; i++)
        buf_printf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%.3g s</text>", LEFT + plot_w * i / 4,
                   HEIGHT - 6,
                   i == 0   ? "start"
                   : i == 4 ? "end"
                            : "middle",
                   span_ms / 1000 * i / 4);
}

static void line(const struct chart *c, size_t n, double top, double span, struct buf *out)
{
    double plot_h = HEIGHT - TOP - BOTTOM, plot_w = WIDTH - LEFT - RIGHT;
    struct buf points = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        double v = value_at(c, i);
        buf_printf(&points, "%s%.1f,%.1f", i ? " " : "", LEFT + plot_w * cell(c, i, COLUMN_TIME) / span,
                   HEIGHT - BOTTOM - plot_h * (v > top ? top : v) / top);
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

void chart_svg(const struct chart *c, double y, struct buf *out)
{
    size_t n = json_length(c->samples);
    double highest = 0, span = n ? cell(c, n - 1, COLUMN_TIME) : 0;
    for (size_t i = 0; i < n; i++)
        highest = greater(highest, value_at(c, i));
    /* A limit far above would press the line flat: it is then told in words. */
    bool draw_limit = c->limit > 0 && c->limit <= highest * 4;
    double top = nice_above(draw_limit ? greater(highest, c->limit) : highest);
    span = span > 0 ? span : 1;
    buf_printf(out,
               "<svg viewBox=\"0 0 %d %d\" y=\"%.0f\" width=\"%s\" height=\"%s\" role=\"img\" "
               "aria-label=\"%s over time, highest %.4g %s\" font-family=\"system-ui,sans-serif\" "
               "font-size=\"12\" fill=\"var(--text,#222)\">",
               WIDTH, HEIGHT, y, y >= 0 ? "640" : "100%", y >= 0 ? "180" : "auto", c->title, highest,
               c->unit);
    buf_printf(out, "<text x=\"%d\" y=\"16\" font-weight=\"600\">%s, %s</text>", LEFT, c->title, c->unit);
    buf_printf(out, "<text x=\"%d\" y=\"16\" text-anchor=\"end\">highest %.4g", WIDTH - RIGHT, highest);
    if (c->limit > 0)
        buf_printf(out, ", limit %.4g", c->limit);
    buf_adds(out, "</text>");
    grid(top, span, out);
    line(c, n, top, span, out);
    if (draw_limit) {
        double at = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * c->limit / top;
        buf_printf(out,
                   "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"var(--limit,#c62828)\" "
                   "stroke-width=\"1.5\" stroke-dasharray=\"6 4\"/>",
                   LEFT, WIDTH - RIGHT, at, at);
    }
    buf_adds(out, "</svg>");
}
