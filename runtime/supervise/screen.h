/* A terminal as rsbx top needs it: plain ANSI (ECMA-48) sequences, no library. The second screen is used, so
 * that what stood there before comes back; also after Ctrl-C, a signal, and a crash of ours. */
#ifndef RSBX_SUPERVISE_SCREEN_H
#define RSBX_SUPERVISE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* Takes the terminal of stdin and stdout: no echo, single keys, cursor hidden. */
int screen_open(void);
/* Gives it back; safe to call twice. */
void screen_close(void);

/* Lines and columns; 24 and 80 where the terminal does not say. */
void screen_size(size_t *lines, size_t *columns);

/* Draws text (lines with '\n', at most as many as there are) from the top; the rest of the screen is cleared.
 */
int screen_draw(const struct buf *text);

enum key {
    KEY_NONE,
    KEY_UP = 256,
    KEY_DOWN,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_ESCAPE,
    KEY_ENTER,
    KEY_ERASE,
    KEY_END_OF_INPUT
};
/* The next key that was pressed: a byte, or one of the above; KEY_NONE: no more for now. */
int screen_key(void);

/* Whether fd is a terminal that may be coloured: NO_COLOR (no-color.org) and TERM=dumb forbid it. */
bool screen_has_colours(int fd);

/* Appends text from outside, at most `width` columns of it, filled up with blanks if pad: control characters,
 * bytes that are not UTF-8, and characters whose width is not surely 1 (marks, ideographs, directions) become
 * '?', so that a name can neither move the cursor nor the columns. */
void screen_text(const char *text, size_t width, bool pad, struct buf *out);

#endif
