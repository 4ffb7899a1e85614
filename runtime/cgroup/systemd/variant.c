/* GVariant text to D-Bus, https://docs.gtk.org/glib/gvariant-text-format.html: booleans, numbers, strings,
 * arrays and tuples, which is what unit properties are made of. Text becomes a small tree with the D-Bus
 * signature of each node; the tree is then written into the message. */
#include "cgroup/systemd/variant.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strings.h"

enum { MAX_DEPTH = 16, MAX_CHILDREN = 1024 };

struct value {
    char *signature;
    char *text; /* of a basic value */
    struct value **children;
    size_t n;
};

struct parser {
    const char *p;
    struct arena arena;
    int depth;
};

static const struct name_value type_words[] = {
    {"boolean", 'b'}, {"byte", 'y'},       {"int16", 'n'},     {"uint16", 'q'}, {"int32", 'i'},
    {"uint32", 'u'},  {"handle", 'h'},     {"int64", 'x'},     {"uint64", 't'}, {"double", 'd'},
    {"string", 's'},  {"objectpath", 'o'}, {"signature", 'g'}, {NULL, 0}};

static struct value *parse_value(struct parser *ps, const char *expected);

static void blanks(struct parser *ps)
{
    while (isspace((unsigned char)*ps->p))
        ps->p++;
}

static struct value *basic(struct parser *ps, char type, const char *text, size_t len)
{
    struct value *v = arena_alloc(&ps->arena, sizeof(*v));
    v->signature = arena_strndup(&ps->arena, &type, 1);
    v->text = arena_strndup(&ps->arena, text, len);
    return v;
}

static struct value *parse_string(struct parser *ps, char type)
{
    char quote = *ps->p++;
    AUTO_BUF struct buf b = BUF_INIT;
    for (; *ps->p && *ps->p != quote; ps->p++) {
        if (*ps->p == '\\') {
            ps->p++;
            if (!*ps->p)
                return NULL;
            buf_addc(&b, *ps->p == 'n' ? '\n' : *ps->p == 't' ? '\t' : *ps->p);
        } else {
            buf_addc(&b, *ps->p);
        }
    }
    if (*ps->p++ != quote)
        return NULL;
    return basic(ps, type, buf_str(&b), b.len);
}

static struct value *parse_number(struct parser *ps, char type)
{
    size_t n = strspn(ps->p, "+-0123456789.eExXabcdefABCDEF");
    if (!n)
        return NULL;
    AUTO_FREE char *text = xstrndup(ps->p, n);
    bool hex = strchr(text, 'x') || strchr(text, 'X');
    if (!type)
        type = !hex && strpbrk(text, ".eE") ? 'd' : 'i';
    ps->p += n;
    return basic(ps, type, text, n);
}

/* '[' or '(' with its elements. expected is the signature of the whole, or NULL. */
static struct value *parse_list(struct parser *ps, const char *expected)
{
    bool array = *ps->p++ == '[';
    char close = array ? ']' : ')';
    struct value *v = arena_alloc(&ps->arena, sizeof(*v)), *list[MAX_CHILDREN] = {NULL};
    AUTO_BUF struct buf sig = BUF_INIT;
    buf_adds(&sig, array ? "a" : "(");
    for (blanks(ps); *ps->p != close; blanks(ps)) {
        struct value *child = v->n < MAX_CHILDREN
                                  ? parse_value(ps, array && expected && *expected == 'a' ? expected + 1
                                                    : array && v->n                       ? list[0]->signature
                                                                                          : NULL)
                                  : NULL;
        if (!child || (array && v->n && strcmp(child->signature, list[0]->signature) != 0))
            return NULL;
        list[v->n++] = child;
        if (!array)
            buf_adds(&sig, child->signature);
        blanks(ps);
        if (*ps->p == ',')
            ps->p++;
        else if (*ps->p != close)
            return NULL;
    }
    ps->p++;
    if (array && v->n)
        buf_adds(&sig, list[0]->signature);
    else if (array && expected && *expected == 'a')
        buf_adds(&sig, expected + 1);
    else if (array)
        return NULL; /* "[]" says nothing of its type */
    if (!array)
        buf_addc(&sig, ')');
    v->signature = arena_strndup(&ps->arena, buf_str(&sig), sig.len);
    v->children = arena_alloc(&ps->arena, (v->n + 1) * sizeof(struct value *));
    memcpy(v->children, list, v->n * sizeof(struct value *));
    return v;
}

static bool word_is(struct parser *ps, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(ps->p, word, n) != 0 || isalnum((unsigned char)ps->p[n]))
        return false;
    ps->p += n;
    return true;
}

static struct value *parse_typed(struct parser *ps, const char *expected)
{
    char type = expected && expected[0] && !expected[1] ? expected[0] : '\0';
    if (*ps->p == '@') {
        size_t n = strcspn(ps->p, " \t");
        AUTO_FREE char *sig = xstrndup(ps->p + 1, n - 1);
        ps->p += n;
        return parse_value(ps, sig);
    }
    for (const struct name_value *w = type_words; w->name; w++)
        if (word_is(ps, w->name)) {
            const char sig[2] = {(char)w->value, '\0'};
            return parse_value(ps, sig);
        }
    if (word_is(ps, "true"))
        return basic(ps, 'b', "true", 4);
    if (word_is(ps, "false"))
        return basic(ps, 'b', "false", 5);
    if (*ps->p == '\'' || *ps->p == '"')
        return parse_string(ps, type == 'o' || type == 'g' ? type : 's');
    if (*ps->p == '[' || *ps->p == '(')
        return parse_list(ps, expected);
    return parse_number(ps, type);
}

static struct value *parse_value(struct parser *ps, const char *expected)
{
    if (ps->depth++ > MAX_DEPTH)
        return NULL;
    blanks(ps);
    struct value *v = parse_typed(ps, expected);
    ps->depth--;
    return v;
}

/* ---- into the message ---- */

static int append_number(sd_bus_message *m, char type, const char *text)
{
    char *end;
    errno = 0;
    double d = strtod(text, &end);
    if (type == 'd')
        return *end ? -EINVAL : sd_bus_message_append_basic(m, type, &d);
    int64_t i = 0;
    uint64_t u = 0;
    bool is_unsigned = strchr("yqtu", type) != NULL;
    errno = 0;
    if (is_unsigned)
        u = strtoull(text, &end, 0);
    else
        i = strtoll(text, &end, 0);
    static const struct {
        char type;
        int64_t min;
        uint64_t max;
    } ranges[] = {{'y', 0, UINT8_MAX},        {'q', 0, UINT16_MAX},        {'u', 0, UINT32_MAX},
                  {'t', 0, UINT64_MAX},       {'n', INT16_MIN, INT16_MAX}, {'i', INT32_MIN, INT32_MAX},
                  {'x', INT64_MIN, INT64_MAX}};
    for (size_t k = 0; k < ARRAY_LEN(ranges); k++) {
        if (ranges[k].type != type)
            continue;
        if (errno || *end || end == text || (is_unsigned && (*text == '-' || u > ranges[k].max)) ||
            (!is_unsigned && (i < ranges[k].min || (i > 0 && (uint64_t)i > ranges[k].max))))
            return -ERANGE;
        if (type == 'y')
            return sd_bus_message_append(m, "y", (int)u);
        if (type == 'q' || type == 'u')
            return sd_bus_message_append(m, type == 'q' ? "q" : "u", (unsigned)u);
        if (type == 't')
            return sd_bus_message_append(m, "t", u);
        if (type == 'x')
            return sd_bus_message_append(m, "x", i);
        return sd_bus_message_append(m, type == 'n' ? "n" : "i", (int)i);
    }
    return -EINVAL;
}

static int append_value(sd_bus_message *m, const struct value *v)
{
    char type = v->signature[0];
    if (type == 'b')
        return sd_bus_message_append(m, "b", strcmp(v->text, "true") == 0);
    if (strchr("sog", type))
        return sd_bus_message_append_basic(m, type, v->text);
    if (type != 'a' && type != '(')
        return append_number(m, type, v->text);
    AUTO_FREE char *inner = xstrdup(v->signature + 1);
    if (type == '(')
        inner[strlen(inner) - 1] = '\0';
    int r = sd_bus_message_open_container(m, type == 'a' ? 'a' : 'r', inner);
    for (size_t i = 0; r >= 0 && i < v->n; i++)
        r = append_value(m, v->children[i]);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

/* "TimeoutStopSec" with 3 is "TimeoutStopUSec" with 3000000, always unsigned. */
static int seconds_to_usec(struct parser *ps, const char *name, char **usec_name, struct value **v)
{
    size_t n = strlen(name);
    if (n < 4 || strcmp(name + n - 3, "Sec") != 0 || !islower((unsigned char)name[n - 4]))
        return 0;
    char *end = NULL;
    double seconds = (*v)->text ? strtod((*v)->text, &end) : -1;
    if (!end || *end || seconds < 0 || seconds > 1e12)
        return fail(0, "not a number of seconds");
    char text[32];
    int len = snprintf(text, sizeof(text), "%.0f", seconds * 1e6);
    *usec_name = xasprintf("%.*sUSec", (int)(n - 3), name);
    *v = basic(ps, 't', text, (size_t)len);
    return 0;
}

static int append_parsed(sd_bus_message *m, struct parser *ps, const char *name)
{
    struct value *v = parse_value(ps, NULL);
    blanks(ps);
    if (!v || *ps->p)
        return fail(0, "not a GVariant text value");
    AUTO_FREE char *usec_name = NULL;
    TRY(seconds_to_usec(ps, name, &usec_name, &v));
    int r = sd_bus_message_open_container(m, 'r', "sv");
    if (r >= 0)
        r = sd_bus_message_append(m, "s", usec_name ? usec_name : name);
    if (r >= 0)
        r = sd_bus_message_open_container(m, 'v', v->signature);
    if (r >= 0)
        r = append_value(m, v);
    if (r >= 0)
        r = sd_bus_message_close_container(m);
    if (r >= 0)
        r = sd_bus_message_close_container(m);
    return r < 0 ? fail(-r, "value of type %s", v->signature) : 0;
}

int variant_append_property(sd_bus_message *m, const char *name, const char *text)
{
    struct parser ps = {.p = text};
    for (const char *c = name; *c; c++)
        if (!isalpha((unsigned char)*c) || strlen(name) < 3)
            return fail(0, "annotation org.systemd.property.%s: not the name of a property", name);
    int r = append_parsed(m, &ps, name);
    arena_free(&ps.arena);
    return r < 0 ? fail_where("annotation org.systemd.property.%s=%s", name, text) : 0;
}
