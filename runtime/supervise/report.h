/* A run's result (the JSON of result_json() with samples) as one self-contained HTML page, a chart, or CSV.
 */
#ifndef RSBX_SUPERVISE_REPORT_H
#define RSBX_SUPERVISE_REPORT_H

#include <stddef.h>

#include "base/buffer.h"
#include "spec/json.h"

/* Several documents stand side by side. The page needs no network and no script. */
void report_html(const struct json_value *const *docs, size_t n, struct buf *out);
/* The memory and CPU charts of one run as a lone SVG file. */
void report_svg(const struct json_value *doc, struct buf *out);
void report_csv(const struct json_value *doc, struct buf *out);
/* A short table for the terminal; documents in columns. */
void report_text(const struct json_value *const *docs, size_t n, struct buf *out);

/* ---- chart.c ---- */
enum column { COLUMN_TIME, COLUMN_MEMORY, COLUMN_CPU, COLUMN_PIDS, COLUMN_READ, COLUMN_WRITTEN };

struct chart {
    const char *title, *unit;
    const struct json_value *samples; /* [[ms, memory, cpu ms, pids, read, written], ...] */
    enum column column;
    bool rate;             /* per second instead of the value: CPU as a share of one CPU, bytes a second */
    bool steps;            /* it goes from one value to the next at once */
    double divisor;        /* what the value is divided by before it is drawn */
    double limit, average; /* lines, after division; 0: none */
    double peak;           /* what the kernel saw between samples, after division */
    double least_top;      /* of the axis that is chosen */
    double top, span;      /* axes that are given, the second in ms; 0: chosen */
};
double chart_highest(const struct chart *c);
double chart_top(const struct chart *c);
double chart_span(const struct chart *c);
/* An <svg> element of 640 x 180 that scales to its place. y: where it stands in an outer SVG. */
void chart_svg(const struct chart *c, double y, struct buf *out);
void html_escape(const char *text, struct buf *out);

#endif
