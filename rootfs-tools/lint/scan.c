/* What needs no tree: text that is not what it looks like (NUL bytes, bad UTF-8, bidi controls, coding
 * cookies), and the comments that allow a finding. */
#include "rootfs-tools/lint/value.h"

#include <string.h>

#include "base/auto.h"
#include "base/strings.h"
#include "rootfs-tools/lint/rules.h"

/* Trojan Source: characters that make an editor show another order than the compiler reads. */
static bool is_bidi(int64_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void disguise(struct lint *l, size_t from, size_t to, const char *message)
{
    add_finding_at(l, l->language->disguise, SEV_HIGH, (uint32_t)from, (uint32_t)to, message);
}

#define MAX_BRACKETS 5000
#define MAX_BAD      256

/* Counts brackets, those in strings too: no honest file leaves thousands open. Parsing one would take long.
 */
static void count_bracket(struct lint *l, char c, int32_t *open)
{
    if (c == '(' || c == '[' || c == '{')
        ++*open;
    else if ((c == ')' || c == ']' || c == '}') && *open > 0)
        --*open;
    if (*open > MAX_BRACKETS)
        lint_stop(l, "it is nested too deeply");
}

static void scan_bytes(struct lint *l)
{
    bool nul = false, bidi = false;
    uint32_t bad = 0;
    int32_t open = 0;
    for (size_t i = 0; i < l->len;) {
        size_t from = i;
        if ((uint8_t)l->text[i] - 1u < 0x7f) {
            count_bracket(l, l->text[i++], &open);
            continue;
        }
        int64_t c = utf8_next(l->text, l->len, &i);
        if (c == 0 && !nul)
            disguise(l, from, i, "a NUL byte: what follows may not be what is run");
        if (c < 0 && !bad)
            disguise(l, from, i, "not UTF-8");
        if (is_bidi(c) && !bidi)
            disguise(l, from, i,
                     "a bidirectional control: the text is shown in another order than it is read");
        nul |= c == 0;
        bad += c < 0;
        bidi |= is_bidi(c);
        if (bad > MAX_BAD)
            lint_stop(l, "it is not text");
    }
}

/* PEP 263: a coding cookie in one of the first two lines. */
static void scan_cookie(struct lint *l)
{
    static const char *const harmless[] = {"utf-8",   "utf8",      "utf_8",      "ascii",       "us-ascii",
                                           "latin-1", "latin1",    "iso-8859-1", "iso-8859-15", "cp1252",
                                           "UTF-8",   "utf-8-sig", NULL};
    size_t at_byte = 0;
    for (int line = 0; line < 2 && at_byte < l->len; line++) {
        const char *s = l->text + at_byte, *end = memchr(s, '\n', l->len - at_byte);
        size_t len = end ? (size_t)(end - s) : l->len - at_byte;
        AUTO_FREE char *text = xstrndup(s, len < 200 ? len : 200);
        const char *hit = strchr(text, '#') ? strstr(strchr(text, '#'), "coding") : NULL;
        at_byte += len + 1;
        if (!hit || (hit[6] != ':' && hit[6] != '='))
            continue;
        hit += 7 + strspn(hit + 7, " \t");
        size_t n = strspn(hit, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
        bool known = n == 0;
        for (const char *const *h = harmless; *h; h++)
            known |= strlen(*h) == n && strncmp(hit, *h, n) == 0;
        if (!known)
            disguise(l, (size_t)(s - l->text), (size_t)(s - l->text) + len,
                     "a coding cookie: Python reads this text in another encoding than it is shown in");
    }
}

void scan_text(struct lint *l)
{
    scan_bytes(l);
    if (str_eq(l->language->name, "python"))
        scan_cookie(l);
}

/* ---- "# rsbx: allow PY004, PY007" on the line, or alone on the line before ---- */

static size_t line_start(const struct lint *l, size_t i)
{
    while (i > 0 && l->text[i - 1] != '\n')
        i--;
    return i;
}

static bool allows(const char *line, size_t len, const char *id)
{
    AUTO_FREE char *text = xstrndup(line, len);
    const char *s = strstr(text, "rsbx: allow ");
    if (!s || s == text)
        return false;
    s += strlen("rsbx: allow ");
    size_t n = strlen(id);
    for (; *s; s += strcspn(s, ", "), s += strspn(s, ", "))
        if (strncmp(s, id, n) == 0 && (s[n] == '\0' || strchr(", \r\t*-", s[n])))
            return true;
    return false;
}

static bool only_comment(const struct lint *l, size_t from)
{
    size_t i = from + strspn(l->text + from, " \t");
    return l->text[i] == '#' || (l->text[i] == '/' && (l->text[i + 1] == '/' || l->text[i + 1] == '*')) ||
           (l->text[i] == '-' && l->text[i + 1] == '-');
}

void apply_allow_comments(struct lint *l)
{
    if (!l->honour_comments || !l->len || !memmem(l->text, l->len, "rsbx: allow ", 12))
        return;
    for (size_t k = 0; k < l->n_findings; k++) {
        struct finding *f = &l->findings[k];
        size_t from = line_start(l, f->start);
        const char *end = memchr(l->text + from, '\n', l->len - from);
        size_t len = end ? (size_t)(end - l->text) - from : l->len - from;
        f->allowed = allows(l->text + from, len, f->rule->id);
        if (f->allowed || from == 0)
            continue;
        size_t before = line_start(l, from - 1);
        f->allowed = only_comment(l, before) && allows(l->text + before, from - 1 - before, f->rule->id);
    }
}
